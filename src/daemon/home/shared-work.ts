import type { Clock } from '../../reconcile/clock.ts';
import type { DaemonEvent } from '../events.ts';
import type { Home } from './home.ts';
import type { Membership, Share } from './membership.ts';

export interface SharedWorkOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** Leaves clusters to others. @returns when nothing of theirs is under way any more. */
  readonly release: (isKept: (cluster: string) => boolean) => Promise<void>;
  /** More clusters may be begun with. */
  readonly begin: () => void;
  readonly onEvent: (event: DaemonEvent) => void;
}

/** What of the work is this daemon's, among those that share it, and what is told of that. */
export class SharedWork {
  readonly #options: SharedWorkOptions;
  readonly #home: Home;
  readonly #membership: Membership;
  /** Those that are registered. */
  #clusters: readonly string[] = [];
  #told = '';

  constructor(home: Home, options: SharedWorkOptions) {
    const { clock, random, release, onEvent } = options;
    this.#options = options;
    this.#home = home;
    this.#membership = home.join(
      { clock, random },
      {
        release: (isKept) => release((cluster) => isKept({ cluster })),
        onShare: (share) => this.#take(share),
        onJoined: (member) => onEvent({ type: 'homeJoined', member }),
        onLost: (message) => {
          this.#told = '';
          onEvent({ type: 'homeLost', message });
        },
      },
    );
  }

  /** What a fleet asks before it begins with a cluster, and before it writes. */
  get rights(): { readonly mayBegin: (cluster: string) => boolean; readonly beforeWrite: () => void } {
    const { guard } = this.#membership;
    return {
      mayBegin: (cluster) => guard.isOpen && this.#membership.share.mayBegin({ cluster }),
      beforeWrite: () => guard.check(),
    };
  }

  /** Whether a cluster is to be this daemon's. */
  isOurs(cluster: string): boolean {
    return this.#membership.share.isOurs({ cluster });
  }

  /** These clusters are there to be shared. */
  register(clusters: readonly string[]): void {
    this.#clusters = clusters;
    this.#tell(this.#membership.share);
  }

  /** Until it is closed. */
  async run(): Promise<void> {
    await this.#membership.run();
  }

  /** Others take over. Nothing may be under way any more. */
  async close(): Promise<void> {
    await this.#membership.close();
    this.#home.connection.close();
  }

  #take(share: Share): void {
    this.#tell(share);
    this.#options.begin();
  }

  #tell(share: Share): void {
    const { members, id } = share;
    if (id === undefined) return;
    const clusters = this.#clusters.filter((cluster) => share.isOurs({ cluster })).length;
    const strangers = members.filter(({ work }) => work !== this.#home.work).map(({ holder }) => holder);
    const isLeader = share.isOurs('leadership');
    const leader = members[0]?.holder ?? '';
    const told = JSON.stringify([members.map((member) => member.id), clusters, strangers]);
    if (told === this.#told) return;
    this.#told = told;
    this.#options.onEvent({ type: 'homeChanged', members: members.length, leader, isLeader, clusters, strangers });
  }
}
