/**
 * The kinds gitfed reads: a snapshot of a repository in, a typed model and findings with file, line and column out.
 * Must not know git, files, clusters or rendering.
 * Returns values; a repository can make it report anything, and throw nothing.
 */
export { buildModel } from './build-model.ts';
export { type ReadConfiguration, readConfiguration } from './configuration.ts';
export { configurationSchema, type Schema } from './configuration-schema.ts';
export { isCustomResourceDefinition, type ReadDefinition, readDefinition } from './custom-resource-definition.ts';
export { parseDuration } from './duration.ts';
export { isCiphertext, isSopsDocument } from './encrypted-document.ts';
export { withoutUserInfo } from './endpoint.ts';
export { federatedDefinition } from './federated-definition.ts';
export { federatedObjectName, isNamespaceType } from './federated-object.ts';
export { isIgnoredNamespace } from './federated-objects.ts';
export { BUILTIN_FEDERATED_TYPES } from './federated-types.ts';
export type { Decryption, RepositoryEntry, RepositorySnapshot } from './files.ts';
export { isFederationGroup } from './groups.ts';
export { isKeptLive } from './keep-live.ts';
export { parseLabelSelector } from './label-selector.ts';
export { supportsPreference } from './lint-preference.ts';
export type * from './model.ts';
export { ModelMemo } from './model-memo.ts';
export { isClusterName, isDns1123Label, isDns1123Subdomain, pluralName } from './names.ts';
export { validateSchema } from './schema-validation.ts';
export { isSuspended, suspendedBy } from './suspend.ts';
export {
  BUILTIN_TYPES,
  type FoundType,
  findType,
  type TargetSchema,
  type TargetType,
  typeConfigName,
  withConfigured,
} from './target-type.ts';
export { type FederatedNaming, federatedResource, typeConfigManifest } from './type-config-manifest.ts';
export { WAVE_ANNOTATION, waveOf } from './wave.ts';
export { formatChoices, nearest, quote } from './wording.ts';
