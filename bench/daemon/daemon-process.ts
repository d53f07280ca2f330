import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rolldown } from 'rolldown';
import type { Ask, DaemonFlags, Memory, Told } from './messages.ts';

const PATIENCE_MS = 300_000;

export interface DaemonProgram {
  /** The bundle. */
  readonly main: string;
  /** Where CPU profiles go. */
  readonly profileFolder?: string;
}

/** One file, as the built command is: what Node does to run TypeScript is not measured. */
export async function buildDaemon(folder: string): Promise<string> {
  const main = join(folder, 'daemon.mjs');
  const bundle = await rolldown({
    cwd: resolve(import.meta.dirname, '..', '..'),
    input: resolve(import.meta.dirname, 'child.ts'),
    platform: 'node',
    onLog: (level, log, handler) => {
      if (log.code !== 'EVAL') handler(level, log);
    },
  });
  await bundle.write({ file: main, format: 'esm', codeSplitting: false });
  await bundle.close();
  return main;
}

/** What a process has used up, its children that have ended included. */
export interface Usage {
  readonly cpuMs: number;
  readonly residentMb: number;
  readonly peakMb: number;
}

/** A daemon in a process of its own. */
export class DaemonProcess {
  readonly #child: ChildProcess;
  readonly #told: Told[] = [];
  readonly #waiting = new Set<() => void>();
  #hasEnded = false;

  constructor({ main, profileFolder }: DaemonProgram, flags: DaemonFlags, name: string) {
    const profile =
      profileFolder === undefined
        ? []
        : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`, `--cpu-prof-name=daemon-${name}.cpuprofile`];
    this.#child = fork(main, [JSON.stringify(flags)], { execArgv: [...profile, '--expose-gc'] });
    this.#child.on('message', (told: Told) => {
      this.#told.push(told);
      if (told.type === 'trouble') console.error(`the daemon tells: ${told.message}`);
      for (const wake of this.#waiting) wake();
    });
    this.#child.once('exit', () => {
      this.#hasEnded = true;
      for (const wake of this.#waiting) wake();
    });
  }

  get told(): readonly Told[] {
    return this.#told;
  }

  hint(): void {
    this.#ask({ type: 'hint' });
  }

  /** @param isCollected whether its garbage is collected first. */
  async memory(isCollected: boolean): Promise<Memory> {
    return await this.#askMemory({ type: 'memory', isCollected });
  }

  async writeHeapSnapshot(file: string): Promise<void> {
    await this.#askMemory({ type: 'memory', isCollected: true, file });
  }

  /** The first thing of this kind that was told after `since` others. @throws {Error} when it does not come. */
  async until(isIt: (told: Told) => boolean, since = 0): Promise<Told> {
    const deadline = Date.now() + PATIENCE_MS;
    for (let index = since; ; ) {
      for (; index < this.#told.length; index += 1) {
        const told = this.#told[index];
        if (told !== undefined && isIt(told)) return told;
      }
      if (this.#hasEnded) throw new Error('the daemon has ended');
      if (Date.now() > deadline) throw new Error('the daemon does not tell what it should');
      await this.#next(deadline - Date.now());
    }
  }

  /** Until nothing was told for so long. */
  async quiet(ms: number): Promise<void> {
    for (let count = -1; count !== this.#told.length; ) {
      count = this.#told.length;
      await sleep(ms);
    }
  }

  usage(): Usage {
    const pid = this.#child.pid ?? 0;
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return {
      cpuMs: cpuMsOf(pid),
      residentMb: kilobytes(status, 'VmRSS') / 1000,
      peakMb: kilobytes(status, 'VmHWM') / 1000,
    };
  }

  async stop(): Promise<void> {
    if (this.#hasEnded) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }

  async #askMemory(ask: Ask): Promise<Memory> {
    const before = this.#told.length;
    this.#ask(ask);
    const told = await this.until((one) => one.type === 'memory', before);
    if (told.type !== 'memory') throw new Error('something else was told');
    return told.memory;
  }

  #ask(ask: Ask): void {
    this.#child.send(ask);
  }

  async #next(ms: number): Promise<void> {
    await new Promise<void>((done) => {
      const timer = setTimeout(wake, ms);
      const waiting = this.#waiting;
      waiting.add(wake);
      function wake(): void {
        clearTimeout(timer);
        waiting.delete(wake);
        done();
      }
    });
  }
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** User and system time, of the process and of its children that have ended. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return (ticks / TICKS_PER_SECOND) * 1000;
}

function kilobytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1.024;
}
