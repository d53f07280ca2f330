import type { ClusterResult } from '../apply/index.ts';
import { GitfedError } from '../errors.ts';
import type { Author, Repository, TrackedBranch } from '../git/index.ts';
import type { Clock } from '../reconcile/clock.ts';
import type { Pass } from '../reconcile/read-pass.ts';
import type { StatusFiles } from '../reconcile/status-files.ts';
import { findLocalStatusBranch, findStatusBranch, type StatusPlace } from '../reconcile/status-place.ts';
import { type StatusSource, statusSource } from '../reconcile/status-source.ts';
import { StatusWriter, type StatusWriterOptions } from '../reconcile/status-writer.ts';
import { StatusMemo } from '../report/status-tree.ts';
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
}

interface Writing {
  /** Another one needs another writer. */
  readonly key: string;
  readonly writer: StatusWriter;
  /** Ends what is asked of a server. */
  readonly ending: AbortController;
}

/** So long a server is waited for at the end: less than a pod is given to stop. */
const ENDING_MS = 15_000;

/** Brings results to the status branch that the last revision names. Nothing of it ever stops applying. */
export class StatusReporter {
  readonly #options: StatusReporterOptions;
  #writing: Writing | undefined;
  /** Of the last revision. */
  #source: StatusSource | undefined;
  /** A pass of an earlier revision may end after the next one has begun. */
  readonly #sources = new WeakMap<Pass, StatusSource>();
  #files: StatusFiles = new Map();
  #generation = 0;
  readonly #memo = new StatusMemo();

  constructor(options: StatusReporterOptions) {
    this.#options = options;
  }

  /** The branch as this process knows it. */
  get files(): StatusFiles {
    return this.#files;
  }

  /** The place that gitfed.yaml names, where the operator does not name another one. */
  placeOf({ name, elsewhere }: StatusPlace): StatusPlace {
    return { name, elsewhere: this.#options.settings.repository ?? elsewhere };
  }

  /** A revision is what results are of from now on. */
  async begin(pass: Pass): Promise<void> {
    const { repository, branch, model } = pass;
    const { mode, repository: configured, minIntervalSeconds } = model.configuration.status;
    const { minIntervalMs = minIntervalSeconds * 1000 } = this.#options.settings;
    const replaces = this.#source?.commit;
    this.#generation += 1;
    const order = { generation: this.#generation, memo: this.#memo, ...(replaces === undefined ? {} : { replaces }) };
    this.#source = statusSource(pass, order);
    this.#sources.set(pass, this.#source);
    const place = this.placeOf({ name: branch.name, elsewhere: configured });
    const key = JSON.stringify([mode, place, minIntervalMs]);
    if (this.#writing?.key === key) return;
    await this.close();
    this.#writing = undefined;
    this.#files = branch.files;
    if (mode === 'off') return;
    const push = mode === 'push' && (repository.remote !== undefined || place.elsewhere !== undefined);
    try {
      const ending = new AbortController();
      const writing = { branch: await branchOf(repository, place, push), push, minIntervalMs, signal: ending.signal };
      const writer = this.#createWriter(writing);
      const { tip, files, observations, source } = branch;
      writer.remember({ tip, files, observations, source });
      this.#writing = { key, writer, ending };
    } catch (error) {
      if (!(error instanceof GitfedError)) throw error;
      this.#options.onEvent({ type: 'statusFailed', message: error.message });
    }
  }

  /**
   * @param pass of which it is a result: it began.
   * @param more whether other clusters are about to give theirs.
   */
  submit(pass: Pass, result: ClusterResult, more: boolean): void {
    const source = this.#sources.get(pass);
    if (source !== undefined) this.#writing?.writer.submit({ source, results: [result], more });
  }

  /** What was submitted is committed, or it was tried. */
  async close(): Promise<void> {
    if (this.#writing === undefined) return;
    const { writer, ending } = this.#writing;
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
        if (event.type === 'statusCommitted') void this.#look(writer);
      },
    });
    return writer;
  }

  /** What is recorded decides what is held back while something is in error. */
  async #look(writer: StatusWriter): Promise<void> {
    const state = await writer.read().catch(() => undefined);
    if (state !== undefined && this.#writing?.writer === writer) this.#files = state.files;
  }
}

async function branchOf(repository: Repository, place: StatusPlace, push: boolean): Promise<TrackedBranch> {
  return push || place.elsewhere !== undefined
    ? await findStatusBranch(repository, place)
    : await findLocalStatusBranch(repository, place.name);
}
