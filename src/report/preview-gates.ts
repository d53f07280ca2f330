import { gateLines } from './gates-markdown.ts';
import { section, takeLines } from './markdown-lines.ts';
import type { HeaderExtent } from './preview-header.ts';
import type { PreviewInput } from './preview-types.ts';
import { count } from './wording.ts';

/** What the gates say of a change. The verdict, and how to allow it, stand first: they are never what is left out. */
export function gateSection(
  { gates }: PreviewInput,
  room: number,
  { rows }: Pick<HeaderExtent, 'rows'>,
): readonly string[] {
  if (gates === undefined) return [];
  const { title, lines } = gateLines(gates);
  const { shown, left } = takeLines(lines, room, rows);
  return section([...title, ...shown, ...(left === 0 ? [] : [`> - and ${count(left, 'more line')}`])]);
}
