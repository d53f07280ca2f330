import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTime } from './rfc3339.ts';

describe('a time of Kubernetes', () => {
  it('is read as any reader of dates reads it', () => {
    const date = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, (time) => {
        expect(parseTime(time.toISOString())).toBe(time.getTime());
      }),
    );
  });

  it.each([
    ['2026-11-21T08:00:00Z', '2026-11-21T08:00:00.000Z'],
    ['2026-11-21T10:30:00+02:30', '2026-11-21T08:00:00.000Z'],
    ['2026-11-20T23:00:00.5-09:00', '2026-11-21T08:00:00.500Z'],
    ['2024-02-29t00:00:00z', '2024-02-29T00:00:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(parseTime(text)).toBe(new Date(expected).getTime());
  });

  it.each([
    '',
    'now',
    '2026-11-21',
    '2026-13-01T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-11-21T24:00:00Z',
    '2026-11-21T08:00:00',
  ])('%j is none', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });
});
