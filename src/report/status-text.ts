import { names } from './markdown-lines.ts';
import { htmlCode, inlineCode } from './markdown-text.ts';
import { plainText } from './plain-text.ts';

/** A row of a Markdown table. @param cells as `cell`, `codeCell` or a number make them. */
export function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** A table, nothing without rows. @param align `---` or `---:` for each column. */
export function table(
  titles: readonly string[],
  align: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  return rows.length === 0 ? [] : [row(titles), row(align), ...rows.map(row)];
}

const LONGEST = 400;

/** What begins markup, a mention, a link, an emoji, mathematics or HTML in the middle of a line; a colon only where a word follows. */
const MARKUP = /[\\`*_[\]<>#|~@&$]|:(?=\S)/g;

/** Text that Markdown takes for nothing else, in the cell of a table. */
export function cell(text: string): string {
  const safe = plainText(text.length > LONGEST ? `${text.slice(0, LONGEST).toWellFormed()}…` : text);
  return safe
    .replace(MARKUP, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/www\./gi, (word) => `${word.slice(0, -1)}&#46;`);
}

/** A word that somebody else wrote, as code: what could be markup anywhere is written in a way that shows nothing else. */
export function codeCell(text: string): string {
  return /^[\w "'(){}#$%*+,./:;=?^~-]+$/.test(text) ? inlineCode(text) : htmlCode(text);
}

/** A link to a file of the branch. */
export function link(text: string, path: string): string {
  return `[${text}](${encodeURI(path)})`;
}

/** The first of them as code, and how many more. */
export function codeNames(all: readonly string[], most?: number): string {
  return names(all, codeCell, most);
}
