import { describe, expect, it } from 'vitest';
import { wrapText } from './wrap-text.ts';

const TEXT = 'one two three four five six seven eight nine';

describe('a text on a terminal', () => {
  it('is broken at spaces, and goes on further right', () => {
    expect(wrapText(TEXT, 40, 2, 2)).toEqual(['  one two three four five six seven', '    eight nine']);
  });

  it('is one line where nobody looks, or the terminal is too narrow for anything', () => {
    expect(wrapText(TEXT, undefined, 2)).toEqual([`  ${TEXT}`]);
    expect(wrapText(TEXT, 20)).toEqual([TEXT]);
  });

  it('keeps a word that is longer than a line, and drops the spaces where it breaks', () => {
    const long = 'x'.repeat(50);
    expect(wrapText(`${long}  in a`, 40, 0, 2)).toEqual([long, '  in a']);
    expect(wrapText(`a ${long}`, 40)).toEqual(['a', long]);
  });

  it('fills a line to its end', () => {
    expect(wrapText(`${'a'.repeat(19)} ${'b'.repeat(20)} c`, 40)).toEqual([`${'a'.repeat(19)} ${'b'.repeat(20)}`, 'c']);
  });

  it('counts what a terminal shows: wide characters twice, and combining ones not at all', () => {
    const [wide, combined] = ['日本'.repeat(5), 'e\u0301'.repeat(20)];
    expect(wrapText(`${wide} ${wide} a`, 40)).toEqual([wide, `${wide} a`]);
    expect(wrapText(`${combined} ${'x'.repeat(19)} a`, 40)).toEqual([`${combined} ${'x'.repeat(19)}`, 'a']);
  });
});
