import { describe, expect, it } from 'vitest';
import { formatFileDiff } from './file-diff.ts';
import { createStyle } from './style.ts';

const PLAIN = createStyle(false);
const text = (...lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
const numbers = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`);

function diff(before: string, after: string, context?: number): string {
  return formatFileDiff({ file: 'web.yaml', before, after }, PLAIN, context);
}

describe('the difference of a file', () => {
  it.each<[title: string, before: string, after: string, expected: readonly string[]]>([
    ['a changed line', text('a', 'b', 'c'), text('a', 'x', 'c'), ['@@ -1,3 +1,3 @@', ' a', '-b', '+x', ' c']],
    ['lines at the end', text('a'), text('a', 'b'), ['@@ -1,1 +1,2 @@', ' a', '+b']],
    ['lines before all others', text('b'), text('a', 'b'), ['@@ -1,1 +1,2 @@', '+a', ' b']],
    ['a removed line', text('a', 'b'), text('b'), ['@@ -1,2 +1,1 @@', '-a', ' b']],
    ['lines of Windows', 'a\r\nb\r\n', 'a\r\nc\r\n', ['@@ -1,2 +1,2 @@', ' a', '-b', '+c']],
    ['what a terminal would act on', text('a'), text('\u001b[2J'), ['@@ -1,1 +1,1 @@', '-a', '+\\u{1b}[2J']],
    [
      'changes that are far from each other',
      text(...numbers(1, 20)),
      text('x', ...numbers(2, 19), 'y'),
      ['@@ -1,4 +1,4 @@', '-1', '+x', ' 2', ' 3', ' 4', '@@ -17,4 +17,4 @@', ' 17', ' 18', ' 19', '-20', '+y'],
    ],
  ])('shows %s', (_title, before, after, expected) => {
    expect(diff(before, after)).toBe(text('--- a/web.yaml', '+++ b/web.yaml', ...expected));
  });

  it('is nothing for equal texts, and shows no line besides where none may be shown', () => {
    expect(diff('a\n', 'a\n')).toBe('');
    expect(diff(text('a', 'b', 'c'), text('a', 'x', 'c'), 0)).toBe(
      text('--- a/web.yaml', '+++ b/web.yaml', '@@ -2,1 +2,1 @@', '-b', '+x'),
    );
  });
});
