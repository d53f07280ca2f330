/**
 * Characters that a terminal or a reader could act on instead of showing: C0 and C1 controls, DEL, and the marks that
 * reverse or isolate the direction of text.
 */
const UNSAFE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029\ufeff]/gu;

/**
 * One line that shows what it holds: every control character and direction mark becomes `\n`, `\t` or `\u{1b}`.
 * For everything in terminal output that a repository or a server wrote.
 */
export function plainText(text: string): string {
  return text.replace(UNSAFE, escapeCharacter);
}

function escapeCharacter(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** JSON text whose strings hold no character that a terminal could act on. It reads back as the same value. */
export function plainJson(json: string): string {
  // The controls below U+0020 that are left in JSON text are its own line ends.
  return json.replace(/[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
