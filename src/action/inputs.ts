import path from 'node:path';
import { GitfedError } from '../errors.ts';

export const MODES = ['preview', 'validate', 'render', 'sync', 'comment', 'drift'] as const;
export type Mode = (typeof MODES)[number];

/** What the workflow asks for. */
export interface Inputs {
  readonly mode: Mode;
  /** Folder that is read as one repository; absolute. */
  readonly folder: string;
  /** As it was given, from the root of the checkout: `''` or `clusters/prod`. */
  readonly path: string;
  readonly base: string | undefined;
  readonly head: string | undefined;
  readonly comment: 'sticky' | 'new' | 'off';
  readonly isCommentRequired: boolean;
  readonly commentAuthor: string | undefined;
  readonly failOn: 'errors' | 'gates' | 'never';
  readonly observations: string | undefined;
  /** Clusters to imagine lost, or `each`. */
  readonly whatIf: readonly string[];
  readonly token: string;
  /** Where the report is written to, or in mode `comment` read from; absolute. */
  readonly reportFolder: string;
  readonly branch: string;
  readonly kubeconfig: string | undefined;
  readonly credentialsDir: string | undefined;
  readonly ageKeyFile: string | undefined;
}

/** Where inputs are relative to. */
export interface Surroundings {
  /** The checkout. */
  readonly workspace: string;
  /** A folder of the job alone. */
  readonly temporary: string;
}

/** @throws {GitfedError} `USAGE` naming the input that is wrong. */
export function readInputs(read: (name: string) => string, { workspace, temporary }: Surroundings): Inputs {
  const optional = (name: string): string | undefined => read(name) || undefined;
  const file = (name: string): string | undefined => {
    const value = optional(name);
    return value === undefined ? undefined : path.resolve(workspace, value);
  };
  const folder = path.resolve(workspace, read('path') || '.');
  const inside = path.relative(workspace, folder);
  if (inside === '..' || inside.startsWith(`..${path.sep}`) || path.isAbsolute(inside)) {
    throw new GitfedError(
      'USAGE',
      `The input path is ${JSON.stringify(read('path'))}: it must name a folder of the checkout.`,
    );
  }
  const inRepository = inside.split(path.sep).join('/');
  return {
    mode: choose(read, 'mode', MODES, 'preview'),
    folder,
    path: inRepository,
    base: optional('base'),
    head: optional('head'),
    comment: choose(read, 'comment', ['sticky', 'new', 'off'], 'sticky'),
    isCommentRequired: choose(read, 'comment-required', ['true', 'false'], 'false') === 'true',
    commentAuthor: optional('comment-author'),
    failOn: choose(read, 'fail-on', ['errors', 'gates', 'never'], 'errors'),
    observations: optional('observations'),
    whatIf: read('what-if')
      .split(/[\s,]+/)
      .filter((name) => name !== ''),
    token: read('token'),
    reportFolder: path.resolve(workspace, read('report-directory') || path.join(temporary, reportName(inRepository))),
    branch: read('branch') || 'gitfed/rendered',
    kubeconfig: file('kubeconfig'),
    credentialsDir: file('credentials-dir'),
    ageKeyFile: file('age-key-file'),
  };
}

/** Steps of one job for several folders do not write over the reports of each other. */
function reportName(folder: string): string {
  return folder === '' ? 'gitfed-report' : `gitfed-report-${encodeURIComponent(folder).replaceAll('*', '%2A')}`;
}

function choose<T extends string>(read: (name: string) => string, name: string, values: readonly T[], initial: T): T {
  const text = read(name);
  if (text === '') return initial;
  const value = values.find((candidate) => candidate === text);
  if (value !== undefined) return value;
  throw new GitfedError('USAGE', `The input ${name} is ${JSON.stringify(text)}: it must be ${values.join(', ')}.`);
}
