import { describe, expect, it } from 'vitest';
import { codeBlocks, consoleSteps, matchesOutput, startingRepository } from './page.ts';

describe('a page', () => {
  it('is taken apart into its code blocks', () => {
    const page = 'text\n\n```yaml file=a/b.yaml fragment\na: 1\n\n```\n\n````text\n```\nnot a block\n```\n````\n';
    expect(codeBlocks(page)).toEqual([
      {
        kind: 'yaml',
        attributes: new Map([
          ['file', 'a/b.yaml'],
          ['fragment', ''],
        ]),
        content: 'a: 1\n\n',
        line: 3,
      },
      { kind: 'text', attributes: new Map(), content: '```\nnot a block\n```\n', line: 8 },
    ]);
  });

  it('must close its blocks', () => {
    expect(() => codeBlocks('```yaml\na: 1\n')).toThrow('line 1 is not closed');
  });

  it('may name the repository that it starts with', () => {
    expect(startingRepository('# Title\n\n<!-- repository: examples/repo -->\n')).toBe('examples/repo');
    expect(startingRepository('# Title\n')).toBeUndefined();
  });

  it('has commands and what they print', () => {
    expect(consoleSteps('$ one\na\n\nb\n$ two\n')).toEqual([
      { command: 'one', expected: ['a', '', 'b'] },
      { command: 'two', expected: [] },
    ]);
    expect(() => consoleSteps('printed by nobody\n')).toThrow('starts with a command');
  });
});

describe('what a command prints', () => {
  it.each([
    ['is compared line by line', ['a', 'b'], ['a', 'b'], true],
    ['may lack nothing', ['a', 'b'], ['a'], false],
    ['may have nothing more', ['a'], ['a', 'b'], false],
    ['may be left out with three dots', ['a', '...', 'd'], ['a', 'b', 'c', 'd'], true],
    ['may have nothing where three dots are', ['a', '...', 'd'], ['a', 'd'], true],
    ['must still end as it should after three dots', ['...', 'd'], ['d', 'e'], false],
    ['may end in three dots', ['a', '...'], ['a', 'b'], true],
    ['may have blanks at the end of a line', ['a'], ['a  '], true],
  ])('%s', (_title, expected, actual, matches) => {
    expect(matchesOutput(expected, actual)).toBe(matches);
  });
});
