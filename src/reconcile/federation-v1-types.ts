import type { JsonObject } from '../core/index.ts';

/** An object of Federation v1's API server, or of a member cluster, as it was read. */
export interface V1Object {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** `''` for one in no namespace. */
  readonly namespace: string;
  readonly name: string;
  readonly object: JsonObject;
  /** For people: `dump/apps.yaml:12`, or the cluster that it was read from. */
  readonly where: string;
}

/** What could not be brought along, or is not the same afterwards. Never holds a value of a Secret. */
export interface Loss {
  /** `Deployment.extensions/shop/web`, or `federation` for what is about all of it. */
  readonly object: string;
  /** `spec.selector`, or a word for what is no field. */
  readonly field: string;
  /** A sentence. */
  readonly reason: string;
  /** What to do about it: a sentence. */
  readonly action: string;
}

/** A file of the repository to be. */
export interface V1File {
  readonly file: string;
  readonly manifests: readonly JsonObject[];
  /** What it was made of, for a loss if it turns out that it is not valid. */
  readonly object: string;
  /** Holds values of Secrets. */
  readonly isSecret: boolean;
}

/** How a member is reached: what goes into `--credentials-dir`, or encrypted into the repository. */
export interface V1Credential {
  readonly cluster: string;
  readonly secretName: string;
  readonly token: string;
  /** PEM. */
  readonly certificateAuthority?: string;
}

/** What a HorizontalPodAutoscaler of a member says now. */
export interface AutoscalerRange {
  readonly minReplicas: number;
  readonly maxReplicas: number;
}

/** The HorizontalPodAutoscalers of a member by `namespace/name`, or why they are not known: the end of a sentence. */
export type MemberAutoscalers =
  | { readonly ok: true; readonly ranges: ReadonlyMap<string, AutoscalerRange> }
  | { readonly ok: false; readonly reason: string };

/** A member as Federation v1 knew it. */
export interface V1Cluster {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly region: string;
  readonly zones: readonly string[];
  /** What its conditions say; true where there are none. */
  readonly isReady: boolean;
}

export interface ConversionOptions {
  /** Adds `kubefed.io/orphan: "true"` where v1 left objects in the members. */
  readonly keepOrphanDefault: boolean;
  /** Leaves Secrets out. */
  readonly omitSecrets: boolean;
  /** For the names in DNS. */
  readonly federationName?: string | undefined;
  readonly dnsZone?: string | undefined;
}

export interface ConversionInput extends ConversionOptions {
  readonly objects: readonly V1Object[];
  /** By cluster name. */
  readonly members: ReadonlyMap<string, MemberAutoscalers>;
}

export interface Conversion {
  readonly clusters: readonly V1Cluster[];
  readonly files: readonly V1File[];
  readonly credentials: readonly V1Credential[];
  readonly losses: readonly Loss[];
}
