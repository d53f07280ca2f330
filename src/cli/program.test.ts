import path from 'node:path';
import { expect, it } from 'vitest';
import { TestRepository, temporaryFolder } from '../../test/helpers/git-repository.ts';
import type { Io, Output } from './io.ts';
import { runProgram } from './program.ts';

async function run(args: readonly string[], cwd: string): Promise<string> {
  const told: string[] = [];
  const output: Output = { isTTY: false, write: async (text) => void told.push(text) };
  const signal = new AbortController().signal;
  const io: Io = { stdout: output, stderr: output, cwd, env: {}, interruption: () => signal };
  const code = await runProgram(args, io);
  return `${told.join('')}${code}`;
}

it.each(['sync', 'drift', 'clusters'])('%s takes a folder to be relative to the current one', async (command) => {
  const repository = new TestRepository().write({ 'a.yaml': 'a: 1\n', 'below/b.yaml': 'b: 1\n' });
  repository.commit();
  const { dir, base } = path.parse(repository.folder);
  // The first time, sync writes its status.
  await run([command, repository.folder], temporaryFolder());
  const there = await run([command, repository.folder], temporaryFolder());
  expect(await run([command, base], dir)).toBe(there);
  expect(await run([command, '..'], path.join(repository.folder, 'below'))).toBe(there);
  expect(await run([command], repository.folder)).toBe(there);
});
