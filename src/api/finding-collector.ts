import {
  compareFindings,
  compareText,
  FINDING_CODES,
  type Finding,
  type FindingCode,
  locate,
  type NodePath,
  type SourceRef,
} from '../core/index.ts';
import type { Hold } from './model.ts';
import { formatFieldPath, printable } from './wording.ts';

/** Says what is wrong with one field of an object. `problem` continues the sentence that the field's path begins. */
export type Report = (path: NodePath, problem: string, code?: FindingCode) => void;

export interface FindingDetails {
  readonly object?: string;
  readonly cluster?: string;
  /** Whether deletions wait until this is mended. */
  readonly hold?: boolean;
}

/** What was said while something was read. */
export interface Collected {
  readonly findings: readonly Finding[];
  readonly holds: readonly Hold[];
}

/** What one step read, and what it had to say: a value, so that it can be remembered. */
export interface Judged<T> extends Collected {
  readonly value: T;
}

/** Runs a step with a collector of its own. */
export function judge<T>(step: (collector: FindingCollector) => T): Judged<T> {
  const collector = new FindingCollector();
  const value = step(collector);
  return { value, findings: collector.findings, holds: collector.holds };
}

/** Gathers what is said about a repository while its model is built. */
export class FindingCollector {
  readonly #findings: Finding[] = [];
  readonly #holds: Hold[] = [];

  add(code: FindingCode, source: SourceRef, path: NodePath, message: string, details: FindingDetails = {}): void {
    this.addAt(code, locate(source, path), message, details);
  }

  addAt(
    code: FindingCode,
    place: { readonly file: string; readonly line: number; readonly column: number },
    message: string,
    details: FindingDetails = {},
  ): void {
    const { file, line, column } = place;
    const { object, cluster, hold = false } = details;
    const about = {
      ...(cluster === undefined ? {} : { cluster: printable(cluster) }),
      ...(object === undefined ? {} : { object: printable(object) }),
    };
    const severity = FINDING_CODES[code];
    this.#findings.push({ severity, code, message: printable(message), file, line, column, ...about });
    if (hold) this.#holds.push({ file, line, code });
  }

  /** Findings that another step made. Its errors hold deletions back when `hold` is set. */
  addAll(findings: readonly Finding[], hold: boolean): void {
    for (const finding of findings) {
      this.#findings.push(finding);
      if (hold && finding.severity === 'error') {
        this.#holds.push({ file: finding.file, line: finding.line, code: finding.code });
      }
    }
  }

  /** Adds what a step had to say. @returns what it read. */
  take<T>({ value, findings, holds }: Judged<T>): T {
    for (const finding of findings) this.#findings.push(finding);
    for (const hold of holds) this.#holds.push(hold);
    return value;
  }

  get findings(): readonly Finding[] {
    return this.#findings.toSorted(compareFindings);
  }

  get holds(): readonly Hold[] {
    const unique = new Map(this.#holds.map((hold) => [`${hold.file}\n${hold.line}\n${hold.code}`, hold]));
    return [...unique.values()].toSorted(
      (a, b) => compareText(a.file, b.file) || a.line - b.line || compareText(a.code, b.code),
    );
  }
}

/**
 * One object while it is read: every problem of it becomes a finding that starts with its name, and is counted, so that
 * the caller knows whether the object (or the part read since) can be used.
 */
export class Subject {
  readonly source: SourceRef;
  readonly label: string;
  readonly #collector: FindingCollector;
  readonly defaultCode: FindingCode;
  readonly #hold: boolean;
  #errors = 0;

  constructor(
    collector: FindingCollector,
    options: { readonly source: SourceRef; readonly label: string; readonly code: FindingCode; readonly hold: boolean },
  ) {
    this.#collector = collector;
    this.source = options.source;
    this.label = options.label;
    this.defaultCode = options.code;
    this.#hold = options.hold;
  }

  /** How many errors were reported so far. */
  get errors(): number {
    return this.#errors;
  }

  readonly report: Report = (path, problem, code = this.defaultCode) => {
    this.say(code, path, `${formatFieldPath(path)} ${problem}`);
  };

  /** As `report`, for what leaves open which object this is: deletions wait. */
  readonly reportHolding: Report = (path, problem, code = this.defaultCode) => {
    this.say(code, path, `${formatFieldPath(path)} ${problem}`, { hold: true });
  };

  /** A finding in free words. */
  say(code: FindingCode, path: NodePath, text: string, details: { cluster?: string; hold?: boolean } = {}): void {
    const isError = FINDING_CODES[code] === 'error';
    if (isError) this.#errors++;
    const hold = isError && (details.hold ?? this.#hold);
    const cluster = details.cluster === undefined ? {} : { cluster: details.cluster };
    this.#collector.add(code, this.source, path, `${this.label}: ${text}`, { object: this.label, hold, ...cluster });
  }
}
