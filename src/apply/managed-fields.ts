import type { ObjectMetadata } from '../cluster/index.ts';
import type { JsonObject, JsonValue } from '../core/index.ts';
import { type FieldSet, type ManagedFieldsEntry, withoutField } from '../drift/index.ts';
import { namesHash } from './digest.ts';
import { FIELD_MANAGER, FIELDS_ANNOTATION } from './names.ts';

/** Our entry for what server-side apply wrote in this version of the kind. */
export function ourEntry({ managedFields = [] }: ObjectMetadata, apiVersion: string): ManagedFieldsEntry | undefined {
  return managedFields.find((entry) => isOurs(entry) && entry.apiVersion === apiVersion);
}

function isOurs({ manager, operation, subresource = '' }: ManagedFieldsEntry): boolean {
  return manager === FIELD_MANAGER && operation === 'Apply' && subresource === '';
}

/** A hash of our set of fields, without the annotation that holds it. Serves where {@link coversManifest} cannot tell. */
export function fieldsHash(set: FieldSet): string {
  return namesHash(
    withoutField(set, ['f:metadata', 'f:annotations', `f:${FIELDS_ANNOTATION}`]) as unknown as JsonValue,
  );
}

/** Whether we own the number of replicas by an entry of any version, and the patch that gives it up without a change of its value. */
export function replicasOwnership(metadata: ObjectMetadata): readonly JsonObject[] {
  return (metadata.managedFields ?? []).flatMap((entry, index): JsonObject[] => {
    const set = entry.fieldsV1;
    if (!isOurs(entry) || set === undefined || !Object.hasOwn(set, 'f:spec')) return [];
    if (!Object.hasOwn(set['f:spec'] ?? {}, 'f:replicas')) return [];
    const value = withoutField(set, ['f:spec', 'f:replicas']) as unknown as JsonObject;
    return [{ op: 'replace', path: `/metadata/managedFields/${index}/fieldsV1`, value }];
  });
}
