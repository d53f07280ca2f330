import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ApiClient,
  type Discovery,
  isApiError,
  type LiveObject,
  METADATA,
  type ObjectMetadata,
  objectPath,
  readMetadata,
  type ServedResource,
} from '../cluster/index.ts';
import type { JsonObject, JsonValue } from '../core/index.ts';
import { stringifyJson } from '../core/index.ts';
import {
  coversManifest,
  FIELD_MANAGER,
  type FormerManagers,
  foreignFields,
  type ManagedFieldsEntry,
  type ManagedPath,
  ownEntry,
  transferredFields,
} from '../drift/index.ts';
import { hasReplicas, withAnnotations, writeAnnotations } from './desired.ts';
import { fieldsHash } from './managed-fields.ts';
import { APPLIED_ANNOTATION, FIELDS_ANNOTATION } from './names.ts';
import { type ApplyOperation, hiddenPart, resultOf } from './plan.ts';
import { failureMessage, failureStatus } from './statuses.ts';
import type { ObjectResult } from './types.ts';

/** How objects are written in one pass over one member. */
export interface WriteContext {
  readonly client: ApiClient;
  readonly formerManagers: FormerManagers;
  /** The server is asked what it would do, and does nothing. */
  readonly dryRun: boolean;
  /** Namespaces that the same pass makes: in a dry run they are not there. */
  readonly newNamespaces: ReadonlySet<string>;
}

/** What is not part of every write of an object. */
export interface WriteOptions {
  /** Its kind was defined in this pass: it is announced a moment before it is served. */
  readonly isKindNew: boolean;
  /** Annotations that go with the write, and cause none. */
  readonly annotations?: Readonly<Record<string, string>>;
}

const CONFLICT_ATTEMPTS = 3;
const APPEARING_ATTEMPTS = 20;
const APPEARING_INTERVAL_MS = 250;
const REMOVAL_ATTEMPTS = 240;
const REMOVAL_INTERVAL_MS = 250;
const INVALID = 422;

/** Writes one object by server-side apply. What goes wrong with it is its result; only a pass that was stopped throws. */
export async function applyObject(
  context: WriteContext,
  discovery: Discovery,
  operation: ApplyOperation,
  options: WriteOptions,
): Promise<ObjectResult> {
  const { desired, live } = operation;
  const verb = live === undefined ? 'create' : 'update';
  const about = { ...resultOf(desired), ...hiddenPart(operation.hidden) };
  const resource = discovery.find(desired.liveId.group, desired.liveId.kind, desired.version);
  if (resource === undefined) {
    if (context.dryRun && options.isKindNew) return { ...about, action: 'created', status: '', message: UNCHECKED };
    const status = verb === 'create' ? 'CreationFailed' : 'UpdateFailed';
    const message = `The cluster does not serve ${desired.apiVersion} ${desired.liveId.kind}: its CustomResourceDefinition is missing there, or the version is another one.`;
    return { ...about, action: 'skipped', status, message };
  }
  try {
    const written = await new ObjectWriter(context, resource, operation).write(options);
    return { ...about, status: '', ...written };
  } catch (error) {
    if (!isApiError(error) || error.failure === 'Aborted') throw error;
    if (context.dryRun && error.isNotFound && context.newNamespaces.has(desired.liveId.namespace)) {
      return { ...about, action: 'created', status: '', message: UNCHECKED };
    }
    const message = failureMessage(error, live === undefined ? desired.creation : desired.manifest);
    const advice = error.isImmutable && live !== undefined ? ` ${RECREATE_ADVICE}` : '';
    return { ...about, action: 'skipped', status: failureStatus(error, verb), message: `${message}${advice}` };
  }
}

const UNCHECKED = 'The server cannot check it before its namespace or its kind is there.';
const RECREATE_ADVICE =
  'This cannot be changed on an object that exists: change it back, or annotate the federated object with gitfed.io/recreate: "true" to have it deleted and made anew.';

type Written = Pick<ObjectResult, 'action' | 'message'>;

class ObjectWriter {
  readonly #context: WriteContext;
  readonly #client: ApiClient;
  readonly #resource: ServedResource;
  readonly #operation: ApplyOperation;
  readonly #path: string;
  readonly #query: string;

  constructor(context: WriteContext, resource: ServedResource, operation: ApplyOperation) {
    this.#context = context;
    this.#client = context.client;
    this.#resource = resource;
    this.#operation = operation;
    const { namespace, name } = operation.desired.liveId;
    this.#path = objectPath(resource, namespace, name);
    this.#query = `fieldManager=${FIELD_MANAGER}${context.dryRun ? '&dryRun=All' : ''}`;
  }

  async write(options: WriteOptions): Promise<Written> {
    const { desired, live } = this.#operation;
    const sent = this.#sent(live === undefined ? desired.creation : desired.manifest, options);
    const before = live === undefined || this.#context.dryRun ? undefined : await this.#transfer(live.object);
    try {
      return await this.#applyAndRecord(sent, options);
    } catch (error) {
      if (!isApiError(error) || error.status !== INVALID || live === undefined) throw error;
      if (before !== undefined) {
        // Some of what became ours cannot be left out: it goes back to who had it, and stays.
        await this.#patchManagedFields(await this.#readAgain(), () => before);
        return await this.#applyAndRecord(sent, options).catch((again: unknown) => this.#recreate(again, options));
      }
      return await this.#recreate(error, options);
    }
  }

  #sent(body: JsonObject, { annotations = {} }: WriteOptions): JsonObject {
    const { desired, hash } = this.#operation;
    return withAnnotations(body, { ...writeAnnotations(desired), [APPLIED_ANNOTATION]: hash, ...annotations });
  }

  async #applyAndRecord(sent: JsonObject, { isKindNew }: WriteOptions): Promise<Written> {
    const { desired, live } = this.#operation;
    const { metadata, isNew } = isKindNew ? await this.#applyToNewKind(sent) : await this.#apply(sent);
    const recorded = ownEntry(metadata.managedFields ?? [], desired.apiVersion)?.fieldsV1;
    if (!this.#context.dryRun && recorded !== undefined && !coversManifest(recorded, desired.manifest)) {
      // The server records other fields than were applied: remember which, so that the next pass can tell that they are all there.
      await this.#apply(withAnnotations(sent, { [FIELDS_ANNOTATION]: fieldsHash(recorded) }));
    }
    if (isNew) return { action: 'created' };
    const isSame = metadata.resourceVersion === live?.object.metadata.resourceVersion && !this.#context.dryRun;
    return { action: isSame ? 'unchanged' : 'configured' };
  }

  async #apply(manifest: JsonObject): Promise<{ readonly metadata: ObjectMetadata; readonly isNew: boolean }> {
    const response = await this.#client.request({
      method: 'PATCH',
      path: `${this.#path}?${this.#query}&force=true&fieldValidation=Strict`,
      body: stringifyJson(manifest),
      contentType: 'application/apply-patch+yaml',
      accept: METADATA,
    });
    const { metadata = {} } = JSON.parse(response.body) as Partial<LiveObject>;
    return { metadata, isNew: response.status === 201 };
  }

  async #applyToNewKind(manifest: JsonObject): Promise<{ readonly metadata: ObjectMetadata; readonly isNew: boolean }> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#apply(manifest);
      } catch (error) {
        if (!isApiError(error) || error.status !== 404 || attempt >= APPEARING_ATTEMPTS) throw error;
        await sleep(APPEARING_INTERVAL_MS);
      }
    }
  }

  /**
   * Makes fields of former managers ours, so that what the manifest does not have of them disappears, and gives up fields of ours that the
   * manifest leaves to the cluster: leaving them out while they are ours would send them through the server's default.
   *
   * @returns the managed fields as they were, where something became ours.
   */
  async #transfer(seen: LiveObject): Promise<readonly ManagedFieldsEntry[] | undefined> {
    const { desired, ignored } = this.#operation;
    const left = ignored.map(({ managedPath }) => managedPath);
    let before: readonly ManagedFieldsEntry[] | undefined;
    await this.#patchManagedFields(seen, (entries) => {
      const foreign = foreignFields(entries, desired.manifest, this.#context.formerManagers, left);
      before = foreign.length === 0 ? undefined : entries;
      return transferredFields(entries, desired.apiVersion, foreign, this.#handedOver());
    });
    return before;
  }

  #handedOver(): readonly ManagedPath[] {
    const { desired, ignored } = this.#operation;
    const replicas: readonly ManagedPath[] = hasReplicas(desired.manifest) ? [] : [['f:spec', 'f:replicas']];
    return [...replicas, ...ignored.map(({ managedPath }) => managedPath)];
  }

  /** Nothing else is in this write, so that no value changes and no manager gets an entry for it. */
  async #patchManagedFields(
    seen: LiveObject,
    change: (entries: readonly ManagedFieldsEntry[]) => readonly ManagedFieldsEntry[] | undefined,
  ): Promise<void> {
    let current: LiveObject | undefined = seen;
    for (let attempt = 1; current !== undefined; attempt += 1) {
      const { resourceVersion, managedFields = [] } = current.metadata;
      const value = change(managedFields);
      if (value === undefined || resourceVersion === undefined) return;
      const patch = [
        { op: 'replace', path: '/metadata/managedFields', value: value as unknown as JsonValue },
        { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
      ];
      try {
        await this.#client.request({
          method: 'PATCH',
          path: `${this.#path}?${this.#query}`,
          body: stringifyJson(patch),
          contentType: 'application/json-patch+json',
          accept: METADATA,
        });
        return;
      } catch (error) {
        if (!isApiError(error) || !error.isConflict || attempt >= CONFLICT_ATTEMPTS) throw error;
        current = await this.#find();
      }
    }
  }

  async #find(): Promise<LiveObject | undefined> {
    const { namespace, name } = this.#operation.desired.liveId;
    return await readMetadata(this.#client, this.#resource, { namespace, name });
  }

  async #readAgain(): Promise<LiveObject> {
    return (await this.#find()) ?? { metadata: {} };
  }

  /** Deletes exactly what was seen, waits until it is gone, and makes it anew: where the federated object allows it. */
  async #recreate(reason: unknown, options: WriteOptions): Promise<Written> {
    const { desired, live } = this.#operation;
    const uid = live?.object.metadata.uid;
    if (!isApiError(reason) || !reason.isImmutable || !desired.mayRecreate || uid === undefined) throw reason;
    if (this.#context.dryRun) return { action: 'configured', message: 'It would be deleted and made anew.' };
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', preconditions: { uid } };
    await this.#client.request({ method: 'DELETE', path: this.#path, body: stringifyJson(body) });
    for (let attempt = 1; attempt <= REMOVAL_ATTEMPTS; attempt += 1) {
      const left = await this.#find();
      if (left === undefined || left.metadata.uid !== uid) {
        await this.#apply(this.#sent(desired.creation, options));
        return { action: 'configured', message: 'It was deleted and made anew.' };
      }
      await sleep(REMOVAL_INTERVAL_MS);
    }
    throw reason;
  }
}
