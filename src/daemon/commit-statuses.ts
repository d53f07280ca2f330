import type { ClusterResult } from '../apply/types.ts';
import { compareText } from '../core/index.ts';
import { plainText } from '../report/plain-text.ts';
import { count } from '../report/wording.ts';
import type { DaemonEvent } from './events.ts';
import { REASONS } from './notification.ts';

/** How a commit is doing in the fleet, as a forge shows it beside the commit. */
export interface CommitStatus {
  readonly commit: string;
  /** `superseded`: a newer commit came before every cluster had this one. */
  readonly state: 'pending' | 'success' | 'failure' | 'superseded';
  /** Fixed words and names of clusters, {@link MOST_CHARACTERS} at most. */
  readonly description: string;
  /** Of the repository; absent where no commit of it could be followed yet. */
  readonly inventory?: string;
}

/** The least that a forge takes: GitHub refuses more. */
const MOST_CHARACTERS = 140;

type Event<T extends DaemonEvent['type']> = Extract<DaemonEvent, { type: T }>;

/** Follows how the newest commit is doing. Pure but for what it remembers. */
export class CommitStatuses {
  #commit: string | undefined;
  #clusters = 0;
  #isApplied = false;
  /** Several daemons share the clusters: only the one that leads knows how all are doing, and tells. */
  #isShared = false;
  #isLeading = true;
  #inventory: string | undefined;
  /** What is said of a commit that is not followed; whoever leads from now on may have to say it. */
  #refused: CommitStatus | undefined;
  readonly #states = new Map<string, { readonly commit: string; readonly state: ClusterResult['state'] }>();
  /** What was said of a commit last. */
  #said = new Map<string, string>();

  /** @returns what is different from before, in the order in which it is to be told. */
  observe(event: DaemonEvent): readonly CommitStatus[] {
    const statuses = this.#take(event);
    return this.#isLeading ? statuses.filter((status) => this.#isNews(status)) : [];
  }

  #take(event: DaemonEvent): readonly CommitStatus[] {
    switch (event.type) {
      case 'revisionAccepted':
        return this.#accepted(event);
      case 'revisionRefused': {
        const description = `Not followed: ${REASONS[event.reason]}`;
        this.#refused = this.#status(event.commit, 'failure', description);
        return [this.#refused];
      }
      case 'revisionApplied':
        if (event.commit !== this.#commit) return [];
        this.#isApplied = true;
        return this.#now();
      case 'passFinished':
        // Nothing was found out: what was known holds.
        if (event.result.health === 'Unknown') return [];
        this.#states.set(event.cluster, { commit: event.commit, state: event.result.state });
        return this.#now();
      case 'passHanded':
        this.#states.set(event.cluster, { commit: event.commit, state: event.state });
        return this.#now();
      case 'homeJoined':
      case 'homeLost':
        this.#isShared = true;
        this.#isLeading = false;
        return [];
      case 'homeChanged':
        this.#isLeading = event.isLeader;
        return [...this.#now(), ...(this.#refused === undefined ? [] : [this.#refused])];
      case 'clusterLeft':
        return this.#left(event.cluster);
      default:
        return [];
    }
  }

  #accepted({ commit, clusters, inventory }: Event<'revisionAccepted'>): readonly CommitStatus[] {
    const before = this.#commit;
    const isUnfinished = before !== undefined && before !== commit && !this.#hasEnded(before);
    this.#commit = commit;
    this.#refused = undefined;
    this.#clusters = clusters;
    this.#inventory = inventory ?? this.#inventory;
    this.#isApplied = false;
    // Of the commits before nothing more is told.
    const said = this.#said.get(commit);
    const superseded = isUnfinished ? [this.#status(before, 'superseded', `Superseded by ${commit.slice(0, 12)}`)] : [];
    this.#said = new Map([...(said === undefined ? [] : [[commit, said] as const])]);
    return [...superseded, ...this.#now()];
  }

  #left(cluster: string): readonly CommitStatus[] {
    return this.#states.delete(cluster) ? this.#now() : [];
  }

  #now(): readonly CommitStatus[] {
    const commit = this.#commit;
    if (commit === undefined) return [];
    const all = count(this.#clusters, 'cluster');
    const failed = this.#clustersThat(({ state, commit: at }) => state === 'Failed' && at === commit);
    if (failed.length > 0) {
      return [this.#status(commit, 'failure', `Failed in ${failed.length} of ${all}`, failed)];
    }
    if (!this.#hasEnded(commit)) return [this.#status(commit, 'pending', `Being applied to ${all}`)];
    const lost = this.#clustersThat(({ state }) => state === 'NotReady');
    if (lost.length === 0) return [this.#status(commit, 'success', `Applied to ${all}`)];
    if (lost.length >= this.#clusters) return [this.#status(commit, 'pending', `Waiting: no cluster is reached`)];
    const description = `Applied to ${this.#clusters - lost.length} of ${all}; not reached`;
    return [this.#status(commit, 'success', description, lost)];
  }

  /** Whether every cluster that is ready has the commit, or could not take it. */
  #hasEnded(commit: string): boolean {
    if (!this.#isShared) return this.#isApplied;
    const ended = [...this.#states.values()].filter((known) => known.state === 'NotReady' || known.commit === commit);
    return ended.length >= this.#clusters;
  }

  #clustersThat(
    holds: (known: { readonly commit: string; readonly state: ClusterResult['state'] }) => boolean,
  ): readonly string[] {
    return [...this.#states]
      .filter(([, known]) => holds(known))
      .map(([cluster]) => cluster)
      .sort(compareText);
  }

  #status(commit: string, state: CommitStatus['state'], text: string, clusters: readonly string[] = []): CommitStatus {
    const inventory = this.#inventory === undefined ? {} : { inventory: this.#inventory };
    return { commit, state, description: withNames(text, clusters), ...inventory };
  }

  #isNews({ commit, state, description }: CommitStatus): boolean {
    const said = `${state} ${description}`;
    if (this.#said.get(commit) === said) return false;
    this.#said.set(commit, said);
    return true;
  }
}

/** As many names as there is room for. */
function withNames(text: string, names: readonly string[]): string {
  if (names.length === 0) return text;
  let shown = `${text}: `;
  for (const [index, name] of names.entries()) {
    const more = `${index === 0 ? '' : ', '}${plainText(name)}`;
    if (shown.length + more.length > MOST_CHARACTERS - ', …'.length) return index === 0 ? text : `${shown}, …`;
    shown += more;
  }
  return shown;
}
