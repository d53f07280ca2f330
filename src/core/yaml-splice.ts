/** A part of a text that is replaced: everything outside of it stays as it is. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with its parts replaced. They must not overlap; of two at one place the first stands first. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  let result = '';
  let at = 0;
  for (const { start, end, text: replacement } of splices.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(at, start) + replacement;
    at = end;
  }
  return result + text.slice(at);
}

/** Lines and columns of a text that is edited. */
export class TextLines {
  readonly text: string;
  /** What ends its lines. */
  readonly lineBreak: string;

  /** @param file the text of the whole file, which may have more lines. */
  constructor(text: string, file = text) {
    this.text = text;
    this.lineBreak = /\r\n|\n|\r/.exec(file)?.[0] ?? '\n';
  }

  /** Where the line of an offset begins. */
  startOf(offset: number): number {
    const before = this.text.slice(0, offset);
    return Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\r')) + 1;
  }

  /** Where the line of an offset ends, before its line break. */
  endOf(offset: number): number {
    const rest = /[\r\n]/g;
    rest.lastIndex = offset;
    return rest.exec(this.text)?.index ?? this.text.length;
  }

  /** Where the next line begins. */
  after(offset: number): number {
    const end = this.endOf(offset);
    return this.text.startsWith('\r\n', end) ? end + 2 : Math.min(end + 1, this.text.length);
  }

  columnOf(offset: number): number {
    return offset - this.startOf(offset);
  }

  /** Whether nothing but white space stands before an offset in its line. */
  isFirst(offset: number): boolean {
    return this.text.slice(this.startOf(offset), offset).trim() === '';
  }

  /** Whether two offsets are in different lines. */
  isBelow(upper: number, lower: number): boolean {
    return /[\r\n]/.test(this.text.slice(upper, lower));
  }

  /** Lines with the line breaks of this text. */
  join(lines: readonly string[]): string {
    return lines.join('\n').replaceAll('\n', this.lineBreak);
  }

  /** Lines below the line of an offset. */
  insertBelow(offset: number, lines: readonly string[]): readonly Splice[] {
    if (lines.length === 0) return [];
    const end = this.endOf(offset);
    return [{ start: end, end, text: `${this.lineBreak}${this.join(lines)}` }];
  }

  /** Takes away all lines of a part. */
  removeLines(start: number, end: number): Splice {
    const from = this.startOf(start);
    const to = this.after(end);
    const isLast = to === this.text.length && !/[\r\n]$/.test(this.text);
    // The last line has no line break behind it, so the one in front of it goes.
    const lineBreak = isLast ? (/(?:\r\n|\n|\r)$/.exec(this.text.slice(0, from))?.[0].length ?? 0) : 0;
    return { start: from - lineBreak, end: to, text: '' };
  }
}
