import { locate } from '../core/index.ts';
import type { RawObject } from './documents.ts';
import type { FindingCollector } from './finding-collector.ts';
import { describeObject } from './metadata.ts';

/** Groups of at least two items with one key, and the items that are alone with theirs. */
export interface Grouped<T> {
  readonly unique: readonly T[];
  readonly repeated: readonly (readonly T[])[];
}

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Grouped<T> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  const all = [...groups.values()];
  return {
    unique: all.filter((group) => group.length === 1).flat(),
    repeated: all.filter((group) => group.length > 1),
  };
}

/** A `DuplicateObject` for each of several objects with one identity, each naming where the others are. */
export function reportDuplicates(raws: readonly RawObject[], collector: FindingCollector, hold: boolean): void {
  const places = raws.map((raw) => locate(raw.source));
  for (const [index, raw] of raws.entries()) {
    const others = places.filter((_, at) => at !== index).map(({ file, line }) => `${file}:${line}`);
    const label = describeObject(raw);
    const message = `${label}: is also in ${listPlaces(others)}. None of them is used: keep one.`;
    collector.add('DuplicateObject', raw.source, [], message, { object: label, hold });
  }
}

/** A copied folder has every object twice; a folder copied fifty times must not make pages of it. */
const NAMED_PLACES = 5;

function listPlaces(places: readonly string[]): string {
  const named = places.slice(0, NAMED_PLACES).join(', ');
  const rest = places.length - NAMED_PLACES;
  return rest > 0 ? `${named} and ${rest} more places` : named;
}
