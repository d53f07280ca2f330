import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';
import { field } from './fields.ts';
import type { Scope } from './model.ts';
import { isDns1035Label, isDns1123Subdomain } from './names.ts';
import type { TargetSchema, TargetType } from './target-type.ts';

/** The kind that a CustomResourceDefinition defines, or what it lacks for that: continues a sentence that begins with the object. */
export type ReadDefinition =
  | { readonly ok: true; readonly target: TargetType }
  | { readonly ok: false; readonly reason: string };

/** Whether a value is a CustomResourceDefinition of any version. */
export function isCustomResourceDefinition(value: JsonValue): value is JsonObject {
  if (!isJsonObject(value) || field(value, 'kind') !== 'CustomResourceDefinition') return false;
  return /^apiextensions\.k8s\.io\/v1(?:beta1)?$/.test(text(field(value, 'apiVersion')));
}

/** Reads `v1` and the older `v1beta1`. The preferred version is the one that API servers prefer: of those served, the most stable and highest. */
export function readDefinition(definition: JsonObject): ReadDefinition {
  const spec = mapping(field(definition, 'spec'));
  const names = mapping(field(spec, 'names'));
  const [group, kind, plural] = [text(field(spec, 'group')), text(field(names, 'kind')), text(field(names, 'plural'))];
  const scope = text(field(spec, 'scope')) || 'Namespaced';
  if (!isDns1123Subdomain(group) || !group.includes('.')) return { ok: false, reason: 'has no valid spec.group' };
  if (!isDns1035Label(kind.toLowerCase())) return { ok: false, reason: 'has no valid spec.names.kind' };
  if (!isDns1035Label(plural)) return { ok: false, reason: 'has no valid spec.names.plural' };
  if (scope !== 'Cluster' && scope !== 'Namespaced') return { ok: false, reason: 'has no valid spec.scope' };
  const schemas = readVersions(spec);
  const [version] = schemas.keys();
  if (version === undefined) return { ok: false, reason: 'has no version that is served' };
  const singular = text(field(names, 'singular')).toLowerCase();
  const shortNames = list(field(names, 'shortNames')).filter((name) => typeof name === 'string');
  const known: Scope = scope;
  return {
    ok: true,
    target: {
      group,
      version,
      kind,
      plural,
      scope: known,
      shortNames,
      schemas,
      ...(singular === '' ? {} : { singular }),
    },
  };
}

function readVersions(spec: JsonObject): ReadonlyMap<string, TargetSchema> {
  const shared = schemaOf(mapping(field(mapping(field(spec, 'validation')), 'openAPIV3Schema')));
  const versions = list(field(spec, 'versions')).map(mapping);
  const all = versions.length > 0 ? versions : [{ name: field(spec, 'version') ?? null }];
  const read = all.flatMap((version): [string, TargetSchema][] => {
    const name = text(field(version, 'name'));
    if (!isDns1035Label(name) || field(version, 'served') === false) return [];
    const own = schemaOf(mapping(field(mapping(field(version, 'schema')), 'openAPIV3Schema')));
    return [[name, own === 'None' ? shared : own]];
  });
  return new Map(read.toSorted(([a], [b]) => comparePriority(a, b)));
}

function schemaOf(schema: JsonObject): TargetSchema {
  if (Object.keys(schema).length === 0) return 'None';
  const property = (parent: JsonObject, name: string): JsonObject =>
    mapping(field(mapping(field(parent, 'properties')), name));
  const replicas = property(property(schema, 'spec'), 'replicas');
  return field(replicas, 'type') === 'integer' && field(replicas, 'format') === 'int32' ? 'Replicas' : 'Object';
}

/** @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#version-priority */
function comparePriority(a: string, b: string): number {
  const [one, other] = [priority(a), priority(b)];
  for (const [index, value] of one.entries()) {
    const difference = (other[index] ?? 0) - value;
    if (difference !== 0) return difference;
  }
  return a < b ? -1 : 1;
}

const STABILITY: Readonly<Record<string, number>> = { alpha: 1, beta: 2 };

function priority(version: string): readonly number[] {
  const { major, level, minor } = /^v(?<major>\d+)(?:(?<level>alpha|beta)(?<minor>\d+))?$/.exec(version)?.groups ?? {};
  if (major === undefined) return [0, 0, 0];
  return [level === undefined ? 3 : (STABILITY[level] ?? 0), Number(major), Number(minor ?? 0)];
}

function mapping(value: JsonValue | undefined): JsonObject {
  return value !== undefined && isJsonObject(value) ? value : {};
}

function list(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
