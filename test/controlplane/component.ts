import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface ComponentSpec {
  /** For messages, for example "cluster1 apiserver". */
  name: string;
  /** The program and the arguments that come before args. */
  command: readonly string[];
  args: readonly string[];
  /** Takes stdout and stderr; appended to, so that it survives a restart. */
  logPath: string;
}

const LOG_TAIL_LINES = 20;

/** Processes to end with this one, for components which do not watch their stdin. */
const alive = new Set<Component>();
process.once('exit', () => {
  for (const component of alive) {
    component.signal('SIGKILL');
  }
});

/** A running part of a control plane, in a process of its own. */
export class Component {
  /** Settles when the process has ended, however it did. */
  readonly exited: Promise<void>;
  readonly #spec: ComponentSpec;
  readonly #child: ChildProcess;
  #state: 'running' | 'frozen' | 'stopping' | 'exited' = 'running';

  constructor(spec: ComponentSpec) {
    this.#spec = spec;
    const [program, ...first] = spec.command;
    if (program === undefined) {
      throw new Error(`${spec.name}: no command`);
    }
    const log = openSync(spec.logPath, 'a');
    // In its own folder, because some components leave files where they start. stdin is a pipe that nobody writes to:
    // its end tells the component that this process is gone.
    this.#child = spawn(program, [...first, ...spec.args], {
      cwd: path.dirname(spec.logPath),
      stdio: ['pipe', log, log],
    });
    closeSync(log);
    alive.add(this);
    this.exited = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(this.#ended(error.message)));
      this.#child.once('exit', (code, signal) => resolve(this.#ended(`exit code ${code ?? signal}`)));
    });
    this.#child.stdin?.on('error', () => {}); // a killed component breaks its pipe
  }

  /** Frozen counts as running. */
  get running(): boolean {
    return this.#state !== 'exited';
  }

  get frozen(): boolean {
    return this.#state === 'frozen';
  }

  /** Asks the component to shut down in good order and waits until it has. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Ends the component without a chance to finish anything. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Stops the process from running; to its peers it looks like a machine that hangs. */
  freeze(): void {
    this.#change('running', 'frozen', 'SIGSTOP');
  }

  thaw(): void {
    this.#change('frozen', 'running', 'SIGCONT');
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Throws, with what the component wrote last, when it is not running. */
  assertRunning(): void {
    if (!this.running) {
      throw new Error(`${this.#spec.name} is not running\n${this.logTail()}`);
    }
  }

  /** The last lines the component wrote. */
  logTail(): string {
    return readFileSync(this.#spec.logPath, 'utf8').trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#state === 'exited') {
      return;
    }
    if (this.#state === 'frozen') {
      this.signal('SIGCONT'); // a frozen process does not get to handle SIGTERM
    }
    this.#state = 'stopping';
    this.signal(signal);
    await this.exited;
  }

  #change(from: 'running' | 'frozen', to: 'running' | 'frozen', signal: NodeJS.Signals): void {
    if (this.#state === to) {
      return;
    }
    if (this.#state !== from) {
      throw new Error(`${this.#spec.name} is ${this.#state}; it cannot become ${to}`);
    }
    this.signal(signal);
    this.#state = to;
  }

  #ended(how: string): void {
    if (this.#state !== 'stopping' && this.#state !== 'exited') {
      // Nobody asked for this, and the test that depends on it will only see a timeout.
      process.stderr.write(`${this.#spec.name} ended by itself (${how})\n${this.logTail()}\n`);
    }
    this.#state = 'exited';
    alive.delete(this);
  }
}
