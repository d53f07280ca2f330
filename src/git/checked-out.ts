import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { GitfedError } from '../errors.ts';
import { GitProcessError } from './errors.ts';
import { branchRef, type Repository } from './repository.ts';
import { runGit } from './run-git.ts';

/**
 * Asks whether a branch of this repository may be moved. It may not where that would make the files of a work tree look changed, or would
 * make git lose what it does there.
 *
 * @throws {GitfedError} `GIT` where it is checked out, rebased or bisected; a symbolic one, where the branch is that it stands for.
 */
export async function refuseCheckedOut(repository: Repository, branch: string): Promise<void> {
  if (repository.remote !== undefined) return;
  const ref = branchRef(repository, branch);
  const [target, trees, work] = await Promise.all([
    targetOf(repository, ref),
    checkedOut(repository),
    inWork(repository),
  ]);
  const use = [...trees, ...work].find((item) => item.ref === ref || item.ref === target);
  if (use === undefined) return;
  const name = use.ref === ref ? `${branch} is` : `${branch} stands for ${shortName(use.ref)}, which is`;
  const remedy = use.doing === CHECKED_OUT ? 'Check out another branch there.' : 'End that first.';
  throw new GitfedError('GIT', `The branch ${name} ${use.doing} in ${use.place}: gitfed does not move it. ${remedy}`);
}

/** What a work tree does with a branch. */
interface Use {
  readonly ref: string;
  readonly doing: string;
  readonly place: string;
}

const CHECKED_OUT = 'checked out';
const HEADS = 'refs/heads/';

function shortName(ref: string): string {
  return ref.startsWith(HEADS) ? ref.slice(HEADS.length) : ref;
}

/** What a symbolic ref stands for in the end; `undefined` for any other one. */
async function targetOf(repository: Repository, ref: string): Promise<string | undefined> {
  try {
    return (await runGit(repository.directory, ['symbolic-ref', '--quiet', ref])).trim();
  } catch (error) {
    // Any other failure is one of the next question too.
    if (error instanceof GitProcessError) return undefined;
    throw error;
  }
}

async function checkedOut(repository: Repository): Promise<readonly Use[]> {
  const text = await runGit(repository.directory, ['worktree', 'list', '--porcelain']);
  return text.split('\n\n').flatMap((item) => {
    const ref = /^branch (?<ref>.*)$/m.exec(item)?.groups?.['ref'];
    // A bare repository has a HEAD, and no files that could look changed.
    if (ref === undefined || item.includes('\nbare')) return [];
    return [{ ref, doing: CHECKED_OUT, place: item.split('\n')[0]?.replace(/^worktree /, '') ?? '' }];
  });
}

/** Meanwhile HEAD is detached: the name of the branch is in a file. */
const WORK: readonly (readonly [file: string, prefix: string, doing: string])[] = [
  ['rebase-merge/head-name', '', 'being rebased'],
  ['rebase-apply/head-name', '', 'being rebased'],
  ['BISECT_START', HEADS, 'being bisected'],
];

async function inWork({ gitDir }: Repository): Promise<readonly Use[]> {
  const common = path.resolve(gitDir, (await readText(path.join(gitDir, 'commondir'))) ?? '.');
  const linked = path.join(common, 'worktrees');
  const names = await readdir(linked).catch(() => []);
  const folders = [common, ...names.map((name) => path.join(linked, name))];
  return (await Promise.all(folders.map(workIn))).flat();
}

/** @param folder what git keeps of a work tree. */
async function workIn(folder: string): Promise<readonly Use[]> {
  const found = await Promise.all(
    WORK.map(async ([file, prefix, doing]) => {
      const name = await readText(path.join(folder, file));
      if (name === undefined) return [];
      const place = path.dirname((await readText(path.join(folder, 'gitdir'))) ?? folder);
      return [{ ref: `${prefix}${name}`, doing, place }];
    }),
  );
  return found.flat();
}

/** The line in a file, `undefined` where there is no such file. */
async function readText(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).replace(/\n$/, '');
  } catch {
    return undefined;
  }
}
