import { Counter, Gauge, type Registry } from 'prom-client';
import type { DaemonEvent } from './events.ts';
import type { ReplicaMove } from './replica-moves.ts';

/** What is counted of plans that were made from what runs in the members. */
export class ObservationMetrics {
  readonly #plans: Counter;
  readonly #moved: Counter;
  readonly #suspected: Gauge;
  readonly #podsNotRead: Gauge;

  constructor(register: Registry) {
    const registers = [register];
    const define = (name: string, help: string, ...labelNames: string[]) => {
      return { name: `gitfed_${name}`, help, labelNames, registers };
    };
    this.#plans = new Counter(define('replans_total', 'Plans that what runs in the members made different.'));
    this.#moved = new Counter(
      define(
        'replicas_moved_total',
        'Replicas that such plans gave to a cluster, or took from it.',
        'cluster',
        'direction',
      ),
    );
    this.#suspected = new Gauge(
      define('observer_suspect_clusters', 'Clusters that seem lost, too many at once to move their replicas.'),
    );
    this.#podsNotRead = new Gauge(
      define('cluster_pods_unreadable', 'Whether pods of the cluster cannot be read.', 'cluster'),
    );
    this.#suspected.set(0);
  }

  observed({ moves }: Extract<DaemonEvent, { type: 'observed' }>): void {
    this.#plans.inc();
    for (const move of moves) this.#count(move);
  }

  suspect(clusters: number): void {
    this.#suspected.set(clusters);
  }

  pods(cluster: string, areRead: boolean): void {
    if (areRead) this.#podsNotRead.remove({ cluster });
    else this.#podsNotRead.set({ cluster }, 1);
  }

  left(cluster: string): void {
    this.#podsNotRead.remove({ cluster });
    for (const direction of ['in', 'out']) this.#moved.remove({ cluster, direction });
  }

  #count({ cluster, from = 0n, to = 0n }: ReplicaMove): void {
    if (to > from) this.#moved.inc({ cluster, direction: 'in' }, Number(to - from));
    if (to < from) this.#moved.inc({ cluster, direction: 'out' }, Number(from - to));
  }
}
