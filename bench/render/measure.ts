import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';

/** One process, from its start to its end. */
export interface Measurement {
  readonly ms: number;
  /** The most memory that the process had, in MB; absent for programs that do not tell. */
  readonly peak?: number;
}

const PEAK_FILE = join(tmpdir(), `gitfed-bench-peak-${process.pid}`);

/** Makes Node write its peak, in KiB, when it ends. */
const TELL_PEAK = `data:text/javascript,import{writeFileSync}from'node:fs';process.on('exit',()=>writeFileSync(${JSON.stringify(PEAK_FILE)},String(process.resourceUsage().maxRSS)))`;

/** Runs a program of Node. What it prints goes to /dev/null. @throws where it ends with another code than these. */
export async function measureNode(
  main: string,
  args: readonly string[],
  codes: readonly number[] = [0],
): Promise<Measurement> {
  const ms = await timeProcess(process.execPath, ['--import', TELL_PEAK, main, ...args], codes);
  const peak = (Number(readFileSync(PEAK_FILE, 'utf8')) * 1024) / 1e6;
  rmSync(PEAK_FILE);
  return { ms, peak };
}

/** Runs any program, as {@link measureNode} does. */
export async function measureProgram(program: string, args: readonly string[]): Promise<Measurement> {
  return { ms: await timeProcess(program, args) };
}

async function timeProcess(program: string, args: readonly string[], codes: readonly number[] = [0]): Promise<number> {
  const start = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words += text;
  });
  const [code] = await once(child, 'close');
  const ms = performance.now() - start;
  if (!codes.includes(code as number)) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${words}`);
  return ms;
}
