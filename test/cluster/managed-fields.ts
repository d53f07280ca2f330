import { isJsonObject, type JsonObject, type JsonValue, jsonEquals } from '../../src/core/index.ts';
import { applyObject } from '../../src/sandbox/apply-object.ts';
import { trackUpdate } from '../../src/sandbox/track-update.ts';
import type { ApplyConflict, MergeSchema } from '../../src/sandbox/types.ts';
import type { Cluster } from '../controlplane/fixtures.ts';

/** One write of an object, as a person or a tool does it. */
export type Write =
  | {
      readonly type: 'apply' | 'applyStatus';
      readonly manager: string;
      readonly force: boolean;
      readonly body: JsonObject;
      readonly version?: string;
    }
  | {
      readonly type: 'create' | 'replace' | 'mergePatch' | 'replaceStatus' | 'scale';
      readonly manager: string;
      readonly body: JsonObject;
      readonly version?: string;
    }
  | { readonly type: 'jsonPatch'; readonly manager: string; readonly body: JsonValue; readonly version?: string };

/** A write, and what a real API server made of it. */
export interface Observed {
  readonly write: Write;
  /** `undefined` where the server refused it for another reason than a conflict. */
  readonly result?: { readonly object: JsonObject } | { readonly conflicts: readonly ApplyConflict[] };
  /** Why the server refused it. */
  readonly refusal?: string;
}

/** The kind that is written: where it is served, and how it is merged. */
export interface WrittenKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** Of the collection, with `VERSION` for the version. */
  readonly path: string;
  readonly schema: MergeSchema;
  /** Fields of the spec that the server fills when it stores an object, which makes nobody their owner. */
  readonly allocated?: readonly string[];
  /** What the server adds to an object that was applied. */
  readonly withDefaults: (object: JsonObject) => JsonObject;
}

const CONTENT_TYPES = {
  apply: 'application/apply-patch+yaml',
  applyStatus: 'application/apply-patch+yaml',
  scale: 'application/merge-patch+json',
  mergePatch: 'application/merge-patch+json',
  jsonPatch: 'application/json-patch+json',
} as const;

/** Sends writes to a server one after the other, with something to wait for in between. */
export async function observeWrites(
  cluster: Cluster,
  kind: WrittenKind,
  name: string,
  writes: readonly Write[],
  wait: () => Promise<void> = () => Promise.resolve(),
): Promise<readonly Observed[]> {
  const observed: Observed[] = [];
  let live: JsonObject | undefined;
  for (const write of writes) {
    await wait();
    const step = await observeWrite(cluster, kind, name, { write, live });
    observed.push(step);
    live = after(live, step);
  }
  return observed;
}

async function observeWrite(
  cluster: Cluster,
  kind: WrittenKind,
  name: string,
  { write, live }: { readonly write: Write; readonly live: JsonObject | undefined },
): Promise<Observed> {
  const collection = kind.path.replace('VERSION', versionOf(kind, write));
  const query = `fieldManager=${write.manager}${isApply(write) && write.force ? '&force=true' : ''}`;
  const { status, body } = await send(cluster, { collection, name, query }, kind, write, live);
  if (status === 200 || status === 201) {
    // Scaling answers with the scale.
    const object =
      write.type === 'scale' ? (await cluster.request<JsonObject>('GET', `${collection}/${name}`)).body : body;
    return { write, result: { object } };
  }
  const details = isJsonObject(body['details']) ? body['details'] : {};
  const causes = Array.isArray(details['causes']) ? (details['causes'] as readonly JsonObject[]) : [];
  const conflicts = causes.filter(({ reason }) => reason === 'FieldManagerConflict');
  if (status !== 409 || conflicts.length === 0) return { write, refusal: `${status} ${String(body['message'])}` };
  return {
    write,
    result: {
      conflicts: conflicts.map(({ field, message }) => ({
        manager: /"([^"]*)"/.exec(String(message))?.[1] ?? '',
        field: String(field),
        message: String(message),
      })),
    },
  };
}

function isApply(write: Write): write is Extract<Write, { readonly force: boolean }> {
  return write.type === 'apply' || write.type === 'applyStatus';
}

function versionOf(kind: WrittenKind, { version }: Write): string {
  return version ?? kind.apiVersion.replace(/^.*\//, '');
}

async function send(
  cluster: Cluster,
  { collection, name, query }: { collection: string; name: string; query: string },
  kind: WrittenKind,
  write: Write,
  live: JsonObject | undefined,
): Promise<{ readonly status: number; readonly body: JsonObject }> {
  const target = `${collection}/${name}${subresourceOf(write)}?${query}`;
  switch (write.type) {
    case 'create':
      return cluster.request('POST', `${collection}?${query}`, whole(kind, write, write.body, name));
    case 'replace':
    case 'replaceStatus':
      return cluster.request('PUT', target, replacement(whole(kind, write, write.body, name), live));
    default: {
      const body = isApply(write) ? whole(kind, write, write.body, name) : write.body;
      return cluster.request('PATCH', target, JSON.stringify(body), CONTENT_TYPES[write.type]);
    }
  }
}

function subresourceOf({ type }: Write): string {
  if (type === 'replaceStatus' || type === 'applyStatus') return '/status';
  return type === 'scale' ? '/scale' : '';
}

/** Custom resources cannot be replaced without saying which one was seen. */
function replacement(body: JsonObject, live: JsonObject | undefined): JsonObject {
  const { resourceVersion } = metadataOf(live);
  return resourceVersion === undefined ? body : { ...body, metadata: { ...metadataOf(body), resourceVersion } };
}

function whole(kind: WrittenKind, write: Write, body: JsonObject, name: string): JsonObject {
  const metadata = isJsonObject(body['metadata']) ? body['metadata'] : {};
  const apiVersion = kind.apiVersion.replace(/[^/]+$/, versionOf(kind, write));
  return { apiVersion, kind: kind.kind, ...body, metadata: { name, ...metadata } };
}

/** What the sandbox makes of a write, as far as a server answered it: the object, or the conflicts. */
export function ownResult(
  kind: WrittenKind,
  live: JsonObject | undefined,
  { write, result }: Observed,
):
  | { readonly object: JsonObject; readonly isUnchanged: boolean }
  | { readonly conflicts: readonly ApplyConflict[] }
  | undefined {
  if (result === undefined) return undefined;
  const apiVersion = kind.apiVersion.replace(/[^/]+$/, versionOf(kind, write));
  const name = textOf(metadataOf('object' in result ? result.object : live)['name']);
  const before = live === undefined ? undefined : { ...live, apiVersion };
  const writer = {
    manager: write.manager,
    apiVersion,
    time: 'object' in result ? timeOf(result.object, write) : '',
    ...(subresourceOf(write) === '' ? {} : { subresource: subresourceOf(write).slice(1) }),
  };
  if (isApply(write)) {
    const applied = whole(kind, write, write.body, name);
    const outcome = applyObject({ live: before, applied, writer, force: write.force, schema: kind.schema });
    if (!outcome.ok) return { conflicts: outcome.conflicts };
    const isUnchanged = outcome.object === before;
    const object = isUnchanged ? (before ?? {}) : kind.withDefaults(outcome.object);
    return { object: withAllocated(object, result, kind), isUnchanged };
  }
  if (!('object' in result)) return undefined;
  const sent = sentManagedFields(before, write);
  const { managedFields: _managedFields, ...metadata } = metadataOf(result.object);
  const stored = { ...result.object, metadata: sent === undefined ? metadata : { ...metadata, managedFields: sent } };
  const written = withoutAllocated(stored, before, kind);
  const object = withAllocated(trackUpdate({ before, after: written, writer, schema: kind.schema }), result, kind);
  return { object, isUnchanged: before !== undefined && isSameButVersion(before, object) };
}

/** Why the sandbox cannot merge what an apply sends. */
export function invalidReason(kind: WrittenKind, write: Write): string | undefined {
  if (!isApply(write)) return undefined;
  const writer = { manager: write.manager, apiVersion: kind.apiVersion, time: '2024-01-01T00:00:00Z' };
  const applied = whole(kind, write, write.body, 'invalid');
  const outcome = applyObject({ live: undefined, applied, writer, force: write.force, schema: kind.schema });
  return outcome.ok ? undefined : outcome.invalid;
}

function withoutAllocated(
  object: JsonObject,
  live: JsonObject | undefined,
  { allocated = [] }: WrittenKind,
): JsonObject {
  if (live !== undefined || allocated.length === 0) return object;
  const spec = Object.entries(specOf(object)).filter(([name]) => !allocated.includes(name));
  return { ...object, spec: Object.fromEntries(spec) };
}

function withAllocated(object: JsonObject, server: Observed['result'], { allocated = [] }: WrittenKind): JsonObject {
  if (server === undefined || !('object' in server) || allocated.length === 0) return object;
  const filled = Object.entries(specOf(server.object)).filter(([name]) => allocated.includes(name));
  return { ...object, spec: { ...Object.fromEntries(filled), ...specOf(object) } };
}

function specOf(object: JsonObject): JsonObject {
  return isJsonObject(object['spec']) ? object['spec'] : {};
}

function metadataOf(object: JsonObject | undefined): JsonObject {
  const metadata = object?.['metadata'];
  return isJsonObject(metadata) ? metadata : {};
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** The time that the server gave to the writer's entry, or the latest that it gave: then it has not got one of its own. */
function timeOf(object: JsonObject, write: Write): string {
  const managedFields = metadataOf(object)['managedFields'];
  const entries = Array.isArray(managedFields) ? (managedFields as readonly JsonObject[]) : [];
  const operation = isApply(write) ? 'Apply' : 'Update';
  const own = entries.filter((entry) => entry['manager'] === write.manager && entry['operation'] === operation);
  return latest(own) ?? latest(entries) ?? '2024-01-01T00:00:00Z';
}

function latest(entries: readonly JsonObject[]): string | undefined {
  const times = entries.map(({ time }) => textOf(time)).filter((time) => time !== '');
  return times.sort().at(-1);
}

/** What a request says of managedFields itself, or leaves as it was. */
function sentManagedFields(before: JsonObject | undefined, write: Write): JsonValue | undefined {
  if (write.type === 'jsonPatch') {
    const operations = Array.isArray(write.body) ? (write.body as readonly JsonObject[]) : [];
    const own = operations.findLast(({ path }) => path === '/metadata/managedFields');
    if (own !== undefined) return own['op'] === 'remove' ? undefined : own['value'];
    return metadataOf(before)['managedFields'];
  }
  const metadata = isJsonObject(write.body) ? metadataOf(write.body) : {};
  if (Object.hasOwn(metadata, 'managedFields')) return metadata['managedFields'];
  return write.type === 'mergePatch' || write.type === 'scale' ? metadataOf(before)['managedFields'] : undefined;
}

/** What the server keeps of an object that no request sets. */
function withoutSystemFields(object: JsonObject): JsonObject {
  const { resourceVersion: _v, uid: _u, creationTimestamp: _c, generation: _g, ...metadata } = metadataOf(object);
  return { ...object, metadata };
}

function isSameButVersion(a: JsonObject, b: JsonObject): boolean {
  const { apiVersion: _a, ...left } = withoutSystemFields(a);
  const { apiVersion: _b, ...right } = withoutSystemFields(b);
  return jsonEquals(left, right);
}

/** A step of a sequence where the sandbox and the server do not agree; `undefined` where they do. */
export function findDifference(
  kind: WrittenKind,
  live: JsonObject | undefined,
  observed: Observed,
): { readonly server: unknown; readonly own: unknown } | undefined {
  const own = ownResult(kind, live, observed);
  const { result: server } = observed;
  if (server === undefined || own === undefined) return undefined;
  if (!('object' in server) || !('object' in own)) {
    const isSame = 'object' in server === 'object' in own && jsonEquals(sortedConflicts(server), sortedConflicts(own));
    return isSame ? undefined : { server, own };
  }
  // A server that stores the same again, because it keeps it in other bytes, has changed nothing.
  const isUnchanged = live !== undefined && isSameButVersion(live, server.object);
  if (isUnchanged !== own.isUnchanged) return { server: { isUnchanged, object: server.object }, own };
  const [left, right] = [withoutSystemFields(server.object), withoutSystemFields(own.object)];
  return jsonEquals(left, right) ? undefined : { server: left, own: right };
}

/** A server lists conflicts of several managers in any order. */
function sortedConflicts(result: object): JsonValue {
  const { conflicts } = result as { readonly conflicts?: readonly ApplyConflict[] };
  return (conflicts ?? []).map(({ manager, field, message }) => [field, message, manager]).sort();
}

/** The object after a write: another one where the server took it. */
export function after(live: JsonObject | undefined, { result }: Observed): JsonObject | undefined {
  return result !== undefined && 'object' in result ? result.object : live;
}
