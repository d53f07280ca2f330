import { randomBytes, randomUUID } from 'node:crypto';
import { type JsonObject, type JsonValue, jsonEquals } from '../core/index.ts';
import { definitionProblems } from './custom-resource.ts';
import { builtinProblems, immutableProblems } from './immutable-fields.ts';
import { listOf, metadataOf, stringOf, withField, withMetadata, withoutField } from './object-fields.ts';
import { metadataProblems } from './object-metadata.ts';
import { schemaProblems } from './schema-validation.ts';
import type { SandboxResource } from './served-resource.ts';
import { keepAddresses } from './service-addresses.ts';
import { invalid, type StatusCause } from './status-error.ts';
import type { WriteTarget } from './write-target.ts';

const STATUS_ONLY = new Set(['status']);

/** What the server makes of a new object. @throws {StatusError} 422. */
export function newObject({ resource, namespace }: WriteTarget, object: JsonObject, time: string): JsonObject {
  const prepared = withMetadata(object, {
    namespace: namespace || undefined,
    uid: randomUUID(),
    creationTimestamp: time,
    generation: resource.hasGeneration ? 1 : undefined,
    deletionTimestamp: undefined,
    deletionGracePeriodSeconds: undefined,
    resourceVersion: undefined,
  });
  validate(resource, prepared);
  return prepared;
}

/** What the server makes of a change. @throws {StatusError} 422. */
export function changedObject(target: WriteTarget, live: JsonObject, object: JsonObject): JsonObject {
  const { resource, subresource } = target;
  const was = metadataOf(live);
  const parts =
    subresource === 'status'
      ? merged(live, object, STATUS_ONLY)
      : resource.hasStatus
        ? withStatusOf(object, live)
        : object;
  const kept = withMetadata(parts, {
    name: was.name,
    namespace: was.namespace,
    generateName: was.generateName,
    uid: was.uid,
    creationTimestamp: was.creationTimestamp,
    deletionTimestamp: was.deletionTimestamp,
    deletionGracePeriodSeconds: was.deletionGracePeriodSeconds,
    generation: was.generation,
    resourceVersion: was.resourceVersion,
  });
  const addressed = resource.group === '' && resource.kind === 'Service' ? keepAddresses(live, kept) : kept;
  const prepared =
    resource.group === '' && resource.kind === 'Namespace' ? { ...addressed, spec: live.spec ?? {} } : addressed;
  validate(resource, prepared, live);
  const isNewer =
    resource.hasGeneration &&
    subresource !== 'status' &&
    !jsonEquals(content(resource, live), content(resource, prepared));
  return isNewer ? withMetadata(prepared, { generation: nextGeneration(live) }) : prepared;
}

function validate(resource: SandboxResource, object: JsonObject, live?: JsonObject): void {
  const causes: StatusCause[] = [...metadataProblems(resource, object)];
  if (resource.schema !== undefined) causes.push(...schemaProblems(object, resource.schema));
  else causes.push(...builtinProblems(resource, object));
  if (resource.kind === 'CustomResourceDefinition') causes.push(...definitionProblems(object));
  if (live !== undefined) {
    causes.push(...immutableProblems(resource, live, object), ...finalizerProblems(live, object));
  }
  if (causes.length > 0) throw invalid(resource, stringOf(metadataOf(object).name), causes);
}

function finalizerProblems(live: JsonObject, object: JsonObject): readonly StatusCause[] {
  if (metadataOf(live).deletionTimestamp === undefined) return [];
  const before = listOf(metadataOf(live).finalizers);
  const added = listOf(metadataOf(object).finalizers).filter((one) => !before.includes(one));
  if (added.length === 0) return [];
  const message = `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((one) => `"${stringOf(one)}"`).join(', ')}}`;
  return [{ reason: 'FieldValueForbidden', message, field: 'metadata.finalizers' }];
}

/** The next, of an object that has one. */
export function nextGeneration(live: JsonObject): number | undefined {
  const { generation } = metadataOf(live);
  return typeof generation === 'number' ? generation + 1 : undefined;
}

/** What `metadata.generation` counts the changes of. */
function content(resource: SandboxResource, object: JsonObject): JsonObject {
  const { metadata: _metadata, ...rest } = object;
  return resource.hasStatus ? withoutField(rest, 'status') : rest;
}

function withStatusOf(object: JsonObject, live: JsonObject): JsonObject {
  return live.status === undefined ? withoutField(object, 'status') : withField(object, 'status', live.status);
}

/** `live` with these fields of `object`. */
function merged(live: JsonObject, object: JsonObject, fields: ReadonlySet<string>): JsonObject {
  const kept = Object.entries(live).filter(([key]) => !fields.has(key));
  const taken = Object.entries(object).filter(([key]) => fields.has(key));
  return Object.fromEntries([...kept, ...taken]);
}

/** The name of an object, or one made of its `generateName`. */
export function generatedName(object: JsonObject): JsonValue | undefined {
  const { name, generateName } = metadataOf(object);
  if (stringOf(name) !== '' || stringOf(generateName) === '') return name;
  const suffix = [...randomBytes(5)].map((byte) => 'bcdfghjklmnpqrstvwxz2456789'[byte % 27]).join('');
  return `${stringOf(generateName).slice(0, 58)}${suffix}`;
}
