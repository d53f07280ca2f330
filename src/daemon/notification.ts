import type { PropagationStatus } from '../apply/types.ts';
import { count } from '../report/wording.ts';
import type { RefusalReason } from './events.ts';
import type { ReplicaMove } from './replica-moves.ts';

/** Something that begins or ends, and that somebody may want to be woken for. Nothing in it is text of a server or a value of an object. */
export type Notification =
  /** A cluster is not as the commit says, or is not reached. */
  | {
      readonly type: 'cluster.failed';
      readonly cluster: string;
      readonly commit: string;
      readonly state: 'Failed' | 'NotReady';
      /** Of a cluster that is not ready: `Offline`, `NotReady` or `ConfigMalformed`. */
      readonly reason?: string;
      /** How many objects have which status that is none of success. */
      readonly statuses: Readonly<Partial<Record<PropagationStatus, number>>>;
    }
  | { readonly type: 'cluster.recovered'; readonly cluster: string; readonly commit: string }
  /** Somebody changed objects of ours. */
  | {
      readonly type: 'cluster.drifted';
      readonly cluster: string;
      readonly commit: string;
      /** The first {@link MOST_LISTED}. */
      readonly objects: readonly DriftedObject[];
      /** All of them. */
      readonly count: number;
    }
  /** What runs in the members made another plan. */
  | {
      readonly type: 'replicas.moved';
      readonly commit: string;
      /** Of the observations: `gitfed replay COMMIT TREE` makes the plan again. */
      readonly tree: string;
      /** The first {@link MOST_LISTED}. */
      readonly moves: readonly ReplicaMove[];
      readonly count: number;
    }
  /** A commit is not followed. */
  | { readonly type: 'revision.failed'; readonly commit: string; readonly reason: RefusalReason }
  | { readonly type: 'revision.recovered'; readonly commit: string }
  /** So many clusters are lost at once that nothing moves. */
  | { readonly type: 'observer.failed'; readonly clusters: readonly string[] }
  | { readonly type: 'observer.recovered' };

export interface DriftedObject {
  /** `Deployment.apps/shop/web`. */
  readonly object: string;
  /** Whether it was put back. */
  readonly corrected: boolean;
}

/** Of objects and moves at most so many are listed. */
export const MOST_LISTED = 100;

/** What a notification says, in a sentence for people. */
export function notificationText(notification: Notification): string {
  switch (notification.type) {
    case 'cluster.failed':
      return notification.state === 'Failed'
        ? `The cluster ${notification.cluster} is not as the commit says.`
        : `The cluster ${notification.cluster} is not ready.`;
    case 'cluster.recovered':
      return `The cluster ${notification.cluster} is in order again.`;
    case 'cluster.drifted':
      return `In the cluster ${notification.cluster} somebody changed ${count(notification.count, 'object')}.`;
    case 'replicas.moved':
      return `Replicas are planned otherwise, because of what runs: ${count(notification.count, 'number')} changed.`;
    case 'revision.failed':
      return `A commit is not followed: ${REASONS[notification.reason]}.`;
    case 'revision.recovered':
      return 'The branch is followed again.';
    case 'observer.failed':
      return `${count(notification.clusters.length, 'cluster')} were lost at once: no replicas move until they are back or somebody confirms it.`;
    case 'observer.recovered':
      return 'Replicas move again where clusters are lost.';
    default:
      return notification satisfies never;
  }
}

/** What a notification tells the state of, so that the last one about it is the true one; `undefined` where it tells of an event. */
export function stateSubject(notification: Notification): string | undefined {
  switch (notification.type) {
    case 'cluster.failed':
    case 'cluster.recovered':
      return `cluster ${notification.cluster}`;
    case 'revision.failed':
    case 'revision.recovered':
      return 'revision';
    case 'observer.failed':
    case 'observer.recovered':
      return 'observer';
    case 'cluster.drifted':
    case 'replicas.moved':
      return undefined;
    default:
      return notification satisfies never;
  }
}

/** Why a commit is not followed, as the end of a sentence. */
export const REASONS: Readonly<Record<RefusalReason, string>> = {
  Unreadable: 'it cannot be read',
  Rewound: 'it does not descend from the last one',
  Unsigned: 'it is not signed by somebody who may',
  GateFailed: 'it changes more than a gate lets through',
};
