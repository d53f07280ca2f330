import { type FieldStep, isJsonObject, type JsonObject, type JsonValue, jsonEquals } from '../core/index.ts';
import type { FieldDrift, LiveComparison } from './field-drift.ts';
import { writtenBy } from './field-drift.ts';
import { isWhole, keyedItems, valuedItems } from './field-owners.ts';
import type { FieldSet, ManagedFieldsEntry } from './field-set.ts';
import { hasKey, keyStep } from './list-items.ts';

/**
 * What people's tools put into an object, each thing once: a whole container where they made one, otherwise field by field. What the
 * manifest has is not added but changed.
 */
export function addedDrift({ added, manifest, live }: Pick<LiveComparison, 'added' | 'manifest' | 'live'>) {
  const found = added.flatMap(({ entry, fields }) => {
    return addedBelow(entry, { path: [], names: [], set: fields, desired: manifest, live });
  });
  const shown = new Set<string>();
  const latestFirst = found.toSorted((a, b) => a.names.length - b.names.length || compareTimes(a.drift, b.drift));
  return latestFirst.flatMap(({ names, drift }) => {
    const isInside = names.some((_, index) => shown.has(JSON.stringify(names.slice(0, index + 1))));
    shown.add(JSON.stringify(names));
    return isInside ? [] : [drift];
  });
}

function compareTimes(a: FieldDrift, b: FieldDrift): number {
  const [left, right] = [a.time ?? '', b.time ?? ''];
  return left === right ? 0 : left < right ? 1 : -1;
}

interface Found {
  readonly names: readonly string[];
  readonly drift: FieldDrift;
}

interface Visited {
  readonly path: readonly FieldStep[];
  readonly names: readonly string[];
  readonly set: FieldSet;
  readonly desired: JsonValue | undefined;
  readonly live: JsonValue | undefined;
}

function addedBelow(entry: ManagedFieldsEntry, at: Visited): readonly Found[] {
  return childrenOf(at).flatMap((child): readonly Found[] => {
    const { path, names, set, desired, live } = child;
    if (live === undefined) return [];
    if (desired === undefined || desired === null) {
      if (!isWhole(set) && !Object.hasOwn(set, '.')) return addedBelow(entry, child);
      return [{ names, drift: { type: 'added', path, live, ...writtenBy(entry) } }];
    }
    return isWhole(set) ? [] : addedBelow(entry, child);
  });
}

function childrenOf(at: Visited): readonly Visited[] {
  const { set, desired, live } = at;
  const fields = Object.keys(set).filter((name) => name.startsWith('f:'));
  const items = listOf(live);
  return [
    ...fields.map((name) => {
      const key = name.slice(2);
      return childOf(at, name, key, entryOf(desired, key), entryOf(live, key));
    }),
    ...[...keyedItems(set)].map(([name, key]) => {
      const index = items.findIndex((item) => hasKey(item, key));
      const own = listOf(desired).find((item) => hasKey(item, key));
      return childOf(at, name, keyStep(key, index), own, items[index]);
    }),
    ...[...valuedItems(set)].map(([name, value]) => {
      const index = items.findIndex((item) => jsonEquals(item, value));
      const own = listOf(desired).find((item) => jsonEquals(item, value));
      return childOf(at, name, index, own, items[index]);
    }),
  ];
}

function childOf(
  at: Visited,
  name: string,
  step: FieldStep,
  desired: JsonValue | undefined,
  live: JsonValue | undefined,
): Visited {
  return { path: [...at.path, step], names: [...at.names, name], set: at.set[name] ?? {}, desired, live };
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function entryOf(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (!isJsonObject(value)) return undefined;
  const object: JsonObject = value;
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
