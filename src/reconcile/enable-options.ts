import type { FederatedType, Scope } from '../api/index.ts';
import type { Finding } from '../core/index.ts';

/** Where the kinds come from that may be enabled. Default: the built-in kinds, and what the repository itself has. */
export type TypeSource =
  /** A file with CustomResourceDefinitions, or with KubeFed's EnableTypeDirectives. */
  | { readonly kind: 'file'; readonly name: string; readonly text: string }
  /** A cluster of a kubeconfig; of several files the first that has the context. Default: the current context. */
  | { readonly kind: 'context'; readonly kubeconfigs: readonly string[]; readonly context?: string | undefined }
  /** A cluster that is registered in the repository. */
  | {
      readonly kind: 'member';
      readonly cluster: string;
      readonly credentialsDir?: string;
      readonly kubeconfig?: string;
      readonly ageKeyFile?: string;
    }
  /** A kind that nothing here knows: the spelling is then `group/version/kind`. */
  | { readonly kind: 'described'; readonly scope: Scope; readonly plural: string };

/** What is said of the federated kind; what is not said stays as it is, or is as KubeFed has it. */
export interface TypeSettings {
  readonly federatedGroup?: string | undefined;
  readonly federatedVersion?: string | undefined;
  /** Of the kind itself. */
  readonly version?: string | undefined;
  readonly statusCollection?: boolean | undefined;
}

export interface EnableOptions extends TypeSettings {
  /** The repository, or a folder in it that is read as one. Absolute. */
  readonly folder: string;
  /** As a person spells it. Without it, every kind of the file. */
  readonly type?: string | undefined;
  readonly source?: TypeSource | undefined;
  /** Writes the CustomResourceDefinition of the federated kind, too. */
  readonly crd: boolean;
  readonly place: WritePlace;
  readonly requestTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What becomes of the result. */
export interface WritePlace {
  /** For new files. Absolute. Default: the folder `types` of the repository. Outside of the repository nothing in it is edited. */
  readonly outputDir?: string | undefined;
  readonly dryRun: boolean;
}

/** A file that has changed, or would. Paths as findings print them, or absolute for a folder outside of the repository. */
export interface FileChange {
  readonly file: string;
  readonly action: 'created' | 'edited' | 'deleted' | 'unchanged';
  /** `''` for a new file. */
  readonly before: string;
  /** `''` for a deleted one. */
  readonly after: string;
  /** The object in it, for people: `FederatedTypeConfig deployments.apps`. */
  readonly objects: readonly string[];
  /** Where the object begins; absent for a file that is deleted. */
  readonly line?: number;
}

export interface TypesResult {
  readonly types: readonly FederatedType[];
  readonly files: readonly FileChange[];
  /** False with `dryRun`, and where nothing was to be written. */
  readonly written: boolean;
  /** Objects that could not be read before, and have these findings now. */
  readonly findings: readonly Finding[];
  /** Sentences for people. */
  readonly notes: readonly string[];
}
