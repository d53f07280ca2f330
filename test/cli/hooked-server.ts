import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { startGitServer } from '../git-server/git-server.ts';
import { TestRepository, temporaryFolder } from '../helpers/git-repository.ts';
import { cluster, documents, federated, federatedNamespace } from '../helpers/model-of.ts';
import { gitfed, type Run } from './run-gitfed.ts';

export interface PushResult {
  /** Git took it. */
  readonly ok: boolean;
  /** What the other end said, without git's `remote: `. */
  readonly remote: string;
  /** All of standard error. */
  readonly output: string;
}

/** A bare repository with hooks, and a clone of it to push from. */
export class HookedServer {
  readonly folder = temporaryFolder();
  readonly bare: string;
  readonly work = new TestRepository();

  constructor(name = 'fleet.git') {
    this.bare = path.join(this.folder, name);
    execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', this.bare]);
    this.work.git('remote', 'add', 'origin', pathToFileURL(this.bare).href);
  }

  /** From now on pushes go over HTTP, to git's own server. */
  async serveHttp(): Promise<void> {
    const server = await startGitServer({ folder: this.folder });
    onTestFinished(() => server.stop());
    this.work.git('remote', 'set-url', 'origin', `${server.url}/${path.basename(this.bare)}`);
  }

  install(...args: readonly string[]): Promise<Run> {
    return this.installIn(this.bare, ...args);
  }

  async installIn(repository: string, ...args: readonly string[]): Promise<Run> {
    const run = await gitfed(['hook', 'install', repository, ...args], this.folder);
    expect(run, run.stderr).toMatchObject({ code: 0 });
    return run;
  }

  /** Sets a setting of the bare repository. */
  configure(key: string, value: string): void {
    execFileSync('git', ['--git-dir', this.bare, 'config', key, value]);
  }

  /** Commits files and pushes them to `main`. */
  async change(files: Parameters<TestRepository['write']>[0], message?: string): Promise<PushResult> {
    this.work.write(files).commit(message);
    return await this.push('origin', 'HEAD:main');
  }

  /** Not in this process: it may be the server. */
  async push(...args: readonly string[]): Promise<PushResult> {
    const child = spawn('git', ['push', ...args], {
      cwd: this.work.folder,
      env: { ...process.env, GIT_TERMINAL_PROMPT: '0' },
    });
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    const remote = output
      .split('\n')
      .filter((line) => line.startsWith('remote: '))
      .map((line) => line.slice('remote: '.length).trimEnd());
    return { ok: code === 0, remote: remote.join('\n'), output };
  }

  /** Where a ref of the bare repository is; `''` where there is none. */
  tip(ref = 'refs/heads/main'): string {
    const refs = execFileSync('git', ['--git-dir', this.bare, 'for-each-ref', '--format=%(objectname)', ref]);
    return refs.toString('utf8').trim();
  }
}

/** `shop/web` in eu-1 and us-1, with so many replicas. */
export const web = (replicas: number, name = 'web'): string =>
  federated(
    'FederatedDeployment',
    `{template: {spec: {replicas: ${replicas}}}, placement: {clusterSelector: {}}}`,
    `{name: ${name}, namespace: shop}`,
  );

export const FLEET_FILES = {
  'fleet.yaml': documents(
    cluster('eu-1'),
    cluster('us-1'),
    'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}',
    federatedNamespace('shop'),
  ),
  'gitfed.yaml': 'prune: {maxDeletions: {count: 0, percent: 10}}\n',
  'web.yaml': web(3),
  'api.yaml': web(1, 'api'),
};
