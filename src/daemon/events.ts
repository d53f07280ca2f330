import type { ClusterResult, ObjectResult } from '../apply/types.ts';
import type { Finding } from '../core/index.ts';
import type { ReplicaMove } from './replica-moves.ts';

/** Why a cluster gets a pass; the most urgent first. */
export type PassTrigger =
  /** Another revision is wanted. */
  | 'revision'
  /** Something of ours was changed there. */
  | 'drift'
  /** It was lost, or it is back. */
  | 'connected'
  /** The last pass did not end well. */
  | 'retry'
  /** Something of ours is doing otherwise than before. */
  | 'status'
  /** It was long ago. */
  | 'resync';

/** Why a commit is not followed. What was applied last stays, and is kept in order. */
export type RefusalReason =
  /** It cannot be read: objects are missing, or gitfed.yaml is broken. */
  | 'Unreadable'
  /** The branch went back, or to a commit that does not descend from the last one. */
  | 'Rewound'
  /** A commit on the way is not signed, or by nobody who may. */
  | 'Unsigned'
  /** It changes more than a gate of gitfed.yaml lets through, and no commit of it says that this is meant. */
  | 'GateFailed';

/** Who is told of what happens. */
export type NotificationTarget = 'webhook' | 'forge';

/** What happens in a daemon, for logs, metrics and health. Nothing in them is a value of a Secret. */
export type DaemonEvent =
  /** `branch` is `HEAD` where nobody named it and a server has to be asked. */
  | { readonly type: 'started'; readonly source: string; readonly branch: string }
  /** Another daemon works in the same folder: this one begins when that one has ended. */
  | { readonly type: 'folderTaken'; readonly folder: string; readonly holder: string }
  /** Nobody else works in the folder any more. */
  | { readonly type: 'folderFree' }
  /** Git was asked, and answered. `commit`: where the branch is. `branch`: its name, also where nobody named it. */
  | {
      readonly type: 'sourceRead';
      readonly commit: string;
      readonly branch: string;
      readonly durationMs: number;
    }
  /** Git did not answer, or not with what was asked. */
  | { readonly type: 'sourceFailed'; readonly message: string }
  /** Of a repository on this machine: its commits are found at the next look, not at once. */
  | { readonly type: 'refsNotWatched'; readonly message: string }
  | {
      readonly type: 'revisionAccepted';
      readonly commit: string;
      /** When it was committed; milliseconds since 1970. */
      readonly committedAt: number;
      readonly clusters: number;
      /** Federated objects. */
      readonly objects: number;
      readonly findings: readonly Finding[];
      /** Of reading and rendering. */
      readonly durationMs: number;
      /** Who we are to the members. */
      readonly inventory?: string;
    }
  | {
      readonly type: 'revisionRefused';
      readonly commit: string;
      readonly reason: RefusalReason;
      readonly message: string;
    }
  | { readonly type: 'passStarted'; readonly cluster: string; readonly commit: string; readonly trigger: PassTrigger }
  | { readonly type: 'object'; readonly cluster: string; readonly commit: string; readonly result: ObjectResult }
  | {
      readonly type: 'passFinished';
      readonly cluster: string;
      readonly commit: string;
      readonly trigger: PassTrigger;
      readonly durationMs: number;
      /** Requests to its API server. */
      readonly requests: number;
      readonly result: ClusterResult;
      /** When it is tried again; milliseconds from now. Absent after a pass that ended well. */
      readonly retryInMs?: number;
    }
  /** A cluster is not registered any more. */
  | { readonly type: 'clusterLeft'; readonly cluster: string }
  /** This daemon has the cluster from now on, among those that share the work. */
  | { readonly type: 'clusterTaken'; readonly cluster: string }
  /** Nothing of this daemon is under way in the cluster any more: another one has it, or nothing may be written. */
  | { readonly type: 'clusterReleased'; readonly cluster: string }
  /** It shares the work from now on. `member`: as which. */
  | { readonly type: 'homeJoined'; readonly member: string }
  /** Who shares the work has changed, or who leads, or how many clusters are this daemon's. */
  | {
      readonly type: 'homeChanged';
      readonly members: number;
      /** For people: `<host>_<pid>_<random>`. */
      readonly leader: string;
      readonly isLeader: boolean;
      /** Those that are to be this daemon's. */
      readonly clusters: number;
      /** Others that do not work on the same repository, ref, path and clusters. */
      readonly strangers: readonly string[];
    }
  /** The Lease could not be held: nothing is written to any member until it is again. */
  | { readonly type: 'homeLost'; readonly message: string }
  /** What is to be handed over waits, or what was handed over is not read yet: it is tried again. */
  | { readonly type: 'mailboxFailed'; readonly message: string }
  /** The first pass with this commit in every cluster that is ready has ended. */
  | { readonly type: 'revisionApplied'; readonly commit: string; readonly committedAt: number }
  /** What runs in the members made another plan of the commit that is followed. */
  | {
      readonly type: 'observed';
      readonly commit: string;
      /** Of the observations that it was made from: `gitfed replay COMMIT TREE` makes it again. */
      readonly tree: string;
      readonly moves: readonly ReplicaMove[];
      /** Another daemon decided it, and tells of it. */
      readonly isFollowed?: true;
    }
  /** How a pass of another daemon that shares the work ended; the daemon that leads hears of it. */
  | {
      readonly type: 'passHanded';
      readonly cluster: string;
      readonly commit: string;
      readonly state: ClusterResult['state'];
    }
  /** So many clusters are lost at once that it may be this process that is cut off: no replicas move. */
  | { readonly type: 'observerSuspect'; readonly clusters: readonly string[] }
  /** They are back, or somebody confirmed that they are gone. */
  | { readonly type: 'observerTrusted' }
  /** Pods of a cluster may not be read: what it cannot run is not known, and is not moved. */
  | { readonly type: 'podsNotRead'; readonly cluster: string; readonly message: string }
  | { readonly type: 'podsRead'; readonly cluster: string }
  | {
      readonly type: 'statusCommitted';
      /** Of the status branch. */
      readonly commit: string;
      /** The source commit that it tells of. */
      readonly source: string;
      readonly pushed: boolean;
      readonly durationMs: number;
    }
  /** What could not be sent before was sent. */
  | { readonly type: 'statusPushed'; readonly commit: string; readonly source: string }
  /** It is tried again. `StatusPushRefused: …` gives the server's words. */
  | { readonly type: 'statusFailed'; readonly message: string }
  | {
      readonly type: 'webhook';
      readonly provider: string;
      readonly outcome: 'accepted' | 'ignored' | 'unauthenticated' | 'malformed' | 'limited';
    }
  /** Somebody was told, or could not be. */
  | {
      readonly type: 'notification';
      readonly target: NotificationTarget;
      /** `cluster.failed`, `commit.success`, … */
      readonly what: string;
      /** `delayed`: it is tried again. */
      readonly outcome: 'delivered' | 'delayed' | 'dropped';
      /** A status of HTTP, or the code of what failed; never what a server wrote. */
      readonly why?: string;
    }
  | { readonly type: 'configurationReloaded' }
  /** What is new is not used. */
  | { readonly type: 'configurationRefused'; readonly message: string }
  | { readonly type: 'stopping' }
  | { readonly type: 'stopped' };
