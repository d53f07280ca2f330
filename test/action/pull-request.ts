import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TestRepository, temporaryFolder } from '../helpers/git-repository.ts';

const EXAMPLE = resolve(import.meta.dirname, '../../examples/repo');

type Files = Parameters<TestRepository['write']>[0];

export interface PullRequestOptions {
  /** What the pull request changes in `examples/repo`. */
  readonly changes: Files;
  /** What is in the base besides it. */
  readonly before?: Files;
  /** What came to the base branch since. */
  readonly meanwhile?: Files;
  /** Commits of the pull request before the last one. */
  readonly commits?: number;
  /** Where the repository of gitfed is in the one of git. Default: all of it. */
  readonly folder?: string;
  /** The pull request comes from another repository. */
  readonly isFork?: boolean;
}

/** A repository on a server with a pull request, which GitHub has merged for trying under `refs/pull/1/merge`. */
export class TestPullRequest {
  readonly server = new TestRepository({ bare: true });
  readonly author = new TestRepository();
  readonly base: string;
  readonly baseTip: string;
  readonly head: string;
  readonly merge: string;
  readonly isFork: boolean;

  constructor({ changes, before = {}, meanwhile = {}, commits = 0, folder = '', isFork = false }: PullRequestOptions) {
    const { author, server } = this;
    this.isFork = isFork;
    const inFolder = (files: Files): Files =>
      Object.fromEntries(Object.entries(files).map(([name, content]) => [join(folder, name), content]));
    cpSync(EXAMPLE, join(author.folder, folder), { recursive: true });
    this.base = author.write(inFolder(before)).commit('A shop on five clusters');
    author.git('checkout', '--quiet', '-b', 'topic');
    for (let index = 0; index < commits; index += 1) author.write({ NOTES: `${index}\n` }).commit(`Note ${index}`);
    this.head = author.write(inFolder(changes)).commit('A change');
    author.git('checkout', '--quiet', 'main');
    this.baseTip =
      Object.keys(meanwhile).length === 0 ? this.base : author.write(inFolder(meanwhile)).commit('Meanwhile');
    author.git('merge', '--quiet', '--no-ff', '--no-edit', 'topic');
    this.merge = author.git('rev-parse', 'HEAD');
    const refs = [
      `${this.baseTip}:refs/heads/main`,
      `${this.head}:refs/pull/1/head`,
      `${this.merge}:refs/pull/1/merge`,
    ];
    author.git('push', '--quiet', server.folder, ...refs, ...(isFork ? [] : [`${this.head}:refs/heads/topic`]));
  }

  /** See {@link checkout}. */
  checkout(ref = 'refs/pull/1/merge', depth = 1): string {
    return checkout(this.server.folder, ref, depth);
  }

  /** As GitHub sends it, of what is read. */
  get payload(): object {
    const repository = { full_name: 'acme/fleet', default_branch: 'main' };
    return {
      action: 'synchronize',
      number: 1,
      repository,
      pull_request: {
        number: 1,
        base: { ref: 'main', sha: this.baseTip, repo: repository },
        head: { ref: 'topic', sha: this.head, repo: this.isFork ? { full_name: 'stranger/fleet' } : repository },
      },
    };
  }
}

const HERMETIC = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };

/** What `actions/checkout` makes by default: one commit, and nothing of its history. @param depth 0: all of it. @returns its folder. */
export function checkout(server: string, ref: string, depth = 1): string {
  const folder = temporaryFolder();
  const git = (...args: readonly string[]): void => {
    execFileSync('git', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: HERMETIC });
  };
  const local = `refs/remotes/${ref.replace(/^refs\/heads\//, 'origin/').replace(/^refs\//, '')}`;
  git('init', '--quiet', '--initial-branch=main');
  git('remote', 'add', 'origin', pathToFileURL(server).href);
  const cut = depth === 0 ? [] : [`--depth=${depth}`];
  git('fetch', '--quiet', '--no-tags', '--prune', ...cut, 'origin', `+${ref}:${local}`);
  git('checkout', '--quiet', '--force', local);
  return folder;
}
