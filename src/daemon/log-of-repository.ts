import type { Finding } from '../core/index.ts';
import type { DaemonEvent } from './events.ts';
import type { LogLines } from './log-lines.ts';
import { ProblemSet, Problems } from './problems.ts';

type RepositoryEvent = Extract<
  DaemonEvent,
  {
    type:
      | 'started'
      | 'sourceRead'
      | 'sourceFailed'
      | 'refsNotWatched'
      | 'revisionAccepted'
      | 'revisionRefused'
      | 'revisionApplied'
      | 'statusCommitted'
      | 'statusPushed'
      | 'statusFailed';
  }
>;
type Accepted = Extract<DaemonEvent, { type: 'revisionAccepted' }>;

/** So many findings of one commit get a line each. */
const MOST_FINDINGS = 20;

/** What happens between git and gitfed. */
export class LogOfRepository {
  readonly #lines: LogLines;
  readonly #problems = new Problems();
  /** Where it stands may change without it being another one. */
  readonly #findings = new ProblemSet<Finding>(({ code, file, object, cluster, message }) => {
    return JSON.stringify([code, file, object, cluster, message]);
  });
  #revision: string | undefined;

  constructor(lines: LogLines) {
    this.#lines = lines;
  }

  observe(event: RepositoryEvent): void {
    switch (event.type) {
      case 'started':
        this.#lines.write('info', 'started', { source: event.source, branch: event.branch });
        return;
      case 'sourceRead':
        this.#sourceRead(event.commit, event.durationMs);
        return;
      case 'sourceFailed': {
        const level = this.#problems.begin('source', event.message) ? 'warn' : 'debug';
        const message = 'git does not answer as it should; what was applied last is kept in order';
        this.#lines.write(level, message, { why: event.message });
        return;
      }
      case 'refsNotWatched': {
        const message = 'branches of the repository cannot be watched; a commit is found at the next look';
        this.#lines.write('warn', message, { why: event.message });
        return;
      }
      case 'revisionAccepted':
        this.#accepted(event);
        return;
      case 'revisionRefused': {
        const { commit: revision, reason, message: why } = event;
        const level = this.#problems.begin('revision', `${revision} ${reason} ${why}`) ? 'warn' : 'debug';
        this.#lines.write(level, 'a commit is not followed; the one before stays', { revision, reason, why });
        return;
      }
      case 'revisionApplied':
        this.#lines.write('info', 'applied to every cluster that is ready', { revision: event.commit });
        return;
      case 'statusCommitted':
        this.#statusCommitted(event);
        return;
      case 'statusPushed':
        this.#lines.write('info', 'status that had waited was pushed', {
          revision: event.source,
          commit: event.commit,
          pushed: true,
        });
        if (this.#problems.end('status')) this.#lines.write('info', 'status is written again');
        return;
      case 'statusFailed': {
        const level = this.#problems.begin('status', event.message) ? 'warn' : 'debug';
        this.#lines.write(level, 'status was not written; it is tried again', { why: event.message });
        return;
      }
      default:
        event satisfies never;
    }
  }

  #sourceRead(commit: string, durationMs: number): void {
    this.#lines.write('debug', 'git was read', { revision: commit, durationMs: Math.round(durationMs) });
    if (this.#problems.end('source')) this.#lines.write('info', 'git answers again', { revision: commit });
    if (commit === this.#revision && this.#problems.end('revision')) {
      this.#lines.write('info', 'the branch is back at the commit that is followed', { revision: commit });
    }
  }

  #accepted({ commit: revision, clusters, objects, findings, durationMs }: Accepted): void {
    this.#revision = revision;
    this.#problems.end('revision');
    const errors = findings.filter(({ severity }) => severity === 'error').length;
    const warnings = findings.length - errors;
    this.#lines.write('info', 'a commit is followed', {
      revision,
      clusters,
      objects,
      errors,
      warnings,
      durationMs: Math.round(durationMs),
    });
    const { begun, ended } = this.#findings.replace(findings);
    for (const finding of begun.slice(0, MOST_FINDINGS)) this.#finding(revision, finding);
    const rest = begun.length - MOST_FINDINGS;
    if (rest > 0) {
      const message = 'there are more findings: gitfed validate lists them';
      this.#lines.write('warn', message, { revision, findings: rest });
    }
    if (ended > 0) this.#lines.write('info', 'findings are gone', { revision, findings: ended });
  }

  #finding(revision: string, { severity, code, message, file, line, object, cluster }: Finding): void {
    this.#lines.write('warn', `${severity} ${code}: ${message}`, {
      ...(cluster === undefined ? {} : { cluster }),
      revision,
      ...(object === undefined ? {} : { object }),
      code,
      file,
      line,
    });
  }

  #statusCommitted({ commit, source, pushed, durationMs }: Extract<DaemonEvent, { type: 'statusCommitted' }>): void {
    this.#lines.write('info', 'status was committed', {
      revision: source,
      commit,
      pushed,
      durationMs: Math.round(durationMs),
    });
    // What only waits to be pushed is not over.
    if (pushed && this.#problems.end('status')) this.#lines.write('info', 'status is written again');
  }
}
