/**
 * Desired against live: who owns which fields of an object, and where it differs from what it should be.
 * Must not know how objects are read or written, or what is done about a difference.
 * Returns values; values of Secrets are masked in them.
 */
export { coversManifest, type FieldSet, type ManagedFieldsEntry, withoutField } from './field-set.ts';
