/**
 * One API server: connection, discovery, health, reads and raw writes.
 * Must not know what should be in a cluster, who owns it, or where that is written.
 * Returns answers; errors carry codes and paths, never what a server said in its own words.
 */
export { ApiClient, type ApiRequest, type ApiResponse, type ClientOptions, type StreamRequest } from './client.ts';
export { MAX_CONCURRENCY } from './concurrency.ts';
export { CredentialFiles, fileStamp } from './credential-files.ts';
export { type CredentialSources, checkCredentialSources, findEndpoint, secretText } from './credentials.ts';
export { type Discovery, discover, type ServedResource } from './discovery.ts';
export type { Endpoint, MemberTls } from './endpoint.ts';
export { ApiError, ConfigMalformedError, isApiError, knownPaths, WriteRefusedError } from './errors.ts';
export { FleetMemory } from './fleet-memory.ts';
export { type ApiAccess, guardWrites } from './guarded-client.ts';
export { type ClusterHealth, readHealth } from './health.ts';
export { findHomeEndpoint, type HomeCredentials, type HomeEndpoint } from './home-endpoint.ts';
export { Interner } from './interner.ts';
export {
  type ListOptions,
  type LiveObject,
  listAt,
  listObjects,
  METADATA,
  type ObjectMetadata,
  readMetadata,
} from './lists.ts';
export { type ClusterLocality, readLocality } from './nodes.ts';
export { type CacheCounts, ObjectCache, type ObjectCacheOptions, type ObjectChange } from './object-cache.ts';
export { directSource, type ObjectQuery, type ObjectSource, type Outcome } from './object-source.ts';
export { collectionPath, objectPath } from './paths.ts';
export { METADATA_ONLY, type Projection } from './projection.ts';
export { RequestShares } from './request-shares.ts';
export { type WatchEnd, type WatchEvent, type WatchOptions, watchObjects } from './watch.ts';
export { listWhole, readWhole } from './whole-objects.ts';
