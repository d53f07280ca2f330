import type { CredentialSecret } from '../api/index.ts';
import type { JsonObject } from '../core/index.ts';

/** An object as it was read, and where: `host-core.yaml:12`, or the name of the host. */
export interface SourceObject {
  readonly object: JsonObject;
  readonly where: string;
}

/** Something that does not come into the repository as it was in the host. */
export interface NotImportable {
  /** `FederatedDeployment/shop/web`. */
  readonly object: string;
  /** Where it was read, or where it stands in the repository. */
  readonly where?: string;
  /** Of one cluster only. */
  readonly cluster?: string;
  /** A sentence that begins with the object. */
  readonly reason: string;
}

/** What was left out or changed on purpose: a sentence that begins with the object. */
export interface ImportNote {
  readonly object: string;
  readonly text: string;
}

/** An object as it is to stand in the repository. */
export interface ImportedObject {
  /** `FederatedDeployment/shop/web`. */
  readonly name: string;
  /** Below the repository. */
  readonly file: string;
  readonly manifest: JsonObject;
  /** It holds values that are not for everybody. */
  readonly isSecret: boolean;
}

/** An object in the members that the repository leaves alone. */
export interface KeptObject {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** A host cluster, converted. */
export interface Conversion {
  readonly systemNamespace: string;
  /** Sorted by file. */
  readonly objects: readonly ImportedObject[];
  /** Of the KubeFedClusters, one for each that has one. */
  readonly credentials: readonly CredentialSecret[];
  readonly notImportable: readonly NotImportable[];
  readonly notes: readonly ImportNote[];
  /** Some ReplicaSchedulingPreference names a kind that KubeFed does not schedule. */
  readonly hasIdlePreference: boolean;
  /** Clusters that KubeFed did not count as ready, sorted: its scheduler planned without them. */
  readonly unready: readonly string[];
  /** By `plural.group` and federated object: what KubeFed noted it had brought where. */
  readonly propagated: PropagatedVersions;
}

/** What KubeFed noted that it has written: by target (`Deployment/shop/web`) and cluster, `gen:3` or `rv:12`. */
export type PropagatedVersions = ReadonlyMap<string, ReadonlyMap<string, string>>;
