import type { NodePath, ScalarText } from './source.ts';
import { eventOffset } from './yaml-construct.ts';
import { EVENT_ID, type Event, SCALAR_STYLE, type ScannedDocument, scalarText } from './yaml-events.ts';
import { keyText, resolvePlain, resolveTagged } from './yaml-scalar.ts';

/** A node with its place. Offsets are in the source of the document. */
export interface PlacedNode {
  readonly offset: number;
  readonly scalar?: ScalarText;
  readonly entries?: ReadonlyMap<string, PlacedEntry>;
  readonly items?: readonly PlacedNode[];
}

export interface PlacedEntry {
  readonly offset: number;
  readonly key: ScalarText;
  readonly node: PlacedNode;
}

/** The tree of places of a document that was read without an error. An alias stands for the node that it points at. */
export function placeNodes(scanned: ScannedDocument): PlacedNode | undefined {
  return scanned.events.length === 0 ? undefined : new Placer(scanned).node();
}

/** The node at a path, or its nearest existing ancestor; for the entry of a mapping the place of its key. */
export function findPlace(
  root: PlacedNode,
  path: NodePath,
): { readonly offset: number; readonly node?: PlacedNode; readonly entry?: PlacedEntry } {
  let offset = root.offset;
  let node = root;
  let entry: PlacedEntry | undefined;
  for (const part of path) {
    entry = node.entries?.get(String(part));
    const next = entry?.node ?? (typeof part === 'number' ? node.items?.[part] : undefined);
    if (next === undefined) return { offset };
    offset = entry?.offset ?? next.offset;
    node = next;
  }
  return entry === undefined ? { offset, node } : { offset, node, entry };
}

class Placer {
  readonly #scanned: ScannedDocument;
  readonly #anchors = new Map<string, PlacedNode>();
  #next = 1;

  constructor(scanned: ScannedDocument) {
    this.#scanned = scanned;
  }

  node(): PlacedNode {
    const event = this.#take();
    if (event?.type === EVENT_ID.ALIAS) return this.#anchors.get(this.#name(event)) ?? { offset: this.#offset(event) };
    const node = this.#build(event);
    if (event !== undefined && 'anchorStart' in event && event.anchorStart >= 0)
      this.#anchors.set(this.#name(event), node);
    return node;
  }

  #build(event: Event | undefined): PlacedNode {
    switch (event?.type) {
      case EVENT_ID.SCALAR: {
        const text = scalarText(this.#scanned, event);
        return { offset: this.#offset(event), scalar: { text, plain: event.style === SCALAR_STYLE.PLAIN } };
      }
      case EVENT_ID.SEQUENCE: {
        const items: PlacedNode[] = [];
        while (!this.#atEnd()) items.push(this.node());
        return { offset: this.#offset(event), items };
      }
      case EVENT_ID.MAPPING:
        return { offset: this.#offset(event), entries: this.#entries() };
      default:
        return { offset: 0 };
    }
  }

  #entries(): ReadonlyMap<string, PlacedEntry> {
    const entries = new Map<string, PlacedEntry>();
    while (!this.#atEnd()) {
      const event = this.#scanned.events[this.#next];
      const key = this.node();
      const node = this.node();
      if (key.scalar?.text === '<<' && key.scalar.plain) {
        for (const part of node.items ?? [node]) {
          for (const [name, entry] of part.entries ?? []) if (!entries.has(name)) entries.set(name, entry);
        }
      } else if (key.scalar !== undefined && event !== undefined) {
        entries.set(this.#keyName(event, key.scalar), { offset: key.offset, key: key.scalar, node });
      }
    }
    return entries;
  }

  #keyName(event: Event, { text, plain }: ScalarText): string {
    if (event.type !== EVENT_ID.SCALAR) return text;
    if (event.tagStart >= 0)
      return keyText(resolveTagged(text, this.#scanned.text.slice(event.tagStart, event.tagEnd)));
    return plain ? keyText(resolvePlain(text)) : text;
  }

  #name(event: { readonly anchorStart: number; readonly anchorEnd: number }): string {
    return this.#scanned.text.slice(event.anchorStart, event.anchorEnd);
  }

  #take(): Event | undefined {
    return this.#scanned.events[this.#next++];
  }

  #atEnd(): boolean {
    const event = this.#scanned.events[this.#next];
    if (event !== undefined && event.type !== EVENT_ID.POP) return false;
    this.#next += 1;
    return true;
  }

  #offset(event: Event): number {
    return this.#scanned.sourceOffset(eventOffset(event));
  }
}
