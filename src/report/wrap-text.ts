import { displayWidth } from './text-layout.ts';

/** How wide a text may be; `undefined`: as wide as it is, since nobody looks at it on a terminal. */
export type Columns = number | undefined;

/** Narrower than this, a terminal wraps as it likes. */
const NARROWEST = 40;

/**
 * Breaks a text at its spaces into lines of at most so many columns. Later lines begin `hanging` columns further right. A word that is
 * longer than a line stays whole, so that a path can be copied.
 */
export function wrapText(text: string, columns: Columns, indent = 0, hanging = 0): readonly string[] {
  const first = ' '.repeat(indent);
  if (columns === undefined || columns < NARROWEST) return [first + text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const start = lines.length === 0 ? first : ' '.repeat(indent + hanging);
    if (line === '') line = start + word;
    else if (displayWidth(line) + 1 + displayWidth(word) <= columns) line += ` ${word}`;
    else if (word !== '') {
      lines.push(line.trimEnd());
      line = ' '.repeat(indent + hanging) + word;
    }
  }
  return [...lines, line.trimEnd()];
}
