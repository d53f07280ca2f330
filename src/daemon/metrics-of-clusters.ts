import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ClusterResult, ObjectResult, PropagationStatus } from '../apply/types.ts';
import { objectIdKey } from '../core/index.ts';
import type { DaemonEvent, PassTrigger } from './events.ts';

type PassFinished = Extract<DaemonEvent, { type: 'passFinished' }>;

const TRIGGERS: readonly PassTrigger[] = ['revision', 'drift', 'connected', 'retry', 'status', 'resync'];
const STATES: readonly ClusterResult['state'][] = ['Synced', 'Failed', 'NotReady', 'Suspended'];
const WITHHELD = ['PruneBlocked', 'PruneHeld'] as const;
/** Fewer than usual: each is a series for each cluster and trigger. */
const PASS_SECONDS = [0.1, 0.5, 1, 5, 15, 60, 300];

/** Nothing failed, or something else counts it. */
const NO_ERROR: ReadonlySet<PropagationStatus> = new Set<PropagationStatus>([
  '',
  'WaitingForRemoval',
  'ClusterNotReady',
  'Suspended',
  'KeptByAnnotation',
  'KeptLive',
  'NamespaceShared',
  'FieldTaken',
  'Leftover',
  'Drifted',
  'PruneBlocked',
  'PruneHeld',
]);

/** What is counted for each cluster. One that leaves takes its series along. */
export class ClusterMetrics {
  readonly #passes: Counter;
  readonly #duration: Histogram;
  readonly #lastSuccess: Gauge;
  readonly #state: Gauge;
  readonly #objects: Gauge;
  readonly #withStatus: Gauge;
  readonly #errors: Counter;
  readonly #withheld: Gauge;
  readonly #driftFound: Counter;
  readonly #driftCorrected: Counter;
  readonly #requests: Counter;
  readonly #now: () => number;
  /** Statuses that a cluster has series of. */
  readonly #statuses = new Map<string, Set<PropagationStatus>>();
  /** Objects of a cluster that differed in its last pass. */
  readonly #drifted = new Map<string, ReadonlySet<string>>();

  constructor(register: Registry, now: () => number) {
    this.#now = now;
    const registers = [register];
    const define = (name: string, help: string, ...labelNames: string[]) => {
      return { name: `gitfed_cluster_${name}`, help, labelNames: ['cluster', ...labelNames], registers };
    };
    this.#passes = new Counter(define('passes_total', 'Passes that ended, by the state they left.', 'state'));
    this.#duration = new Histogram({
      ...define('pass_duration_seconds', 'How long a pass took, by what started it.', 'trigger'),
      buckets: PASS_SECONDS,
    });
    this.#lastSuccess = new Gauge(
      define('last_success_timestamp_seconds', 'When the last pass ended that left the cluster as the commit says.'),
    );
    this.#state = new Gauge(define('state', 'Whether the cluster is in this state: 1 for one of them.', 'state'));
    this.#objects = new Gauge(define('objects', 'Objects that are looked after since the last pass.'));
    this.#withStatus = new Gauge(
      define('objects_not_in_order', 'Objects that are not as the commit says, by the word for it.', 'status'),
    );
    this.#errors = new Counter(
      define('object_errors_total', 'Objects that a pass ended with an error, by the word for it.', 'status'),
    );
    this.#withheld = new Gauge(
      define('deletions_withheld', 'Deletions that wait: for consent, or for a finding to be mended.', 'status'),
    );
    this.#driftFound = new Counter(define('drift_found_total', 'Objects that were found changed by somebody else.'));
    this.#driftCorrected = new Counter(define('drift_corrected_total', 'Objects that were put back.'));
    this.#requests = new Counter(define('api_requests_total', 'Requests to the API server.'));
  }

  passFinished({ cluster, trigger, durationMs, requests, result }: PassFinished): void {
    this.#passes.inc({ cluster, state: result.state });
    this.#duration.observe({ cluster, trigger }, durationMs / 1000);
    this.#requests.inc({ cluster }, requests);
    for (const state of STATES) this.#state.set({ cluster, state }, state === result.state ? 1 : 0);
    if (result.state === 'Synced') this.#lastSuccess.set({ cluster }, this.#now() / 1000);
    // Of a cluster that was not reached, or not asked, what was known stays.
    if (result.state === 'Synced' || result.state === 'Failed') this.#observeObjects(cluster, result);
  }

  left(cluster: string): void {
    for (const state of STATES) {
      this.#passes.remove({ cluster, state });
      this.#state.remove({ cluster, state });
    }
    for (const trigger of TRIGGERS) this.#duration.remove({ cluster, trigger });
    for (const status of this.#statuses.get(cluster) ?? []) {
      this.#withStatus.remove({ cluster, status });
      this.#errors.remove({ cluster, status });
    }
    for (const status of WITHHELD) this.#withheld.remove({ cluster, status });
    for (const metric of [this.#lastSuccess, this.#objects, this.#driftFound, this.#driftCorrected, this.#requests]) {
      metric.remove({ cluster });
    }
    this.#statuses.delete(cluster);
    this.#drifted.delete(cluster);
  }

  #observeObjects(cluster: string, { objects, prune }: ClusterResult): void {
    this.#objects.set({ cluster }, objects.filter((object) => !isGone(object)).length);
    for (const status of WITHHELD) {
      this.#withheld.set({ cluster, status }, prune?.status === status ? prune.count : 0);
    }
    this.#observeStatuses(cluster, objects);
    this.#observeDrift(cluster, objects);
  }

  #observeStatuses(cluster: string, objects: readonly ObjectResult[]): void {
    const counts = new Map<PropagationStatus, number>();
    for (const { status } of objects) {
      if (status !== '') counts.set(status, (counts.get(status) ?? 0) + 1);
    }
    const known = this.#statuses.get(cluster) ?? new Set();
    for (const status of known) if (!counts.has(status)) this.#withStatus.set({ cluster, status }, 0);
    for (const [status, count] of counts) {
      this.#withStatus.set({ cluster, status }, count);
      if (!NO_ERROR.has(status)) this.#errors.inc({ cluster, status }, count);
      known.add(status);
    }
    this.#statuses.set(cluster, known);
  }

  /** What is only told differs in every pass: it is counted once. */
  #observeDrift(cluster: string, objects: readonly ObjectResult[]): void {
    const before = this.#drifted.get(cluster);
    const drifted = new Set<string>();
    // A counter that is there before it counts shows its first step.
    this.#driftFound.inc({ cluster }, 0);
    this.#driftCorrected.inc({ cluster }, 0);
    for (const { id, drift, action } of objects) {
      if (drift === undefined || drift.length === 0) continue;
      const isCorrected = action === 'created' || action === 'configured';
      const key = objectIdKey(id);
      if (isCorrected) this.#driftCorrected.inc({ cluster });
      else drifted.add(key);
      if (before?.has(key) !== true) this.#driftFound.inc({ cluster });
    }
    this.#drifted.set(cluster, drifted);
  }
}

/** It is in the results of the pass that removed or freed it, and not looked after from then on. */
function isGone({ action, status, released }: ObjectResult): boolean {
  return released === true || (action === 'deleted' && status === '');
}
