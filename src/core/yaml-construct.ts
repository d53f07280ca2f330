import type { JsonValue } from './json.ts';
import type { NodePath } from './source.ts';
import {
  EVENT_ID,
  type Event,
  SCALAR_STYLE,
  type ScalarEvent,
  ScanError,
  type ScannedDocument,
  scalarText,
} from './yaml-events.ts';
import { keyText, type ResolvedScalar, resolvePlain, resolveTagged, ScalarError } from './yaml-scalar.ts';

/** A key written twice in one mapping. */
export class DuplicateKeyError extends ScanError {}

export interface ConstructLimits {
  readonly documentNodes: number;
  readonly depth: number;
}

interface Built {
  readonly value: JsonValue;
  /** Nodes below and including this one, aliases expanded. */
  readonly nodes: number;
  /** Levels of collections below and including this one. */
  readonly height: number;
  /** What it is as a key; `undefined` for collections. */
  readonly scalar?: ResolvedScalar;
  readonly isMerge?: boolean;
  readonly isList?: boolean;
  readonly rounded?: readonly NodePath[];
}

const NOTHING: readonly NodePath[] = [];
const HERE: readonly NodePath[] = [[]];

/**
 * Builds the value of one scanned document, in the way of kubectl's reader. Aliases share what they point at, so a bomb costs nothing until
 * it is refused by its expanded size.
 *
 * @throws {ScanError} with the place; {@link DuplicateKeyError} for a key that stands twice.
 */
export function constructDocument(
  scanned: ScannedDocument,
  limits: ConstructLimits,
): { readonly value: JsonValue; readonly roundedIntegers: readonly NodePath[] } {
  const built = new Constructor(scanned, limits).document();
  return { value: built.value, roundedIntegers: built.rounded ?? NOTHING };
}

class Constructor {
  readonly #scanned: ScannedDocument;
  readonly #events: readonly Event[];
  readonly #limits: ConstructLimits;
  /** `undefined`: an anchor that is still open, so that an alias to it would contain itself. */
  readonly #anchors = new Map<string, Built | undefined>();
  #next = 0;
  #depth = 0;

  constructor(scanned: ScannedDocument, limits: ConstructLimits) {
    this.#scanned = scanned;
    this.#events = scanned.events;
    this.#limits = limits;
  }

  document(): Built {
    const first = this.#events[this.#next++];
    if (first === undefined) return { value: null, nodes: 0, height: 0 };
    const built = this.#value();
    this.#next += 1;
    const second = this.#events[this.#next];
    if (second !== undefined) throw new ScanError('a second document without "---" before it', this.#offset(second));
    return built;
  }

  /** A node in the place of a value: JSON has no number for NaN and infinities, which are legal as keys. */
  #value(): Built {
    const event = this.#events[this.#next];
    const built = this.#node();
    if (typeof built.value !== 'number' || Number.isFinite(built.value)) return built;
    throw new ScanError('NaN and infinity are not JSON numbers: quote the value', event ? this.#offset(event) : 0);
  }

  #node(): Built {
    const event = this.#take();
    switch (event.type) {
      case EVENT_ID.SCALAR:
        return this.#anchored(event, () => this.#scalar(event));
      case EVENT_ID.SEQUENCE:
        return this.#anchored(event, () => this.#sequence(event));
      case EVENT_ID.MAPPING:
        return this.#anchored(event, () => this.#mapping(event));
      case EVENT_ID.ALIAS:
        return this.#alias(event);
      default:
        throw new ScanError('the document ends too early', this.#offset(event));
    }
  }

  #take(): Event {
    const event = this.#events[this.#next++];
    if (event === undefined) throw new ScanError('the document ends too early', this.#scanned.text.length);
    return event;
  }

  #anchored(event: Exclude<Event, { type: 1 | 5 | 6 }>, build: () => Built): Built {
    if (event.anchorStart < 0) return build();
    const name = this.#scanned.text.slice(event.anchorStart, event.anchorEnd);
    this.#anchors.set(name, undefined);
    const built = build();
    this.#anchors.set(name, built);
    return built;
  }

  #alias(event: Extract<Event, { type: 5 }>): Built {
    const name = this.#scanned.text.slice(event.anchorStart, event.anchorEnd);
    const built = this.#anchors.get(name);
    if (built !== undefined) {
      if (this.#depth + built.height > this.#limits.depth) throw this.#tooDeep(event);
      return built;
    }
    throw new ScanError(
      this.#anchors.has(name) ? 'an anchor whose value contains itself' : 'an alias without an anchor of its name',
      this.#offset(event),
    );
  }

  #scalar(event: ScalarEvent): Built {
    const text = scalarText(this.#scanned, event);
    const scalar = this.#resolve(event, text);
    const isMerge = text === '<<' && event.style === SCALAR_STYLE.PLAIN && event.tagStart < 0;
    const built = { value: scalar.value, nodes: 1, height: 0, scalar, isMerge };
    return scalar.rounded === true ? { ...built, rounded: HERE } : built;
  }

  #resolve(event: ScalarEvent, text: string): ResolvedScalar {
    if (event.tagStart < 0 && event.style !== SCALAR_STYLE.PLAIN) return { value: text };
    try {
      if (event.tagStart < 0) return resolvePlain(text);
      return resolveTagged(text, this.#scanned.text.slice(event.tagStart, event.tagEnd));
    } catch (error) {
      if (error instanceof ScalarError) throw new ScanError(error.message, this.#offset(event));
      throw error;
    }
  }

  #sequence(event: Event): Built {
    const items: JsonValue[] = [];
    const rounded: NodePath[] = [];
    let nodes = 1;
    let height = 0;
    this.#descend(event);
    while (!this.#atEnd()) {
      this.#refuseGluedColon();
      const item = this.#value();
      nodes = this.#count(nodes + item.nodes, event);
      height = Math.max(height, item.height);
      for (const path of item.rounded ?? NOTHING) rounded.push([items.length, ...path]);
      items.push(item.value);
    }
    this.#depth -= 1;
    return withRounded({ value: items, nodes, height: height + 1, isList: true }, rounded);
  }

  /** `[a:, b]`: kubectl reads the string `a:`, other readers a mapping. Whoever wrote it meant one of them. */
  #refuseGluedColon(): void {
    const [mapping, key, value] = this.#events.slice(this.#next, this.#next + 3);
    if (mapping?.type !== EVENT_ID.MAPPING || this.#scanned.text[mapping.start] === '{') return;
    if (key?.type !== EVENT_ID.SCALAR || value?.type !== EVENT_ID.SCALAR || value.valueStart >= 0) return;
    if (key.style === SCALAR_STYLE.PLAIN && /^:[,\]}]/.test(this.#scanned.text.slice(key.valueEnd, key.valueEnd + 2))) {
      throw new ScanError('an item that ends in a colon: quote it, or put a space behind the colon', this.#offset(key));
    }
  }

  #mapping(event: Event): Built {
    // A map, because assignment would lose a key named __proto__.
    const entries = new Map<
      string,
      { readonly value: JsonValue; readonly isMerged: boolean; readonly rounded: readonly NodePath[] }
    >();
    let nodes = 1;
    let height = 0;
    this.#descend(event);
    while (!this.#atEnd()) {
      const keyEvent = this.#events[this.#next] ?? event;
      const key = this.#node();
      const valueEvent = this.#events[this.#next] ?? event;
      const value = this.#value();
      nodes = this.#count(nodes + 1 + value.nodes, event);
      height = Math.max(height, value.height);
      if (key.isMerge === true) {
        this.#merge(entries, value, valueEvent);
        continue;
      }
      const name = this.#key(key, keyEvent);
      if (entries.get(name)?.isMerged === false) {
        throw new DuplicateKeyError('a key that stands twice in one mapping', this.#offset(keyEvent));
      }
      entries.set(name, { value: value.value, isMerged: false, rounded: value.rounded ?? NOTHING });
    }
    this.#depth -= 1;
    const rounded = [...entries].flatMap(([key, entry]) => entry.rounded.map((path) => [key, ...path]));
    const value = Object.fromEntries([...entries].map(([key, entry]) => [key, entry.value]));
    return withRounded({ value, nodes, height: height + 1 }, rounded);
  }

  /** The later wins in order of appearance, a merge after an explicit key too; of a list of merges the first. */
  #merge(
    entries: Map<
      string,
      { readonly value: JsonValue; readonly isMerged: boolean; readonly rounded: readonly NodePath[] }
    >,
    source: Built,
    event: Event,
  ): void {
    const parts = source.isList === true ? [...(source.value as readonly JsonValue[])].reverse() : [source.value];
    for (const part of parts) {
      if (typeof part !== 'object' || part === null || Array.isArray(part)) {
        throw new ScanError('a merge ("<<") takes a mapping or a list of mappings', this.#offset(event));
      }
      for (const [key, value] of Object.entries(part)) {
        entries.set(key, { value: value as JsonValue, isMerged: entries.get(key)?.isMerged ?? true, rounded: NOTHING });
      }
    }
  }

  #key(key: Built, event: Event): string {
    if (key.scalar === undefined) throw new ScanError('a key must be a scalar, not a collection', this.#offset(event));
    try {
      return keyText(key.scalar);
    } catch (error) {
      if (error instanceof ScalarError) throw new ScanError(error.message, this.#offset(event));
      throw error;
    }
  }

  #atEnd(): boolean {
    if (this.#events[this.#next]?.type !== EVENT_ID.POP) return false;
    this.#next += 1;
    return true;
  }

  #descend(event: Event): void {
    this.#depth += 1;
    if (this.#depth > this.#limits.depth) throw this.#tooDeep(event);
  }

  #tooDeep(event: Event): ScanError {
    return new ScanError(`nested deeper than ${this.#limits.depth} levels (limits.depth)`, this.#offset(event));
  }

  #count(nodes: number, event: Event): number {
    if (nodes <= this.#limits.documentNodes) return nodes;
    const limit = this.#limits.documentNodes;
    throw new ScanError(
      `more than ${limit} nodes after its aliases are expanded (limits.documentNodes)`,
      this.#offset(event),
    );
  }

  #offset(event: Event): number {
    return this.#scanned.sourceOffset(eventOffset(event));
  }
}

function withRounded(built: Built, rounded: readonly NodePath[]): Built {
  return rounded.length === 0 ? built : { ...built, rounded };
}

/** Where a node begins, in the scanned text; 0 for events without a place. */
export function eventOffset(event: Event): number {
  switch (event.type) {
    case EVENT_ID.SCALAR:
      return scalarOffset(event);
    case EVENT_ID.SEQUENCE:
    case EVENT_ID.MAPPING:
      return Math.max(0, event.start);
    case EVENT_ID.ALIAS:
      return Math.max(0, event.anchorStart - 1);
    default:
      return 0;
  }
}

function scalarOffset({ valueStart, style, tagStart, anchorStart }: ScalarEvent): number {
  if (valueStart < 0) return Math.max(0, tagStart, anchorStart);
  const isQuoted = style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED;
  return isQuoted ? valueStart - 1 : valueStart;
}
