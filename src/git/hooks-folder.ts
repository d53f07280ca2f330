import path from 'node:path';
import type { Repository } from './repository.ts';
import { runGit } from './run-git.ts';
import { readGitSetting } from './settings.ts';

/** Where git looks for the hooks of a repository. */
export interface HooksFolder {
  /** Absolute. */
  readonly folder: string;
  /** Set where `core.hooksPath` names it. */
  readonly scope?: string;
}

/** The folder that git runs hooks from, whether it is there or not. */
export async function hooksFolder(repository: Repository): Promise<HooksFolder> {
  const { directory } = repository;
  const setting = (await readGitSetting(repository, 'core.hooksPath', { isPath: true })).at(-1);
  // Git takes a relative one from where hooks run: the top of the work tree, or the bare repository.
  if (setting !== undefined) return { folder: path.resolve(directory, setting.value), scope: setting.scope };
  const common = (await runGit(directory, ['rev-parse', '--git-common-dir'])).replace(/\n$/, '');
  return { folder: path.join(path.resolve(directory, common), 'hooks') };
}
