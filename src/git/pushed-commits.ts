import { GitfedError } from '../errors.ts';
import { currentBranch, type Repository, revParse } from './repository.ts';
import { runGit } from './run-git.ts';
import { mayMatter } from './tree-listing.ts';

/** The id of the tree or file at a path of a commit; `undefined` where there is nothing. @param path `''` for all of it. */
export async function objectAt(repository: Repository, commit: string, path: string): Promise<string | undefined> {
  return await revParse(repository, path === '' ? `${commit}^{tree}` : `${commit}:${path}`);
}

/** Whether two commits differ in anything that {@link readCommit} looks at: told from their trees, without reading a file. */
export async function isReadDifferently({ directory, prefix }: Repository, a: string, b: string): Promise<boolean> {
  const scope = prefix === '' ? [] : ['--', `:(literal,top)${prefix}`, ':(literal,top)gitfed.yaml'];
  const args = ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--ignore-submodules=none', '--no-relative', a, b];
  const fields = (await runGit(directory, [...args, ...scope])).split('\0');
  return fields.some((field, at) => {
    // Links and submodules are told whatever they are called.
    if (field.startsWith(':')) return /^:(?:1[26]0000 |\d+ 1[26]0000 )/.test(field);
    return at % 2 === 1 && mayMatter(field.slice(field.lastIndexOf('/') + 1));
  });
}

/** Whether a commit is here, with nothing known about what it descends from. */
export async function hasCommit(repository: Repository, commit: string): Promise<boolean> {
  return (await revParse(repository, `${commit}^{commit}`)) !== undefined;
}

/** How many commits `to` has that `from` has not, and the other way round. */
export async function countBetween(
  { directory }: Repository,
  from: string,
  to: string,
): Promise<{ readonly added: number; readonly removed: number }> {
  const args = ['rev-list', '--count', '--left-right', `${from}...${to}`, '--'];
  const [removed, added] = (await runGit(directory, args)).trim().split('\t').map(Number);
  return { added: added ?? 0, removed: removed ?? 0 };
}

/** The branch of a bare repository that clones begin with, in full, whether it has a commit or not. */
export async function servedBranch(repository: Repository): Promise<string> {
  const branch = await currentBranch(repository);
  if (branch !== undefined) return `refs/heads/${branch}`;
  throw new GitfedError('USAGE', `HEAD of ${repository.directory} is no branch. Name the branch with --ref BRANCH.`);
}

/** The default branch of a remote, in full, as its last clone or fetch knew it; else `main`, or `master` where that alone is there. */
export async function branchOfRemote(repository: Repository, remote: string): Promise<string> {
  const prefix = `refs/remotes/${remote}/`;
  const head = await symbolicRef(repository, `${prefix}HEAD`);
  if (head?.startsWith(prefix) === true) return `refs/heads/${head.slice(prefix.length)}`;
  const [main, master] = await Promise.all(['main', 'master'].map((name) => revParse(repository, `${prefix}${name}`)));
  return main === undefined && master !== undefined ? 'refs/heads/master' : 'refs/heads/main';
}

async function symbolicRef({ directory }: Repository, name: string): Promise<string | undefined> {
  try {
    return (await runGit(directory, ['symbolic-ref', '--quiet', name])).trim();
  } catch {
    return undefined;
  }
}
