import { isApiError, objectPath } from '../cluster/index.ts';
import { formatFieldPath, isJsonObject, type JsonObject, type JsonValue, parseJson } from '../core/index.ts';
import {
  addCorrections,
  addedFields,
  type FieldDrift,
  findDrift,
  foreignFields,
  foughtFields,
  type ManagedFieldsEntry,
  ownEntry,
  parseCorrections,
} from '../drift/index.ts';
import { CORRECTIONS_ANNOTATION } from './names.ts';
import { type ApplyOperation, leftFields } from './plan.ts';
import { withoutDefaults } from './server-defaults.ts';
import type { WriteContext } from './write-object.ts';

/** How an object differs from what is wanted, and what was changed back of it before. */
export interface Examination {
  /** The object as it was read. It may be a Secret. */
  readonly live: JsonObject;
  readonly drift: readonly FieldDrift[];
  /** Fields that were changed back too often lately: somebody changes them again each time. */
  readonly fought: readonly string[];
  /** For the write that changes it back. */
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ExamineOptions {
  /** In seconds since 1970. */
  readonly now: number;
  /** Only what others changed: not what the repository wants anew. */
  readonly onlyDrift: boolean;
}

/** Reads the whole of an object and compares it with what is wanted. @throws {ApiError} */
export async function examineObject(
  { client, formerManagers }: Pick<WriteContext, 'client' | 'formerManagers'>,
  { desired, live, reason, ignored }: ApplyOperation,
  { now, onlyDrift }: ExamineOptions,
): Promise<Examination | undefined> {
  if (live === undefined) return undefined;
  const { namespace, name } = desired.liveId;
  const path = objectPath(live.resource, namespace, name);
  const object = await readWhole(client, path);
  if (object === undefined) return undefined;
  const metadata = isJsonObject(object.metadata) ? object.metadata : {};
  const managedFields = (Array.isArray(metadata.managedFields) ? metadata.managedFields : []) as ManagedFieldsEntry[];
  const foreign = foreignFields(managedFields, desired.manifest, formerManagers, leftFields({ desired, ignored }));
  const differences = findDrift({
    manifest: desired.manifest,
    live: object,
    managedFields,
    ownFields: ownEntry(managedFields, desired.apiVersion)?.fieldsV1,
    isApplied: reason === 'drifted' || onlyDrift,
    added: addedFields(foreign, managedFields, desired.manifest),
  });
  const found = onlyDrift ? differences.filter(({ type }) => type !== 'missing' || reason === 'drifted') : differences;
  // What people added since is drift as it stands; what a former manager wrote may be what the server writes anyway.
  const drift = reason === 'adopted' ? await withoutDefaults(client, path, object, found) : found;
  const corrections = parseCorrections(live.object.metadata.annotations?.[CORRECTIONS_ANNOTATION]);
  const paths = [...new Set(drift.map((one) => formatFieldPath(one.path)))];
  return {
    live: object,
    drift,
    fought: foughtFields(corrections, paths, now),
    annotations: paths.length === 0 ? {} : { [CORRECTIONS_ANNOTATION]: addCorrections(corrections, paths, now) },
  };
}

async function readWhole(client: WriteContext['client'], path: string): Promise<JsonObject | undefined> {
  try {
    // Integers keep all their digits.
    const object = (await client.json({ method: 'GET', path }, parseJson)) as JsonValue;
    return isJsonObject(object) ? object : undefined;
  } catch (error) {
    if (isApiError(error) && error.isNotFound) return undefined;
    throw error;
  }
}
