/**
 * Desired against live: who owns which fields of an object, and where it differs from what it should be.
 * Must not know how objects are read or written, or what is done about a difference.
 * Returns values; values of Secrets are masked in them.
 */
export { claimedFields, givenBack, withClaimed } from './claimed-fields.ts';
export { type FieldDrift, findDrift, type LiveComparison } from './compare.ts';
export { addCorrections, type Corrections, foughtFields, parseCorrections } from './corrections.ts';
export { emptiedFields, mayEmptyFields, withoutEmptied } from './emptied-fields.ts';
export {
  coversManifest,
  type FieldSet,
  hasField,
  isEmptySet,
  type ManagedFieldsEntry,
  subtractFields,
  unionFields,
  withoutField,
} from './field-set.ts';
export {
  addedFields,
  FIELD_MANAGER,
  type ForeignFields,
  type FormerManagers,
  foreignFields,
  isManagedBy,
  type ManagedPath,
  ownEntry,
  ownsLabel,
  transferredFields,
} from './foreign-fields.ts';
export { HEALTH_STATUSES, type HealthStatus, healthOf, isHealthInMetadata, type ObjectHealth } from './health.ts';
export {
  countIgnored,
  findIgnored,
  type IgnoredCount,
  type IgnoredField,
  isRuleFor,
  withoutFields,
} from './ignored-fields.ts';
export { putBack } from './put-back.ts';
