import type { JsonValue } from '../core/index.ts';
import { type FieldSet, withoutField } from '../drift/index.ts';
import { namesHash } from './digest.ts';
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
