/** A piece of a line in one colour. Give it text that `plainText` has made safe. */
export interface Span {
  readonly text: string;
  readonly paint?: (text: string) => string;
  /** It is not broken where it fits into a line of its own. */
  readonly isWhole?: boolean;
}

/** Characters that take two columns of a terminal: East Asian wide ones, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
/** Characters that take none: they join the one before. */
const COMBINING = /[\p{Mn}\p{Me}\p{Cf}]/u;
const ASCII = /^[\x20-\x7e]*$/;

/** How many columns of a terminal a safe text takes. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

function characterWidth(character: string): number {
  if (COMBINING.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/**
 * The lines that spans take between `indent` and `columns`; those after the first stand `hanging` columns further in. Breaks
 * between words, and inside one only where it is longer than a line. Without `columns` it is one line.
 */
export function layoutLine(
  spans: readonly Span[],
  columns: number | undefined,
  indent: number,
  hanging = 2,
): readonly string[] {
  const first = ' '.repeat(indent);
  if (columns === undefined) return [`${first}${spans.map(paintSpan).join('')}`];
  const rest = ' '.repeat(indent + hanging);
  const lines = wrapSpans(spans, Math.max(columns - indent, 1), Math.max(columns - indent - hanging, 1));
  return lines.map((line, index) => {
    // Blanks at the end of a value belong to it.
    const shown = index === lines.length - 1 ? line : trimEnd(line);
    return `${index === 0 ? first : rest}${joinSpans(shown)}`;
  });
}

/** The lines of at most `width` columns that a text takes. At least one. */
export function wrapText(text: string, width: number): readonly string[] {
  return wrapSpans([{ text }], width, width).map((line) => line.map((span) => span.text).join(''));
}

function wrapSpans(spans: readonly Span[], first: number, rest: number): readonly (readonly Span[])[] {
  const lines: Span[][] = [[]];
  let room = first;
  const breakLine = (): void => {
    lines.push([]);
    room = rest;
  };
  const put = (span: Span, width: number): void => {
    lines.at(-1)?.push(span);
    room -= width;
  };
  for (const word of spans.flatMap(wordsOf)) {
    const width = displayWidth(word.text);
    const isSpace = word.text.trim() === '';
    if (width <= room) put(word, width);
    // What separates words is not carried over to the next line.
    else if (isSpace) breakLine();
    else if (width <= rest) {
      breakLine();
      put(word, width);
    } else {
      for (const piece of piecesOf(word.text, room, rest)) {
        const size = displayWidth(piece);
        if (size > room) breakLine();
        put({ ...word, text: piece }, size);
      }
    }
  }
  const [beginning = [], ...others] = lines;
  return [beginning, ...others.filter((line) => line.length > 0)];
}

function wordsOf(span: Span): readonly Span[] {
  if (span.isWhole === true) return [span];
  return (span.text.match(/\s+|\S+/gu) ?? []).map((text) => ({ ...span, text }));
}

/** A word that is longer than a line: as much as there is room for now, then full lines. */
function piecesOf(word: string, room: number, full: number): readonly string[] {
  const pieces: string[] = [];
  let piece = '';
  let left = room < 8 ? full : room;
  for (const character of word) {
    const width = characterWidth(character);
    if (width > left && piece !== '') {
      pieces.push(piece);
      piece = '';
      left = full;
    }
    piece += character;
    left -= width;
  }
  return piece === '' ? pieces : [...pieces, piece];
}

/** Neighbours of one colour are painted together: fewer codes, and the same picture. */
function joinSpans(spans: readonly Span[]): string {
  const merged: Span[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last !== undefined && last.paint === span.paint)
      merged[merged.length - 1] = { ...last, text: last.text + span.text };
    else merged.push(span);
  }
  return merged.map(paintSpan).join('');
}

function trimEnd(spans: readonly Span[]): readonly Span[] {
  const end = spans.findLastIndex(({ text }) => text.trim() !== '');
  return spans.slice(0, end + 1).map((span, index) => (index === end ? { ...span, text: span.text.trimEnd() } : span));
}

function paintSpan({ text, paint }: Span): string {
  return paint === undefined || text === '' ? text : paint(text);
}
