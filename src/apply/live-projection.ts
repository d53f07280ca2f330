import type { IgnoreRule } from '../api/index.ts';
import type { Interner, Projection, ServedResource } from '../cluster/index.ts';
import { decodePointerToken, isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';
import { APPLYSET_ID_LABEL, MANAGED_LABEL, PART_OF_LABEL } from './names.ts';

const LABELS: ReadonlySet<string> = new Set([PART_OF_LABEL, APPLYSET_ID_LABEL, MANAGED_LABEL]);

function keepsLabel(name: string): boolean {
  return LABELS.has(name);
}

/** What we and KubeFed say by annotations; those of others are no reason to look again, and may be long. */
function keepsAnnotation(name: string): boolean {
  return name.startsWith('gitfed.io/') || name.startsWith('kubefed.io/');
}

const METADATA_FOR_PLANS: Projection = {
  key: 'plan',
  whole: false,
  keepsLabel,
  keepsAnnotation,
  rest: () => ({}),
};

/** What a plan, and whoever tells how objects are, reads of an object of one kind. */
export function liveProjection(
  { group, kind }: Pick<ServedResource, 'group' | 'kind'>,
  { isWhole, rules }: { readonly isWhole: boolean; readonly rules: readonly IgnoreRule[] },
): Projection {
  if (!isWhole) return METADATA_FOR_PLANS;
  const about = rules.filter((rule) => (rule.group ?? group) === group && (rule.kind ?? kind) === kind);
  const paths = about.flatMap(({ jsonPointers }) => jsonPointers.map(keptPath));
  return {
    key: `whole ${JSON.stringify(paths)}`,
    whole: true,
    keepsLabel: (name) => keepsLabel(name) || isNamed(paths, 'labels', name),
    keepsAnnotation: (name) => keepsAnnotation(name) || isNamed(paths, 'annotations', name),
    rest: (object, interner) => restOf(object as unknown as JsonObject, paths, interner),
  };
}

/** Whether a rule is about this entry of the metadata, or about all of its kind. */
function isNamed(paths: readonly (readonly string[])[], field: 'labels' | 'annotations', name: string): boolean {
  return paths.some(([top, map, key]) => top === 'metadata' && map === field && (key === undefined || key === name));
}

/** A pointer down to the first list: which of its items is meant is found out by their keys. */
function keptPath(pointer: string): readonly string[] {
  const tokens = pointer.split('/').slice(1).map(decodePointerToken);
  const list = tokens.findIndex((token) => /^\d+$/.test(token));
  return list < 0 ? tokens : tokens.slice(0, list);
}

function restOf(object: JsonObject, paths: readonly (readonly string[])[], interner: Interner): JsonObject {
  const { spec, status } = object;
  const kept: JsonObject = {
    ...(isJsonObject(spec) ? { spec: numbersOf(spec, interner) } : {}),
    ...(status === undefined ? {} : { status }),
  };
  return paths.filter(([top]) => top !== 'metadata').reduce((all, path) => withPath(all, object, path), kept);
}

/** Numbers of replicas and the like: health is told by them and the status. */
function numbersOf(spec: JsonObject, interner: Interner): JsonObject {
  const { replicas, selector } = spec;
  const entries = Object.entries(spec).filter(
    ([key, value]) => key === 'updateStrategy' || value === null || typeof value !== 'object',
  );
  // The planner of replicas asks for the pods of a workload by it; the same in every cluster.
  const isWorkload = replicas !== undefined && isJsonObject(selector);
  return Object.fromEntries([...entries, ...(isWorkload ? [['selector', interner.value(selector)] as const] : [])]);
}

function withPath(kept: JsonObject, from: JsonObject, [key, ...rest]: readonly string[]): JsonObject {
  if (key === undefined || !Object.hasOwn(from, key)) return kept;
  const value = from[key] ?? null;
  const before: JsonValue = Object.hasOwn(kept, key) ? (kept[key] ?? null) : {};
  const isBelow = rest.length > 0 && isJsonObject(value);
  const below = isBelow ? withPath(isJsonObject(before) ? before : {}, value, rest) : value;
  return Object.fromEntries([...Object.entries(kept).filter(([name]) => name !== key), [key, below]]);
}
