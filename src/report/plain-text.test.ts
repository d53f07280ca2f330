import { describe, expect, it } from 'vitest';
import { plainJson, plainText } from './plain-text.ts';

describe('plainText (security row 22)', () => {
  it.each([
    ['leaves ordinary text alone', 'größe → 東京 🎉', 'größe → 東京 🎉'],
    ['keeps to one line', 'a\nb\r\tc', 'a\\nb\\r\\tc'],
    ['shows escape sequences', '\u001b[31mred\u001b[0m', '\\u{1b}[31mred\\u{1b}[0m'],
    ['shows the controls of ISO 8859 and DEL', '\u009b2J\u007f', '\\u{9b}2J\\u{7f}'],
    ['shows marks that turn the direction of text', 'a\u202eb\u2066c\u200fd', 'a\\u{202e}b\\u{2066}c\\u{200f}d'],
    ['shows NUL and the byte order mark', '\u0000\ufeff', '\\u{0}\\u{feff}'],
  ])('%s', (_title, text, expected) => {
    expect(plainText(text)).toBe(expected);
  });
});

describe('plainJson', () => {
  it('escapes what JSON leaves in its strings, and reads back the same', () => {
    const value = { key: 'a\u001b\u007f\u009b\u202e\u2028é\n' };
    const json = plainJson(JSON.stringify(value, undefined, 1));
    expect(json).toBe('{\n "key": "a\\u001b\\u007f\\u009b\\u202e\\u2028é\\n"\n}');
    expect(JSON.parse(json)).toEqual(value);
  });
});
