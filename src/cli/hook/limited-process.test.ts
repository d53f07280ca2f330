import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/helpers/git-repository.ts';
import { runLimited } from './limited-process.ts';

const node = (code: string): readonly string[] => [process.execPath, '-e', code];

describe('a process with a limit', () => {
  it.each<[title: string, code: string, result: object]>([
    ['says what it says', 'process.stdin.pipe(process.stdout)', { type: 'ended', code: 0, stdout: 'in', stderr: '' }],
    ['fails', 'console.error("why"); process.exitCode = 7', { type: 'ended', code: 7, stdout: '', stderr: 'why\n' }],
    ['ends by a signal', 'process.kill(process.pid, "SIGABRT")', { type: 'ended', stdout: '', stderr: '' }],
    ['may close its input', 'process.stdin.destroy()', { type: 'ended', code: 0 }],
  ])('%s', async (_title, code, result) => {
    const run = await runLimited({ words: node(code), input: 'in', cwd: process.cwd(), timeoutMs: 50_000 });
    expect(run).toMatchObject(result);
    expect('code' in run).toBe('code' in result);
  });

  it('that is not there has failed', async () => {
    const run = await runLimited({ words: ['/nowhere/gitfed'], input: '', cwd: process.cwd(), timeoutMs: 50_000 });
    expect(run).toEqual({ type: 'failed', message: expect.stringContaining('ENOENT') });
  });

  it('is ended while it computes and would let no timer fire, with what it started', async () => {
    const folder = temporaryFolder();
    const [pids, beat] = [path.join(folder, 'pids'), path.join(folder, 'beat')];
    const child = `setInterval(() => require("fs").appendFileSync(${JSON.stringify(beat)}, "."), 1)`;
    const code = `
      const child = require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}], { stdio: "inherit" });
      require("fs").writeFileSync(${JSON.stringify(pids)}, process.pid + " " + child.pid);
      for (;;);`;
    const interruption = new AbortController();
    const running = runLimited({
      words: node(code),
      input: '',
      cwd: folder,
      timeoutMs: 50_000,
      signal: interruption.signal,
    });
    await expect.poll(() => existsSync(beat) && statSync(beat).size > 0, { timeout: 20_000 }).toBe(true);
    interruption.abort();
    expect(await running).toEqual({ type: 'interrupted' });
    const alive = (pid: string): boolean => {
      try {
        // A process that nobody waited for yet is dead too.
        return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
      } catch {
        return false;
      }
    };
    const [own = '', others = ''] = readFileSync(pids, 'utf8').split(' ');
    await expect.poll(() => [own, others].filter(alive), { timeout: 20_000 }).toEqual([]);
  });

  it('is ended at the limit', async () => {
    expect(await runLimited({ words: node('for (;;);'), input: '', cwd: process.cwd(), timeoutMs: 100 })).toEqual({
      type: 'timedOut',
    });
  });
});
