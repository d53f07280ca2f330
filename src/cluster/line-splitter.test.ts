import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineSplitter } from './line-splitter.ts';

describe('lines of a stream', () => {
  it('come whole, wherever the pieces end: between lines, in a line, in a character', () => {
    const line = fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => text.replaceAll('\n', 'ß') || 'x');
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat({ max: 20 })), (lines, sizes) => {
        const bytes = Buffer.from(lines.map((one) => `${one}\n`).join(''));
        const splitter = new LineSplitter(10_000);
        const found: string[] = [];
        let start = 0;
        for (const size of [...sizes, bytes.length]) {
          found.push(...splitter.add(bytes.subarray(start, start + size)));
          start += size;
        }
        expect(found).toEqual(lines);
      }),
    );
  });

  it('do not come before their end, and empty ones do not come at all', () => {
    const splitter = new LineSplitter(100);
    expect(splitter.add(Buffer.from('\n\n{"a":'))).toEqual([]);
    expect(splitter.add(Buffer.from('1}'))).toEqual([]);
    expect(splitter.add(Buffer.from('\n'))).toEqual(['{"a":1}']);
  });

  it.each([
    ['in one piece', ['x'.repeat(11)]],
    ['in many pieces', Array.from({ length: 11 }, () => 'x')],
    ['after another line', ['y\n', 'x'.repeat(11)]],
  ])('are refused when they are too long, %s', (_title, pieces) => {
    const splitter = new LineSplitter(10);
    expect(() => pieces.map((piece) => splitter.add(Buffer.from(piece)))).toThrow('it is too large');
  });
});
