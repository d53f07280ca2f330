import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GENERATED_FILE, generateCliReference } from '../../scripts/generate-cli-reference.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { findCommand } from '../../src/cli/find-command.ts';
import { asCalled, readInvocation } from '../../src/cli/invocation.ts';
import { parseArguments } from '../../src/cli/parse-arguments.ts';
import { gitfed, ROOT } from './run-gitfed.ts';

const WIDTH = 110;
const commands = COMMANDS.map((entry) => [entry.name, entry] as const);

/** The words of each `gitfed` in a line of shell. */
function callsIn(line: string): readonly (readonly string[])[] {
  const calls = line.match(/(?<=^|\(|\| )gitfed [^|>)]+/g) ?? [];
  return calls.map((call) => call.trim().split(/\s+/).slice(1));
}

describe('the help of', () => {
  it('gitfed fits a terminal', async () => {
    const { stdout } = await gitfed(['--help'], ROOT);
    expect(stdout.split('\n').filter((line) => line.length > WIDTH)).toEqual([]);
  });

  it.each(commands)('%s fits a terminal, and shows every example in a line of its own', async (name, entry) => {
    const { stdout } = await gitfed([...name.split(' '), '--help'], ROOT);
    const lines = stdout.split('\n');
    expect(lines.filter((line) => line.length > WIDTH)).toEqual([]);
    const { examples } = await entry.load();
    expect(examples.length).toBeGreaterThan(0);
    for (const [line] of examples) expect(lines).toContain(`  ${line}`);
  });
});

describe('the examples of', () => {
  it.each(commands)('%s are command lines that it takes', async (name, entry) => {
    const command = await entry.load();
    for (const [line, description] of command.examples) {
      const calls = callsIn(line);
      expect(calls.length, line).toBeGreaterThan(0);
      for (const words of calls) {
        const called = findCommand(words);
        expect(called?.entry.name, line).toBe(name);
        expect(await parseArguments(entry, command, called?.rest ?? []), line).toMatchObject({ type: 'arguments' });
      }
      expect(description, line).toMatch(/^[A-Z].*\.$/);
    }
  });
});

describe('the name that the program was called by', () => {
  it.each<[file: string | undefined, program: string, args: readonly string[]]>([
    ['/usr/bin/gitfed', 'gitfed', ['render']],
    ['/usr/lib/node_modules/gitfed/bin/gitfed.js', 'gitfed', ['render']],
    [undefined, 'gitfed', ['render']],
    ['/usr/bin/kubectl-gitfed', 'kubectl gitfed', ['render']],
    ['/usr/lib/node_modules/gitfed/bin/kubectl-gitfed.js', 'kubectl gitfed', ['render']],
    ['/usr/bin/kubectl_complete-gitfed', 'kubectl gitfed', ['__complete', 'render']],
  ])('%s is %s', (file, program, args) => {
    expect(readInvocation(file, ['render'])).toEqual({ program, args });
  });

  it('stands in examples, and nowhere else', () => {
    const line = 'gitfed rbac | kubectl apply -f - && cat gitfed.yaml ~/gitfed';
    expect(asCalled(line, 'kubectl gitfed')).toBe(`kubectl ${line}`);
  });
});

describe('docs/reference/cli.md', () => {
  it('is what scripts/generate-cli-reference.ts writes of the commands', async () => {
    expect(readFileSync(GENERATED_FILE, 'utf8')).toBe(await generateCliReference());
  });
});
