import { describe, expect, it } from 'vitest';
import { type CommandEntry, commandName } from './commands.ts';
import { commandsBelow, findCommand } from './find-command.ts';

const COMMANDS: readonly CommandEntry[] = ['drift [source]', 'drift accept [kind/name]', 'policy test <path>'].map(
  (usage) => ({ name: commandName(usage), usage, summary: usage, load: () => Promise.reject(new Error(usage)) }),
);

describe('the command that is meant by', () => {
  it.each<[words: readonly string[], name: string | undefined, rest: readonly string[]]>([
    [['drift'], 'drift', []],
    [['drift', '.', '-o', 'json'], 'drift', ['.', '-o', 'json']],
    [['drift', 'accept', 'deployment/web'], 'drift accept', ['deployment/web']],
    [['drift', './accept'], 'drift', ['./accept']],
    [['drift', '--', 'accept'], 'drift', ['--', 'accept']],
    [['policy', 'test', '.'], 'policy test', ['.']],
    [['policy'], undefined, []],
    [['drift accept'], 'drift accept', []],
    [['accept'], undefined, []],
    [[], undefined, []],
  ])('%j is %s, and %j is left for it', (words, name, rest) => {
    const found = findCommand(words, COMMANDS);
    expect(found?.entry.name).toBe(name);
    expect(found?.rest ?? []).toEqual(rest);
  });
});

describe('the second words of', () => {
  it.each([
    ['drift', ['accept']],
    ['policy', ['test']],
    ['accept', []],
  ])('%s are %j', (first, words) => {
    expect(commandsBelow(first, COMMANDS).map(({ word }) => word)).toEqual(words);
  });
});
