import { compareText, type JsonValue } from '../core/index.ts';
import { type FieldSet, type ForeignFields, withoutField } from '../drift/index.ts';
import { canonicalJson, namesHash } from './digest.ts';
import { FIELDS_ANNOTATION } from './names.ts';

/**
 * A hash of our set of fields, without the annotation that holds it. Serves where the server records other fields than were applied, so that
 * `coversManifest` cannot tell.
 */
export function fieldsHash(set: FieldSet): string {
  return namesHash(
    withoutField(set, ['f:metadata', 'f:annotations', `f:${FIELDS_ANNOTATION}`]) as unknown as JsonValue,
  );
}

/** A hash of fields of others, whoever they are. */
export function keptHash(fields: readonly ForeignFields[]): string {
  const sets = fields.map((one) => one.fields as unknown as JsonValue);
  return namesHash(sets.map((set) => canonicalJson(set)).sort(compareText));
}

/**
 * Whether a set has fields of an object without a schema. There a mapping that lost everything in it looks like one that is owned as a
 * whole, so that only the set itself can tell that nothing is missing.
 */
export function isFreeForm(set: FieldSet): boolean {
  return Object.entries(set).some(([key, field]) => {
    const keys = Object.keys(field);
    const hasFields = keys.some((one) => one.startsWith('f:'));
    return (key.startsWith('f:') && hasFields && keys.includes('.')) || isFreeForm(field);
  });
}
