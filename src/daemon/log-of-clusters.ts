import type { ClusterResult, ObjectResult, PropagationStatus } from '../apply/types.ts';
import { formatObjectId, objectIdKey } from '../core/index.ts';
import type { DaemonEvent } from './events.ts';
import type { LogLines } from './log-lines.ts';
import { ProblemSet, Problems } from './problems.ts';

type ClusterEvent = Extract<DaemonEvent, { type: 'passStarted' | 'object' | 'passFinished' | 'clusterLeft' }>;
type PassFinished = Extract<DaemonEvent, { type: 'passFinished' }>;

/** So many objects of one pass get a line each. */
const MOST_OBJECTS = 20;

/** What somebody wanted, or what passes by itself. */
const EXPECTED: ReadonlySet<PropagationStatus> = new Set<PropagationStatus>([
  'WaitingForRemoval',
  'Suspended',
  'KeptByAnnotation',
  'KeptLive',
  'FieldTaken',
  'NamespaceShared',
  'Leftover',
]);

/** What happens in the members. */
export class LogOfClusters {
  readonly #lines: LogLines;
  readonly #problems = new Problems();
  readonly #objects = new Map<string, ProblemSet<ObjectResult>>();

  constructor(lines: LogLines) {
    this.#lines = lines;
  }

  observe(event: ClusterEvent): void {
    switch (event.type) {
      case 'passStarted': {
        const { cluster, commit: revision, trigger } = event;
        this.#lines.write('debug', 'a pass began', { cluster, revision, trigger });
        return;
      }
      case 'object':
        this.#object(event);
        return;
      case 'passFinished':
        this.#passFinished(event);
        return;
      case 'clusterLeft':
        this.forget(event.cluster);
        this.#lines.write('info', 'a cluster is not registered any more', { cluster: event.cluster });
        return;
      default:
        event satisfies never;
    }
  }

  /** What was wrong there is told by whoever has the cluster now. */
  forget(cluster: string): void {
    for (const name of ['state', 'prune']) this.#problems.end(`${name} ${cluster}`);
    this.#objects.delete(cluster);
  }

  /** What a pass did to an object. That it is not in order is told with the end of the pass. */
  #object({ cluster, commit: revision, result }: Extract<DaemonEvent, { type: 'object' }>): void {
    const { action, drift = [] } = result;
    if (action === 'unchanged' || action === 'skipped') return;
    const isCorrection = drift.length > 0;
    // These two are what a person looks for afterwards; of the others the summary of the pass is enough.
    const level = isCorrection || action === 'deleted' ? 'info' : 'debug';
    const message = isCorrection ? 'an object that was changed was put back' : `an object was ${action}`;
    const manager = drift.find((field) => field.manager !== undefined)?.manager;
    this.#lines.write(level, message, {
      cluster,
      revision,
      object: formatObjectId(result.id),
      action,
      ...(isCorrection ? { fields: drift.length } : {}),
      ...(manager === undefined ? {} : { manager }),
    });
  }

  #passFinished(event: PassFinished): void {
    const { cluster, commit: revision, trigger, durationMs, requests, result } = event;
    const counts = countActions(result.objects);
    this.#lines.write(counts === undefined ? 'debug' : 'info', 'a pass ended', {
      cluster,
      revision,
      trigger,
      state: result.state,
      ...counts,
      objects: result.objects.length,
      requests,
      durationMs: Math.round(durationMs),
    });
    // Of a cluster that was not reached nothing is known but that.
    if (result.state === 'Synced' || result.state === 'Failed') this.#tellObjects(event);
    this.#tellPrune(event);
    this.#tellState(event);
  }

  #tellState({ cluster, commit: revision, trigger, result, retryInMs }: PassFinished): void {
    const name = `state ${cluster}`;
    const { state, health, message } = result;
    if (state === 'Synced' || state === 'Suspended') {
      if (this.#problems.end(name)) this.#lines.write('info', 'the cluster is in order again', { cluster, revision });
      return;
    }
    if (!this.#problems.begin(name, `${state} ${health} ${message}`)) return;
    const retry = retryInMs === undefined ? {} : { retryInMs: Math.round(retryInMs) };
    this.#lines.write(
      'warn',
      state === 'Failed' ? 'the cluster is not as the commit says' : 'the cluster is not ready',
      {
        cluster,
        revision,
        trigger,
        state: state === 'Failed' ? state : (health ?? state),
        ...(message === undefined ? {} : { why: message }),
        ...retry,
      },
    );
  }

  #tellPrune({ cluster, commit: revision, result: { prune, state } }: PassFinished): void {
    const name = `prune ${cluster}`;
    if (prune === undefined) {
      if (state === 'Synced' && this.#problems.end(name)) {
        this.#lines.write('info', 'nothing waits to be deleted any more', { cluster, revision });
      }
      return;
    }
    const { status, count, message: why } = prune;
    if (!this.#problems.begin(name, `${status} ${count} ${why}`)) return;
    this.#lines.write('warn', 'deletions wait', { cluster, revision, status, deletions: count, why });
  }

  #tellObjects({ cluster, commit: revision, result: { objects } }: PassFinished): void {
    const known = this.#objects.get(cluster) ?? new ProblemSet<ObjectResult>(problemName);
    this.#objects.set(cluster, known);
    const { begun, ended } = known.replace(objects.filter(({ status }) => status !== ''));
    for (const { id, status, message: why } of begun.slice(0, MOST_OBJECTS)) {
      this.#lines.write(EXPECTED.has(status) ? 'info' : 'warn', 'an object is not as the commit says', {
        cluster,
        revision,
        object: formatObjectId(id),
        status,
        ...(why === undefined ? {} : { why }),
      });
    }
    const rest = begun.length - MOST_OBJECTS;
    if (rest > 0) {
      const message = 'there are more objects that are not as the commit says: the status branch lists them';
      this.#lines.write('warn', message, { cluster, revision, objects: rest });
    }
    if (ended > 0) {
      this.#lines.write('info', 'objects are in order again, or otherwise not', { cluster, revision, objects: ended });
    }
  }
}

function problemName({ id, status, message }: ObjectResult): string {
  return `${objectIdKey(id)}\n${status}\n${message}`;
}

/** How often each thing was done; nothing where nothing was. */
function countActions(objects: ClusterResult['objects']): Readonly<Record<string, number>> | undefined {
  const counts = { created: 0, configured: 0, deleted: 0 };
  for (const { action } of objects) {
    if (action === 'created' || action === 'configured' || action === 'deleted') counts[action] += 1;
  }
  return counts.created + counts.configured + counts.deleted === 0 ? undefined : counts;
}
