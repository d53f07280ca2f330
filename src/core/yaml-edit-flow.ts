import type { JsonValue } from './json.ts';
import { flowString, flowText, jsonText, sameStyle } from './yaml-edit-text.ts';
import type { LayoutItem, LayoutNode } from './yaml-layout.ts';
import { endOf, type NodePlace } from './yaml-places.ts';
import type { Splice, TextLines } from './yaml-splice.ts';

/** What an edit between brackets needs to know of its document. */
export interface FlowContext {
  readonly lines: TextLines;
  readonly isJson: boolean;
  /** Behind colons, and behind commas on one line. */
  readonly space: string;
}

/** Puts a value in the place of another one between brackets. */
export function replaceInFlow(context: FlowContext, place: NodePlace, value: JsonValue): readonly Splice[] {
  const { node, slot, hasColon } = place;
  const same = context.isJson ? undefined : sameStyle(context.lines.text, node, value);
  const text = same ?? valueText(context, node.start, value);
  if (node.start !== node.end) return [{ start: node.start, end: node.end, text }];
  return [{ start: slot, end: slot, text: `${hasColon ? '' : ':'} ${text}` }];
}

/** A value in the layout of its surroundings: JSON that is spread over lines goes on in lines. */
function valueText({ lines, isJson }: FlowContext, at: number, value: JsonValue): string {
  if (!isJson) return flowText(value);
  const indent = /^\s*/.exec(lines.text.slice(lines.startOf(at)))?.[0] ?? '';
  return jsonText(value, indentUnit(lines.text), indent.replaceAll(/[\r\n]/g, '')).replaceAll('\n', lines.lineBreak);
}

/** What one level of a JSON text is indented by; `undefined` for one that is on one line. */
function indentUnit(text: string): string | undefined {
  return /[{[][ \t]*(?:\r\n|\n)(?<unit>[ \t]+)/.exec(text)?.groups?.unit;
}

/** Adds something to a collection that has something: before the item of this index, or behind the last one. */
export function addToFlow(
  context: FlowContext,
  collection: LayoutNode,
  index: number,
  added: { readonly key?: string; readonly value: JsonValue },
): readonly Splice[] {
  const { lines } = context;
  const siblings: readonly LayoutItem[] = collection.kind === 'mapping' ? collection.entries : collection.items;
  const [first, last, next] = [siblings[0], siblings.at(-1), siblings[index]];
  if (first === undefined || last === undefined) return [];
  const text = itemText(context, first.start, added);
  const isSpread = lines.isFirst(first.start);
  const indent = lines.text.slice(lines.startOf(first.start), first.start);
  const separator = isSpread ? `${lines.lineBreak}${indent}` : context.space;
  if (next !== undefined) return [{ start: next.start, end: next.start, text: `${text},${separator}` }];
  const end = endOf(last);
  const comma = commaBehind(lines.text, end);
  if (!isSpread) {
    const at = comma === undefined ? end : comma + 1;
    return [{ start: at, end: at, text: comma === undefined ? `,${separator}${text}` : `${separator}${text}` }];
  }
  // A comment at the end of the last line stays there.
  const line = lastInLine(lines, comma === undefined ? end : comma + 1, collection.end - 1);
  return [
    ...(comma === undefined ? [{ start: end, end, text: ',' }] : []),
    { start: line, end: line, text: `${separator}${text}${comma === undefined ? '' : ','}` },
  ];
}

/** The end of the line, unless the closing bracket is in it. */
function lastInLine(lines: TextLines, from: number, bracket: number): number {
  const end = lines.endOf(from);
  return bracket < end ? from : from + lines.text.slice(from, end).trimEnd().length;
}

function itemText(
  context: FlowContext,
  at: number,
  { key, value }: { readonly key?: string; readonly value: JsonValue },
): string {
  const text = valueText(context, at, value);
  if (key === undefined) return text;
  if (!context.isJson) return `${flowString(key)}: ${text}`;
  return `${jsonText(key, undefined, '')}:${context.space}${text}`;
}

/** Takes an entry or an item away, and one comma. It must not be the only one. */
export function removeFromFlow({ lines }: FlowContext, collection: LayoutNode, index: number): readonly Splice[] {
  const siblings: readonly LayoutItem[] = collection.kind === 'mapping' ? collection.entries : collection.items;
  const [item, next, previous] = [siblings[index], siblings[index + 1], siblings[index - 1]];
  if (item === undefined) return [];
  const end = endOf(item);
  const comma = commaBehind(lines.text, end);
  const isAlone = isAloneInLines(lines, item, { comma, next, closing: collection.end - 1 });
  if (next !== undefined) {
    const to = comma === undefined ? end : comma + 1;
    if (isAlone) return [lines.removeLines(item.start, to)];
    const space = /^[ \t]*/.exec(lines.text.slice(to))?.[0].length ?? 0;
    return [{ start: item.start, end: to + space, text: '' }];
  }
  const before = previous === undefined ? undefined : commaBehind(lines.text, endOf(previous));
  if (before === undefined) return [];
  // A comma behind the last one stays behind the last one.
  if (isAlone) {
    const removed = lines.removeLines(item.start, comma ?? end);
    return comma === undefined ? [{ start: before, end: before + 1, text: '' }, removed] : [removed];
  }
  return [{ start: before, end, text: '' }];
}

/** Whether nothing else stands in the lines of an item, but comments behind it. */
function isAloneInLines(
  lines: TextLines,
  item: LayoutItem,
  around: { readonly comma: number | undefined; readonly next: LayoutItem | undefined; readonly closing: number },
): boolean {
  const end = Math.max(endOf(item), around.comma ?? 0);
  return lines.isFirst(item.start) && lines.endOf(end) < (around.next?.start ?? around.closing);
}

/** The comma behind a place, with nothing between the two but white space and comments. */
function commaBehind(text: string, from: number): number | undefined {
  const gap = /^(?:\s+(?:#[^\r\n]*)?)*/.exec(text.slice(from))?.[0].length ?? 0;
  return text[from + gap] === ',' ? from + gap : undefined;
}
