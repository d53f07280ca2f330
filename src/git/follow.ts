import { GitfedError } from '../errors.ts';
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

/** Whether a commit is `ancestor`, or was made on top of it. @throws {GitfedError} `GIT` for commits that are not there. */
export async function isDescendant(repository: Repository, commit: string, ancestor: string): Promise<boolean> {
  // `merge-base --is-ancestor` says no without a word, which cannot be told from a failure.
  const missing = ['rev-list', '--max-count=1', ancestor, `^${commit}`, '--'];
  return (await runGit(repository.directory, missing)) === '';
}
