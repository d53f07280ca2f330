import { parseDuration } from '../api/index.ts';

/** Milliseconds of a time that the schema let through. */
export function timeMs(text: string): number {
  return Math.round((parseDuration(text) ?? 0) * 1000);
}
