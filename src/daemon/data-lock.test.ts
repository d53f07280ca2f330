import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../test/helpers/git-repository.ts';
import { ManualClock } from '../../test/helpers/manual-clock.ts';
import { SYSTEM_CLOCK } from '../reconcile/clock.ts';
import { DataLock, type DataLockOptions } from './data-lock.ts';

interface Contender {
  readonly options: DataLockOptions;
  readonly waiting: string[];
  readonly lost: number[];
  readonly control: AbortController;
}

function contender(file: string, clock: DataLockOptions['clock'] = SYSTEM_CLOCK): Contender {
  const control = new AbortController();
  const waiting: string[] = [];
  const lost: number[] = [];
  const options: DataLockOptions = {
    file,
    clock,
    signal: control.signal,
    onWaiting: (holder) => waiting.push(holder),
    onLost: () => lost.push(1),
  };
  onTestFinished(() => control.abort());
  return { options, waiting, lost, control };
}

function lockFile(): string {
  return path.join(temporaryFolder(), 'data', 'daemon.lock');
}

/** Lets a clock go on, and what waits for files. */
async function passUntil(clock: ManualClock, isDone: () => boolean): Promise<void> {
  await expect
    .poll(
      async () => {
        clock.advance(500);
        await setImmediate();
        return isDone();
      },
      { interval: 1, timeout: 10_000 },
    )
    .toBe(true);
}

describe('the lock of a data folder', () => {
  it('is had by the first, who is named to the second, and by the second when it is released', async () => {
    const file = lockFile();
    const first = await DataLock.acquire(contender(file).options);
    const { options, waiting } = contender(file);
    const second = DataLock.acquire(options);
    await expect.poll(() => waiting).toEqual([expect.stringMatching(new RegExp(`_${process.pid}_`))]);
    await first?.release();
    expect(existsSync(file)).toBe(false);
    const held = await second;
    expect(held).toBeDefined();
    await held?.release();
    expect(existsSync(file)).toBe(false);
  });

  it('is not waited for any longer by one that is stopped', async () => {
    const file = lockFile();
    const first = await DataLock.acquire(contender(file).options);
    const { options, waiting, control } = contender(file);
    const second = DataLock.acquire(options);
    await expect.poll(() => waiting).toHaveLength(1);
    control.abort();
    expect(await second).toBeUndefined();
    await first?.release();
  });

  it('is taken over at once from a process of this machine that was killed', async () => {
    const file = lockFile();
    const module = path.join(import.meta.dirname, 'data-lock.ts');
    const script = `
      const { DataLock } = await import(${JSON.stringify(module)});
      const clock = { now: () => 0, elapsed: () => 0, schedule: () => () => {} };
      const signal = new AbortController().signal;
      await DataLock.acquire({ file: ${JSON.stringify(file)}, clock, signal, onWaiting() {}, onLost() {} });
      console.log('held');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    const { options, waiting } = contender(file);
    const taking = DataLock.acquire(options);
    await expect.poll(() => waiting).toHaveLength(1);
    child.kill('SIGKILL');
    await (await taking)?.release();
  });

  it.for([
    ['of another machine that gives no sign of life any more', '{"holder":"elsewhere_1_a","beat":3}\n'],
    ['that is no record at all', ''],
  ] as const)('is taken over after a while from a holder %s', async ([, text]) => {
    const file = path.join(temporaryFolder(), 'daemon.lock');
    writeFileSync(file, text);
    const clock = new ManualClock();
    const { options } = contender(file, clock);
    let held: DataLock | undefined;
    void DataLock.acquire(options).then((lock) => {
      held = lock;
    });
    await passUntil(clock, () => held !== undefined);
    expect(clock.elapsed()).toBeGreaterThanOrEqual(60_000);
    await held?.release();
  });

  it('is not taken from a holder of another machine that lives', async () => {
    const file = path.join(temporaryFolder(), 'daemon.lock');
    const clock = new ManualClock();
    let beat = 0;
    const live = (): void => {
      beat += 1;
      writeFileSync(file, `{"holder":"elsewhere_1_a","beat":${beat}}\n`);
      clock.schedule(15_000, live);
    };
    live();
    const { options, control } = contender(file, clock);
    const taking = DataLock.acquire(options);
    await passUntil(clock, () => beat > 20);
    control.abort();
    expect(await taking).toBeUndefined();
    expect(readFileSync(file, 'utf8')).toContain('elsewhere_1_a');
  });

  it('tells its holder that somebody else has taken it, and leaves it to them', async () => {
    const file = lockFile();
    const clock = new ManualClock();
    const { options, lost } = contender(file, clock);
    const lock = await DataLock.acquire(options);
    writeFileSync(file, '{"holder":"elsewhere_1_a","beat":1}\n');
    await passUntil(clock, () => lost.length > 0);
    await lock?.release();
    expect(readFileSync(file, 'utf8')).toContain('elsewhere_1_a');
  });
});
