import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { ensureGoBinary } from '../controlplane/go-binary.ts';

/** What Prometheus finds in rules and expressions. */
export interface Queried {
  /** In Prometheus' words. */
  readonly errors: readonly string[];
  /** Each series that is asked for, with the labels that it is chosen by. */
  readonly selectors: readonly { readonly name: string; readonly labels: readonly string[] }[];
}

/** The path of a program around Prometheus' own parser, built once; `undefined` where there is no Go to build it. */
export async function ensurePromql(): Promise<string | undefined> {
  const notice = 'building the parser of Prometheus for the tests; the first time takes about three minutes';
  return await ensureGoBinary({ name: 'promql', directory: path.join(import.meta.dirname, 'promql'), notice });
}

/** Reads a file of rules, and expressions besides. */
export function readQueries(promql: string, rulesFile: string, expressions: readonly string[]): Queried {
  const input = expressions.map((expression) => `${expression}\n`).join('');
  return JSON.parse(execFileSync(promql, [rulesFile], { input, encoding: 'utf8' }));
}
