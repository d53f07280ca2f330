import type { Repository } from './repository.ts';
import { runGit } from './run-git.ts';

/** Branches, tags and remote branches by their short names, in git's order. */
export async function listRefs({ directory }: Repository): Promise<readonly string[]> {
  const folders = ['refs/heads', 'refs/tags', 'refs/remotes'];
  const output = await runGit(directory, ['for-each-ref', '--format=%(refname:short)', ...folders]);
  return output.split('\n').filter((name) => name !== '');
}
