import { compareText } from '../core/index.ts';

/** The text of an index. */
export function formatIndex(paths: Iterable<string>): string {
  return [...new Set(paths)]
    .sort(compareText)
    .map((path) => `${path}\n`)
    .join('');
}

/** The paths that an index lists. It comes from where others may write too: what could lead out of its directory is no path of ours. */
export function readIndex(text: string): ReadonlySet<string> {
  return new Set(text.split('\n').filter(isInside));
}

function isInside(path: string): boolean {
  return path !== '' && !path.includes('\0') && !/(?:^|\/)\.{0,2}(?:\/|$)/.test(path);
}
