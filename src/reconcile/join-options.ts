import type { Finding } from '../core/index.ts';
import type { FileChange } from './enable-options.ts';

/** Where the token of a member is kept. Never in plain text in a repository. */
export type CredentialPlace =
  /** `DIR/SECRET-NAME/token`, as `--credentials-dir` reads it. Absolute. */
  | { readonly kind: 'directory'; readonly folder: string }
  /** A Secret in the system namespace of the cluster that gitfed runs in. */
  | { readonly kind: 'host'; readonly context: string }
  /** A file of the repository, encrypted for these recipients of age. None: for those of the file that is there. */
  | { readonly kind: 'repository'; readonly recipients: readonly string[] };

/** What `join`, `join --rotate` and `unjoin` have in common. */
export interface MemberAccessOptions {
  /** The name of the cluster. */
  readonly cluster: string;
  /** The repository, or a folder in it that is read as one. Absolute. */
  readonly folder: string;
  /** Of several files the first that has a context. */
  readonly kubeconfigs: readonly string[];
  /** The context that leads to the member. Default: the name of the cluster. */
  readonly clusterContext?: string | undefined;
  /** Ends the name of the ServiceAccount in the member. Default: the name of the inventory. */
  readonly hostClusterName?: string | undefined;
  /** For a repository that says none. */
  readonly systemNamespace?: string | undefined;
  /** Where the credential is. Default: an encrypted file of the repository, where there is one. */
  readonly credential?: CredentialPlace | undefined;
  /** Reads what is encrypted in the repository. */
  readonly ageKeyFile?: string | undefined;
  readonly dryRun: boolean;
  readonly requestTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface JoinOptions extends MemberAccessOptions {
  /** The Secret that the KubeFedCluster names. Default: that of the KubeFedCluster that is there, else `CLUSTER-credentials`. */
  readonly secretName?: string | undefined;
  /** What is there already is an error: all of it, nothing of it, or by default what join did not make. */
  readonly errorOnExisting?: boolean | undefined;
  /** Writes no account and no right in the member: an administrator has done so. */
  readonly useExisting: boolean;
  /** Every right, as KubeFed has it. */
  readonly admin: boolean;
  /** Lets every kind be listed, without which a namespace is never known to be empty and so never deleted. */
  readonly listEverything: boolean;
  /** A token that expires. Default: one that lasts until it is rotated. */
  readonly tokenSeconds?: number | undefined;
  /** A new token in the place of the one that is there, which ends. */
  readonly rotate: boolean;
  /** For a new KubeFedCluster. Absolute. Default: the folder `clusters` of the repository. */
  readonly outputDir?: string | undefined;
  /** How long a new token is waited for, in milliseconds. Default 30,000. */
  readonly tokenWaitMs?: number;
}

export interface UnjoinOptions extends MemberAccessOptions {
  /** Goes on where the member does not answer, or something in it cannot be removed. */
  readonly force: boolean;
  /** What becomes of the objects that gitfed applied there. */
  readonly applied: 'keep' | 'remove' | 'release';
  /** As many deletions are let through. Default: the guard of the repository. */
  readonly allowDeletions?: number | undefined;
  /** How long it is waited for objects that are being deleted, in milliseconds. Default 30,000. */
  readonly removalWaitMs?: number;
}

/** What is done in one place. */
export interface PlannedStep {
  /** The member, the host, or the folder of credentials. */
  readonly where: string;
  /** In words for people: `ClusterRole gitfed:eu-1-shop`. */
  readonly what: string;
  readonly action: 'create' | 'update' | 'recreate' | 'delete' | 'release' | 'keep';
  /** Why it stays, or what is to be known of it. */
  readonly note?: string;
}

/** All that a command is about to do, before any of it is done. */
export interface MembershipPlan {
  readonly cluster: string;
  readonly steps: readonly PlannedStep[];
  /** Files of the repository. */
  readonly files: readonly FileChange[];
  /** Sentences for people. */
  readonly notes: readonly string[];
  /** Of the repository as it would be, and was not before. */
  readonly findings: readonly Finding[];
}

/** What was done of a {@link MembershipPlan}. */
export interface MembershipResult {
  /** False with `dryRun`, and where nothing was to be done. */
  readonly isChanged: boolean;
  /** What could not be done, and did not stop the rest. Sentences for people. */
  readonly problems: readonly string[];
  readonly notes: readonly string[];
}

/** A plan, and the way to do it. `close` ends the connections. */
export interface PreparedMembership {
  readonly plan: MembershipPlan;
  run(): Promise<MembershipResult>;
  close(): void;
}
