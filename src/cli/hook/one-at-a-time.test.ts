import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/helpers/git-repository.ts';
import { oneAtATime } from './one-at-a-time.ts';

describe('one pass at a time', () => {
  it('is made once where one asks', async () => {
    const socket = path.join(temporaryFolder(), 's');
    expect(await oneAtATime(socket, async () => undefined)).toBe(1);
    expect(await oneAtATime(socket, async () => undefined)).toBe(1);
  });

  it('is made once more for however many ask while it runs', async () => {
    const socket = path.join(temporaryFolder(), 's');
    const starts: number[] = [];
    let running = 0;
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const pass = async (): Promise<void> => {
      running += 1;
      starts.push(running);
      await gate;
      running -= 1;
    };
    const first = oneAtATime(socket, pass);
    await expect.poll(() => starts.length).toBe(1);
    const others = await Promise.all([1, 2, 3].map(() => oneAtATime(socket, pass)));
    expect(others).toEqual([0, 0, 0]);
    go();
    expect(await first).toBe(2);
    expect(starts).toEqual([1, 1]);
  });

  it('never leaves out who asks at the end of another pass', async () => {
    const socket = path.join(temporaryFolder(), 's');
    let [asked, seen] = [0, 0];
    const ask = (): Promise<number> => {
      asked += 1;
      return oneAtATime(socket, async () => {
        const now = asked;
        await new Promise(setImmediate);
        seen = Math.max(seen, now);
      });
    };
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        for (let turn = 0; turn < index; turn += 1) await new Promise(setImmediate);
        await ask();
      }),
    );
    expect(seen).toBe(40);
  });

  it('is made where a process died that was at it', async () => {
    const socket = path.join(temporaryFolder(), 's');
    const code = `require("net").createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, "SIGKILL"))`;
    spawnSync(process.execPath, ['-e', code]);
    expect(existsSync(socket)).toBe(true);
    expect(await oneAtATime(socket, async () => undefined)).toBe(1);
  });
});
