import { randomBytes, randomUUID } from 'node:crypto';
import { type JsonObject, type JsonValue, jsonEquals } from '../core/index.ts';
import { applyObject } from './apply-object.ts';
import { withBuiltinDefaults } from './builtin-defaults.ts';
import { initialised, unknownTopFields } from './builtin-fields.ts';
import { definitionProblems } from './custom-resource.ts';
import { builtinProblems, immutableProblems } from './immutable-fields.ts';
import { listOf, mappingOf, metadataOf, stringOf, withField, withMetadata, withoutField } from './object-fields.ts';
import { cleanMetadata, metadataProblems, withoutNulls } from './object-metadata.ts';
import type { ObjectStore } from './object-store.ts';
import { schemaProblems } from './schema-validation.ts';
import { apiVersionOf, type SandboxResource, storageKey } from './served-resource.ts';
import type { ServiceAddresses } from './service-addresses.ts';
import {
  alreadyExists,
  badRequest,
  conflict,
  forbidden,
  invalid,
  MODIFIED,
  notFound,
  type StatusCause,
  StatusError,
  unmetPrecondition,
} from './status-error.ts';
import { objectKey, type StoredObject } from './stored-object.ts';
import { pruneUnknown, unknownFields, withSchemaDefaults } from './structural-schema.ts';
import { trackUpdate } from './track-update.ts';
import type { ApplyConflict, FieldWriter } from './types.ts';

/** Which object is written, by whom, and whether for real. */
export interface WriteTarget {
  readonly resource: SandboxResource;
  readonly namespace: string;
  /** `''` for one that is created under the name in its body. */
  readonly name: string;
  readonly subresource: string;
  readonly manager: string;
  readonly dryRun: boolean;
}

export interface Written {
  readonly object: JsonObject;
  readonly isNew: boolean;
}

export interface DeleteOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
}

/** Kinds whose PUT makes what is not there. */
const MADE_BY_PUT = new Set(['leases', 'endpoints', 'events', 'limitranges', 'resourcequotas', 'services']);
const STATUS_ONLY = new Set(['status']);

interface WriterOptions {
  readonly store: ObjectStore;
  readonly addresses: ServiceAddresses;
  readonly now: () => Date;
}

/** Every way in which an object comes, changes and goes, with the rules of an API server. */
export class ObjectWriter {
  readonly #store: ObjectStore;
  readonly #addresses: ServiceAddresses;
  readonly #now: () => Date;

  constructor({ store, addresses, now }: WriterOptions) {
    this.#store = store;
    this.#addresses = addresses;
    this.#now = now;
  }

  /** RFC 3339 in seconds, as everything that Kubernetes writes. */
  get time(): string {
    return this.#now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z');
  }

  has({ resource, namespace, name }: WriteTarget): boolean {
    return this.#find(resource, namespace, name) !== undefined;
  }

  /** @throws {StatusError} 404. */
  read({ resource, namespace, name }: Pick<WriteTarget, 'resource' | 'namespace' | 'name'>): StoredObject {
    const stored = this.#find(resource, namespace, name);
    if (stored === undefined) throw notFound(resource, name);
    return stored;
  }

  /** @throws {StatusError} */
  create(target: WriteTarget, body: JsonObject): Written {
    const { resource } = target;
    const sent = this.#decode(target, body);
    if (stringOf(metadataOf(sent).resourceVersion) !== '') {
      throw badRequest('resourceVersion should not be set on objects to be created');
    }
    const named = withMetadata(sent, { name: generatedName(sent), namespace: target.namespace || undefined });
    const object = this.#new(target, resource.hasStatus ? withoutField(named, 'status') : named);
    const tracked = trackUpdate({
      before: undefined,
      after: withListed(object, sent),
      writer: this.#writer(target),
      schema: resource.mergeSchema,
    });
    return this.#insert(target, tracked);
  }

  /** A PUT, or what a patch made of an object. @throws {StatusError} */
  update(target: WriteTarget, body: JsonObject): Written {
    const { resource, namespace, name } = target;
    const sent = this.#decode(target, body);
    const stored = this.#find(resource, namespace, name);
    if (stored === undefined) {
      if (target.subresource === '' && MADE_BY_PUT.has(resource.plural)) return this.create(target, body);
      throw notFound(resource, name);
    }
    const live = stored.read(resource);
    this.#checkPreconditions(resource, stored, metadataOf(sent));
    const shaped = this.#changed(target, live, sent);
    const { managedFields } = metadataOf(sent);
    const after = withMetadata(shaped, { managedFields: managedFields ?? metadataOf(live).managedFields });
    const tracked = trackUpdate({ before: live, after, writer: this.#writer(target), schema: resource.mergeSchema });
    return this.#replace(target, stored, live, tracked);
  }

  /** Server-side apply. @throws {StatusError} */
  apply(target: WriteTarget, body: JsonObject, force: boolean): Written {
    const { resource, namespace, name } = target;
    const stored = this.#find(resource, namespace, name);
    if (stored === undefined && target.subresource !== '') throw notFound(resource, name);
    const live = stored?.read(resource);
    const applied = this.#applied(target, body);
    if (stored !== undefined) this.#checkPreconditions(resource, stored, metadataOf(applied));
    else if (stringOf(metadataOf(applied).uid) !== '')
      throw conflict(
        resource,
        name,
        'uid mismatch: the provided object specified uid, and no existing object was found',
      );
    const outcome = applyObject({
      live,
      applied: withMetadata(applied, { uid: undefined, resourceVersion: undefined }),
      writer: this.#writer(target),
      force,
      schema: resource.mergeSchema,
    });
    if (!outcome.ok) {
      throw outcome.invalid === undefined
        ? applyConflict(outcome.conflicts)
        : untypedManifest(target, body, outcome.invalid);
    }
    const { managedFields } = metadataOf(outcome.object);
    if (stored === undefined || live === undefined) {
      const object = this.#new(target, this.#shape(resource, outcome.object));
      return this.#insert(target, withMetadata(object, { managedFields }));
    }
    const changed = this.#changed(target, live, this.#shape(resource, outcome.object));
    return this.#replace(target, stored, live, withMetadata(changed, { managedFields }));
  }

  /** @returns what is left of it, waiting for its finalizers; `undefined` when it is gone. @throws {StatusError} */
  delete(target: WriteTarget, options: DeleteOptions): { readonly left?: JsonObject; readonly last: JsonObject } {
    const { resource, namespace, name } = target;
    const stored = this.#find(resource, namespace, name);
    if (stored === undefined) throw notFound(resource, name);
    checkSeen(resource, stored, options);
    const live = stored.read(resource);
    const finalizers = finalizersFor(resource, live, options);
    const hasSpecFinalizers = resource.group === '' && resource.kind === 'Namespace';
    if (finalizers.length === 0 && !hasSpecFinalizers) {
      if (!target.dryRun) this.#store.remove(storageKey(resource), live);
      return { last: live };
    }
    const { deletionTimestamp } = metadataOf(live);
    const marked = withMetadata(live, {
      deletionTimestamp: deletionTimestamp ?? this.time,
      deletionGracePeriodSeconds: deletionTimestamp === undefined ? 0 : metadataOf(live).deletionGracePeriodSeconds,
      generation: deletionTimestamp === undefined ? nextGeneration(live) : metadataOf(live).generation,
      finalizers: finalizers.length === 0 ? undefined : finalizers,
    });
    const shown = hasSpecFinalizers
      ? { ...marked, status: { ...mappingOf(live.status), phase: 'Terminating' } }
      : marked;
    if (target.dryRun || jsonEquals(shown, live)) return { left: shown, last: shown };
    return { left: this.#store.put(storageKey(resource), shown).read(resource), last: shown };
  }

  #find(resource: SandboxResource, namespace: string, name: string): StoredObject | undefined {
    return this.#store.get(storageKey(resource), objectKey(namespace, name));
  }

  #writer({ resource, manager, subresource }: WriteTarget): FieldWriter {
    const about = { manager, apiVersion: apiVersionOf(resource), time: this.time };
    return subresource === '' ? about : { ...about, subresource };
  }

  /** Reads what was sent: does it belong here, and what of it does this kind know. */
  #decode(target: WriteTarget, body: JsonObject): JsonObject {
    const { resource } = target;
    checkIdentity(target, body);
    const metadata = cleanMetadata(body);
    return this.#shape(resource, { ...head(resource), ...withoutField(body, 'metadata'), ...head(resource), metadata });
  }

  #shape(resource: SandboxResource, object: JsonObject): JsonObject {
    const { schema } = resource;
    if (schema !== undefined) return withSchemaDefaults(pruneUnknown(object, schema), schema);
    const { managedFields } = metadataOf(object);
    const unknown = unknownTopFields(resource, object);
    const known = Object.fromEntries(Object.entries(object).filter(([key]) => !unknown.includes(key)));
    const typed = withMetadata(mappingOf(withoutNulls(known)), { managedFields });
    return withBuiltinDefaults(typed, resource);
  }

  #applied(target: WriteTarget, body: JsonObject): JsonObject {
    const { resource, namespace, name } = target;
    checkIdentity(target, body);
    if (metadataOf(body).managedFields !== undefined && listOf(metadataOf(body).managedFields).length > 0) {
      throw badRequest('metadata.managedFields must be nil');
    }
    const { apiVersion, kind } = body;
    if (apiVersion !== apiVersionOf(resource) || kind !== resource.kind) {
      throw badRequest(
        `the API version in the data (${stringOf(apiVersion)}) does not match the expected API version (${apiVersionOf(resource)})`,
      );
    }
    const { schema } = resource;
    const [unknown] = schema === undefined ? unknownTopFields(resource, body) : unknownFields(body, schema);
    if (unknown !== undefined) throw untypedManifest(target, body, `.${unknown}: field not declared in schema`);
    const {
      creationTimestamp: _creation,
      generation: _generation,
      managedFields: _fields,
      ...metadata
    } = cleanMetadata(body);
    const named = { ...metadata, name, ...(namespace === '' ? {} : { namespace }) };
    const object = { ...body, metadata: named };
    if (target.subresource === 'status') return { apiVersion, kind, metadata: named, status: body.status ?? {} };
    return resource.hasStatus ? withoutField(object, 'status') : object;
  }

  #checkPreconditions(resource: SandboxResource, stored: StoredObject, wanted: JsonObject): void {
    const uid = stringOf(wanted.uid);
    if (uid !== '' && uid !== stored.uid) throw invalid(resource, stored.name, [immutableUid(uid)]);
    const version = stringOf(wanted.resourceVersion);
    if (version === '' || version === '0' || version === `${stored.resourceVersion}`) return;
    throw conflict(resource, stored.name, MODIFIED);
  }

  /** What the server makes of a new object. */
  #new(target: WriteTarget, object: JsonObject): JsonObject {
    const { resource, namespace } = target;
    this.#checkNamespace(target, stringOf(metadataOf(object).name));
    const prepared = withMetadata(object, {
      namespace: namespace || undefined,
      uid: randomUUID(),
      creationTimestamp: this.time,
      generation: resource.hasGeneration ? 1 : undefined,
      deletionTimestamp: undefined,
      deletionGracePeriodSeconds: undefined,
      resourceVersion: undefined,
    });
    this.#validate(resource, prepared);
    return this.#initialised(resource, prepared);
  }

  #checkNamespace({ resource, namespace }: WriteTarget, name: string): void {
    if (!resource.isNamespaced) return;
    const found = this.#store.get('/namespaces', objectKey('', namespace));
    if (found === undefined) throw namespaceNotFound(namespace);
    if (!found.isTerminating) return;
    const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
    const cause = {
      reason: 'NamespaceTerminating',
      message: `namespace ${namespace} is being terminated`,
      field: 'metadata.namespace',
    };
    throw forbidden(resource, name, why, [cause]);
  }

  /** What a new object gets that nobody sent. */
  #initialised(resource: SandboxResource, object: JsonObject): JsonObject {
    const isService = resource.group === '' && resource.kind === 'Service';
    return initialised(resource, isService ? this.#addresses.assign(object) : object);
  }

  /** What the server makes of a change. */
  #changed(target: WriteTarget, live: JsonObject, object: JsonObject): JsonObject {
    const { resource, subresource } = target;
    const was = metadataOf(live);
    const parts =
      subresource === 'status'
        ? merged(live, object, STATUS_ONLY)
        : resource.hasStatus
          ? withStatusOf(object, live)
          : object;
    const kept = withMetadata(parts, {
      ...(subresource === 'status' ? onlyFields(was) : {}),
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
    this.#validate(resource, prepared, live);
    const isNewer =
      resource.hasGeneration &&
      subresource !== 'status' &&
      !jsonEquals(content(resource, live), content(resource, prepared));
    return isNewer ? withMetadata(prepared, { generation: nextGeneration(live) }) : prepared;
  }

  #validate(resource: SandboxResource, object: JsonObject, live?: JsonObject): void {
    const causes: StatusCause[] = [...metadataProblems(resource, object)];
    if (resource.schema !== undefined) causes.push(...schemaProblems(object, resource.schema));
    else causes.push(...builtinProblems(resource, object));
    if (resource.kind === 'CustomResourceDefinition') causes.push(...definitionProblems(object));
    if (live !== undefined) {
      causes.push(...immutableProblems(resource, live, object), ...finalizerProblems(live, object));
    }
    if (causes.length > 0) throw invalid(resource, stringOf(metadataOf(object).name), causes);
  }

  #insert({ resource, dryRun }: WriteTarget, object: JsonObject): Written {
    const { name, namespace } = metadataOf(object);
    if (this.#find(resource, stringOf(namespace), stringOf(name)) !== undefined)
      throw alreadyExists(resource, stringOf(name));
    if (dryRun) return { object, isNew: true };
    return { object: this.#store.put(storageKey(resource), object).read(resource), isNew: true };
  }

  #replace({ resource, dryRun }: WriteTarget, stored: StoredObject, live: JsonObject, object: JsonObject): Written {
    const isUnchanged = jsonEquals(normal(live), normal(object));
    if (isUnchanged) return { object: live, isNew: false };
    const { deletionTimestamp, finalizers, resourceVersion } = metadataOf(object);
    if (dryRun)
      return {
        object: withMetadata(object, { resourceVersion: resourceVersion ?? `${stored.resourceVersion}` }),
        isNew: false,
      };
    const storage = storageKey(resource);
    const isDone = deletionTimestamp !== undefined && listOf(finalizers).length === 0;
    if (isDone && !(resource.group === '' && resource.kind === 'Namespace')) {
      return { object: this.#store.remove(storage, object).read(resource), isNew: false };
    }
    return { object: this.#store.put(storage, object).read(resource), isNew: false };
  }
}

function head(resource: SandboxResource): JsonObject {
  return { kind: resource.kind, apiVersion: apiVersionOf(resource) };
}

/** An empty list of managed fields is an absent one. */
function normal(object: JsonObject): JsonObject {
  const { managedFields } = metadataOf(object);
  return listOf(managedFields).length === 0 ? withMetadata(object, { managedFields: undefined }) : object;
}

function checkIdentity({ resource, namespace, name }: WriteTarget, body: JsonObject): void {
  const { apiVersion, kind } = body;
  const isOtherKind = kind !== undefined && kind !== resource.kind;
  const isOtherVersion = apiVersion !== undefined && apiVersion !== apiVersionOf(resource);
  if (isOtherKind || isOtherVersion) {
    throw badRequest(`${stringOf(kind)} in version "${stringOf(apiVersion)}" cannot be handled as a ${resource.kind}`);
  }
  const metadata = metadataOf(body);
  if (
    resource.isNamespaced &&
    metadata.namespace !== undefined &&
    metadata.namespace !== '' &&
    metadata.namespace !== namespace
  ) {
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
  }
  if (name !== '' && metadata.name !== undefined && metadata.name !== name) {
    throw badRequest(
      `the name of the object (${stringOf(metadata.name)}) does not match the name on the URL (${name})`,
    );
  }
}

function withListed(object: JsonObject, sent: JsonObject): JsonObject {
  const { managedFields } = metadataOf(sent);
  return withMetadata(object, { managedFields });
}

/** Whether it is the one that is to be deleted. */
function checkSeen(resource: SandboxResource, stored: StoredObject, { uid, resourceVersion }: DeleteOptions): void {
  const seen = `${stored.resourceVersion}`;
  if (uid !== undefined && uid !== stored.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${stored.uid}). The object might have been deleted and then recreated`;
    throw unmetPrecondition(resource, stored.name, why);
  }
  if (resourceVersion !== undefined && resourceVersion !== seen) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${seen}). The object might have been modified`;
    throw unmetPrecondition(resource, stored.name, why);
  }
}

function immutableUid(uid: string): StatusCause {
  const message = `Invalid value: "${uid}": field is immutable`;
  return { reason: 'FieldValueInvalid', message, field: 'metadata.uid' };
}

function generatedName(object: JsonObject): JsonValue | undefined {
  const { name, generateName } = metadataOf(object);
  if (stringOf(name) !== '' || stringOf(generateName) === '') return name;
  const suffix = [...randomBytes(5)].map((byte) => 'bcdfghjklmnpqrstvwxz2456789'[byte % 27]).join('');
  return `${stringOf(generateName).slice(0, 58)}${suffix}`;
}

function namespaceNotFound(namespace: string): StatusError {
  const details = { name: namespace, kind: 'namespaces' };
  return new StatusError({ code: 404, reason: 'NotFound', message: `namespaces "${namespace}" not found`, details });
}

function applyConflict(conflicts: readonly ApplyConflict[]): StatusError {
  const causes = conflicts.map(({ message, field }) => ({ reason: 'FieldManagerConflict', message, field }));
  const sentences = [...Map.groupBy(conflicts, ({ message }) => message)].map(([message, all]) =>
    all.length === 1
      ? `${message}: ${all[0]?.field ?? ''}`
      : `${message.replace('conflict', 'conflicts')}:\n${all.map(({ field }) => `- ${field}`).join('\n')}`,
  );
  const count = conflicts.length === 1 ? '1 conflict' : `${conflicts.length} conflicts`;
  const message = `Apply failed with ${count}: ${sentences.join('\n')}`;
  return new StatusError({ code: 409, reason: 'Conflict', message, details: { causes } });
}

/** A manifest that cannot be merged at all. */
function untypedManifest({ resource }: WriteTarget, body: JsonObject, why: string): StatusError {
  const { namespace, name } = metadataOf(body);
  const where = `${stringOf(namespace)}/${stringOf(name)}; ${apiVersionOf(resource)}, Kind=${resource.kind}`;
  const message = `failed to create typed patch object (${where}): ${why}`;
  return new StatusError({ code: 500, reason: '', message });
}

function finalizersFor(
  _resource: SandboxResource,
  live: JsonObject,
  { propagationPolicy }: DeleteOptions,
): readonly JsonValue[] {
  const own = listOf(metadataOf(live).finalizers);
  const rest = own.filter((one) => one !== 'orphan' && one !== 'foregroundDeletion');
  if (propagationPolicy === 'Orphan') return [...rest, 'orphan'];
  if (propagationPolicy === 'Foreground') return [...rest, 'foregroundDeletion'];
  if (propagationPolicy === 'Background') return rest;
  return own;
}

function finalizerProblems(live: JsonObject, object: JsonObject): readonly StatusCause[] {
  if (metadataOf(live).deletionTimestamp === undefined) return [];
  const before = listOf(metadataOf(live).finalizers);
  const added = listOf(metadataOf(object).finalizers).filter((one) => !before.includes(one));
  if (added.length === 0) return [];
  const message = `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((one) => `"${stringOf(one)}"`).join(', ')}}`;
  return [{ reason: 'FieldValueForbidden', message, field: 'metadata.finalizers' }];
}

function nextGeneration(live: JsonObject): number | undefined {
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

/** All of the metadata of an object: a write of its status changes none of it. */
function onlyFields(metadata: JsonObject): JsonObject {
  const { managedFields: _managed, ...rest } = metadata;
  return rest;
}

/** Addresses are assigned once; leaving them out keeps them. */
function keepAddresses(live: JsonObject, object: JsonObject): JsonObject {
  const was = mappingOf(live.spec);
  const is = mappingOf(object.spec);
  if (is.type === 'ExternalName' || was.type === 'ExternalName') return object;
  const fields = ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'healthCheckNodePort'];
  const missing = fields.filter((field) => isUnset(is[field]) && was[field] !== undefined);
  const kept = Object.fromEntries(missing.map((field) => [field, was[field] ?? null]));
  return { ...object, spec: { ...is, ...kept } };
}

function isUnset(value: JsonValue | undefined): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}
