import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { expect, onTestFinished } from 'vitest';
import type { LogLine } from './faulty-fleet.ts';

const MAIN = path.resolve(import.meta.dirname, '../../src/cli/main.ts');

/** `gitfed daemon` as a process of its own, which can be killed. */
export interface DaemonProcess {
  readonly child: ChildProcess;
  readonly lines: readonly LogLine[];
  /** Of its main server. */
  url(): string;
  says(pattern: RegExp, timeout?: number): Promise<void>;
  /** Ends it at once, in the middle of whatever it does. */
  kill(): Promise<void>;
  /** In good order. @returns its exit code. */
  stop(): Promise<number | null>;
}

export function startDaemonProcess(args: readonly string[], env: Readonly<Record<string, string>> = {}): DaemonProcess {
  const child = spawn(process.execPath, [MAIN, 'daemon', ...args, '--listen', '127.0.0.1:0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const lines: LogLine[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(readLine(line)));
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return (await exit)[0];
  };
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    child,
    lines,
    url: () => `http://${lines.find(({ msg }) => msg === 'listening')?.address}`,
    says: async (pattern, timeout = 30_000) => {
      const texts = (): readonly string[] => lines.map((line) => JSON.stringify(line));
      await expect.poll(texts, { timeout }).toContainEqual(expect.stringMatching(pattern));
    },
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
  };
}

/** What is no line of the log is the last word of a process that failed. */
function readLine(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return { level: 'none', msg: text };
  }
}
