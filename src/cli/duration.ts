import { GitfedError } from '../errors.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of `15s`, `1m30s`, `500ms`. @throws {GitfedError} `USAGE` for anything else, and for nothing at all. */
export function parseTimeout(option: string, text: string): number {
  const parts = [...text.matchAll(/(?<number>\d+(?:\.\d+)?)(?<unit>ms|s|m|h)/g)];
  const milliseconds = parts.reduce((sum, { groups }) => {
    return sum + Number(groups?.['number']) * (UNITS[groups?.['unit'] ?? ''] ?? 0);
  }, 0);
  const isWhole = parts.map(([part]) => part).join('') === text;
  // A timer of Node holds 2^31−1 ms at most and fires at once beyond.
  if (isWhole && milliseconds >= 1 && milliseconds < 2 ** 31) return milliseconds;
  throw new GitfedError('USAGE', `${option} must be a time with a unit, such as 15s, 500ms or 1m30s`);
}
