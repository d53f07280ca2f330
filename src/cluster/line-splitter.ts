import { StringDecoder } from 'node:string_decoder';
import { tooLarge } from './transport.ts';

/** Lines of a text that comes in pieces, which may end in the middle of a character. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  readonly #maxLength: number;
  readonly #parts: string[] = [];
  #length = 0;

  /** @param maxLength of one line, in UTF-16 units. */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** @returns the lines that are complete now, without those that are empty. @throws {ApiError} for one that is too long. */
  add(chunk: Buffer): readonly string[] {
    const text = this.#decoder.write(chunk);
    const lines: string[] = [];
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      this.#keep(text.slice(start, end));
      const line = this.#parts.length === 1 ? (this.#parts[0] ?? '') : this.#parts.join('');
      this.#parts.length = 0;
      this.#length = 0;
      if (line !== '') lines.push(line);
      start = end + 1;
    }
    this.#keep(start === 0 ? text : text.slice(start));
    return lines;
  }

  #keep(part: string): void {
    if (part === '') return;
    this.#length += part.length;
    if (this.#length > this.#maxLength) throw tooLarge();
    this.#parts.push(part);
  }
}
