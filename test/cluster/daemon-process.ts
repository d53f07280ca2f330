import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { expect, onTestFinished } from 'vitest';
import { temporaryFolder } from './credentials.ts';

const MAIN = path.resolve(import.meta.dirname, '../../src/cli/main.ts');

export type LogLine = Readonly<Record<string, unknown>>;

/** `gitfed daemon` as a process of its own, with a configuration file. It ends with the test. */
export class DaemonProcess {
  readonly configFile: string;
  readonly child: ChildProcess;
  /** Exit code and signal. */
  readonly ended: Promise<readonly unknown[]>;
  #stderr = '';
  #stdout = '';

  /** @param settings in JSON, which is YAML. */
  constructor(settings: object, env: NodeJS.ProcessEnv = {}) {
    this.configFile = path.join(temporaryFolder(), 'daemon.yaml');
    this.configure(settings);
    this.child = spawn(process.execPath, [MAIN, 'daemon', '--config', this.configFile], {
      cwd: temporaryFolder(),
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.ended = once(this.child, 'close');
    onTestFinished(async () => {
      this.child.kill('SIGKILL');
      await this.ended;
    });
  }

  /** Everything that it wrote. */
  get output(): string {
    return this.#stdout + this.#stderr;
  }

  get stdout(): string {
    return this.#stdout;
  }

  configure(settings: object): void {
    writeFileSync(this.configFile, JSON.stringify({ listen: '127.0.0.1:0', ...settings }));
  }

  /** @throws where a line is no JSON. */
  lines(): readonly LogLine[] {
    const whole = this.#stderr.slice(0, this.#stderr.lastIndexOf('\n') + 1);
    return whole
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  /** Waits for a line with this message, and these fields. @returns the last one. */
  async line(msg: string, fields: LogLine = {}): Promise<LogLine> {
    const wanted = { msg, ...fields };
    const found = (): LogLine | undefined =>
      this.lines().findLast((line) => Object.entries(wanted).every(([key, value]) => line[key] === value));
    await expect
      .poll(() => found() ?? (this.child.exitCode === null ? undefined : { msg: this.#stderr }), { timeout: 60_000 })
      .toMatchObject(wanted);
    return found() ?? {};
  }

  /** @param index of the server: the first is the main one. */
  async url(index = 0): Promise<string> {
    const listening = (): readonly LogLine[] => this.lines().filter(({ msg }) => msg === 'listening');
    await expect.poll(() => listening().length, { timeout: 20_000 }).toBeGreaterThan(index);
    return `http://${listening()[index]?.['address']}`;
  }

  async get(name: string): Promise<{ readonly status: number; readonly text: string }> {
    const answer = await fetch(`${await this.url()}/${name}`, { signal: AbortSignal.timeout(20_000) });
    return { status: answer.status, text: await answer.text() };
  }

  /** As every user of the machine sees it; empty where there is no /proc. */
  commandLine(): string {
    try {
      return readFileSync(`/proc/${this.child.pid}/cmdline`, 'utf8');
    } catch {
      return '';
    }
  }

  /** @returns exit code and signal. */
  async signal(name: NodeJS.Signals): Promise<readonly unknown[]> {
    this.child.kill(name);
    const lastLines = (): readonly LogLine[] => this.lines().slice(-5);
    const state = (): unknown => (this.child.exitCode ?? this.child.signalCode) === null && lastLines();
    await expect.poll(state, { timeout: 40_000 }).toBe(false);
    return await this.ended;
  }
}
