import { plainText } from './plain-text.ts';
import type { Style } from './style.ts';
import { compareLines, type LineChange } from './text-lines.ts';

interface NumberedLine extends LineChange {
  /** In the older and in the newer text, from 1: of the line, or of the one before it. */
  readonly before: number;
  readonly after: number;
}

/**
 * The difference of two versions of a file as `git diff` shows it; `''` for equal ones. Pure.
 *
 * @param context how many lines around a change are shown.
 */
export function formatFileDiff(
  { file, before, after }: { readonly file: string; readonly before: string; readonly after: string },
  style: Style,
  context = 3,
): string {
  const lines = numberLines(compareLines(before, after));
  const hunks = hunksOf(lines, context);
  if (hunks.length === 0) return '';
  const name = plainText(file);
  const head = [style.strong(`--- a/${name}`), style.strong(`+++ b/${name}`)];
  return [...head, ...hunks.flatMap((hunk) => formatHunk(hunk, style))].map((line) => `${line}\n`).join('');
}

function numberLines(changes: readonly LineChange[]): readonly NumberedLine[] {
  let [before, after] = [0, 0];
  return changes.map((change) => {
    if (change.type !== 'added') before += 1;
    if (change.type !== 'removed') after += 1;
    return { ...change, before, after };
  });
}

/** What changed, with the lines around it: changes that are near each other are one. */
function hunksOf(lines: readonly NumberedLine[], context: number): readonly (readonly NumberedLine[])[] {
  const hunks: { start: number; end: number }[] = [];
  for (const [index, { type }] of lines.entries()) {
    if (type === 'kept') continue;
    const last = hunks.at(-1);
    const start = Math.max(0, index - context);
    const end = Math.min(lines.length, index + context + 1);
    if (last !== undefined && start <= last.end) last.end = end;
    else hunks.push({ start, end });
  }
  // Behind the last line break there is no line.
  return hunks.map(({ start, end }) =>
    lines.slice(start, end).filter(({ line }, at) => line !== '' || start + at < lines.length - 1),
  );
}

const SIGNS = { kept: ' ', removed: '-', added: '+' } as const;

function formatHunk(hunk: readonly NumberedLine[], style: Style): readonly string[] {
  const [first] = hunk;
  if (first === undefined) return [];
  const count = (type: LineChange['type']): number => hunk.filter((line) => line.type !== type).length;
  const [old, fresh] = [count('added'), count('removed')];
  const from = first.type === 'added' && old > 0 ? first.before + 1 : first.before;
  const to = first.type === 'removed' && fresh > 0 ? first.after + 1 : first.after;
  const lines = hunk.map(({ type, line }) => {
    const text = `${SIGNS[type]}${plainText(line.replace(/\r$/, ''))}`;
    return type === 'kept' ? text : type === 'added' ? style.added(text) : style.removed(text);
  });
  return [style.faint(`@@ -${from},${old} +${to},${fresh} @@`), ...lines];
}
