import { type ApiClient, type ApiError, isApiError, objectPath, type ServedResource } from '../cluster/index.ts';
import { isJsonObject, type JsonObject, stringifyJson } from '../core/index.ts';
import {
  addedFields,
  FIELD_MANAGER,
  type FieldDrift,
  type FormerManagers,
  findDrift,
  foreignFields,
  isManagedBy,
  type ManagedFieldsEntry,
  ownEntry,
} from '../drift/index.ts';
import type { RenderedObject } from '../render/index.ts';
import { type Desired, desiredObject, type PreparedManifests } from './desired.ts';
import { PART_OF_LABEL, RECORDED_ANNOTATIONS } from './names.ts';
import { leftFields } from './plan.ts';
import { withoutDefaults } from './server-defaults.ts';
import { failureMessage } from './statuses.ts';

/** What is wanted of an object, without the label and the notes that only say whose it is. */
export function wantedObject(rendered: RenderedObject, cluster: string, prepared: PreparedManifests): Desired {
  const desired = desiredObject(rendered, cluster, '', prepared);
  return { ...desired, manifest: withoutNotes(desired.manifest) };
}

function withoutNotes(manifest: JsonObject): JsonObject {
  const metadata = isJsonObject(manifest['metadata']) ? manifest['metadata'] : {};
  const notes: ReadonlySet<string> = new Set(RECORDED_ANNOTATIONS);
  const labels = keptEntries(metadata['labels'], (key) => key !== PART_OF_LABEL);
  const annotations = keptEntries(metadata['annotations'], (key) => !notes.has(key));
  const { labels: _labels, annotations: _annotations, ...rest } = metadata;
  return {
    ...manifest,
    metadata: {
      ...rest,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  };
}

function keptEntries(map: JsonObject[string] | undefined, isKept: (key: string) => boolean): JsonObject | undefined {
  if (!isJsonObject(map)) return undefined;
  const kept = Object.entries(map).filter(([key]) => isKept(key));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/**
 * What would change in an object that another tool applied, if gitfed took it over. Pure; values of Secrets are masked.
 *
 * Fields that the other tool owns and the manifest lacks are `added`: some of them are defaults, which only a server can tell.
 */
export function adoptionDrift(desired: Desired, live: JsonObject, managers: FormerManagers): readonly FieldDrift[] {
  const managedFields = managedFieldsOf(live);
  const foreign = foreignFields(managedFields, desired.manifest, managers, leftFields({ desired, ignored: [] }));
  return findDrift({
    manifest: desired.manifest,
    live,
    managedFields,
    ownFields: ownEntry(managedFields, desired.apiVersion)?.fieldsV1,
    isApplied: false,
    added: addedFields(foreign, managedFields, desired.manifest),
  });
}

function managedFieldsOf({ metadata }: JsonObject): readonly ManagedFieldsEntry[] {
  const entries = isJsonObject(metadata) ? metadata['managedFields'] : undefined;
  return Array.isArray(entries) ? (entries as unknown as readonly ManagedFieldsEntry[]) : [];
}

/** Differences without what may be a default: what a person's tool added is none. For where no server can be asked. */
export function withoutPossibleDefaults(
  drift: readonly FieldDrift[],
  { people }: FormerManagers,
): readonly FieldDrift[] {
  return drift.filter(
    ({ type, manager }) => type !== 'added' || (manager !== undefined && isManagedBy({ manager }, people)),
  );
}

/** Differences without defaults, which the server is asked for by a dry run. @throws {ApiError} when the server is gone. */
export async function withoutServerDefaults(
  client: ApiClient,
  resource: ServedResource,
  {
    desired,
    live,
    drift,
  }: { readonly desired: Desired; readonly live: JsonObject; readonly drift: readonly FieldDrift[] },
): Promise<readonly FieldDrift[]> {
  const { namespace, name } = desired.liveId;
  return await withoutDefaults(client, objectPath(resource, namespace, name), live, drift);
}

const REFUSALS: ReadonlySet<number> = new Set([400, 413, 422]);

/**
 * Why a server would not take an object by server-side apply, such as a field that its schema lacks: a sentence, with the paths. It is asked by
 * a dry run. Nothing where it would, or where it cannot be told.
 *
 * @throws {ApiError} when the server is gone.
 */
export async function whyRefused(
  client: ApiClient,
  resource: ServedResource,
  { manifest, liveId: { namespace, name } }: Desired,
): Promise<string | undefined> {
  try {
    await client.request({
      method: 'PATCH',
      path: `${objectPath(resource, namespace, name)}?fieldManager=${FIELD_MANAGER}&force=true&dryRun=All`,
      body: stringifyJson(manifest),
      contentType: 'application/apply-patch+yaml',
    });
    return undefined;
  } catch (error) {
    if (!isApiError(error) || error.failure === 'Aborted' || client.isDead) throw error;
    return isRefusal(error) ? failureMessage(error, manifest) : undefined;
  }
}

/** Server-side apply answers 500, and names the fields, where a schema lacks them. */
function isRefusal({ status, reason, paths }: ApiError): boolean {
  return REFUSALS.has(status) || (status === 500 && reason === '' && paths.length > 0);
}
