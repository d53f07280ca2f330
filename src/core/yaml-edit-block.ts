import type { JsonObject, JsonValue } from './json.ts';
import {
  type BlockStyle,
  blockLines,
  entryLines,
  flowText,
  isFilledCollection,
  itemLines,
  sameStyle,
  slotText,
} from './yaml-edit-text.ts';
import type { LayoutItem, LayoutNode } from './yaml-layout.ts';
import { endOf, type NodePlace } from './yaml-places.ts';
import type { Splice, TextLines } from './yaml-splice.ts';

/** What an edit of block style needs to know of its document. */
export interface BlockContext {
  readonly lines: TextLines;
  readonly style: BlockStyle;
}

/** Puts a value in the place of another one that stands behind `key:` or `-`. */
export function replaceInBlock(context: BlockContext, place: NodePlace, value: JsonValue): readonly Splice[] {
  const { lines } = context;
  const { node, slot, start } = place;
  if (node.start === node.end && node.kind === 'scalar') return fillSlot(context, place, value);
  if (start < 0 || lines.isBelow(slot, node.start)) return replaceBelow(context, place, value);
  const same = sameStyle(lines.text, node, value);
  if (same !== undefined) return [{ start: node.start, end: node.end, text: same }];
  const isItem = place.parent?.node.kind === 'sequence';
  const hasComment = lines.text.slice(node.end, lines.endOf(node.end)).trim() !== '';
  if (isItem && isFilledCollection(value) && !hasComment) {
    return [{ start: node.start, end: node.end, text: inPlace(context, value, lines.columnOf(node.start)) }];
  }
  const { head, body } = textOf(context, place, value);
  const from = head === '' ? slot : node.start;
  return [{ start: from, end: node.end, text: head }, ...lines.insertBelow(node.end, body)];
}

/** `key:` and `-` without a value. */
function fillSlot(context: BlockContext, place: NodePlace, value: JsonValue): readonly Splice[] {
  const { slot, hasColon } = place;
  const { head, body } = textOf(context, place, value);
  const text = `${hasColon ? '' : `${context.lines.lineBreak}:`}${head === '' ? '' : ` ${head}`}`;
  return [...(text === '' ? [] : [{ start: slot, end: slot, text }]), ...context.lines.insertBelow(slot, body)];
}

/** A value that begins in a line below its key: comments between the two stay. */
function replaceBelow(context: BlockContext, place: NodePlace, value: JsonValue): readonly Splice[] {
  const { lines } = context;
  const { node, slot, start } = place;
  if (isFilledCollection(value)) {
    const column = lines.columnOf(node.contentStart);
    const isDeep = column > columnOfHolder(context, start) || (start >= 0 && Array.isArray(value) && !isItem(place));
    if (isDeep || start < 0) return [{ start: node.start, end: node.end, text: inPlace(context, value, column) }];
    const { body } = textOf(context, place, value);
    return [...lines.insertBelow(slot, body), lines.removeLines(node.start, node.end)];
  }
  if (start < 0) return [{ start: node.start, end: node.end, text: flowText(value) }];
  return [{ start: slot, end: slot, text: ` ${flowText(value)}` }, lines.removeLines(node.start, node.end)];
}

function isItem({ parent }: NodePlace): boolean {
  return parent?.node.kind === 'sequence';
}

function columnOfHolder({ lines }: BlockContext, start: number): number {
  return start < 0 ? -1 : lines.columnOf(start);
}

/** The lines of a collection, whose first one begins where it is put. */
function inPlace({ lines, style }: BlockContext, value: JsonObject | readonly JsonValue[], column: number): string {
  return lines.join(blockLines(value, column, style)).slice(column);
}

function textOf({ lines, style }: BlockContext, place: NodePlace, value: JsonValue) {
  const column = lines.columnOf(place.start);
  const own = isItem(place) ? { ...style, step: 2, list: 2 } : style;
  return slotText(value, column, own);
}

/** Adds an entry behind the last one, in the column of the others. */
export function addBlockEntry(
  { lines, style }: BlockContext,
  { entries }: LayoutNode,
  [key, value]: readonly [string, JsonValue],
): readonly Splice[] {
  const [first, last] = [entries[0], entries.at(-1)];
  if (first === undefined || last === undefined) return [];
  const column = lines.columnOf(first.start);
  return lines.insertBelow(endOf(last), entryLines(key, value, column, style));
}

/** Adds an item before the one of this index, or behind the last one. */
export function addBlockItem(
  { lines, style }: BlockContext,
  { items }: LayoutNode,
  index: number,
  value: JsonValue,
): readonly Splice[] {
  const [first, last, next] = [items[0], items.at(-1), items[index]];
  if (first === undefined || last === undefined) return [];
  const column = lines.columnOf(first.start);
  const text = itemLines(value, column, style);
  if (next === undefined) return lines.insertBelow(endOf(last), text);
  const written = `${lines.join(text).slice(column)}${lines.lineBreak}${' '.repeat(column)}`;
  return [{ start: next.start, end: next.start, text: written }];
}

/** Takes an entry or an item away with the lines that it stands in. It must not be the only one. */
export function removeFromBlock({ lines }: BlockContext, item: LayoutItem): readonly Splice[] {
  const end = endOf(item);
  if (lines.isFirst(item.start)) return [lines.removeLines(item.start, end)];
  // The first one stands behind the dash of an item: the next one takes its place.
  const next = lines.after(end);
  const blank = /^\s*/.exec(lines.text.slice(next))?.[0].length ?? 0;
  return [{ start: item.start, end: next + blank, text: '' }];
}
