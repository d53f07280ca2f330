import type { Clock } from '../../reconcile/clock.ts';
import type { DaemonEvent } from '../events.ts';
import type { FleetOptions } from '../fleet.ts';
import type { Home } from './home.ts';
import type { Mailbox } from './mailbox.ts';
import type { MailboxEntry } from './mailbox-entry.ts';
import type { Membership, Share } from './membership.ts';
import type { Item } from './shares.ts';

export interface SharedWorkOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** Leaves clusters to others. @returns when nothing of theirs is under way any more. */
  readonly release: (isKept: (cluster: string) => boolean) => Promise<void>;
  /** More clusters may be begun with. */
  readonly begin: () => void;
  /** This daemon writes to git for all from now on. */
  readonly lead: () => void;
  /** Another daemon does. @returns when nothing is being written any more. */
  readonly follow: () => Promise<void>;
  /** A daemon left something about a cluster of its own, under a name. Only the daemon that leads hears of it. */
  readonly onText: (cluster: string, name: string, text: string, writer: string) => void;
  /** The daemon that leads left something for all, under a name. */
  readonly onFleetText: (name: string, text: string) => void;
  readonly onEvent: (event: DaemonEvent) => void;
}

/** What of the work is this daemon's, among those that share it, and what is told of that. */
export class SharedWork {
  readonly #options: SharedWorkOptions;
  readonly #home: Home;
  readonly #membership: Membership;
  readonly #mailbox: Mailbox;
  /** Members that were seen alive: nobody else's entries count, which may lie there for months. */
  readonly #known = new Set<string>();
  #isLeader = false;
  /** Of what was decided for all: nothing is begun before that is done, or it would be planned from nothing. */
  #reading: 'not' | 'begun' | 'done' = 'not';
  /** What was read last of a cluster, by name. */
  readonly #texts = new Map<string, ReadonlyMap<string, string>>();
  /** Those that are registered. */
  #clusters: readonly string[] = [];
  #told = '';

  constructor(home: Home, options: SharedWorkOptions) {
    const { clock, random, onEvent } = options;
    this.#options = options;
    this.#home = home;
    this.#membership = home.join(
      { clock, random },
      {
        release: (isKept) => this.#release(isKept),
        onShare: (share) => this.#take(share),
        onJoined: (member) => onEvent({ type: 'homeJoined', member }),
        onLost: (message) => {
          this.#told = '';
          this.#reading = 'not';
          onEvent({ type: 'homeLost', message });
        },
      },
    );
    this.#mailbox = home.openMailbox(
      { clock, random },
      {
        writer: () => (this.#membership.guard.isOpen ? this.#membership.share.id : undefined),
        isRead: (key) => (key === FLEET_KEY ? !this.#isLeader : this.#isLeader),
        onEntry: (entry) => this.#read(entry),
        onListed: () => this.#listed(),
        onTrouble: (message) => onEvent({ type: 'mailboxFailed', message }),
      },
    );
  }

  /** Leaves a text about a cluster of this daemon's for the others, beside those of other names. */
  tell(cluster: string, name: string, text: string): void {
    this.#mailbox.put(keyOf(cluster), name, text);
  }

  /** Leaves a text for all other daemons. Only whoever leads does. */
  tellAll(name: string, text: string): void {
    this.#mailbox.put(FLEET_KEY, name, text);
  }

  /** What a fleet asks before it begins with a cluster, and before it writes. */
  get rights(): Required<Pick<FleetOptions, 'mayBegin' | 'beforeWrite' | 'sharing'>> {
    const { guard } = this.#membership;
    return {
      mayBegin: (cluster) => guard.isOpen && this.#reading === 'done' && this.#membership.share.mayBegin({ cluster }),
      beforeWrite: () => guard.check(),
      sharing: () => this.#sharing(),
    };
  }

  /** Ids are never used again: who is not there any more has let everything go, or must have. */
  #sharing(): ReturnType<Required<FleetOptions>['sharing']> {
    const { share, guard } = this.#membership;
    const home = `${this.#home.name}/`;
    if (share.id === undefined) return {};
    return {
      member: `${home}${share.id}`,
      // Of one that was never seen here it is not known that it is gone: it may have come a moment ago.
      isGone: (member) =>
        guard.isOpen &&
        member.startsWith(home) &&
        this.#known.has(member.slice(home.length)) &&
        !this.#membership.share.members.some(({ id }) => member === `${home}${id}`),
    };
  }

  /** Whether a cluster is to be this daemon's. */
  isOurs(cluster: string): boolean {
    return this.#membership.share.isOurs({ cluster });
  }

  /** These clusters are there to be shared. */
  register(clusters: readonly string[]): void {
    this.#clusters = clusters;
    const names = new Set(clusters);
    const isNeeded = (key: string): boolean => key === FLEET_KEY || names.has(clusterOf(key) ?? '');
    void this.#mailbox.drop(isNeeded);
    if (this.#isLeader) void this.#mailbox.remove(isNeeded);
    this.#tell(this.#membership.share);
  }

  /** Until it is closed. */
  async run(): Promise<void> {
    await Promise.all([this.#membership.run(), this.#mailbox.run()]);
  }

  /** Others take over. Nothing may be under way any more. */
  async close(): Promise<void> {
    if (this.#membership.share.id !== undefined) await this.#mailbox.flush();
    this.#mailbox.close();
    await this.#membership.close();
    this.#home.connection.close();
  }

  async #release(isKept: (item: Item) => boolean): Promise<void> {
    const { release, follow } = this.#options;
    const isLeading = isKept('leadership');
    if (!isLeading && this.#isLeader) {
      this.#isLeader = false;
      // What the next one decides is read before anything is begun with.
      this.#reading = 'not';
      if (this.#membership.share.id !== undefined) this.#readFirst();
    }
    const isClusterKept = (cluster: string): boolean => isKept({ cluster });
    await Promise.all([
      release(isClusterKept).then(() =>
        this.#mailbox.drop((key) => {
          const cluster = clusterOf(key);
          return cluster === undefined ? isLeading : isClusterKept(cluster);
        }),
      ),
      isLeading ? undefined : follow(),
    ]);
  }

  #take(share: Share): void {
    for (const { id } of share.members) this.#known.add(id);
    this.#tell(share);
    if (share.id === undefined) return;
    if (this.#reading === 'done') this.#begin();
    else this.#readFirst();
  }

  /** What lay there before this daemon was a member may be old by now: it is read anew. */
  #readFirst(): void {
    if (this.#reading === 'begun') return;
    this.#reading = 'begun';
    this.#mailbox.listen();
  }

  #listed(): void {
    if (this.#reading !== 'begun') return;
    this.#reading = 'done';
    // What may be begun with is only certain right after a look at the others.
    this.#membership.hint();
  }

  #begin(): void {
    this.#options.begin();
    if (this.#isLeader || !this.#membership.share.mayBegin('leadership')) return;
    this.#isLeader = true;
    this.#options.lead();
    this.#texts.clear();
    this.#mailbox.listen();
  }

  #read({ key, writer, texts }: MailboxEntry): void {
    if (key === FLEET_KEY) this.#readAll(writer, texts);
    const cluster = clusterOf(key);
    if (cluster === undefined || !this.#isLeader || !this.#known.has(writer)) return;
    // What is ours we know better.
    if (this.isOurs(cluster)) return;
    const before = this.#texts.get(cluster);
    this.#texts.set(cluster, texts);
    for (const [name, text] of texts) {
      if (before?.get(name) !== text) this.#options.onText(cluster, name, text, writer);
    }
  }

  /** Of a leader that is gone too, whom nobody here has seen: whoever leads next goes on from it. Where nobody else is, the branch counts. */
  #readAll(writer: string, texts: MailboxEntry['texts']): void {
    const isAlone = this.#membership.share.members.length < 2;
    if (this.#isLeader || (this.#reading === 'done' ? !this.#known.has(writer) : isAlone)) return;
    for (const [name, text] of texts) this.#options.onFleetText(name, text);
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

const FLEET_KEY = 'fleet';
const CLUSTER_KEY = 'cluster/';

function keyOf(cluster: string): string {
  return `${CLUSTER_KEY}${cluster}`;
}

function clusterOf(key: string): string | undefined {
  return key.startsWith(CLUSTER_KEY) ? key.slice(CLUSTER_KEY.length) : undefined;
}
