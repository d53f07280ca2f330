import { isNo } from './errors.ts';
import type { Repository } from './repository.ts';
import { runGit } from './run-git.ts';

/** A line of git's own configuration. */
export interface GitSetting {
  /** `local` for this repository, `global` for this person, `system` for this machine, `worktree`. */
  readonly scope: string;
  readonly value: string;
}

/**
 * What git's configuration says of one key, the strongest last; what gitfed itself sets for its processes is left out.
 *
 * @param key as `core.hooksPath`.
 */
export async function readGitSetting(
  repository: Pick<Repository, 'directory'>,
  key: string,
  options: { readonly isPath?: boolean } = {},
): Promise<readonly GitSetting[]> {
  const type = options.isPath === true ? ['--type=path'] : [];
  return pairsOf(await askConfig(repository, [...type, '--get-all', key]));
}

/**
 * What git's configuration says in a section, by the names in it in small letters; the strongest has the last word.
 *
 * @param section as `gitfed`.
 */
export async function readGitSection(
  repository: Pick<Repository, 'directory'>,
  section: string,
): Promise<ReadonlyMap<string, GitSetting>> {
  const lines = pairsOf(await askConfig(repository, ['--get-regexp', `^${section}\\.[^.]*$`]));
  return new Map(
    lines.map(({ scope, value: line }) => {
      const [key = '', ...value] = line.split('\n');
      return [key.slice(section.length + 1), { scope, value: value.join('\n') }];
    }),
  );
}

/** @returns `''` where there is nothing of the kind. */
async function askConfig({ directory }: Pick<Repository, 'directory'>, args: readonly string[]): Promise<string> {
  try {
    // A hook must not wait for it.
    return await runGit(directory, ['config', '--null', '--show-scope', ...args], { timeoutMs: 10_000 });
  } catch (error) {
    // It fails without a word where there is no such key.
    if (isNo(error)) return '';
    throw error;
  }
}

function pairsOf(text: string): readonly GitSetting[] {
  const fields = text.split('\0');
  return fields
    .flatMap((scope, at) => (at % 2 === 0 && at + 1 < fields.length ? [{ scope, value: fields[at + 1] ?? '' }] : []))
    .filter(({ scope }) => scope !== 'command');
}
