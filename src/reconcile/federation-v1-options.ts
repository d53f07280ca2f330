import type { Finding } from '../core/index.ts';
import type { SecretsPolicy } from './federate-options.ts';
import type { Loss } from './federation-v1-types.ts';
import type { RequestSettings } from './open-client.ts';
import type { LiveSource } from './type-discovery.ts';

export interface FederationImportOptions extends RequestSettings {
  readonly source:
    | { readonly kind: 'host'; readonly cluster: Extract<LiveSource, { kind: 'context' }> }
    /** A folder of `kubectl get -o yaml` files. Absolute. */
    | { readonly kind: 'dump'; readonly folder: string };
  /** Where contexts with the names of members are looked for; none: members are not asked. */
  readonly memberKubeconfigs: readonly string[];
  /** Absent or empty. Absolute. */
  readonly outputDir: string;
  /** Of the written `gitfed.yaml`. */
  readonly inventory: string;
  /** Asked where there are Secrets and nothing was said. Without an answer they are an error. */
  readonly secrets: SecretsPolicy | undefined | ((names: readonly string[]) => Promise<SecretsPolicy | undefined>);
  /** Where the credentials of the members are written, outside of the repository. Absolute. */
  readonly credentialsDir?: string | undefined;
  readonly keepOrphanDefault: boolean;
  readonly federationName?: string | undefined;
  readonly dnsZone?: string | undefined;
}

export interface FederationImportResult {
  readonly outputDir: string;
  /** Below the folder, sorted. */
  readonly files: readonly string[];
  /** Below the folder of credentials, sorted. */
  readonly credentialFiles: readonly string[];
  readonly report: ImportReport;
}

/** What there is in the repository, and what is not as it was. */
export interface ImportReport {
  readonly clusters: readonly string[];
  /** How many federated objects of each kind, by the kind that is federated. */
  readonly objects: ReadonlyMap<string, number>;
  readonly losses: readonly Loss[];
  /** Warnings of the repository. */
  readonly findings: readonly Finding[];
  /** Nothing was left out for being invalid. */
  readonly ok: boolean;
}
