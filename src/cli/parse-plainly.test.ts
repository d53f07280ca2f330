import { describe, expect, it } from 'vitest';
import type { Command } from './command.ts';
import { COMMANDS } from './commands.ts';
import { parseByYargs } from './parse-arguments.ts';
import { parsePlainly } from './parse-plainly.ts';

async function load(name: string): Promise<{ entry: (typeof COMMANDS)[number]; command: Command }> {
  const entry = COMMANDS.find((one) => one.name === name);
  if (entry === undefined) throw new Error(`there is no command ${name}`);
  return { entry, command: await entry.load() };
}

describe('a plain command line', () => {
  it.each([
    ['sync', []],
    ['sync', ['.']],
    ['sync', ['file:///srv/git/fleet.git', '--credentials-dir', '/run/credentials']],
    ['sync', ['--dry-run', '--wait', 'fleet', '--wait-timeout=1m']],
    ['sync', ['--cluster', 'east', '--kubeconfig=a b', '--push', '--color', '--ref', 'v1=2']],
    ['sync', ['--output', 'json', '7']],
    ['drift', ['--request-timeout', '5s', '--output=text']],
    ['render', ['.', '--output-dir', 'out']],
    ['validate', ['--output', 'github']],
    ['schema', []],
  ])('gitfed %s %j is read as yargs reads it', async (name, args) => {
    const { entry, command } = await load(name);
    const plain = parsePlainly(command, args);
    const thorough = await parseByYargs(entry, command, args);
    if (thorough.type !== 'arguments') throw new Error('yargs printed its help');
    const declared = Object.keys(command.options);
    const pick = (options: Readonly<Record<string, unknown>>) => declared.map((key) => [key, options[key]]);
    expect(plain?.positional).toBe(thorough.arguments.positional);
    expect(pick(plain?.options ?? {})).toEqual(pick(thorough.arguments.options));
  });
});

describe('left to yargs is', () => {
  it.each([
    ['help', ['--help']],
    ['a short name', ['-o', 'json']],
    ['a negation', ['--no-prune']],
    ['a value of a switch', ['--prune=false']],
    ['a number', ['--allow-deletions', '3']],
    ['what comes twice', ['--cluster', 'a', '--cluster', 'b']],
    ['a value that is missing', ['--ref']],
    ['a value that is empty', ['--ref=']],
    ['a value that looks like an option', ['--ref', '--push']],
    ['a value in quotes', ['--ref="a"']],
    ['what is not declared', ['--reff', 'a']],
    ['what every object has', ['--constructor', 'a']],
    ['a choice that is none', ['--output', 'xml']],
    ['a second positional argument', ['a', 'b']],
    ['whatever comes after two dashes', ['--', 'a']],
  ])('%s', async (_what, args) => {
    const { command } = await load('sync');
    expect(parsePlainly(command, args)).toBeUndefined();
  });
});
