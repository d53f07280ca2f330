import { Counter, Gauge, type Registry } from 'prom-client';
import type { DaemonEvent } from './events.ts';

type HomeChanged = Extract<DaemonEvent, { type: 'homeChanged' }>;

/** What is counted of daemons that share the work. Without a home cluster all of it is 0. */
export class HomeMetrics {
  readonly #isMember: Gauge;
  readonly #isLeader: Gauge;
  readonly #members: Gauge;
  readonly #clusters: Gauge;
  readonly #losses: Counter;

  constructor(register: Registry) {
    const define = (name: string, help: string) => ({ name: `gitfed_${name}`, help, registers: [register] });
    this.#isMember = new Gauge(define('home_member', 'Whether this daemon shares the work now, and may write.'));
    this.#isLeader = new Gauge(define('home_leader', 'Whether this daemon is the one that writes to git for all.'));
    this.#members = new Gauge(define('home_members', 'Daemons that share the work, as this one sees them.'));
    this.#clusters = new Gauge(
      define('home_clusters', "Clusters that are this daemon's among those who share the work."),
    );
    this.#losses = new Counter(
      define('home_losses_total', 'Times that the Lease in the home cluster could not be held.'),
    );
  }

  joined(): void {
    this.#isMember.set(1);
  }

  changed({ members, isLeader, clusters }: HomeChanged): void {
    this.#members.set(members);
    this.#isLeader.set(isLeader ? 1 : 0);
    this.#clusters.set(clusters);
  }

  lost(): void {
    this.#losses.inc();
    for (const gauge of [this.#isMember, this.#isLeader, this.#members, this.#clusters]) gauge.set(0);
  }
}
