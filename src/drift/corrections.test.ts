import { describe, expect, it } from 'vitest';
import { addCorrections, foughtFields, parseCorrections } from './corrections.ts';

const REPLICAS = '.spec.replicas';

/** Changed back at each of these seconds. */
function correctedAt(...times: readonly number[]): string {
  return times.reduce((text, time) => addCorrections(parseCorrections(text), [REPLICAS], time), '{}');
}

describe('a field that is changed back', () => {
  it.each<[string, readonly number[], number, readonly string[]]>([
    ['five times in ten minutes is no fight', [0, 60, 120, 180, 240], 300, []],
    ['six times in ten minutes is one', [0, 60, 120, 180, 240, 300], 360, [REPLICAS]],
    ['six times in more than ten minutes is none', [0, 60, 120, 180, 240, 300], 601, []],
    ['never is none', [], 0, []],
    ['in the future counts as never, as a clock may have been wrong', [900, 901, 902, 903, 904, 905], 10, []],
  ])('%s', (_title, times, now, expected) => {
    expect(foughtFields(parseCorrections(correctedAt(...times)), [REPLICAS], now)).toEqual(expected);
  });

  it('is told apart from another one', () => {
    const corrections = parseCorrections(correctedAt(0, 1, 2, 3, 4, 5, 6, 7));
    expect(foughtFields(corrections, ['.spec.paused', REPLICAS], 8)).toEqual([REPLICAS]);
  });

  it('is forgotten when it is old, and never remembered more often than is needed', () => {
    expect(correctedAt(0, 601)).toBe('{".spec.replicas":[601]}');
    expect(JSON.parse(correctedAt(...Array.from({ length: 50 }, (_, index) => index)))[REPLICAS]).toHaveLength(7);
  });

  it.each([undefined, '', 'null', '[]', '{"a":"b"}', '{"a":["x"]}'])('is not known from %j', (text) => {
    expect(parseCorrections(text).size).toBe(0);
  });
});
