import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { DaemonEvent, RefusalReason } from './events.ts';

type Event<T extends DaemonEvent['type']> = Extract<DaemonEvent, { type: T }>;

const REASONS: readonly RefusalReason[] = ['Unreadable', 'Rewound', 'Unsigned', 'GateFailed'];
const SECONDS_FROM_COMMIT = [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900, 3600];
const SECONDS_OF_READING = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300];

/** What is counted for the repository, and for what is written back to it. */
export class RepositoryMetrics {
  readonly #now: () => number;
  readonly #started: number;
  #commit: string | undefined;
  #committedAt: number | undefined;
  /** Since when commits count for what happens to them: older ones were there before somebody looked. */
  readonly #awaitingStatus = new Map<string, number>();
  #refused = '';

  readonly #info: Gauge;
  readonly #committed: Gauge;
  readonly #accepted: Counter;
  readonly #refusals: Counter;
  readonly #isRefused: Gauge;
  readonly #reading: Histogram;
  readonly #objects: Gauge;
  readonly #clusters: Gauge;
  readonly #findings: Gauge;
  readonly #toApplied: Histogram;
  readonly #toStatus: Histogram;
  readonly #reads: Counter;
  readonly #readFailures: Counter;
  readonly #readSeconds: Histogram;
  readonly #lastRead: Gauge;
  readonly #statusCommits: Counter;
  readonly #statusPushes: Counter;
  readonly #statusFailures: Counter;
  readonly #isStatusFailing: Gauge;

  #isPushRefused = false;

  constructor(register: Registry, now: () => number) {
    this.#now = now;
    this.#started = now();
    const registers = [register];
    const define = (name: string, help: string, ...labelNames: string[]) => {
      return { name: `gitfed_${name}`, help, labelNames, registers };
    };
    this.#info = new Gauge(define('revision_info', 'The commit that is followed, as a label; always 1.', 'commit'));
    this.#committed = new Gauge(define('revision_committed_timestamp_seconds', 'When that commit was made.'));
    const age: Gauge = new Gauge({
      ...define('revision_age_seconds', 'Time since that commit was made; NaN before the first one.'),
      collect: () => age.set(this.#age()),
    });
    this.#accepted = new Counter(define('revisions_accepted_total', 'Commits that were followed.'));
    this.#refusals = new Counter(
      define('revisions_refused_total', 'Commits that were not followed, by reason.', 'reason'),
    );
    this.#isRefused = new Gauge(
      define('revision_refused', 'Whether the last commit of the branch is not followed for this reason.', 'reason'),
    );
    this.#reading = new Histogram({
      ...define('revision_render_duration_seconds', 'How long reading and rendering a commit took.'),
      buckets: SECONDS_OF_READING,
    });
    this.#objects = new Gauge(define('federated_objects', 'Federated objects of the commit.'));
    this.#clusters = new Gauge(define('clusters', 'Clusters that are registered.'));
    this.#findings = new Gauge(
      define('findings', 'What is wrong or doubtful in the repository, by code.', 'severity', 'code'),
    );
    this.#toApplied = new Histogram({
      ...define('commit_to_applied_seconds', 'From the commit to the end of its pass in every cluster that is ready.'),
      buckets: SECONDS_FROM_COMMIT,
    });
    this.#toStatus = new Histogram({
      ...define('commit_to_status_seconds', 'From the commit to the first status commit that tells of it.'),
      buckets: SECONDS_FROM_COMMIT,
    });
    this.#reads = new Counter(define('source_reads_total', 'Looks at the repository that were answered.'));
    this.#readFailures = new Counter(define('source_failures_total', 'Looks at the repository that failed.'));
    this.#readSeconds = new Histogram({
      ...define('source_read_duration_seconds', 'How long git took to answer, and to fetch.'),
      buckets: SECONDS_OF_READING,
    });
    this.#lastRead = new Gauge(define('source_last_read_timestamp_seconds', 'When git answered last.'));
    this.#statusCommits = new Counter(define('status_commits_total', 'Commits on the status branch.'));
    this.#statusPushes = new Counter(define('status_pushes_total', 'Status commits that were pushed.'));
    this.#statusFailures = new Counter(
      define('status_failures_total', 'Attempts to write or push status that failed.'),
    );
    this.#isStatusFailing = new Gauge(define('status_failing', 'Whether the last attempt to write or push failed.'));
    for (const reason of REASONS) {
      this.#refusals.inc({ reason }, 0);
      this.#isRefused.set({ reason }, 0);
    }
  }

  sourceRead({ commit, durationMs }: Event<'sourceRead'>): void {
    // The branch is back at the commit that is followed.
    if (commit === this.#commit) this.#endRefusal();
    this.#reads.inc();
    this.#readSeconds.observe(durationMs / 1000);
    this.#lastRead.set(this.#now() / 1000);
  }

  sourceFailed(): void {
    this.#readFailures.inc();
  }

  accepted({ commit, committedAt, clusters, objects, findings, durationMs }: Event<'revisionAccepted'>): void {
    this.#accepted.inc();
    if (this.#commit !== undefined) this.#info.remove({ commit: this.#commit });
    this.#info.set({ commit }, 1);
    this.#commit = commit;
    this.#committedAt = committedAt;
    this.#committed.set(committedAt / 1000);
    this.#reading.observe(durationMs / 1000);
    this.#objects.set(objects);
    this.#clusters.set(clusters);
    this.#findings.reset();
    for (const { severity, code } of findings) this.#findings.inc({ severity, code });
    this.#endRefusal();
    // Only the last one is waited for.
    this.#awaitingStatus.clear();
    if (committedAt >= this.#started) this.#awaitingStatus.set(commit, committedAt);
  }

  /** One that is refused at every look is counted once. */
  refused({ commit, reason }: Event<'revisionRefused'>): void {
    if (this.#refused !== `${reason} ${commit}`) this.#refusals.inc({ reason });
    this.#refused = `${reason} ${commit}`;
    for (const other of REASONS) this.#isRefused.set({ reason: other }, other === reason ? 1 : 0);
  }

  applied({ committedAt }: Event<'revisionApplied'>): void {
    if (committedAt >= this.#started) this.#toApplied.observe(this.#secondsSince(committedAt));
  }

  statusCommitted({ source, pushed }: Event<'statusCommitted'>): void {
    this.#statusCommits.inc();
    if (pushed) this.#statusPushes.inc();
    // What only waits to be pushed is not over.
    if (pushed || !this.#isPushRefused) this.#isStatusFailing.set(0);
    const committedAt = this.#awaitingStatus.get(source);
    if (committedAt === undefined) return;
    this.#toStatus.observe(this.#secondsSince(committedAt));
    this.#awaitingStatus.delete(source);
  }

  statusPushed(): void {
    this.#statusPushes.inc();
    this.#isStatusFailing.set(0);
  }

  statusFailed({ message }: Event<'statusFailed'>): void {
    this.#isPushRefused = message.startsWith('StatusPushRefused');
    this.#statusFailures.inc();
    this.#isStatusFailing.set(1);
  }

  #endRefusal(): void {
    this.#refused = '';
    for (const reason of REASONS) this.#isRefused.set({ reason }, 0);
  }

  #age(): number {
    return this.#committedAt === undefined ? Number.NaN : this.#secondsSince(this.#committedAt);
  }

  /** Clocks differ: what is not yet is now. */
  #secondsSince(time: number): number {
    return Math.max(0, this.#now() - time) / 1000;
  }
}
