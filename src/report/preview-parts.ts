import type { PreviewBlock } from './preview-blocks.ts';
import { count } from './wording.ts';

/** How long a line is, its end included: in characters, or in bytes. */
export type Measure = (line: string) => number;

export interface PartLimits {
  /** Of each part, as `measure` counts. */
  readonly size: number;
  readonly parts: number;
  readonly measure: Measure;
}

/** Kept in each part for the lines about what goes on elsewhere. */
const RESERVE = 700;
/** The share of the last part that is filled with whole blocks where not all of them fit; the rest is for their names. */
const SHARE_OF_WHOLE = 0.75;

/** What was left out of all parts. */
interface LeftOut {
  /** Objects of which only a line is there. */
  fields: number;
  /** Objects that are not there at all. */
  objects: number;
  /** How many of those are deleted. */
  deletions: number;
  readonly sections: string[];
}

/**
 * Fills parts with blocks, in their order: whole ones, then names alone, and in the end a line that says what was left out.
 *
 * @param where the complete report is, as a phrase in Markdown.
 */
export function fillParts(
  head: readonly string[],
  blocks: readonly PreviewBlock[],
  where: string,
  limits: PartLimits,
): readonly string[] {
  const whole = fill(head, blocks, limits, 1);
  const { parts, left } = isNothing(whole.left) ? whole : fill(head, blocks, limits, SHARE_OF_WHOLE);
  return parts.map((lines, index) => {
    const title =
      index === 0 ? [] : [`### What this change does to the clusters: part ${index + 1} of ${parts.length}`, ''];
    const isLast = index === parts.length - 1;
    const next = isLast ? leftOutLines(left, where) : ['', `Goes on in part ${index + 2} of ${parts.length}.`];
    return joinLines([...title, ...lines, ...next]);
  });
}

/** Lines without two empty ones in a row: no line of a fence is empty, each has a sign. */
export function joinLines(lines: readonly string[]): string {
  const kept = lines.filter((line, index, all) => line !== '' || all[index - 1] !== '');
  return `${kept.join('\n').trim()}\n`;
}

function fill(
  head: readonly string[],
  blocks: readonly PreviewBlock[],
  { size, parts: most, measure }: PartLimits,
  share: number,
): { readonly parts: readonly (readonly string[])[]; readonly left: LeftOut } {
  const sizeOf = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + measure(line), 0);
  let part: string[] = [...head];
  let used = sizeOf(head);
  const parts = [part];
  const left: LeftOut = { fields: 0, objects: 0, deletions: 0, sections: [] };
  const put = (lines: readonly string[], room: number): boolean => {
    const length = sizeOf(lines);
    if (used + length > room) return false;
    part.push(...lines);
    used += length;
    return true;
  };
  const room = size - RESERVE;
  for (const block of blocks) {
    const isLast = parts.length >= most;
    if (put(block.full, isLast ? room * share : room)) continue;
    if (!isLast && sizeOf(block.full) <= room) {
      part = [];
      used = 0;
      parts.push(part);
      if (put(block.full, parts.length >= most ? room * share : room)) continue;
    }
    leaveOut(block, block.brief.length > 0 && put(block.brief, room), left);
  }
  return { parts, left };
}

function leaveOut({ name, objects, deletions, hasFields }: PreviewBlock, isNamed: boolean, left: LeftOut): void {
  if (name !== undefined) left.sections.push(name);
  else if (isNamed) left.fields += hasFields ? objects : 0;
  else {
    left.objects += objects;
    left.deletions += deletions;
  }
}

function isNothing({ fields, objects, sections }: LeftOut): boolean {
  return fields === 0 && objects === 0 && sections.length === 0;
}

function leftOutLines(left: LeftOut, where: string): readonly string[] {
  if (isNothing(left)) return [];
  const { fields, objects, deletions, sections } = left;
  const ofThem = deletions === 0 ? '' : ` (${count(deletions, 'deletion')} among them)`;
  const parts = [
    ...(fields === 0 ? [] : [`the fields of ${count(fields, 'object')}`]),
    ...(objects === 0 ? [] : [`${count(objects, 'whole object')}${ofThem}`]),
    ...sections.map((name) => `the section “${name}”`),
  ];
  return ['', `**Left out**, because this text has an end: ${parts.join(', ')}. ${where}`];
}
