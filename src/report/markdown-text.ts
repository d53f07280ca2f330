import { plainText } from './plain-text.ts';

/** Characters of one untrusted word or line that are shown; names and paths have no end of their own. */
const LONGEST = 200;

/**
 * A word that somebody else wrote as inline code, in which GitHub makes nothing of mentions, links, HTML or Markdown. It holds in a
 * cell of a table too: a pipe would end the cell whatever stands around it, and is shown as an escape.
 */
export function inlineCode(text: string): string {
  const safe = shorten(plainText(text)).replaceAll('|', '\\u{7c}');
  // What is empty or nothing but spaces is no code to a reader of Markdown.
  if (safe.trim() === '') return `\`"${safe}"\``;
  const ticks = '`'.repeat(longestRun(safe) + 1);
  const isPadded = safe.startsWith('`') || safe.endsWith('`') || (safe.startsWith(' ') && safe.endsWith(' '));
  return isPadded ? `${ticks} ${safe} ${ticks}` : `${ticks}${safe}${ticks}`;
}

/** A word that somebody else wrote as code inside of HTML: nothing but letters, digits and a few harmless marks stands for itself. */
export function htmlCode(text: string): string {
  const safe = shorten(plainText(text)).replace(/[^A-Za-z0-9 ./_-]/gu, (character) => `&#${character.codePointAt(0)};`);
  return `<code>${safe}</code>`;
}

const LONGEST_FENCED = 1000;

/** A line that somebody else wrote, for {@link fence}. */
export function fencedLine(text: string): string {
  return shorten(plainText(text), LONGEST_FENCED);
}

/** As {@link fencedLine}, however long it is. */
export function wholeLine(text: string): string {
  return plainText(text);
}

/** Lines in a fence that none of them can close. */
export function fence(lines: readonly string[], language: string): readonly string[] {
  const longest = lines.reduce((most, line) => Math.max(most, longestRun(line)), 0);
  const ticks = '`'.repeat(Math.max(3, longest + 1));
  return [`${ticks}${language}`, ...lines, ticks];
}

function longestRun(text: string): number {
  if (!text.includes('`')) return 0;
  return (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
}

/** Never cuts a character in two. */
function shorten(text: string, most = LONGEST): string {
  if (text.length <= most) return text;
  const kept = [...text.slice(0, most)].slice(0, -1).join('');
  return `${kept}… (${text.length - kept.length} more characters)`;
}
