import type { Finding } from '../core/index.ts';
import type { SecretsPolicy } from './federate-options.ts';
import type { ImportCheck } from './import-check.ts';
import type { ImportNote, NotImportable } from './import-types.ts';
import type { LiveSource } from './type-discovery.ts';

/** Where KubeFed's objects are read. */
export type ImportSource =
  | { readonly kind: 'host'; readonly cluster: Extract<LiveSource, { kind: 'context' }> }
  /** A folder of `kubectl get -o yaml` files. Absolute. */
  | { readonly kind: 'dump'; readonly folder: string };

export interface ImportOptions {
  readonly source: ImportSource;
  /** Default: the one that holds KubeFed's clusters. */
  readonly kubefedNamespace?: string | undefined;
  /** Absolute. */
  readonly outputDir: string;
  /** Of the written `gitfed.yaml`. */
  readonly inventory: string;
  /** Asked where there are FederatedSecrets and nothing was said. Without an answer they are an error. */
  readonly secrets: SecretsPolicy | undefined | ((names: readonly string[]) => Promise<SecretsPolicy | undefined>);
  /** Where the credentials of the members are written, outside of the repository. Absolute. */
  readonly credentialsDir?: string | undefined;
  /** `after` writes and then compares, `only` compares what is there already, `never` only writes. */
  readonly check: 'after' | 'only' | 'never';
  /** Of encrypted files of a repository that is there already. */
  readonly ageKeyFile?: string | undefined;
  readonly requestTimeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Hears what is being done. */
  readonly onStep?: (step: string) => void;
}

export interface ImportResult {
  readonly source: string;
  readonly systemNamespace: string;
  readonly outputDir: string;
  /** Below the folder, sorted; empty with `check: 'only'`. */
  readonly files: readonly string[];
  /** Below the folder of credentials, sorted. */
  readonly credentialFiles: readonly string[];
  readonly notImportable: readonly NotImportable[];
  readonly notes: readonly ImportNote[];
  /** Of the repository; those that are errors are among `notImportable`. */
  readonly findings: readonly Finding[];
  /** Absent: nothing was compared. Without clusters: the dump has no members. */
  readonly check?: ImportCheck;
  /** Everything is in the repository, and every member that there is has it as it would be. */
  readonly ok: boolean;
}
