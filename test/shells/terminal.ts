import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { poll } from '../controlplane/poll.ts';

export interface TerminalOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A program on a terminal of its own, which `script` of util-linux gives it: line editors do not work on a pipe. */
export class Terminal implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  #screen = '';

  /** @param command for `sh`, which makes the terminal wide first. */
  constructor(command: string, { cwd, env }: TerminalOptions) {
    const args = ['--quiet', '--flush', '--command', `stty cols 200 rows 50; exec ${command}`, '/dev/null'];
    this.#child = spawn('script', args, { cwd, env: { ...env, SHELL: '/bin/sh', TERM: 'xterm' } });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#screen += text;
    });
  }

  /** Types these keys. */
  type(keys: string): void {
    this.#child.stdin.write(keys);
  }

  /** Waits until the program has written this, and forgets everything up to its end. */
  async waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    const found = poll(async () => pattern.exec(this.#screen) ?? undefined, {
      what: `${pattern} on the terminal`,
      timeoutMs: 30_000,
    });
    const match = await found.catch((error: Error) => {
      throw new Error(`${error.message}; it shows:\n${this.#screen}`);
    });
    this.#screen = this.#screen.slice(match.index + match[0].length);
    return match;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#child, 'close');
    // With it goes the terminal, which hangs up on whatever runs there.
    this.#child.kill('SIGKILL');
    await closed;
  }
}
