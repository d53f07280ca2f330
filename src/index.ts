/**
 * gitfed as a library: read a repository, render it, compare renderings, apply a commit.
 * The command line is made of the same functions; `gitfed/render` is the pure part alone.
 */
export {
  buildModel,
  type Configuration,
  configurationSchema,
  type FederatedObject,
  type FederatedType,
  type KubeFedCluster,
  type Model,
  ModelMemo,
  type ReplicaSchedulingPreference,
  type RepositoryEntry,
  type RepositorySnapshot,
} from './api/index.ts';
export type { ClusterResult, ObjectAction, ObjectResult, PropagationStatus, SyncEvent } from './apply/types.ts';
export {
  FINDING_CODES,
  type Finding,
  type FindingCode,
  type FindingSeverity,
  formatObjectId,
  formatYaml,
  type JsonArray,
  type JsonObject,
  type JsonValue,
  type ObjectId,
  parseJson,
  readYaml,
  stringifyJson,
} from './core/index.ts';
export { GitfedError, type GitfedErrorCode } from './errors.ts';
export type { Author, CommitPolicy, GitAccessOptions } from './git/index.ts';
export { openRepository, ReadMemo, readCommit, readWorkingTree, resolveCommit } from './git/index.ts';
export { sync } from './reconcile/index.ts';
export type { SyncOptions, SyncResult } from './reconcile/types.ts';
export {
  type ClusterRendering,
  formatRendering,
  type Observations,
  outputPath,
  planReplicas,
  type RenderedObject,
  type Rendering,
  RenderMemo,
  type RenderOptions,
  readObservations,
  registerSchedulers,
  render,
  type Scheduler,
} from './render/index.ts';
export {
  type ChangeSet,
  changeSetToJson,
  compareRenderings,
  createPreview,
  formatChangeSet,
  formatSync,
  type Preview,
  type PreviewAnnotation,
  type PreviewInput,
  syncToJson,
  writeRendering,
} from './report/index.ts';
export { VERSION } from './version.ts';
