import type { ClusterResult } from '../apply/index.ts';
import { GitfedError } from '../errors.ts';
import type { Author, Repository, TrackedBranch } from '../git/index.ts';
import type { Clock } from '../reconcile/clock.ts';
import type { Pass } from '../reconcile/read-pass.ts';
import type { StatusBranch } from '../reconcile/status-branch.ts';
import type { StatusFiles } from '../reconcile/status-files.ts';
import { type HandedStatus, handedStatus, withHanded } from '../reconcile/status-handed.ts';
import {
  findLocalStatusBranch,
  findStatusBranch,
  refreshStatusBranch,
  type StatusPlace,
} from '../reconcile/status-place.ts';
import { type StatusSource, statusSource } from '../reconcile/status-source.ts';
import { type StatusSubmission, StatusWriter, type StatusWriterOptions } from '../reconcile/status-writer.ts';
import type { HeldRevision } from '../report/held-revision.ts';
import { clusterStatusPath } from '../report/status-path.ts';
import { StatusMemo } from '../report/status-tree.ts';
import { backOffMs } from './back-off.ts';
import type { DaemonEvent } from './events.ts';

/** What the operator says of the status branch; the rest stands in gitfed.yaml. */
export interface StatusSettings {
  /** URL of another repository for it. Default: what gitfed.yaml says. */
  readonly repository?: string;
  /** Shortest time between two commits. Default: what gitfed.yaml says. */
  readonly minIntervalMs?: number;
  readonly author?: Author;
}

export interface StatusReporterOptions {
  readonly settings: StatusSettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onEvent: (event: DaemonEvent) => void;
  /** Another process writes the branch until {@link StatusReporter.lead} says otherwise: what is found out goes there. */
  readonly handOver?: (status: HandedStatus) => void;
}

interface Writing {
  /** Another one needs another writer. */
  readonly key: string;
  readonly place: StatusPlace;
  readonly writer: StatusWriter;
  /** Ends what is asked of a server. */
  readonly ending: AbortController;
}

interface WantedBranch {
  readonly key: string;
  readonly pass: Pass;
  readonly place: StatusPlace;
  readonly push: boolean;
  readonly minIntervalMs: number;
  /** Somebody else may have written since the pass was read. */
  readonly isNew: boolean;
}

const FIRST_RETRY_MS = 5000;
const LONGEST_RETRY_MS = 300_000;
/** So long a failover waits for the branch. */
const RECORDING_MS = 5000;
/** So long a server is waited for at the end: less than a pod is given to stop. */
const ENDING_MS = 15_000;
/** So long whoever begins to write waits for what the one before has written. */
const REFRESH_MS = 10_000;

/** Brings results to the status branch that the last revision names. Nothing of it ever stops applying. */
export class StatusReporter {
  readonly #options: StatusReporterOptions;
  #writing: Writing | undefined;
  /** Whoever was closed last has sent what it could. */
  #ended: Promise<void> = Promise.resolve();
  #wanted: WantedBranch | undefined;
  #cancelRetry: () => void = () => undefined;
  /** The last of each cluster, while there is nowhere to write it. */
  readonly #waiting = new Map<string, StatusSubmission>();
  /** Of the last revision. */
  #source: StatusSource | undefined;
  /** A pass of an earlier revision may end after the next one has begun. */
  readonly #sources = new WeakMap<Pass, StatusSource>();
  #files: StatusFiles = new Map();
  #generation = 0;
  #held: HeldRevision | undefined;
  /** Clusters that seem to be lost. */
  #suspect: readonly string[] = [];
  readonly #memo = new StatusMemo();
  /** Whether the branch is this process's to write. */
  #isLeading: boolean;
  /** How often that has changed. */
  #term = 0;
  #pass: Pass | undefined;
  /** What others found out about their clusters, the last of each. */
  readonly #handed = new Map<string, HandedStatus>();
  /** What this process handed over, the last of each cluster. */
  readonly #given = new Map<string, HandedStatus>();
  /** One change of who writes where after the other. */
  #changing: Promise<void> = Promise.resolve();

  constructor(options: StatusReporterOptions) {
    this.#options = options;
    this.#isLeading = options.handOver === undefined;
  }

  /** From now on this process writes the branch, with what others hand over. */
  async lead(): Promise<void> {
    if (this.#isLeading) return;
    this.#isLeading = true;
    this.#term += 1;
    // Nobody may have committed it.
    for (const [cluster, status] of this.#given) this.#handed.set(cluster, status);
    if (this.#pass !== undefined) await this.#point(this.#pass, true);
  }

  /** Another process writes the branch. What is not written yet waits here, for the next time. */
  async follow(): Promise<void> {
    if (!this.#isLeading) return;
    this.#isLeading = false;
    this.#term += 1;
    this.#handed.clear();
    this.#files = withHanded(this.#files, [...this.#given.values()]);
    // From now on nothing more goes there; whoever leads again before it has ended begins anew.
    const closing = this.close();
    this.#writing = undefined;
    await closing;
  }

  /** Somebody else found this out about a cluster of theirs. */
  take(handed: HandedStatus): void {
    if (!this.#isLeading) return;
    this.#handed.set(handed.cluster, handed);
    const source = this.#source;
    if (source !== undefined) this.#writing?.writer.submit({ source, results: [], handed: [handed], more: true });
  }

  /** A pass of another process ended, of this commit: the branch tells of the commit, also where nothing else is new. */
  passed(commit: string): void {
    const source = this.#source;
    const writer = this.#writing?.writer;
    if (!this.#isLeading || source?.commit !== commit || writer?.known.source === commit) return;
    writer?.submit({ source, results: [], more: true });
  }

  /** Somebody else has these clusters from now on. */
  leave(isKept: (cluster: string) => boolean): void {
    for (const cluster of this.#given.keys()) if (!isKept(cluster)) this.#given.delete(cluster);
  }

  /** The branch as this process knows it. */
  get files(): StatusFiles {
    return this.#files;
  }

  /** The place that gitfed.yaml names, where the operator does not name another one. */
  placeOf({ name, elsewhere }: StatusPlace): StatusPlace {
    return { name, elsewhere: this.#options.settings.repository ?? elsewhere };
  }

  /** The branch in this place, where this process writes it and knows it without reading it again. */
  known(place: StatusPlace): StatusBranch | undefined {
    const { name, elsewhere } = place;
    const writing = this.#writing;
    if (writing === undefined || writing.place.name !== name || writing.place.elsewhere !== elsewhere) return undefined;
    return { name, ...writing.writer.known };
  }

  /** A revision is what results are of from now on. */
  async begin(pass: Pass): Promise<void> {
    const replaces = this.#source?.commit;
    this.#held = undefined;
    this.#source = this.#sourceOf(pass, replaces);
    this.#pass = pass;
    await this.#point(pass, false);
  }

  #point(pass: Pass, isNew: boolean): Promise<void> {
    this.#changing = this.#changing.then(() => this.#pointTo(pass, isNew));
    return this.#changing;
  }

  /** @param isNew whether somebody else may have written since the pass was read. */
  async #pointTo(pass: Pass, isNew: boolean): Promise<void> {
    const { repository, branch, model } = pass;
    const { mode, repository: configured, minIntervalSeconds } = model.configuration.status;
    const { minIntervalMs = minIntervalSeconds * 1000 } = this.#options.settings;
    if (!this.#isLeading) return this.#follow(branch);
    const place = this.placeOf({ name: branch.name, elsewhere: configured });
    const key = JSON.stringify([mode, place, minIntervalMs]);
    if (this.#writing?.key === key) return this.#placeHanded(pass);
    const term = this.#term;
    await this.close();
    // Somebody else may lead by now; whoever leads again does all of this once more.
    if (term !== this.#term) return this.#isLeading ? undefined : this.#follow(branch);
    this.#writing = undefined;
    this.#files = branch.files;
    if (mode === 'off') return this.#waiting.clear();
    const push = mode === 'push' && (repository.remote !== undefined || place.elsewhere !== undefined);
    const wanted = { key, pass, place, push, minIntervalMs, isNew };
    this.#wanted = wanted;
    await this.#open(wanted, 1);
  }

  #follow({ files }: StatusBranch): void {
    this.#files = withHanded(files, [...this.#given.values()]);
  }

  /** Results wait until it can be. */
  async #open(wanted: WantedBranch, attempt: number): Promise<void> {
    const { key, pass, place, push, minIntervalMs, isNew } = wanted;
    const { tip, files, observations, source } = pass.branch;
    try {
      const ending = new AbortController();
      const branch = await branchOf(pass.repository, place, push);
      // Where that fails, what is written is made again on top of what is there.
      if (isNew && push) await refreshStatusBranch(branch, REFRESH_MS);
      if (wanted !== this.#wanted) return;
      const writer = this.#createWriter({ branch, push, minIntervalMs, signal: ending.signal });
      writer.remember({ tip, files, observations, source });
      this.#writing = { key, place, writer, ending };
      for (const submission of this.#waiting.values()) writer.submit(submission);
      if (this.#source !== undefined) writer.follow(this.#source);
      this.#waiting.clear();
      const now = this.#source;
      const handed = [...this.#handed.values()];
      if (now !== undefined && (isNew || handed.length > 0))
        writer.submit({ source: now, results: [], handed, more: true });
    } catch (error) {
      if (wanted === this.#wanted) this.#openLater(wanted, attempt, error);
    }
  }

  #openLater(wanted: WantedBranch, attempt: number, error: unknown): void {
    const { clock, random, onEvent } = this.#options;
    const why = error instanceof Error ? error.name : 'unknown';
    const message = error instanceof GitfedError ? error.message : `The status branch could not be found (${why}).`;
    onEvent({ type: 'statusFailed', message });
    const wait = backOffMs(attempt, { firstMs: FIRST_RETRY_MS, mostMs: LONGEST_RETRY_MS, random });
    this.#cancelRetry = clock.schedule(wait, () => void this.#open(wanted, attempt + 1));
  }

  /** A newer commit waits for somebody's word: the branch goes on telling of this one, and says so. */
  async hold(pass: Pass, held: HeldRevision): Promise<void> {
    if (this.#source?.commit !== pass.commit) await this.begin(pass);
    this.#held = held;
    this.#tell(pass);
  }

  /** The branch is back at the commit that it tells of. */
  release(pass: Pass): void {
    if (this.#held === undefined) return;
    this.#held = undefined;
    this.#tell(pass);
  }

  /** The commit is planned from something else that was observed, with the same result: the next commit says so. */
  replanned(pass: Pass): void {
    this.#pass = pass;
    this.#source = this.#sourceOf(pass);
    this.#writing?.writer.follow(this.#source);
  }

  /**
   * The commit is planned otherwise, from something else that was observed: this is on the branch before anything is done, so that whoever
   * comes after this process plans the same. A branch that cannot be written in time does not hold it back.
   */
  async record(pass: Pass, news: string): Promise<void> {
    this.#pass = pass;
    this.#source = this.#sourceOf(pass);
    if (this.#writing === undefined) return;
    const written = Promise.withResolvers<void>();
    const cancel = this.#options.clock.schedule(RECORDING_MS, written.resolve);
    void this.#writing.writer.record(this.#source, news).then(written.resolve);
    await written.promise;
    cancel();
  }

  /** Clusters seem to be lost, too many of them to believe it; none: it is over. @param pass what is told of now. */
  suspect(clusters: readonly string[], pass: Pass | undefined): void {
    this.#suspect = clusters;
    if (pass !== undefined) this.#tell(pass);
  }

  #tell(pass: Pass): void {
    this.#source = this.#sourceOf(pass);
    this.#writing?.writer.submit({ source: this.#source, results: [] });
  }

  #sourceOf(pass: Pass, replaces?: string): StatusSource {
    this.#generation += 1;
    const source = statusSource(pass, {
      generation: this.#generation,
      memo: this.#memo,
      observed: pass.observed,
      ...(this.#held === undefined ? {} : { held: this.#held }),
      ...(this.#suspect.length === 0 ? {} : { suspect: this.#suspect }),
      ...(replaces === undefined ? {} : { replaces }),
    });
    this.#sources.set(pass, source);
    return source;
  }

  /**
   * @param pass of which it is a result: it began.
   * @param more whether other clusters are about to give theirs.
   */
  submit(pass: Pass, result: ClusterResult, more: boolean): void {
    const source = this.#sources.get(pass);
    if (source === undefined) return;
    // Also what is written here: whoever leads next goes on from it.
    if (this.#options.handOver !== undefined) this.#handOver(pass, result);
    if (!this.#isLeading) return;
    this.#handed.delete(result.cluster);
    const submission = { source, results: [result], more };
    if (this.#writing !== undefined) this.#writing.writer.submit(submission);
    else if (this.#wanted !== undefined) this.#waiting.set(result.cluster, submission);
  }

  #handOver(pass: Pass, result: ClusterResult): void {
    if (pass.model.configuration.status.mode === 'off') return;
    const time = new Date(this.#options.clock.now());
    const status = handedStatus(pass, result, { previous: this.#files, time, memo: this.#memo });
    if (status === undefined) return;
    this.#given.set(result.cluster, status);
    if (!this.#isLeading) this.#files = withHanded(this.#files, [status]);
    this.#options.handOver?.(status);
  }

  /** A cluster that was handed over before it was registered here has its place now. */
  #placeHanded({ model }: Pass): void {
    const registered = new Set(model.clusters.map(({ name }) => name));
    const known = this.#writing?.writer.known.files ?? new Map<string, string>();
    const handed = [...this.#handed.values()].filter(
      ({ cluster }) => registered.has(cluster) && !known.has(clusterStatusPath(cluster)),
    );
    const source = this.#source;
    if (handed.length > 0 && source !== undefined)
      this.#writing?.writer.submit({ source, results: [], handed, more: true });
  }

  /** What was submitted is committed, or it was tried. */
  async close(): Promise<void> {
    this.#wanted = undefined;
    this.#cancelRetry();
    if (this.#writing !== undefined) this.#ended = this.#end(this.#writing);
    await this.#ended;
  }

  async #end({ writer, ending }: Writing): Promise<void> {
    const reason = new GitfedError(
      'GIT',
      'The server of the status branch did not answer before the end. What is not there yet waits, and is sent after the next start.',
    );
    const cancel = this.#options.clock.schedule(ENDING_MS, () => ending.abort(reason));
    await writer.close();
    cancel();
  }

  #createWriter({
    branch,
    signal,
    ...rest
  }: Pick<StatusWriterOptions, 'branch' | 'push' | 'minIntervalMs'> & { readonly signal: AbortSignal }): StatusWriter {
    const { clock, random, settings, onEvent } = this.#options;
    const { author } = settings;
    const writer: StatusWriter = new StatusWriter({
      branch,
      ...rest,
      clock,
      random,
      remote: { signal },
      ...(author === undefined ? {} : { author }),
      onEvent: (event) => {
        onEvent(event);
        // What is recorded decides what is held back while something is in error.
        if (event.type === 'statusCommitted' && this.#writing?.writer === writer) this.#files = writer.known.files;
      },
    });
    return writer;
  }
}

async function branchOf(repository: Repository, place: StatusPlace, push: boolean): Promise<TrackedBranch> {
  return push || place.elsewhere !== undefined
    ? await findStatusBranch(repository, place)
    : await findLocalStatusBranch(repository, place.name);
}
