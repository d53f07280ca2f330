import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { readDocument } from '../../src/report/status-objects.ts';
import { temporaryFolder } from './credentials.ts';

/** The status branch as a bare repository has it. */
export class RemoteStatus {
  readonly bare: string;

  constructor(bare: string) {
    this.bare = bare;
  }

  git(...args: readonly string[]): string {
    return execFileSync('git', ['-C', this.bare, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();
  }

  /** Newest first. */
  commits(): readonly string[] {
    try {
      return this.git('rev-list', 'refs/heads/gitfed/status').split('\n');
    } catch {
      return [];
    }
  }

  files(): readonly string[] {
    return this.git('ls-tree', '-r', '--name-only', 'gitfed/status').split('\n');
  }

  /** `undefined` where there is no such file. */
  text(name: string): string | undefined {
    try {
      return this.git('show', `gitfed/status:${name}`);
    } catch {
      return undefined;
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests look into documents of any kind.
  document(name: string): any {
    const text = this.text(name);
    return text === undefined ? undefined : readDocument(name, text);
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests look into documents of any kind.
  summary(): any {
    return JSON.parse(this.text('status.json') ?? '{}');
  }

  /** The value of a trailer of the last commit. */
  trailer(key: string): string {
    return this.git('log', '-1', `--format=%(trailers:key=${key},valueonly)`, 'gitfed/status');
  }

  /** From now on pushes to the status branch are refused with these words; `undefined` lets them through. */
  protect(words: string | undefined): void {
    const refuse = `while read -r old new ref; do\n  case $ref in refs/heads/gitfed/*) echo "${words}" >&2; exit 1;; esac\ndone\n`;
    const hook = path.join(this.bare, 'hooks', 'pre-receive');
    writeFileSync(hook, `#!/bin/sh\n${words === undefined ? 'exit 0\n' : refuse}`, { mode: 0o755 });
  }

  /** A clone of somebody else, on branch main. */
  clone(): string {
    const folder = path.join(temporaryFolder(), 'clone');
    execFileSync('git', ['clone', '--quiet', `file://${this.bare}`, folder]);
    return folder;
  }
}
