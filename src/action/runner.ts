import { appendFileSync } from 'node:fs';
import process from 'node:process';
import { type AnnotationProperties, error, getInput, info, notice, setFailed, setSecret, warning } from '@actions/core';
import { plainText } from '../report/plain-text.ts';

/** A line on a file of the pull request, or on none. */
export interface Annotation {
  readonly severity: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
  /** From the root of the repository. */
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** GitHub shows ten of a kind for one step; one is for what the step says at its end. */
export const MOST_OF_A_KIND = 9;
/** Of one step, in bytes. */
export const SUMMARY_LIMIT = 1024 * 1024;

/** The value of an input, `''` where it was not given. */
export function readInput(name: string): string {
  return getInput(name);
}

export { setOutput } from '@actions/core';

/** Has the runner mask a value wherever it is printed. */
export function hideSecret(value: string): void {
  if (value !== '') setSecret(value);
}

/**
 * Prints a line. The runner takes a line that begins with `::` or `##[` for a command of ours, so that words of a repository or a
 * server never stand there as they are.
 */
export function say(text: string): void {
  for (const line of text.split('\n')) info(withoutCommands(plainText(line)));
}

function withoutCommands(line: string): string {
  return line.replaceAll('::', ':\u200b:').replaceAll('##[', '#\u200b#[');
}

const ANNOTATE = { error, warning, notice };

/** Puts lines on files, as many as are shown; the first ones count. @returns how many were left out. */
export function annotate(annotations: readonly Annotation[]): number {
  const byKind = Map.groupBy(annotations, ({ severity }) => severity);
  let left = 0;
  for (const [severity, all] of byKind) {
    for (const annotation of all.slice(0, MOST_OF_A_KIND)) {
      ANNOTATE[severity](plainLines(annotation.message), propertiesOf(annotation));
    }
    left += Math.max(0, all.length - MOST_OF_A_KIND);
  }
  return left;
}

function propertiesOf({ title, file, line, column }: Annotation): AnnotationProperties {
  return {
    title: plainText(title),
    ...(file === undefined ? {} : { file: plainText(file) }),
    ...(line === undefined ? {} : { startLine: line }),
    ...(column === undefined ? {} : { startColumn: column }),
  };
}

function plainLines(text: string): string {
  return text.split('\n').map(plainText).join('\n');
}

/** Adds Markdown to the page of the run, where there is one. @returns whether it fits. */
export function writeSummary(markdown: string): boolean {
  const file = process.env.GITHUB_STEP_SUMMARY;
  if (file === undefined || file === '') return true;
  if (Buffer.byteLength(markdown) > SUMMARY_LIMIT) return false;
  appendFileSync(file, markdown);
  return true;
}

/** Fails the step, with the reason. */
export function fail(message: string): void {
  setFailed(plainLines(message));
}
