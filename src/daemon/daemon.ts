import path from 'node:path';
import { checkCredentialSources, FleetMemory, fileStamp } from '../cluster/index.ts';
import { GitfedError } from '../errors.ts';
import { type CommitPolicy, type GitAccess, isRepositoryUrl } from '../git/index.ts';
import { isFailoverConfirmedSince } from '../reconcile/allowances.ts';
import { type Clock, SYSTEM_CLOCK } from '../reconcile/clock.ts';
import { recordedSuspects } from '../reconcile/fleet-status.ts';
import { checkPassGates, heldRevision, holdingGates } from '../reconcile/pass-gates.ts';
import { credentialSources, type Pass } from '../reconcile/read-pass.ts';
import { formatHandedStatus, type HandedStatus, parseHandedStatus } from '../reconcile/status-handed.ts';
import type { SyncOptions } from '../reconcile/types.ts';
import { AppliedRevisions } from './applied-revisions.ts';
import type { ClusterLaneOptions } from './cluster-lane.ts';
import { DataLock } from './data-lock.ts';
import type { DaemonEvent } from './events.ts';
import { Fleet } from './fleet.ts';
import { FleetObserver } from './fleet-observer.ts';
import { FollowedRepository } from './followed-repository.ts';
import { HeldRevisionError } from './held-revision-error.ts';
import { Home, type HomeSettings } from './home/home.ts';
import {
  formatObserved,
  formatPass,
  formatSeen,
  parseObserved,
  parsePass,
  parseSeen,
  type SeenText,
} from './home/shared-texts.ts';
import { SharedWork } from './home/shared-work.ts';
import { movesSubject, replicaMoves } from './replica-moves.ts';
import { Revisions } from './revisions.ts';
import { shortDigest } from './short-digest.ts';
import { type FollowingRules, SourceFollower } from './source-follower.ts';
import { StatusReporter, type StatusSettings } from './status-reporter.ts';
import { TakenElsewhere } from './taken-elsewhere.ts';
import { watchRefs } from './watched-refs.ts';

/** How members are reached: the same as in one pass. */
type MemberAccess = Pick<SyncOptions, 'clusters' | 'credentialsDir' | 'kubeconfig' | 'ageKeyFile' | 'requestTimeoutMs'>;

/** What may change while it runs. */
export interface DaemonRules extends FollowingRules {
  /** A cluster in which nothing seems to happen is looked at in full after so long. */
  readonly resyncIntervalMs: number;
}

export interface DaemonOptions extends DaemonRules, MemberAccess {
  /** A path in a repository, or a URL. */
  readonly source: string;
  /** A branch. Default: what HEAD of the source stands for. */
  readonly branch?: string;
  /** A folder of the repository, below its root. Default: all of it. */
  readonly path?: string;
  /** Where a URL is kept: needed for one. */
  readonly dataDir?: string;
  /** Default: what the userinfo of the URL says, else what the person's own git and ssh have. */
  readonly access?: GitAccess;
  /** Whose signatures commits need. Default: nobody's. */
  readonly policy?: CommitPolicy;
  readonly status?: StatusSettings;
  /** Where several daemons share the work. Default: this one does all of it. */
  readonly home?: HomeSettings;
  readonly onEvent: (event: DaemonEvent) => void;
  /** Ends it: what is being written is written, and the status is committed. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /** A number from 0 to 1. */
  readonly random?: () => number;
}

/** A daemon that runs. */
export interface Daemon {
  /** Something may be new in the source: it is asked now instead of later. */
  hint(): void;
  change(rules: DaemonRules): void;
  /** Until it was stopped, and everything has ended. */
  readonly finished: Promise<void>;
}

/**
 * Follows a branch, keeps every member at its last good commit, and tells of it on the status branch, until it is stopped.
 *
 * @throws {GitfedError} `USAGE` where it cannot begin: what is wrong later is told, and tried again.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const repository = new FollowedRepository(options);
  await repository.open();
  await checkCredentialSources(options);
  const home = options.home && (await Home.open(options.home, options));
  return new RunningDaemon(options, repository, home);
}

/** Of a repository on this machine: those that do other work in it do not count. */
async function lockFileOf(
  { dataDir, branch, path: folder, clusters }: DaemonOptions,
  repository: FollowedRepository,
): Promise<string> {
  if (dataDir !== undefined) return path.join(dataDir, 'daemon.lock');
  const digest = shortDigest([branch, folder, clusters?.toSorted()]);
  return path.join((await repository.open()).gitDir, `gitfed-daemon-${digest}.lock`);
}

/** Under which names things are handed over. */
const STATUS = 'status';
const SEEN = 'seen';
/** As whom this process asks clusters, beside the ids of the others. */
const OWN = 'own';
const PASS = 'pass';
const OBSERVED = 'observations';
const TAKEN = 'commit';

class RunningDaemon implements Daemon {
  readonly finished: Promise<void>;
  readonly #given: DaemonOptions;
  readonly #options: DaemonOptions;
  readonly #repository: FollowedRepository;
  readonly #status: StatusReporter;
  readonly #clock: Clock;
  readonly #revisions = new Revisions();
  /** What members are kept at. */
  #pass: Pass | undefined;
  readonly #takenElsewhere: TakenElsewhere;
  readonly #applied: AppliedRevisions;
  readonly #fleet: Fleet;
  readonly #observer: FleetObserver;
  /** What is seen of the clusters of this daemon. */
  readonly #seen = new Map<string, SeenText>();
  /** Another commit and another plan are taken over one after the other. */
  #turn: Promise<void> = Promise.resolve();
  /** Where several daemons do it. */
  readonly #shared: SharedWork | undefined;
  readonly #follower: SourceFollower;
  /** Ends it because of a defect, as the operator's signal does. */
  readonly #broken = new AbortController();

  constructor(given: DaemonOptions, repository: FollowedRepository, home: Home | undefined) {
    const { clock = SYSTEM_CLOCK, random = Math.random } = given;
    const signal = AbortSignal.any([given.signal, this.#broken.signal]);
    const onEvent = (event: DaemonEvent): void => this.#tell(event);
    const options = { ...given, signal, onEvent };
    this.#given = given;
    this.#options = options;
    this.#repository = repository;
    this.#status = new StatusReporter({
      settings: options.status ?? {},
      clock,
      random,
      onEvent,
      ...(home === undefined ? {} : { handOver: (status: HandedStatus) => this.#handOver(status) }),
    });
    this.#clock = clock;
    this.#applied = new AppliedRevisions(onEvent);
    this.#shared = home && this.#share(home, { clock, random });
    this.#takenElsewhere = new TakenElsewhere((commit) => {
      if (commit !== this.#pass?.commit) this.#follower.reconsider();
    });
    this.#fleet = this.#createFleet(clock, random);
    this.#observer = this.#createObserver(clock);
    this.#follower = new SourceFollower({
      ...options,
      branch: repository,
      clock,
      random,
      signal,
      onEvent: (event) => this.#observe(event),
      onCommit: (commit) => this.#take(commit),
      inputs: async () => (given.ageKeyFile === undefined ? '' : await fileStamp(given.ageKeyFile)),
    });
    onEvent({ type: 'started', source: options.source, branch: repository.name });
    this.finished = this.#run();
  }

  hint(): void {
    this.#follower.hint();
  }

  change(rules: DaemonRules): void {
    this.#fleet.change(rules);
    this.#follower.change(rules);
  }

  async #run(): Promise<void> {
    const { onEvent } = this.#options;
    const ended = (work: Promise<void>): Promise<void> => work.catch((error: unknown) => this.#break(error));
    const lock = await this.#lock();
    const sharing = ended(this.#shared?.run() ?? Promise.resolve());
    await Promise.all([ended(this.#follower.run()), ended(this.#watchRefs())]);
    onEvent({ type: 'stopping' });
    this.#observer.close();
    await ended(this.#turn);
    await ended(this.#fleet.close());
    await ended(this.#shared?.close() ?? Promise.resolve());
    await sharing;
    await ended(this.#status.close());
    await lock?.release().catch(() => undefined);
    onEvent({ type: 'stopped' });
    if (this.#broken.signal.aborted) throw this.#broken.signal.reason;
  }

  /** Two in one folder would move the same branches. Where nothing can be written, nobody keeps them apart. */
  async #lock(): Promise<DataLock | undefined> {
    const { signal, onEvent } = this.#options;
    let isWaiting = false;
    try {
      const file = await lockFileOf(this.#options, this.#repository);
      const folder = path.dirname(file);
      const lock = await DataLock.acquire({
        file,
        // Others that look at the file have no other.
        clock: SYSTEM_CLOCK,
        signal,
        onWaiting: (holder) => {
          isWaiting = true;
          onEvent({ type: 'folderTaken', folder, holder });
        },
        onLost: () => {
          const message = `Another daemon has taken over ${folder} while this one was away: each needs a folder of its own, named with --data-dir.`;
          this.#break(new GitfedError('USAGE', message));
        },
      });
      if (isWaiting && lock !== undefined) onEvent({ type: 'folderFree' });
      return lock;
    } catch (error) {
      if (error instanceof Error && 'syscall' in error) return undefined;
      throw error;
    }
  }

  /** A defect: what is open is closed, and whoever waits for the end is told of the first one. */
  #break(error: unknown): void {
    this.#broken.abort(error);
  }

  /** Whoever listens must not be able to leave half of it running. */
  #tell(event: DaemonEvent): void {
    try {
      this.#given.onEvent(event);
    } catch (error) {
      this.#break(error);
    }
  }

  /** A commit to a repository on this machine is taken over at once. */
  async #watchRefs(): Promise<void> {
    const { source, signal, onEvent } = this.#options;
    if (isRepositoryUrl(source)) return;
    try {
      await watchRefs(source, () => this.#follower.hint(), signal);
    } catch (error) {
      const why = error instanceof Error ? error.message : 'unknown';
      onEvent({ type: 'refsNotWatched', message: why });
    }
  }

  async #take(commit: string): Promise<void> {
    const began = this.#clock.elapsed();
    const pass = await this.#read(commit);
    await this.#checkGates(pass);
    await checkCredentialSources(credentialSources(pass));
    // What the branch of the first commit says was found by the process before.
    const suspects = this.#pass === undefined ? recordedSuspects(pass.branch.files) : [];
    const isConfirmed = await this.#confirmsFailover(pass);
    await this.#inTurn(() => this.#begin(pass, began));
    if (isConfirmed) this.#observer.confirm(suspects);
  }

  /** Whether somebody says, with a commit since the last one, that clusters which seem lost really are. */
  async #confirmsFailover({ repository, branch, commit, model }: Pass): Promise<boolean> {
    const last = this.#pass?.commit ?? branch.source;
    if (last === undefined || last === commit || model.preferences.length === 0) return false;
    return await isFailoverConfirmedSince(repository, last, commit);
  }

  async #begin(read: Pass, began: number): Promise<void> {
    const { onEvent } = this.#options;
    // What was observed meanwhile counts.
    const pass = this.#revisions.replan(read, this.#observer.observed ?? read.observed);
    const { commit, model, rendering, committedAt } = pass;
    const clusters = this.#wanted(pass);
    onEvent({
      type: 'revisionAccepted',
      commit,
      committedAt,
      clusters: clusters.length,
      objects: model.objects.length,
      findings: rendering.findings,
      durationMs: this.#clock.elapsed() - began,
      inventory: pass.identity.name,
    });
    const names = clusters.map(({ name }) => name);
    this.#shared?.register(names);
    this.#applied.begin(
      commit,
      committedAt,
      names.filter((name) => this.#shared?.isOurs(name) ?? true),
      this.#shared !== undefined,
    );
    await this.#status.begin(pass);
    this.#pass = pass;
    this.#observer.begin(pass);
    this.#tellFleet(pass);
    if (this.#takenElsewhere.has(commit)) this.#status.passed(commit);
    this.#tellTaken(this.#fleet.aim(pass, clusters));
  }

  /** What whoever leads tells all the others: the commit that it took over, and what it is planned from. */
  #tellFleet(pass: Pass): void {
    if (!this.#observer.isLeading) return;
    this.#shared?.tellAll(TAKEN, pass.commit);
    this.#tellObserved(pass);
  }

  /** All daemons plan from what the one that leads has observed. */
  #tellObserved({ observed, model }: Pass): void {
    if (!this.#observer.isLeading || model.preferences.length === 0) return;
    this.#shared?.tellAll(OBSERVED, formatObserved(observed));
  }

  /** Plans the commit from what was observed last. */
  async #replan(): Promise<void> {
    const before = this.#pass;
    const observed = this.#observer.observed;
    if (before === undefined || observed === undefined || observed === before.observed) return;
    const pass = this.#revisions.replan(before, observed);
    this.#pass = pass;
    this.#observer.begin(pass);
    this.#tellObserved(pass);
    // What changes no plan is on the branch with the next commit.
    if (pass.rendering === before.rendering) return this.#status.replanned(pass);
    const moves = replicaMoves(before.rendering.replicas, pass.rendering.replicas);
    const followed = this.#observer.isLeading ? {} : { isFollowed: true as const };
    this.#options.onEvent({ type: 'observed', commit: pass.commit, tree: observed.tree, moves, ...followed });
    await this.#status.record(pass, movesSubject(moves));
    this.#tellTaken(this.#fleet.aim(pass, this.#wanted(pass), { isReplanned: true }));
  }

  /** Clusters of a revision that this process is for. */
  #wanted({ model }: Pass): Pass['model']['clusters'] {
    const { clusters: named } = this.#options;
    return model.clusters.filter(({ name }) => named === undefined || named.includes(name));
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    await result;
  }

  async #read(commit: string): Promise<Pass> {
    return await this.#revisions.read(await this.#repository.open(), commit, {
      options: passOptions(this.#options),
      placeOf: (place) => this.#status.placeOf(place),
      observed: () => this.#observer.observed,
      known: (place) => this.#status.known(place),
    });
  }

  /** What an earlier process took over has passed its gates then. @throws {HeldRevisionError} */
  async #checkGates(pass: Pass): Promise<void> {
    const current = this.#pass;
    if (await this.#passedElsewhere(pass.commit)) return;
    const last = current?.commit ?? (await this.#repository.accepted()) ?? pass.branch.source;
    const gates = await checkPassGates({ pass, last, current, readLast: (commit) => this.#read(commit) });
    if (gates === undefined || holdingGates(gates.report).length === 0) return;
    await this.#status.hold(gates.before, heldRevision(pass, gates.report));
    throw new HeldRevisionError(gates.report, gates.before.commit);
  }

  /** Perhaps in more steps than are seen here. What goes back behind our own commit is judged all the same. */
  async #passedElsewhere(commit: string): Promise<boolean> {
    if (!this.#takenElsewhere.has(commit)) return false;
    return this.#pass === undefined || (await this.#repository.isDescendant(commit, this.#pass.commit));
  }

  #observe(event: DaemonEvent): void {
    if (event.type === 'sourceRead' && event.commit === this.#pass?.commit) this.#status.release(this.#pass);
    this.#options.onEvent(event);
  }

  #createObserver(clock: Clock): FleetObserver {
    const { onEvent } = this.#options;
    return new FleetObserver({
      clock,
      isFollowing: this.#shared !== undefined,
      onObserved: () => void this.#inTurn(() => this.#replan()).catch((error: unknown) => this.#break(error)),
      onSuspect: (clusters) => {
        onEvent({ type: 'observerSuspect', clusters });
        this.#status.suspect(clusters, this.#pass);
      },
      onTrusted: () => {
        onEvent({ type: 'observerTrusted' });
        this.#status.suspect([], this.#pass);
      },
    });
  }

  #share(home: Home, time: { readonly clock: Clock; readonly random: () => number }): SharedWork {
    return new SharedWork(home, {
      ...time,
      release: async (isKept) => {
        await this.#fleet.release(isKept);
        this.#status.leave(isKept);
      },
      lead: () => {
        this.#observer.lead();
        if (this.#pass !== undefined) this.#tellFleet(this.#pass);
        void this.#status.lead().catch((error: unknown) => this.#break(error));
      },
      follow: () => {
        this.#observer.follow((cluster) => this.#seen.has(cluster));
        this.#status.suspect([], undefined);
        return this.#status.follow();
      },
      onText: (cluster, name, text, writer) => this.#takeText(cluster, { name, text, writer }),
      onFleetText: (name, text) => {
        if (name === TAKEN) this.#takenElsewhere.hear(text);
        const observed = name === OBSERVED ? parseObserved(text, this.#observer.observed) : undefined;
        if (observed !== undefined) this.#observer.adopt(observed);
      },
      begin: () => this.#tellTaken(this.#fleet.begin()),
      onEvent: this.#options.onEvent,
    });
  }

  /** What another daemon found out about a cluster of its own. */
  #takeText(
    cluster: string,
    { name, text, writer }: { readonly name: string; readonly text: string; readonly writer: string },
  ): void {
    if (name === STATUS) {
      const status = parseHandedStatus(cluster, text);
      if (status !== undefined) this.#status.take(status);
    }
    if (name === SEEN) {
      const { isReady, workloads } = parseSeen(text) ?? {};
      if (isReady !== undefined) this.#observer.probed(cluster, isReady, writer);
      if (workloads !== undefined) this.#observer.seen(cluster, workloads);
    }
    const pass = name === PASS ? parsePass(text) : undefined;
    if (pass === undefined) return;
    this.#takenElsewhere.hear(pass.commit);
    this.#status.passed(pass.commit);
    this.#options.onEvent({ type: 'passHanded', cluster, ...pass });
  }

  /** What is seen in a cluster of this daemon's, also for the daemon that decides. */
  #see(cluster: string, seen: SeenText): void {
    const all = { ...this.#seen.get(cluster), ...seen };
    this.#seen.set(cluster, all);
    if (seen.isReady !== undefined) {
      this.#observer.probed(cluster, seen.isReady, this.#shared === undefined ? undefined : OWN);
    }
    if (seen.workloads !== undefined) this.#observer.seen(cluster, seen.workloads);
    this.#shared?.tell(cluster, SEEN, formatSeen(all));
  }

  #handOver(status: HandedStatus): void {
    this.#shared?.tell(status.cluster, STATUS, formatHandedStatus(status));
  }

  #tellTaken(clusters: readonly string[]): void {
    if (this.#shared === undefined) return;
    for (const cluster of clusters) {
      this.#applied.take(cluster);
      this.#options.onEvent({ type: 'clusterTaken', cluster });
    }
  }

  #createFleet(clock: Clock, random: () => number): Fleet {
    const { onEvent, signal, resyncIntervalMs, requestTimeoutMs } = this.#options;
    return new Fleet({
      clock,
      random,
      memory: new FleetMemory(),
      resyncIntervalMs,
      statusFiles: () => this.#status.files,
      signal,
      ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
      onEvent: (event, commit) => {
        if (event.type === 'object') onEvent({ ...event, commit });
      },
      onDefect: (error) => this.#break(error),
      ...(this.#shared === undefined ? {} : this.#shared.rights),
      onLeft: (cluster, why) => {
        this.#applied.leave(cluster);
        this.#observer.leave(cluster);
        this.#seen.delete(cluster);
        if (why === 'unregistered') onEvent({ type: 'clusterLeft', cluster });
      },
      onReleased: (cluster) => onEvent({ type: 'clusterReleased', cluster }),
      onProbed: (cluster, isReady) => this.#see(cluster, { isReady }),
      onSeen: (cluster, workloads) => this.#see(cluster, { workloads }),
      onPodsProblem: (cluster, problem) => {
        onEvent(
          problem === undefined ? { type: 'podsRead', cluster } : { type: 'podsNotRead', cluster, message: problem },
        );
      },
      onStart: ({ goal: { commit, cluster }, trigger }) => {
        onEvent({ type: 'passStarted', cluster: cluster.name, commit, trigger });
      },
      onEnd: (end) => this.#end(end),
    });
  }

  #end({ goal, trigger, ...rest }: Parameters<ClusterLaneOptions['onEnd']>[0]): void {
    const { commit, cluster } = goal;
    this.#options.onEvent({ type: 'passFinished', cluster: cluster.name, commit, trigger, ...rest });
    this.#applied.end(commit, rest.result);
    this.#shared?.tell(cluster.name, PASS, formatPass({ commit, state: rest.result.state }));
    this.#status.submit(goal.pass, rest.result, this.#applied.isAwaited);
  }
}

function passOptions({ source, credentialsDir, kubeconfig, ageKeyFile }: DaemonOptions): SyncOptions {
  return {
    source,
    ...(credentialsDir === undefined ? {} : { credentialsDir }),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(ageKeyFile === undefined ? {} : { ageKeyFile }),
  };
}
