import type { ClusterResult } from '../apply/index.ts';
import { GitfedError } from '../errors.ts';
import {
  type Author,
  type BranchTips,
  checkMovable,
  isAncestor,
  moveRefs,
  type RemoteOptions,
  readTips,
  type TrackedBranch,
} from '../git/index.ts';
import type { Clock } from './clock.ts';
import { checkStatusFiles, statusChanges } from './status-files.ts';
import { type HandedStatus, summaryOf, withHanded } from './status-handed.ts';
import { StatusOrder } from './status-order.ts';
import { type PushOutcome, pushWaiting } from './status-push.ts';
import type { RebaseContext } from './status-rebase.ts';
import type { StatusSource } from './status-source.ts';
import { type StatusState, StatusStates } from './status-states.ts';
import { statusSubject } from './status-subject.ts';

export interface CommitterOptions {
  readonly branch: TrackedBranch;
  readonly clock: Clock;
  readonly author?: Author;
  readonly remote?: RemoteOptions;
  /** A number from 0 to 1. Default: Math.random. */
  readonly random?: () => number;
}

interface Written {
  readonly source: StatusSource;
  readonly results: readonly ClusterResult[];
  readonly news: readonly string[];
  readonly handed: readonly HandedStatus[];
  readonly found: Date | undefined;
}

const ATTEMPTS = 12;

/** Makes commits on the status branch, and sends them. One call at a time. */
export class StatusCommitter {
  readonly #options: CommitterOptions;
  readonly #states: StatusStates;
  readonly #order: StatusOrder;
  /** The clusters that it has written to. */
  readonly #clusters = new Set<string>();
  #source: StatusSource | undefined;

  constructor(options: CommitterOptions) {
    this.#options = options;
    this.#states = new StatusStates(options.branch.repository);
    this.#order = new StatusOrder(options.branch.repository, options.clock);
  }

  /** Spares reading a state of the branch that is known. */
  remember(state: StatusState): void {
    this.#states.remember(state);
  }

  /** The branch as it was when it was last read or written here, without asking git. */
  get known(): StatusState {
    return this.#states.last;
  }

  /** The branch as it is known here, with what waits to be sent. */
  async read(): Promise<StatusState> {
    const { branch } = this.#options;
    return await this.#states.read(await tipToBuildOn(branch, await readTips(branch)));
  }

  /**
   * Commits what the results change, on top of whatever is there.
   *
   * @param told what happened beside the results, in words; what other processes found out about their clusters; when the last of it was
   *   found out, if not now.
   * @returns the commit, `undefined` where nothing changes.
   * @throws {GitfedError} `GIT` when git cannot write, `CONFIG` for a branch that is not ours.
   */
  async commit(
    source: StatusSource,
    results: readonly ClusterResult[],
    told: Partial<Pick<Written, 'news' | 'handed' | 'found'>> = {},
  ): Promise<string | undefined> {
    const { branch } = this.#options;
    const { news = [], handed = [], found } = told;
    this.#source = source;
    for (const { cluster } of [...results, ...handed]) this.#clusters.add(cluster);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const tips = await readTips(branch);
      const before = await this.#states.read(await tipToBuildOn(branch, tips));
      const after = await this.#write(before, { source, results, news, handed, found });
      if (after?.tip === undefined) return undefined;
      await checkMovable(branch);
      if (await moveRefs(branch.repository, movesTo(branch, { tips, from: before.tip, to: after.tip }))) {
        this.#states.remember(after);
        return after.tip;
      }
    }
    throw new GitfedError('GIT', `Somebody else moves the branch ${branch.name} all the time.`);
  }

  /** Sends what waits. Throws nothing that a remote does. */
  async send(): Promise<PushOutcome> {
    const { branch, clock, random = Math.random, remote } = this.#options;
    return await pushWaiting({
      branch,
      clusters: this.#clusters,
      context: () => this.#rebaseContext(),
      clock,
      random,
      ...(remote === undefined ? {} : { remote }),
    });
  }

  async #write(before: StatusState, written: Written): Promise<StatusState | undefined> {
    const { source, results, news, handed, found } = written;
    const { branch, clock, author } = this.#options;
    checkStatusFiles(branch.name, before.files);
    const time = new Date(clock.now());
    const isNewest = await this.#order.isNewest(source, before.source);
    const clusters = new Set([...results, ...handed].map(({ cluster }) => cluster));
    const previous = handed.length === 0 ? before.files : withHanded(before.files, handed);
    const next = source.compute(previous, results, time);
    return await this.#states.write(before, {
      changes: statusChanges(before.files, next, { clusters, isNewest, isObserver: source.observed !== undefined }),
      subject: statusSubject({ source, results, news, previous: before.files, handed: handed.map(summaryOf) }),
      source: isNewest ? source.commit : (before.source ?? source.commit),
      time,
      ...(found === undefined ? {} : { authored: found }),
      ...(author === undefined ? {} : { author }),
    });
  }

  #rebaseContext(): RebaseContext | undefined {
    const { branch, clock, author } = this.#options;
    if (this.#source === undefined) return undefined;
    return {
      branch,
      states: this.#states,
      order: this.#order,
      source: this.#source,
      time: new Date(clock.now()),
      ...(author === undefined ? {} : { author }),
    };
  }
}

/** What is here, or what is there if that contains it. */
export async function tipToBuildOn(
  { repository }: TrackedBranch,
  { local, seen }: BranchTips,
): Promise<string | undefined> {
  if (local === undefined || seen === undefined || local === seen) return local ?? seen;
  return (await isAncestor(repository, local, seen)) === true ? seen : local;
}

function movesTo(
  { ref, remote }: TrackedBranch,
  { tips, from, to }: { readonly tips: BranchTips; readonly from: string | undefined; readonly to: string },
): Parameters<typeof moveRefs>[1] {
  const isFromThere = from !== undefined && from === tips.seen && from !== tips.local;
  const base = remote === undefined || !isFromThere ? [] : [{ ref: remote.base, to: from }];
  return [{ ref, to, from: tips.local ?? null }, ...base];
}
