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
  readonly scalar: ResolvedScalar | undefined;
  readonly isMerge: boolean;
  readonly isList: boolean;
  readonly rounded: readonly NodePath[];
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
  return { value: built.value, roundedIntegers: built.rounded };
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
    if (first === undefined)
      return { value: null, nodes: 0, height: 0, scalar: undefined, isMerge: false, isList: false, rounded: NOTHING };
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
    if (event.type === EVENT_ID.ALIAS) return this.#alias(event);
    if (event.type !== EVENT_ID.SCALAR && event.type !== EVENT_ID.SEQUENCE && event.type !== EVENT_ID.MAPPING) {
      throw new ScanError('the document ends too early', this.#offset(event));
    }
    if (event.anchorStart < 0) return this.#build(event);
    const name = this.#scanned.text.slice(event.anchorStart, event.anchorEnd);
    this.#anchors.set(name, undefined);
    const built = this.#build(event);
    this.#anchors.set(name, built);
    return built;
  }

  #build(event: Exclude<Event, { type: 1 | 5 | 6 }>): Built {
    if (event.type === EVENT_ID.SCALAR) return this.#scalar(event);
    return event.type === EVENT_ID.SEQUENCE ? this.#sequence(event) : this.#mapping(event);
  }

  #take(): Event {
    const event = this.#events[this.#next++];
    if (event === undefined) throw new ScanError('the document ends too early', this.#scanned.text.length);
    return event;
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
    const rounded = scalar.rounded === true ? HERE : NOTHING;
    return { value: scalar.value, nodes: 1, height: 0, scalar, isMerge, isList: false, rounded };
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
    let rounded: NodePath[] | undefined;
    let nodes = 1;
    let height = 0;
    this.#descend(event);
    while (!this.#atEnd()) {
      this.#refuseGluedColon();
      const item = this.#value();
      nodes = this.#count(nodes + item.nodes, event);
      height = Math.max(height, item.height);
      if (item.rounded.length > 0) {
        rounded ??= [];
        for (const path of item.rounded) rounded.push([items.length, ...path]);
      }
      items.push(item.value);
    }
    this.#depth -= 1;
    // A copy, because a list that grew keeps room for more, and most lists here are short and stay.
    return collection(items.slice(), nodes, height + 1, rounded, true);
  }

  /** `[a:, b]`: kubectl reads the string `a:`, other readers a mapping. Whoever wrote it meant one of them. */
  #refuseGluedColon(): void {
    const mapping = this.#events[this.#next];
    if (mapping?.type !== EVENT_ID.MAPPING || this.#scanned.text[mapping.start] === '{') return;
    const key = this.#events[this.#next + 1];
    const value = this.#events[this.#next + 2];
    if (key?.type !== EVENT_ID.SCALAR || value?.type !== EVENT_ID.SCALAR || value.valueStart >= 0) return;
    if (key.style === SCALAR_STYLE.PLAIN && /^:[,\]}]/.test(this.#scanned.text.slice(key.valueEnd, key.valueEnd + 2))) {
      throw new ScanError('an item that ends in a colon: quote it, or put a space behind the colon', this.#offset(key));
    }
  }

  #mapping(event: Event): Built {
    const entries = new Entries();
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
      if (key.isMerge) {
        this.#merge(entries, value, valueEvent);
      } else if (!entries.add(this.#key(key, keyEvent), value)) {
        throw new DuplicateKeyError('a key that stands twice in one mapping', this.#offset(keyEvent));
      }
    }
    this.#depth -= 1;
    return collection(entries.value, nodes, height + 1, entries.rounded(), false);
  }

  /** The later wins in order of appearance, a merge after an explicit key too; of a list of merges the first. */
  #merge(entries: Entries, source: Built, event: Event): void {
    const parts = source.isList ? [...(source.value as readonly JsonValue[])].reverse() : [source.value];
    for (const part of parts) {
      if (typeof part !== 'object' || part === null || Array.isArray(part)) {
        throw new ScanError('a merge ("<<") takes a mapping or a list of mappings', this.#offset(event));
      }
      for (const [key, value] of Object.entries(part)) entries.merge(key, value as JsonValue);
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

/** The entries of a mapping while it is read. */
class Entries {
  readonly value: Record<string, JsonValue> = {};
  /** Keys that only a merge brought: they may be written again. */
  #merged: Set<string> | undefined;
  #rounded: Map<string, readonly NodePath[]> | undefined;

  /** @returns false for a key that is written already. */
  add(key: string, { value, rounded }: Built): boolean {
    if (Object.hasOwn(this.value, key) && this.#merged?.delete(key) !== true) return false;
    this.#set(key, value);
    if (rounded.length > 0) {
      this.#rounded ??= new Map();
      this.#rounded.set(key, rounded);
    }
    return true;
  }

  merge(key: string, value: JsonValue): void {
    if (!Object.hasOwn(this.value, key)) {
      this.#merged ??= new Set();
      this.#merged.add(key);
    }
    this.#set(key, value);
    this.#rounded?.delete(key);
  }

  rounded(): NodePath[] | undefined {
    return this.#rounded && [...this.#rounded].flatMap(([key, paths]) => paths.map((path): NodePath => [key, ...path]));
  }

  #set(key: string, value: JsonValue): void {
    // An assignment would set the prototype.
    if (key === '__proto__') {
      Object.defineProperty(this.value, key, { value, writable: true, enumerable: true, configurable: true });
    } else {
      this.value[key] = value;
    }
  }
}

function collection(
  value: JsonValue,
  nodes: number,
  height: number,
  rounded: readonly NodePath[] = NOTHING,
  isList: boolean,
): Built {
  return { value, nodes, height, scalar: undefined, isMerge: false, isList, rounded };
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
