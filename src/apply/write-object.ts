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
import type { JsonObject } from '../core/index.ts';
import { stringifyJson } from '../core/index.ts';
import { coversManifest } from '../drift/index.ts';
import { hasReplicas, withAnnotations, writeAnnotations } from './desired.ts';
import { fieldsHash, ourEntry, replicasOwnership } from './managed-fields.ts';
import { APPLIED_ANNOTATION, FIELD_MANAGER, FIELDS_ANNOTATION } from './names.ts';
import { type ApplyOperation, resultOf } from './plan.ts';
import { failureMessage, failureStatus } from './statuses.ts';
import type { ObjectResult } from './types.ts';

const CONFLICT_ATTEMPTS = 3;
const APPEARING_ATTEMPTS = 20;
const APPEARING_INTERVAL_MS = 250;

/** Writes one object by server-side apply. What goes wrong with it is its result; only a pass that was stopped throws. */
export async function applyObject(
  client: ApiClient,
  discovery: Discovery,
  operation: ApplyOperation,
  isKindNew: boolean,
): Promise<ObjectResult> {
  const { desired, live } = operation;
  const verb = live === undefined ? 'create' : 'update';
  const about = resultOf(desired);
  const resource = discovery.find(desired.liveId.group, desired.liveId.kind, desired.version);
  if (resource === undefined) {
    const status = verb === 'create' ? 'CreationFailed' : 'UpdateFailed';
    const message = `The cluster does not serve ${desired.apiVersion} ${desired.liveId.kind}: its CustomResourceDefinition is missing there, or the version is another one.`;
    return { ...about, action: 'skipped', status, message };
  }
  try {
    const action = await new ObjectWriter(client, resource, operation).write(isKindNew);
    return { ...about, action, status: '' };
  } catch (error) {
    if (!isApiError(error) || error.failure === 'Aborted') throw error;
    const message = failureMessage(error, live === undefined ? desired.creation : desired.manifest);
    return { ...about, action: 'skipped', status: failureStatus(error, verb), message };
  }
}

class ObjectWriter {
  readonly #client: ApiClient;
  readonly #resource: ServedResource;
  readonly #operation: ApplyOperation;
  readonly #path: string;

  constructor(client: ApiClient, resource: ServedResource, operation: ApplyOperation) {
    this.#client = client;
    this.#resource = resource;
    this.#operation = operation;
    const { namespace, name } = operation.desired.liveId;
    this.#path = objectPath(resource, namespace, name);
  }

  async write(isKindNew: boolean): Promise<ObjectResult['action']> {
    const { desired, live, hash } = this.#operation;
    const body = live === undefined ? desired.creation : desired.manifest;
    if (live !== undefined && !hasReplicas(body)) await this.#giveUpReplicas(live.object);
    const annotations = { ...writeAnnotations(desired), [APPLIED_ANNOTATION]: hash };
    const sent = withAnnotations(body, annotations);
    const { metadata, isNew } = isKindNew ? await this.#applyToNewKind(sent) : await this.#apply(sent);
    const recorded = ourEntry(metadata, desired.apiVersion)?.fieldsV1;
    if (recorded !== undefined && !coversManifest(recorded, desired.manifest)) {
      // The server records other fields than were applied: remember which, so that the next pass can tell that they are all there.
      await this.#apply(withAnnotations(sent, { [FIELDS_ANNOTATION]: fieldsHash(recorded) }));
    }
    if (isNew) return 'created';
    return metadata.resourceVersion === live?.object.metadata.resourceVersion ? 'unchanged' : 'configured';
  }

  async #apply(manifest: JsonObject): Promise<{ readonly metadata: ObjectMetadata; readonly isNew: boolean }> {
    const response = await this.#client.request({
      method: 'PATCH',
      path: `${this.#path}?fieldManager=${FIELD_MANAGER}&force=true&fieldValidation=Strict`,
      body: stringifyJson(manifest),
      contentType: 'application/apply-patch+yaml',
      accept: METADATA,
    });
    const { metadata = {} } = JSON.parse(response.body) as Partial<LiveObject>;
    return { metadata, isNew: response.status === 201 };
  }

  /** A kind that has just been defined is announced a moment before it is served. */
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

  /** Leaving out what we own would send it through the server's default, which is 1: first it stops being ours. */
  async #giveUpReplicas(seen: LiveObject): Promise<void> {
    let current: LiveObject | undefined = seen;
    for (let attempt = 1; current !== undefined; attempt += 1) {
      const { resourceVersion } = current.metadata;
      const patch = replicasOwnership(current.metadata);
      if (patch.length === 0 || resourceVersion === undefined) return;
      try {
        await this.#client.request({
          method: 'PATCH',
          path: `${this.#path}?fieldManager=${FIELD_MANAGER}`,
          body: stringifyJson([...patch, { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion }]),
          contentType: 'application/json-patch+json',
          accept: METADATA,
        });
        return;
      } catch (error) {
        if (!isApiError(error) || !error.isConflict || attempt >= CONFLICT_ATTEMPTS) throw error;
        const { namespace, name } = this.#operation.desired.liveId;
        current = await readMetadata(this.#client, this.#resource, { namespace, name });
      }
    }
  }
}
