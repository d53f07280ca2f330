import { GitProcessError } from './errors.ts';
import type { Repository } from './repository.ts';
import { runGit } from './run-git.ts';

/** A line of git's own configuration. */
export interface GitSetting {
  /** `local` for this repository, `global` for this person, `system` for this machine, `worktree`. */
  readonly scope: string;
  readonly value: string;
}

/**
 * What git's configuration says, the strongest last; what gitfed itself sets for its processes is left out.
 *
 * @param key as `gitfed.hookTimeout`.
 */
export async function readGitSetting(
  { directory }: Pick<Repository, 'directory'>,
  key: string,
  options: { readonly isPath?: boolean } = {},
): Promise<readonly GitSetting[]> {
  const type = options.isPath === true ? ['--type=path'] : [];
  let text: string;
  try {
    // A hook must not wait for it.
    const args = ['config', '--null', '--show-scope', ...type, '--get-all', key];
    text = await runGit(directory, args, { timeoutMs: 10_000 });
  } catch (error) {
    // It fails without a word where there is no such key.
    if (error instanceof GitProcessError && !/\bfatal:|\berror:/.test(error.stderr)) return [];
    throw error;
  }
  const fields = text.split('\0');
  return fields
    .flatMap((scope, at) => (at % 2 === 0 && at + 1 < fields.length ? [{ scope, value: fields[at + 1] ?? '' }] : []))
    .filter(({ scope }) => scope !== 'command');
}
