import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareLines } from './text-lines.ts';

function marked(before: string, after: string): string {
  const signs = { kept: ' ', removed: '-', added: '+' };
  return compareLines(before, after)
    .map(({ type, line }) => `${signs[type]}${line}`)
    .join('|');
}

describe('compareLines', () => {
  it.each([
    ['keeps equal texts', 'a\nb', 'a\nb', ' a| b'],
    ['finds a changed line', 'a\nb\nc', 'a\nB\nc', ' a|-b|+B| c'],
    ['finds an inserted line', 'a\nc', 'a\nb\nc', ' a|+b| c'],
    ['finds a removed line at the end', 'a\nb', 'a', ' a|-b'],
    ['sees a lost final newline', 'a\n', 'a', ' a|-'],
    ['keeps as much as it can', 'a\nb\nc\nd', 'x\nb\nd\ny', '-a|+x| b|-c| d|+y'],
  ])('%s', (_title, before, after, expected) => {
    expect(marked(before, after)).toBe(expected);
  });

  it('holds both texts, whatever they are', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', '')).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const changes = compareLines(before, after);
        const without = (type: string): string =>
          changes
            .filter((change) => change.type !== type)
            .map(({ line }) => line)
            .join('\n');
        expect([without('added'), without('removed')]).toEqual([before, after]);
      }),
    );
  });

  it('does not build a table of two huge texts', () => {
    const lines = (word: string): string => Array.from({ length: 20_000 }, (_, index) => `${word}${index}`).join('\n');
    expect(compareLines(lines('a'), lines('b'))).toHaveLength(40_000);
  });
});
