import { GitfedError } from '../errors.ts';
import { GitProcessError } from './errors.ts';
import type { Repository } from './repository.ts';
import { runGit } from './run-git.ts';

/** Branches of a remote, by name, and the one that its HEAD stands for. */
export interface RemoteRefs {
  readonly head: string | undefined;
  readonly branches: ReadonlyMap<string, string>;
}

/** Asks a remote where its branches are; nothing is fetched. @throws {GitfedError} `GIT`. */
export async function lsRemote(repository: Repository): Promise<RemoteRefs> {
  const url = repository.remote?.url;
  if (url === undefined) throw new GitfedError('INTERNAL', 'a local repository has no remote to ask');
  const text = await runGit(repository.directory, ['ls-remote', '--symref', '--', url, 'HEAD', 'refs/heads/*']);
  const head = /^ref: refs\/heads\/(?<branch>\S+)\tHEAD$/m.exec(text)?.groups?.branch;
  const branches = new Map<string, string>();
  for (const [, id = '', name = ''] of text.matchAll(/^([0-9a-f]{40,64})\trefs\/heads\/(.+)$/gm))
    branches.set(name, id);
  return { head, branches };
}

export async function isDescendant(repository: Repository, commit: string, ancestor: string): Promise<boolean> {
  try {
    await runGit(repository.directory, ['merge-base', '--is-ancestor', ancestor, commit]);
    return true;
  } catch (error) {
    if (error instanceof GitProcessError && error.stderr.trim() === '') return false;
    throw error;
  }
}
