import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { GitfedError } from '../errors.ts';
import { type GitProcessError, gitFailure } from './errors.ts';
import { gitEnvironment, gitSettings } from './run-git.ts';

/** Characters that go to the process at once: few writes, and little memory. Above 128 KiB a text is a large object, which is collected much later. */
const BATCH = 1 << 16;

/**
 * Git takes and gives back a quarter of a megabyte for each object that it compresses; glibc maps and unmaps so much each time, which takes
 * longer than the compressing. Other C libraries do not know these.
 */
const KEEP_MEMORY = { MALLOC_MMAP_THRESHOLD_: '8388608', MALLOC_TRIM_THRESHOLD_: '67108864' };

/**
 * A running `git fast-import`: takes commands as text, no faster than git reads them. Close it, or bind it with `await using`: what was
 * not finished is then given up.
 */
export class FastImport implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<number | null>;
  #batch = 'feature done\n';
  #stdout = '';
  #stderr = '';
  #failure: Error | undefined;

  constructor(gitDir: string) {
    const args = ['--git-dir', gitDir, 'fast-import', '--quiet', '--done', '--date-format=raw'];
    this.#child = spawn('git', [...gitSettings(), ...args], { env: gitEnvironment(KEEP_MEMORY) });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    // The process ended early, and says why on its standard error.
    this.#child.stdin.on('error', () => undefined);
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', (error) => {
        this.#failure = error;
        resolve(null);
      });
      this.#child.on('close', resolve);
    });
  }

  /** @returns what to wait for before more is written, if anything. @throws {GitfedError} `GIT` when the process has ended. */
  write(text: string): Promise<void> | undefined {
    this.#batch += text;
    return this.#batch.length < BATCH ? undefined : this.#flush();
  }

  async #flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = '';
    if (this.#child.stdin.write(batch)) return;
    const drained = new Promise((resolve) => this.#child.stdin.once('drain', resolve));
    await Promise.race([drained, this.#ended]);
    if (this.#child.exitCode !== null || this.#failure !== undefined) throw await this.#reason();
  }

  /** Lets git finish. @returns its answers. @throws {GitfedError} `GIT` with its words when it refused something. */
  async finish(): Promise<string> {
    this.#child.stdin.end(`${this.#batch}done\n`);
    this.#batch = '';
    const code = await this.#ended;
    if (code !== 0 || this.#failure !== undefined) throw await this.#reason();
    return this.#stdout;
  }

  async #reason(): Promise<GitProcessError> {
    await this.#ended;
    return gitFailure(this.#failure ?? new Error(this.#stderr), 'fast-import');
  }

  /** Without its `done`, git drops what it was sent. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    await this.#ended;
  }
}

/** A text with its length, as `blob` and `commit` take it. */
export function dataCommand(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

/** Parts that are empty, lead elsewhere or are git's own, and control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be in a path.
const UNSAFE = /(?:^|\/)(?:\.{0,2}|\.git)(?:\/|$)|[\u0000-\u001f]/i;

/** A path as it stands in a command. @throws {GitfedError} `INTERNAL` for one that git would not take. */
export function pathArgument(path: string): string {
  if (UNSAFE.test(path)) throw new GitfedError('INTERNAL', `${JSON.stringify(path)} is not a path for git.`);
  return `"${path.replace(/["\\]/g, '\\$&')}"`;
}
