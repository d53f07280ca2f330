/** How long to wait after failures in a row: doubled each time up to a limit, and never the same twice, so that many do not come back at once. */
export interface BackOff {
  readonly firstMs: number;
  readonly mostMs: number;
  /** A number from 0 to 1. */
  readonly random: () => number;
}

/** @param failures in a row, at least 1. */
export function backOffMs(failures: number, { firstMs, mostMs, random }: BackOff): number {
  return Math.round(Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 30)) * (0.75 + random() / 2));
}

/** An interval that varies by a tenth, so that daemons that were started together do not ask together. */
export function jittered(ms: number, random: () => number): number {
  return Math.round(ms * (0.9 + random() / 5));
}
