import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { TestRepository, temporaryFolder } from '../helpers/git-repository.ts';

/** A bare repository in a folder that a server serves, and a work tree to change it from. */
export interface ServedRepository {
  /** What the server is given. */
  readonly folder: string;
  /** Of the repository, below the URL of the server. */
  readonly name: string;
  readonly bare: string;
  readonly work: TestRepository;
  /** Commits files to `main`, and puts them into the bare repository without asking the server. @returns the commit. */
  commit(files: Parameters<TestRepository['write']>[0], message?: string): string;
}

export function createServedRepository(files: Parameters<TestRepository['write']>[0]): ServedRepository {
  const folder = temporaryFolder();
  const name = 'fleet.git';
  const bare = path.join(folder, name);
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare]);
  const work = new TestRepository();
  const commit: ServedRepository['commit'] = (changed, message) => {
    const id = work.write(changed).commit(message);
    work.git('push', '--quiet', '--force', bare, 'HEAD:refs/heads/main');
    return id;
  };
  commit(files);
  return { folder, name, bare, work, commit };
}
