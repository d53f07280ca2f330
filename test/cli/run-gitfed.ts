import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { onTestFinished } from 'vitest';
import type { Io, Output } from '../../src/cli/io.ts';
import { runProgram } from '../../src/cli/program.ts';

export const ROOT = resolve(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'src', 'cli', 'main.ts');

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process: everything but `main.ts` and the real streams. With `columns` both are a terminal. */
export async function gitfed(
  args: readonly string[],
  cwd: string,
  env: Io['env'] = {},
  columns?: number,
): Promise<Run> {
  const stdout = createMemory(columns);
  const stderr = createMemory(columns);
  const self = [process.execPath, MAIN];
  const io: Io = { stdout, stderr, cwd, env, self, interruption: () => new AbortController().signal };
  const code = await runProgram(args, io);
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

/** A command line that goes on until it is interrupted. */
export interface RunningGitfed {
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Waits until the output is as wanted. Fails with the output if the command ends before. */
  until(isWanted: (output: { readonly stdout: string; readonly stderr: string }) => boolean): Promise<void>;
  /** As Ctrl-C. @returns the exit code. */
  interrupt(): Promise<number>;
}

/** Starts a command line in this process, and interrupts it when the test ends. */
export function startGitfed(args: readonly string[], cwd: string): RunningGitfed {
  const interruption = new AbortController();
  let look = (): void => undefined;
  const stdout = createMemory(undefined, () => look());
  const stderr = createMemory(undefined, () => look());
  const io: Io = { stdout, stderr, cwd, env: {}, interruption: () => interruption.signal };
  const ended = runProgram(args, io);
  const interrupt = (): Promise<number> => {
    interruption.abort();
    return ended;
  };
  onTestFinished(async () => void (await interrupt()));
  const texts = () => ({ stdout: stdout.text(), stderr: stderr.text() });
  return {
    stdout: stdout.text,
    stderr: stderr.text,
    interrupt,
    async until(isWanted) {
      const wanted = new Promise<boolean>((resolve) => {
        look = () => isWanted(texts()) && resolve(true);
        look();
      });
      if (!(await Promise.race([wanted, ended.then(() => false)]))) {
        throw new Error(`It ended before it said what was expected:\n${JSON.stringify(texts(), undefined, 2)}`);
      }
    },
  };
}

function createMemory(columns: number | undefined, onWrite: () => void = () => undefined): Output & { text(): string } {
  const pieces: string[] = [];
  return {
    isTTY: columns !== undefined,
    columns,
    write: async (text) => {
      pieces.push(text);
      onWrite();
    },
    text: () => pieces.join(''),
  };
}

/** Runs a command line as a process of its own. */
export function spawnGitfed(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 1 << 28,
  });
  return { code: status, stdout, stderr };
}

/** What a file of a test repository is: text, bytes, a symbolic link, or so many bytes of nothing. */
export type Content = string | Uint8Array | { readonly link: string } | { readonly size: number };

/** A temporary folder with these files, removed after the test. No git repository until {@link commitAll}. */
export function createFolder(files: Readonly<Record<string, Content>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'gitfed-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFiles(folder, files);
  return folder;
}

export function writeFiles(folder: string, files: Readonly<Record<string, Content>>): void {
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    if (typeof content === 'string' || content instanceof Uint8Array) {
      writeFileSync(file, content);
    } else if ('link' in content) {
      symlinkSync(content.link, file);
    } else {
      writeFileSync(file, '');
      truncateSync(file, content.size);
    }
  }
}

export function git(folder: string, ...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

/** Commits everything in the folder, which becomes a repository with branch `main` if it is none, and returns the commit. */
export function commitAll(folder: string, message = 'Change'): string {
  git(folder, 'init', '--quiet', '--initial-branch=main');
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--allow-empty', '--message', message);
  return git(folder, 'rev-parse', 'HEAD');
}
