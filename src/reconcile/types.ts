import type { LaneMode } from '../apply/lane-input.ts';
import type { ClusterResult, SyncEvent } from '../apply/types.ts';
import type { FleetMemory } from '../cluster/fleet-memory.ts';
import type { Finding } from '../core/index.ts';
import type { Author, CommitPolicy, GitAccessOptions } from '../git/index.ts';
import type { GateReport } from '../report/gates.ts';

export interface SyncOptions {
  /** A path in a work tree or a bare repository, or a URL (`file://`, `https://`, `ssh://`). */
  readonly source: string;
  /** Default: HEAD. Only commits are applied, never uncommitted files. */
  readonly ref?: string;
  /** Reads the working tree instead of a commit. Not for a pass that applies: only commits are applied. */
  readonly workingTree?: true;
  /** `dryRun`: the members' servers are asked, and nothing is kept. `inspect`: nothing is asked of them but what is there. Default `apply`. */
  readonly mode?: LaneMode;
  /** Wait after each wave until what was applied is ready, for so many milliseconds in all. Default: not at all. */
  readonly waitMs?: number;
  /** How long another writer of a cluster is waited for, in milliseconds. Default 30,000. */
  readonly leaseWaitMs?: number;
  /** Only these clusters. Default: every registered one. */
  readonly clusters?: readonly string[];
  /** Default true. */
  readonly prune?: boolean;
  /** Deletions per cluster that the guard lets through in this pass. */
  readonly allowDeletions?: number;
  /** Gates that this pass goes through without a commit that says so; `maxDeletions` among them lets every deletion through. */
  readonly allow?: readonly string[];
  /** Send the status branch to the remote of the current branch. A URL always gets it pushed. Default false. */
  readonly push?: boolean;
  readonly credentialsDir?: string;
  readonly kubeconfig?: string;
  /** Identities of age that decrypt Secrets and FederatedSecrets of the repository. Default: none, they stay encrypted. */
  readonly ageKeyFile?: string;
  /** Where a URL is cloned to. Default: a temporary directory, removed afterwards. */
  readonly dataDir?: string;
  /** Given up on a request after this many milliseconds. Default 15,000. */
  readonly requestTimeoutMs?: number;
  /** How remotes are reached. Default: with what the person's own git and ssh have. */
  readonly git?: GitAccessOptions;
  /** Whose signature a commit needs to be followed. Default: nobody's. */
  readonly verify?: CommitPolicy;
  /** Of commits on the status branch. Default: gitfed. */
  readonly author?: Author;
  /** What earlier passes of this process know of the members. Default: nothing. */
  readonly memory?: FleetMemory;
  readonly signal?: AbortSignal;
  readonly now?: () => Date;
  readonly onEvent?: (event: SyncEvent) => void;
}

export interface SyncResult {
  readonly mode: LaneMode;
  /** The source commit. */
  readonly commit: string;
  readonly inventory: string;
  /** Sorted by cluster name. */
  readonly clusters: readonly ClusterResult[];
  readonly findings: readonly Finding[];
  /** What the gates of the whole fleet say; absent where none is set, or there is nothing to compare with. */
  readonly gates?: GateReport;
  /** Nothing was applied, because of a gate: the members stay at this commit. */
  readonly held?: { readonly applied: string };
  /** `commit` is undefined when nothing changed; `problem` says why it could not be written or pushed. */
  readonly status: {
    readonly branch: string;
    readonly commit?: string;
    readonly pushed?: boolean;
    readonly problem?: string;
  };
  /** No error finding, every cluster synced: exit code 0. */
  readonly ok: boolean;
}
