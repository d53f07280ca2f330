import type { ClusterResult, ObjectResult, PropagationStatus } from '../apply/types.ts';
import { compareText, formatObjectId, objectIdKey } from '../core/index.ts';
import type { DaemonEvent } from './events.ts';
import { type DriftedObject, MOST_LISTED, type Notification } from './notification.ts';
import { PacedTellings } from './paced-tellings.ts';

type Event<T extends DaemonEvent['type']> = Extract<DaemonEvent, { type: T }>;

/** What is in order or not: told when that changes. */
interface Condition {
  /** How it is: what is to be told of it. `isGood` of what was never otherwise is no news. */
  readonly isGood: boolean;
  readonly notification: Notification;
  /** What was told last. */
  readonly wasToldGood: boolean;
}

/** Objects that were changed by somebody, and that nobody was told of yet. */
interface Drift {
  readonly commit: string;
  readonly objects: ReadonlyMap<string, DriftedObject>;
}

/** A commit that is not followed. */
interface Refusal {
  readonly notification: Extract<Notification, { type: 'revision.failed' }>;
  /** Whoever told that it began tells that it is over. */
  readonly isTold: boolean;
}

/**
 * Makes notifications of events: one when something begins, and one when it is over. Pure but for what it remembers; times come in.
 *
 * What flaps is told three times in three minutes at most, and then as it is: so the last word is always the true one.
 */
export class Transitions {
  readonly #pace = new PacedTellings();
  readonly #conditions = new Map<string, Condition>();
  readonly #drift = new Map<string, Drift>();
  /** Objects of each cluster that differ and are only reported. */
  readonly #reported = new Map<string, ReadonlySet<string>>();
  #followed: string | undefined;
  /** Of several daemons one tells of what concerns all of them. */
  #isLeading = true;
  #refused: Refusal | undefined;

  /** @param now milliseconds of a clock that goes evenly. @returns what is to be told at once. */
  observe(event: DaemonEvent, now: number): readonly Notification[] {
    const direct = this.#take(event);
    return [...direct, ...this.due(now)];
  }

  /** What waited and may be told now. */
  due(now: number): readonly Notification[] {
    this.#pace.tidy(now);
    return [...this.#dueConditions(now), ...this.#dueDrift(now)];
  }

  /** How long until something that waits may be told; `undefined` where nothing waits. */
  nextInMs(now: number): number | undefined {
    const waits = [
      ...[...this.#conditions].flatMap(([subject, condition]) =>
        isNews(condition) ? [this.#pace.waitMs(subject, now)] : [],
      ),
      ...[...this.#drift.keys()].map((cluster) => this.#pace.waitMs(driftSubject(cluster), now)),
    ];
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  /** @returns what is told whatever was told before. */
  #take(event: DaemonEvent): readonly Notification[] {
    switch (event.type) {
      case 'passFinished':
        this.#passFinished(event);
        return [];
      case 'clusterLeft':
      case 'clusterReleased':
        this.#left(event.cluster);
        return [];
      case 'homeJoined':
      case 'homeLost':
        this.#isLeading = false;
        return [];
      case 'homeChanged':
        this.#isLeading = event.isLeader;
        // Whoever led before may have ended before it told.
        return this.#tellRefusal();
      case 'revisionAccepted':
        this.#followed = event.commit;
        return this.#endRefusal(event.commit);
      case 'sourceRead':
        // The branch is back at the commit that is followed.
        return event.commit === this.#followed ? this.#endRefusal(event.commit) : [];
      case 'revisionRefused':
        return this.#refusal(event);
      case 'observed':
        return event.isFollowed === true ? [] : moved(event);
      case 'observerSuspect':
        this.#set('observer', false, { type: 'observer.failed', clusters: [...event.clusters] });
        return [];
      case 'observerTrusted':
        this.#set('observer', true, { type: 'observer.recovered' });
        return [];
      default:
        return [];
    }
  }

  /** Each commit that is refused is told of once, however often it is looked at. */
  #refusal({ commit, reason }: Event<'revisionRefused'>): readonly Notification[] {
    const known = this.#refused?.notification;
    if (known?.commit === commit && known.reason === reason) return [];
    this.#refused = { notification: { type: 'revision.failed', commit, reason }, isTold: false };
    return this.#tellRefusal();
  }

  #tellRefusal(): readonly Notification[] {
    const refused = this.#refused;
    if (refused === undefined || refused.isTold || !this.#isLeading) return [];
    this.#refused = { ...refused, isTold: true };
    return [refused.notification];
  }

  #endRefusal(commit: string): readonly Notification[] {
    const isTold = this.#refused?.isTold === true;
    this.#refused = undefined;
    return isTold ? [{ type: 'revision.recovered', commit }] : [];
  }

  #passFinished({ cluster, commit, result }: Event<'passFinished'>): void {
    // Nothing was found out: what was known holds.
    if (result.health === 'Unknown') return;
    const subject = clusterSubject(cluster);
    if (result.state === 'Suspended') this.#conditions.delete(subject);
    else if (result.state === 'Synced') this.#set(subject, true, { type: 'cluster.recovered', cluster, commit });
    else this.#set(subject, false, failed(cluster, commit, result.state, result));
    if (result.state === 'Synced' || result.state === 'Failed') this.#observeDrift(cluster, commit, result.objects);
  }

  #left(cluster: string): void {
    this.#conditions.delete(clusterSubject(cluster));
    this.#drift.delete(cluster);
    this.#reported.delete(cluster);
  }

  #set(subject: string, isGood: boolean, notification: Notification): void {
    const known = this.#conditions.get(subject);
    // How it began counts, and not what else is wrong by and by.
    if (known !== undefined && known.isGood === isGood) return;
    if (known === undefined && isGood) return;
    this.#conditions.set(subject, { isGood, notification, wasToldGood: known?.wasToldGood ?? true });
  }

  #dueConditions(now: number): readonly Notification[] {
    return [...this.#conditions].flatMap(([subject, condition]) => {
      if (!isNews(condition) || this.#pace.waitMs(subject, now) > 0) return [];
      this.#pace.told(subject, now);
      if (condition.isGood) this.#conditions.delete(subject);
      else this.#conditions.set(subject, { ...condition, wasToldGood: condition.isGood });
      return [condition.notification];
    });
  }

  /** What was put back is news each time; what is only reported is so once. */
  #observeDrift(cluster: string, commit: string, results: readonly ObjectResult[]): void {
    const before = this.#reported.get(cluster);
    const reported = new Set<string>();
    const found = new Map(this.#drift.get(cluster)?.objects);
    for (const result of results) {
      if (!isDrifted(result)) continue;
      const key = objectIdKey(result.id);
      const corrected = result.action === 'created' || result.action === 'configured';
      if (!corrected) reported.add(key);
      if (corrected || before?.has(key) !== true) found.set(key, { object: formatObjectId(result.id), corrected });
    }
    if (reported.size > 0) this.#reported.set(cluster, reported);
    else this.#reported.delete(cluster);
    if (found.size > 0) this.#drift.set(cluster, { commit, objects: found });
  }

  #dueDrift(now: number): readonly Notification[] {
    return [...this.#drift].flatMap(([cluster, { commit, objects }]): Notification[] => {
      const subject = driftSubject(cluster);
      if (this.#pace.waitMs(subject, now) > 0) return [];
      this.#pace.told(subject, now);
      this.#drift.delete(cluster);
      const sorted = [...objects.values()].sort((a, b) => compareText(a.object, b.object));
      return [
        { type: 'cluster.drifted', cluster, commit, objects: sorted.slice(0, MOST_LISTED), count: sorted.length },
      ];
    });
  }
}

function isNews({ isGood, wasToldGood }: Condition): boolean {
  return isGood !== wasToldGood;
}

function clusterSubject(cluster: string): string {
  return `cluster ${cluster}`;
}

function driftSubject(cluster: string): string {
  return `drift ${cluster}`;
}

function isDrifted({ drift, wasDeleted }: ObjectResult): boolean {
  return wasDeleted === true || (drift !== undefined && drift.length > 0);
}

function moved({ commit, tree, moves }: Event<'observed'>): readonly Notification[] {
  if (moves.length === 0) return [];
  return [{ type: 'replicas.moved', commit, tree, moves: moves.slice(0, MOST_LISTED), count: moves.length }];
}

/** What somebody wanted, or what passes by itself. */
const NO_FAILURE: ReadonlySet<PropagationStatus> = new Set<PropagationStatus>([
  '',
  'WaitingForRemoval',
  'ClusterNotReady',
  'Suspended',
  'KeptByAnnotation',
  'FieldTaken',
  'NamespaceShared',
  'Leftover',
  'Drifted',
]);

function failed(
  cluster: string,
  commit: string,
  state: 'Failed' | 'NotReady',
  { health, objects, prune }: ClusterResult,
): Notification {
  const statuses: Partial<Record<PropagationStatus, number>> = {};
  for (const { status } of objects) {
    if (!NO_FAILURE.has(status)) statuses[status] = (statuses[status] ?? 0) + 1;
  }
  if (prune !== undefined) statuses[prune.status] = prune.count;
  return {
    type: 'cluster.failed',
    cluster,
    commit,
    state,
    ...(health === undefined ? {} : { reason: health }),
    statuses,
  };
}
