import { compareText } from '../core/index.ts';
import { isNo } from './errors.ts';
import { currentBranch, type Repository } from './repository.ts';
import { runGit } from './run-git.ts';

/** What the configuration says of remotes. */
interface Remotes {
  /** Sorted. */
  readonly names: readonly string[];
  readonly urls: ReadonlyMap<string, string>;
  /** By branch, the remote that it is pushed to. */
  readonly branches: ReadonlyMap<string, string>;
}

/** The remote that a branch is pushed to; `origin` where the branch says nothing; `undefined` without any remote. */
export async function remoteOf(repository: Repository, branch: string | undefined): Promise<string | undefined> {
  return chooseRemote(await readRemotes(repository), branch);
}

/** The URL of the remote that the current branch is pushed to, with its credentials; `undefined` without any. */
export async function remoteUrl(repository: Repository): Promise<string | undefined> {
  const remotes = await readRemotes(repository);
  const isClear = remotes.names.length < 2 || remotes.branches.size === 0;
  const remote = chooseRemote(remotes, isClear ? undefined : await currentBranch(repository));
  return remote === undefined ? undefined : remotes.urls.get(remote);
}

function chooseRemote({ names, branches }: Remotes, branch: string | undefined): string | undefined {
  const configured = branch === undefined ? undefined : branches.get(branch);
  if (configured !== undefined && names.includes(configured)) return configured;
  return names.includes('origin') ? 'origin' : names[0];
}

async function readRemotes(repository: Repository): Promise<Remotes> {
  const names = new Set<string>();
  const urls = new Map<string, string>();
  const branches = new Map<string, string>();
  for (const { section, name, key, value } of await readSettings(repository)) {
    if (section === 'remote') names.add(name);
    // The last one counts.
    if (section === 'remote' && key === 'url') urls.set(name, value);
    if (section === 'branch' && key === 'remote') branches.set(name, value);
  }
  return { names: [...names].sort(compareText), urls, branches };
}

interface Setting {
  readonly section: string;
  /** Of the subsection; may hold dots. */
  readonly name: string;
  readonly key: string;
  readonly value: string;
}

async function readSettings(repository: Repository): Promise<readonly Setting[]> {
  let text: string;
  try {
    text = await runGit(repository.directory, ['config', '--null', '--get-regexp', '^(remote|branch)\\.']);
  } catch (error) {
    // It fails without a word where there are none.
    if (isNo(error)) return [];
    throw error;
  }
  return text.split('\0').flatMap((entry) => {
    const end = entry.indexOf('\n');
    const path = end < 0 ? entry : entry.slice(0, end);
    const found = /^(remote|branch)\.(.+)\.([^.]+)$/.exec(path);
    if (found === null) return [];
    const [, section = '', name = '', key = ''] = found;
    return [{ section, name, key, value: end < 0 ? '' : entry.slice(end + 1) }];
  });
}
