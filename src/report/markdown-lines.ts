import { MOST_NAMED } from './change-scope.ts';
import { inlineCode } from './markdown-text.ts';
import { count } from './wording.ts';

const MOST_NAMES = 6;

/** Lines with an empty one after them, or nothing. */
export function section(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [...lines, ''];
}

/** The first lines, as many as there is room for, and how many are left. */
export function takeLines(
  lines: readonly string[],
  room: number,
  most: number,
): { readonly shown: readonly string[]; readonly left: number } {
  const shown: string[] = [];
  let length = 0;
  for (const line of lines) {
    length += line.length + 1;
    if (shown.length >= most || length > room) break;
    shown.push(line);
  }
  return { shown, left: lines.length - shown.length };
}

/** How a word of others is shown: as inline code, or as code in HTML. */
export type Code = (text: string) => string;

/** `a`, `2 clusters: a, b`, `37 clusters`. */
export function where(clusters: readonly string[], code: Code): string {
  if (clusters.length === 1) return names(clusters, code);
  const which = clusters.length > MOST_NAMES ? '' : `: ${names(clusters, code)}`;
  return `${count(clusters.length, 'cluster')}${which}`;
}

/** As {@link where}, where it matters which they are. */
export function whereExactly(clusters: readonly string[], code: Code): string {
  const named = names(clusters, code, MOST_NAMED);
  return clusters.length === 1 ? named : `${count(clusters.length, 'cluster')}: ${named}`;
}

/** All names while there are few, else the first and how many more. */
export function names(all: readonly string[], code: Code = inlineCode, most = MOST_NAMES): string {
  if (all.length <= most) return all.map(code).join(', ');
  return `${all
    .slice(0, most - 1)
    .map(code)
    .join(', ')} and ${all.length - most + 1} more`;
}

/** Characters, line ends included. */
export function lengthOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0);
}
