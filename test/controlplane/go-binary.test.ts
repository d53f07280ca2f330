import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { test as base, describe, expect, vi } from 'vitest';
import type { GoProgram } from './go-binary.ts';
import { ensureGoBinary, recentGoVersion } from './go-binary.ts';

const run = promisify(execFile);

const test = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the fixtures that are needed from the pattern
  .extend('directory', async ({}, { onCleanup }) => {
    const directory = await mkdtemp(path.join(tmpdir(), 'gitfed-go-binary-'));
    onCleanup(() => rm(directory, { recursive: true }));
    return directory;
  })
  .extend('program', async ({ directory }, { onCleanup }): Promise<GoProgram> => {
    // Go keeps its own cache where it is, so that its standard library is not compiled again.
    vi.stubEnv('GOCACHE', process.env.GOCACHE || (await goCache()));
    vi.stubEnv('XDG_CACHE_HOME', path.join(directory, 'cache'));
    onCleanup(() => {
      vi.unstubAllEnvs();
    });
    await writeFile(path.join(directory, 'go.mod'), 'module example.com/hello\n\ngo 1.26\n');
    await writeProgram(directory, 'one');
    return { name: 'hello', directory };
  });

async function goCache(): Promise<string> {
  const { stdout } = await run('go', ['env', 'GOCACHE'], { cwd: homedir() });
  return stdout.trim();
}

async function writeProgram(directory: string, text: string): Promise<void> {
  const source = `package main\n\nvar stamp string\n\nfunc main() { print("${text}" + stamp) }\n`;
  await writeFile(path.join(directory, 'main.go'), source);
}

async function build(program: GoProgram): Promise<string> {
  const binary = await ensureGoBinary(program);
  if (binary === undefined) {
    throw new Error('no Go');
  }
  return binary;
}

async function output(binary: string): Promise<string> {
  return (await run(binary)).stderr;
}

describe.skipIf((await recentGoVersion()) === undefined)('a Go program', () => {
  test('is built once, also when several ask at once, and leaves nothing but itself', async ({ program }) => {
    const notice = 'building hello';
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const binaries = await Promise.all([1, 2, 3].map(() => build({ ...program, notice })));
    const notices = stderr.mock.calls.filter(([text]) => text === `${notice}\n`);
    stderr.mockRestore();

    const [binary = ''] = binaries;
    expect(new Set(binaries)).toEqual(new Set([binary]));
    expect(notices).toHaveLength(1);
    expect(await output(binary)).toBe('one');
    expect(await readdir(path.dirname(binary))).toEqual(['hello']);
  });

  test('is built again when its source or its flags change', async ({ program }) => {
    const before = await build(program);
    await writeProgram(program.directory, 'two');
    const changed = await build(program);
    const stamped = await build({ ...program, ldflags: '-X main.stamp=!' });
    expect(await Promise.all([before, changed, stamped].map(output))).toEqual(['one', 'two', 'two!']);
  });

  test('is built despite the lock of a process that was killed', async ({ program }) => {
    const binary = await build(program);
    await rm(binary);
    const lock = `${binary}.lock`;
    await writeFile(lock, '');
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(lock, longAgo, longAgo);
    expect(await output(await build(program))).toBe('one');
  });

  test('that does not compile is an error with the words of the compiler', async ({ program }) => {
    await writeFile(path.join(program.directory, 'main.go'), 'package main\n\nfunc main() { undefined() }\n');
    await expect(build(program)).rejects.toThrow(/go build of hello failed.*undefined: undefined/s);
  });

  test('cannot be had without Go', async ({ program }) => {
    vi.stubEnv('PATH', program.directory);
    expect(await ensureGoBinary(program)).toBeUndefined();
  });
});
