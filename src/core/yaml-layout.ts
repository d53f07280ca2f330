import {
  EVENT_ID,
  type Event,
  SCALAR_STYLE,
  type ScalarEvent,
  type ScannedDocument,
  scalarText,
} from './yaml-events.ts';
import { keyText, resolvePlain, resolveTagged } from './yaml-scalar.ts';

/** How a node is written: `json` for all of a document that is JSON, where there is nothing but what JSON has. */
export type NodeStyle = 'block' | 'flow' | 'json';

/** A node of a document, and exactly which text it is: from its anchor or tag to its last character. Offsets are in the document's source. */
export interface LayoutNode {
  readonly kind: 'scalar' | 'mapping' | 'sequence' | 'alias';
  /** Of a scalar: `block` for `|` and `>`, else `flow`. */
  readonly style: NodeStyle;
  readonly start: number;
  /** Behind the last character; equal to `start` for a value that is not written. */
  readonly end: number;
  /** Where the collection itself begins, behind its anchor and tag: its bracket, or its first entry. */
  readonly contentStart: number;
  readonly anchor?: string;
  readonly entries: readonly LayoutEntry[];
  readonly items: readonly LayoutItem[];
}

/** Something that stands in a collection: an entry of a mapping or an item of a list. */
export interface LayoutItem {
  /** Of the key, its `?`, or the dash of an item. */
  readonly start: number;
  /** Behind the colon or the dash, where the value may begin; in a flow sequence where the item begins. */
  readonly slot: number;
  readonly node: LayoutNode;
}

export interface LayoutEntry extends LayoutItem {
  /** As it reads; `undefined` for a key that is a collection or an alias. */
  readonly key: string | undefined;
  readonly keyNode: LayoutNode;
  readonly isMerge: boolean;
  /** `{key}` and `? key` may have none. */
  readonly hasColon: boolean;
}

/** The places of all nodes of a document that was read without an error. `undefined` for an empty one. */
export function layoutOf(scanned: ScannedDocument): LayoutNode | undefined {
  return scanned.events.length < 2 ? undefined : new LayoutReader(scanned).root();
}

const NO_ENTRIES: readonly LayoutEntry[] = [];
const NO_ITEMS: readonly LayoutItem[] = [];

type NodeEvent = Exclude<Event, { type: 1 | 5 | 6 }>;

/** Follows the events with a cursor in the text, since they tell neither where a collection ends nor where indicators stand. */
class LayoutReader {
  readonly #scanned: ScannedDocument;
  readonly #text: string;
  #next = 1;

  constructor(scanned: ScannedDocument) {
    this.#scanned = scanned;
    this.#text = scanned.text;
  }

  root(): LayoutNode {
    const marker = /^(?:[%#][^\n]*\n|[ \t]*\r?\n)*---/.exec(this.#text);
    return this.#toSource(this.#node(marker === null ? 0 : marker[0].length));
  }

  /** @param slot where the node may begin: a value that is not written stands there. */
  #node(slot: number): LayoutNode {
    const event = this.#scanned.events[this.#next++];
    if (event?.type === EVENT_ID.ALIAS) {
      const start = event.anchorStart - 1;
      return { ...leaf(start, event.anchorEnd), kind: 'alias', anchor: this.#text.slice(start + 1, event.anchorEnd) };
    }
    if (event?.type !== EVENT_ID.SCALAR && event?.type !== EVENT_ID.SEQUENCE && event?.type !== EVENT_ID.MAPPING) {
      return leaf(slot, slot);
    }
    const { start, end } = propertiesOf(event);
    const content = this.#content(event, end ?? slot);
    const anchor = event.anchorStart < 0 ? {} : { anchor: this.#text.slice(event.anchorStart, event.anchorEnd) };
    return { ...content, start: start ?? content.start, end: Math.max(content.end, end ?? 0), ...anchor };
  }

  #content(event: NodeEvent, from: number): LayoutNode {
    if (event.type === EVENT_ID.SCALAR) return this.#scalar(event, from);
    const isFlow = event.style === 2;
    if (event.type === EVENT_ID.SEQUENCE) return isFlow ? this.#flowSequence(event.start) : this.#blockSequence(from);
    return isFlow ? this.#flowMapping(event.start) : this.#blockMapping(from);
  }

  #scalar(event: ScalarEvent, from: number): LayoutNode {
    const { valueStart, valueEnd, style } = event;
    if (style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK) {
      const start = this.#skip(from);
      const header = /^[|>][-+0-9]*/.exec(this.#text.slice(start, start + 8))?.[0] ?? '|';
      const body = this.#text.slice(valueStart, valueEnd);
      // Line breaks behind the last line belong to the value only where all of them are kept.
      const written = header.includes('+') ? body.replace(/\r?\n$/, '') : body.trimEnd();
      const end = written === '' ? start + header.length : valueStart + written.length;
      return { ...leaf(start, end), style: 'block' };
    }
    if (valueStart < 0) return leaf(from, from);
    const quotes = style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED ? 1 : 0;
    return leaf(valueStart - quotes, valueEnd + quotes);
  }

  #blockSequence(from: number): LayoutNode {
    const items: LayoutItem[] = [];
    let at = from;
    while (!this.#atEnd()) {
      const start = this.#skip(at);
      const node = this.#node(start + 1);
      items.push({ start, slot: start + 1, node });
      at = Math.max(node.end, start + 1);
    }
    return collection('sequence', 'block', { start: items[0]?.start ?? at, end: at }, { items });
  }

  #blockMapping(from: number): LayoutNode {
    const entries: LayoutEntry[] = [];
    let at = from;
    while (!this.#atEnd()) {
      const entry = this.#entry(this.#skip(at));
      entries.push(entry);
      at = Math.max(entry.slot, entry.node.end);
    }
    return collection('mapping', 'block', { start: entries[0]?.start ?? at, end: at }, { entries });
  }

  #flowSequence(start: number): LayoutNode {
    const items: LayoutItem[] = [];
    let at = start + 1;
    while (!this.#atEnd()) {
      const place = this.#skip(at, ',');
      const node = this.#node(place);
      items.push({ start: node.start, slot: node.start, node });
      at = Math.max(node.end, place);
    }
    return collection('sequence', 'flow', { start, end: this.#skip(at, ',') + 1 }, { items });
  }

  #flowMapping(start: number): LayoutNode {
    const hasBraces = this.#text[start] === '{';
    const entries: LayoutEntry[] = [];
    let at = hasBraces ? start + 1 : start;
    while (!this.#atEnd()) {
      const entry = this.#entry(this.#skip(at, ','));
      entries.push(entry);
      at = Math.max(entry.slot, entry.node.end);
    }
    const end = hasBraces ? this.#skip(at, ',') + 1 : at;
    return collection('mapping', 'flow', { start, end }, { entries });
  }

  #entry(start: number): LayoutEntry {
    const isExplicit = this.#text[start] === '?' && /\s/.test(this.#text[start + 1] ?? ' ');
    const event = this.#scanned.events[this.#next];
    const keyNode = this.#node(isExplicit ? start + 1 : start);
    const colon = this.#skip(keyNode.end);
    const hasColon = this.#text[colon] === ':';
    const slot = hasColon ? colon + 1 : keyNode.end;
    const text = event?.type === EVENT_ID.SCALAR ? scalarText(this.#scanned, event) : undefined;
    const isPlain = event?.type === EVENT_ID.SCALAR && event.style === SCALAR_STYLE.PLAIN && event.tagStart < 0;
    return {
      start: Math.min(start, keyNode.start),
      slot,
      key: event?.type === EVENT_ID.SCALAR && text !== undefined ? this.#key(event, text) : undefined,
      keyNode,
      isMerge: isPlain && text === '<<',
      hasColon,
      node: this.#node(slot),
    };
  }

  #key(event: ScalarEvent, text: string): string {
    if (event.tagStart >= 0) return keyText(resolveTagged(text, this.#text.slice(event.tagStart, event.tagEnd)));
    return event.style === SCALAR_STYLE.PLAIN ? keyText(resolvePlain(text)) : text;
  }

  /** The first place from here on that is neither white space nor a comment, nor one of `also`. */
  #skip(from: number, also = ''): number {
    let at = from;
    while (at < this.#text.length) {
      const character = this.#text[at] ?? '';
      if (character === '#' && (at === 0 || /\s/.test(this.#text[at - 1] ?? '') || also !== '')) {
        while (at < this.#text.length && !/[\r\n]/.test(this.#text[at] ?? '')) at += 1;
      } else if (/\s/.test(character) || also.includes(character)) at += 1;
      else break;
    }
    return at;
  }

  #atEnd(): boolean {
    const event = this.#scanned.events[this.#next];
    if (event !== undefined && event.type !== EVENT_ID.POP) return false;
    this.#next += 1;
    return true;
  }

  /** The scanner may have been given a few spaces more than the source has. */
  #toSource(node: LayoutNode): LayoutNode {
    const { sourceOffset } = this.#scanned;
    const itemToSource = <T extends LayoutItem>(item: T): T => ({
      ...item,
      start: sourceOffset(item.start),
      slot: sourceOffset(item.slot),
      node: this.#toSource(item.node),
    });
    return {
      ...node,
      start: sourceOffset(node.start),
      end: sourceOffset(node.end),
      contentStart: sourceOffset(node.contentStart),
      entries: node.entries.map((entry) => ({ ...itemToSource(entry), keyNode: this.#toSource(entry.keyNode) })),
      items: node.items.map(itemToSource),
    };
  }
}

/** The anchor and the tag in front of a node. */
function propertiesOf(event: NodeEvent): { readonly start?: number; readonly end?: number } {
  const { anchorStart, anchorEnd, tagStart, tagEnd } = event;
  if (anchorStart < 0 && tagStart < 0) return {};
  const starts = [...(anchorStart < 0 ? [] : [anchorStart - 1]), ...(tagStart < 0 ? [] : [tagStart])];
  return { start: Math.min(...starts), end: Math.max(anchorEnd, tagEnd) };
}

function leaf(start: number, end: number): LayoutNode {
  return { kind: 'scalar', style: 'flow', start, end, contentStart: start, entries: NO_ENTRIES, items: NO_ITEMS };
}

/** A collection of a document. */
export function collection(
  kind: 'mapping' | 'sequence',
  style: NodeStyle,
  { start, end }: { readonly start: number; readonly end: number },
  { entries = NO_ENTRIES, items = NO_ITEMS }: Partial<Pick<LayoutNode, 'entries' | 'items'>>,
): LayoutNode {
  return { kind, style, start, end, contentStart: start, entries, items };
}
