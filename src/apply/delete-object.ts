import {
  type ApiAccess,
  type ApiError,
  isApiError,
  type LiveObject,
  METADATA,
  type ObjectSource,
  type Outcome,
  objectPath,
  readMetadata,
} from '../cluster/index.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';
import { FIELD_MANAGER } from '../drift/index.ts';
import type { Live } from './live.ts';
import {
  APPLIED_ANNOTATION,
  CORRECTIONS_ANNOTATION,
  DELETE_OPTION_ANNOTATION,
  FIELDS_ANNOTATION,
  MANAGED_LABEL,
  PART_OF_LABEL,
  PATH_ANNOTATION,
  RECORDED_ANNOTATIONS,
} from './names.ts';
import type { Deletion, Release } from './plan.ts';
import { failureMessage, failureStatus } from './statuses.ts';
import type { ObjectResult } from './types.ts';

const ATTEMPTS = 3;

export interface DeleteContext {
  readonly client: ApiAccess;
  /** Hears of what is written. */
  readonly objects: ObjectSource;
  /** The server is asked whether it would, and does nothing. */
  readonly dryRun: boolean;
}

/**
 * Deletes exactly the object that was seen: by uid and resourceVersion. One that only its own controller touched meanwhile is looked at
 * again, and deleted if it is still the same and still ours.
 */
export async function deleteObject(context: DeleteContext, deletion: Deletion): Promise<ObjectResult> {
  const { live } = deletion;
  const about = { id: live.id };
  const options = deleteOptions(deletion);
  if (options === undefined) {
    const message = `Its annotation ${DELETE_OPTION_ANNOTATION} is no JSON of DeleteOptions: correct it on the object.`;
    return { ...about, action: 'skipped', status: 'DeletionFailed', message };
  }
  try {
    const left = await observed(
      context,
      live,
      () => onUnchanged(context.client, live, (current) => sendDelete(context, live, current, options)),
      (found) => found ?? { gone: live.object.metadata.uid },
    );
    if (left === undefined) return { ...about, action: 'deleted', status: '' };
    return { ...about, action: 'deleted', status: 'WaitingForRemoval', message: 'It is being deleted.' };
  } catch (error) {
    return failedResult(error, live, 'delete');
  }
}

/** Takes our labels and annotations off an object, and leaves it. */
export async function releaseObject(context: DeleteContext, { live }: Release): Promise<ObjectResult> {
  const { client, dryRun } = context;
  try {
    const release = async ({ metadata }: LiveObject): Promise<LiveObject> => {
      const nothing = (names: readonly string[]): JsonObject => Object.fromEntries(names.map((name) => [name, null]));
      const patch = {
        metadata: {
          uid: metadata.uid,
          resourceVersion: metadata.resourceVersion,
          labels: nothing([PART_OF_LABEL, MANAGED_LABEL]),
          annotations: nothing([
            APPLIED_ANNOTATION,
            FIELDS_ANNOTATION,
            PATH_ANNOTATION,
            CORRECTIONS_ANNOTATION,
            ...RECORDED_ANNOTATIONS,
          ]),
        },
      };
      const answer = (await client.json({
        method: 'PATCH',
        path: `${pathOf(live)}?fieldManager=${FIELD_MANAGER}${dryRun ? '&dryRun=All' : ''}`,
        body: JSON.stringify(patch),
        contentType: 'application/merge-patch+json',
        accept: METADATA,
      })) as Partial<LiveObject>;
      return { metadata: answer.metadata ?? {} };
    };
    await observed(
      context,
      live,
      () => onUnchanged(client, live, release),
      (found) => found ?? { gone: live.object.metadata.uid },
    );
    return {
      id: live.id,
      action: 'configured',
      status: '',
      message: dryRun ? 'It would be left there without our labels.' : 'It was left there without our labels.',
      released: true,
    };
  } catch (error) {
    return failedResult(error, live, 'update', 'LabelRemovalFailed');
  }
}

/** What is only tried is nothing to hear of. */
async function observed<T>(
  { objects, dryRun }: DeleteContext,
  { resource, id }: Live,
  work: () => Promise<T>,
  outcome: (answer: T) => Outcome,
): Promise<T> {
  return dryRun ? await work() : await objects.observe(resource, id, work, outcome);
}

function pathOf({ resource, id }: Live): string {
  return objectPath(resource, id.namespace, id.name);
}

/** Does something to an object as it was seen, or as it is now when it is still the same one, ours, and not on its way out. */
async function onUnchanged(
  client: ApiAccess,
  { object, resource, id }: Live,
  work: (current: LiveObject) => Promise<LiveObject | undefined>,
): Promise<LiveObject | undefined> {
  let current = object;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(current);
    } catch (error) {
      if (!isApiError(error)) throw error;
      if (error.isNotFound) return undefined;
      if (!error.isConflict || attempt >= ATTEMPTS) throw error;
      const now = await readMetadata(client, resource, id);
      if (now === undefined || now.metadata.uid !== object.metadata.uid) return undefined;
      if (!isSameToUs(now, object)) throw error;
      current = now;
    }
  }
}

function isSameToUs({ metadata: now }: LiveObject, { metadata: seen }: LiveObject): boolean {
  const labels = [PART_OF_LABEL, MANAGED_LABEL].every((name) => now.labels?.[name] === seen.labels?.[name]);
  const annotations = [APPLIED_ANNOTATION, ...RECORDED_ANNOTATIONS].every(
    (name) => now.annotations?.[name] === seen.annotations?.[name],
  );
  return labels && annotations;
}

/** @returns what is left of it, waiting for finalizers; `undefined` when it is gone. */
async function sendDelete(
  { client, dryRun }: DeleteContext,
  live: Live,
  { metadata }: LiveObject,
  options: JsonObject,
): Promise<LiveObject | undefined> {
  const preconditions = { uid: metadata.uid ?? '', resourceVersion: metadata.resourceVersion ?? '' };
  const dry = dryRun ? { dryRun: ['All'] } : {};
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', ...options, ...dry, preconditions });
  const answer = (await client.json({ method: 'DELETE', path: pathOf(live), body })) as Partial<LiveObject> & {
    readonly kind?: string;
    readonly apiVersion?: string;
  };
  if (dryRun) return undefined;
  // The server answers with a Status when the object is gone at once, with the object when it has to wait, or had to be graceful.
  if (answer.kind === 'Status' && answer.apiVersion === 'v1') return undefined;
  return await readMetadata(client, live.resource, live.id).then((left) =>
    left?.metadata.uid === metadata.uid ? left : undefined,
  );
}

/** KubeFed reads these three of the annotation; the preconditions are always ours. */
function deleteOptions({ live, isFederationGone }: Deletion): JsonObject | undefined {
  const text = live.object.metadata.annotations?.[DELETE_OPTION_ANNOTATION];
  const standard = { propagationPolicy: 'Background' };
  if (!isFederationGone || text === undefined) return standard;
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const { gracePeriodSeconds, propagationPolicy } = value;
  return {
    ...standard,
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
  };
}

function failedResult(
  error: unknown,
  { id }: Live,
  verb: 'update' | 'delete',
  status?: 'LabelRemovalFailed',
): ObjectResult {
  if (!isApiError(error) || error.failure === 'Aborted') throw error;
  const known: ApiError = error;
  return { id, action: 'skipped', status: status ?? failureStatus(known, verb), message: failureMessage(known) };
}
