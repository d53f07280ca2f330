/**
 * Order of two strings by UTF-16 code units: the same on every machine, unlike `localeCompare`.
 *
 * @returns a negative number, 0 or a positive number, as `Array.prototype.sort` wants it.
 */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
