import { describe, expect, it } from 'vitest';
import { WAVE_ANNOTATION, waveOf } from './wave.ts';

describe('waveOf', () => {
  it.each([
    ['5', 5],
    ['-5', -5],
    ['+5', 5],
    ['0', 0],
    ['', undefined],
    ['1.5', undefined],
    ['first', undefined],
    ['99999999999', undefined],
  ])('reads %j as %s', (text, expected) => {
    expect(waveOf({ annotations: { [WAVE_ANNOTATION]: text } })).toBe(expected);
  });

  it('is 0 without the annotation', () => {
    expect(waveOf({ annotations: {} })).toBe(0);
  });
});
