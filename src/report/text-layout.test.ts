import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayWidth, layoutLine, wrapText } from './text-layout.ts';

describe('the width of a text on a terminal', () => {
  it.each<[text: string, width: number]>([
    ['web', 3],
    ['', 0],
    ['größe', 5],
    ['e\u0301', 1],
    ['クラスタ', 8],
    ['한', 2],
    ['🚀', 2],
    ['a\u200db', 2],
  ])('of %j is %i', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe('a line that is too long', () => {
  it('is broken between words, and goes on further in', () => {
    expect(layoutLine([{ text: 'one two three four' }], 12, 2, 2)).toEqual(['  one two', '    three', '    four']);
  });

  it('is broken in a word only where that is longer than a line', () => {
    expect(layoutLine([{ text: 'a registry.shop.example' }], 12, 0, 2)).toEqual([
      'a registry.s',
      '  hop.exampl',
      '  e',
    ]);
  });

  it('keeps a whole span together', () => {
    const spans = [{ text: '"a" → "b"' }, { text: '  ' }, { text: 'same in 2 clusters', isWhole: true }];
    expect(layoutLine(spans, 24, 0, 2)).toEqual(['"a" → "b"', '  same in 2 clusters']);
  });

  it('paints each part of a colour once, and no indent', () => {
    const paint = (text: string): string => `<${text}>`;
    expect(layoutLine([{ text: 'one two three', paint }, { text: ' four' }], 9, 1, 1)).toEqual([
      ' <one two>',
      '  <three>',
      '  four',
    ]);
  });

  it('is left as it is where there is no terminal', () => {
    expect(layoutLine([{ text: `${'long '.repeat(50)}line` }], undefined, 2)).toHaveLength(1);
  });

  it('never takes more columns than there are, and loses nothing but spaces', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'bc', ' ', '字', '🚀', '-', 'é') });
    fc.assert(
      fc.property(text, fc.integer({ min: 10, max: 40 }), (words, width) => {
        const lines = wrapText(words, width);
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
        expect(lines.join('').replaceAll(' ', '')).toBe(words.replaceAll(' ', ''));
      }),
    );
  });
});
