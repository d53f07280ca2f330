import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { readYaml } from '../../src/core/index.ts';
import { type CodeBlock, codeBlocks, consoleSteps, matchesOutput, startingRepository } from './page.ts';

export const REPOSITORY = path.join(import.meta.dirname, '..', '..');

/** Where the blocks of one page run: a folder with the repository of the page, and next to it what is not a part of it. */
export interface Stage {
  /** Where commands run, and files are written. */
  readonly repository: string;
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Runs the code blocks of a page, in order, in one temporary repository.
 *
 * - `yaml file=PATH` (or any kind with `file=`) becomes that file.
 * - `yaml fragment` is a piece of a file: it must be readable.
 * - `console` is commands (`$ …`) with what they print, both streams together; `...` stands for any lines, `exit=1` is
 *   the exit code of the last command (otherwise 0).
 * - `sh` is commands that cannot run inside a test: their npm scripts must exist.
 * - `text` is not run. Everything else is an error, so that no block is left out by mistake.
 */
export async function runPage(page: string): Promise<void> {
  const markdown = await readFile(path.join(REPOSITORY, page), 'utf8');
  const root = await mkdtemp(path.join(tmpdir(), 'gitfed-docs-'));
  try {
    await runBlocks(page, await prepareStage(root, startingRepository(markdown)));
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Runs the code blocks of a page, in order, where a test has set the stage itself. */
export async function runBlocks(page: string, stage: Stage): Promise<void> {
  const markdown = await readFile(path.join(REPOSITORY, page), 'utf8');
  for (const block of codeBlocks(markdown)) await runBlock(block, stage, `${page}:${block.line}`);
}

/** @param start a folder of this repository whose files the page begins with. */
export async function prepareStage(root: string, start: string | undefined): Promise<Stage> {
  const repository = path.join(root, 'repo');
  await mkdir(repository);
  if (start !== undefined) await cp(path.join(REPOSITORY, start), repository, { recursive: true });
  const bin = path.join(root, 'bin');
  await mkdir(bin);
  const main = path.join(REPOSITORY, 'src', 'cli', 'main.ts');
  await writeFile(path.join(bin, 'gitfed'), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`, { mode: 0o755 });
  const PATH = [bin, path.dirname(process.execPath), process.env.PATH].join(path.delimiter);
  return { repository, environment: { ...process.env, PATH, NO_COLOR: '1', GITHUB_ACTIONS: '', CI: '', TZ: 'UTC' } };
}

async function runBlock(block: CodeBlock, stage: Stage, where: string): Promise<void> {
  const file = block.attributes.get('file');
  if (file !== undefined) {
    await writeBlock(file, block.content, stage);
    return;
  }
  switch (block.kind) {
    case 'text':
      return;
    case 'yaml':
      expect(block.attributes.has('fragment'), `${where}: give the block file=PATH or fragment`).toBe(true);
      expectReadable(block.content, where);
      return;
    case 'console':
      await runConsole(block, stage, where);
      return;
    case 'sh':
      await expectScripts(block.content, where);
      return;
    default:
      expect.fail(`${where}: a block of kind "${block.kind}" is not tested; see runPage for the kinds that are`);
  }
}

async function writeBlock(file: string, content: string, stage: Stage): Promise<void> {
  const target = path.join(stage.repository, file);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, content);
}

function expectReadable(content: string, where: string): void {
  const problems = readYaml(where, content, { documentNodes: 10_000, depth: 100 }).filter(({ ok }) => !ok);
  expect(problems, where).toEqual([]);
}

async function runConsole(block: CodeBlock, stage: Stage, where: string): Promise<void> {
  const steps = consoleSteps(block.content);
  for (const [index, { command, expected }] of steps.entries()) {
    const { code, output } = await run(command, stage);
    const said = `${where}: $ ${command}`;
    // Where they match, the two are equal as far as the page is concerned; where not, the difference is shown.
    const printed = output === '' ? [] : output.replace(/\n$/, '').split('\n');
    if (!matchesOutput(expected, printed)) expect(printed.join('\n'), said).toBe(expected.join('\n'));
    const isLast = index === steps.length - 1;
    expect(code, `${said}\n${output}`).toBe(isLast ? Number(block.attributes.get('exit') ?? 0) : 0);
  }
}

function run(command: string, stage: Stage): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', `exec 2>&1\n${command}`], { cwd: stage.repository, env: stage.environment });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** `npm ci && npm run demo`: too slow for here, and run by hand first of all commands; that they exist can be seen. */
async function expectScripts(content: string, where: string): Promise<void> {
  const manifest = JSON.parse(await readFile(path.join(REPOSITORY, 'package.json'), 'utf8'));
  const commands = content.split(/\n|&&/).map((command) => command.replace(/#.*/, '').trim());
  for (const command of commands.filter((text) => text !== '')) {
    const script = /^npm (?:run (?<name>[\w:-]+)|(?<builtin>ci|test))(?: .*)?$/.exec(command)?.groups;
    expect(script, `${where}: only npm commands are known in an sh block, not "${command}"`).toBeDefined();
    const name = script?.name ?? (script?.builtin === 'test' ? 'test' : undefined);
    if (name !== undefined) expect(Object.keys(manifest.scripts), where).toContain(name);
  }
}
