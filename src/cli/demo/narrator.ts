import { setTimeout } from 'node:timers/promises';
import { GitfedError } from '../../errors.ts';
import { plainText } from '../../report/plain-text.ts';
import type { Style } from '../../report/style.ts';
import { displayWidth } from '../../report/text-layout.ts';
import { wrapText } from '../../report/wrap-text.ts';
import type { Output } from '../io.ts';

/** A line of this length is read without effort, and no line is longer. */
const COLUMNS = 100;

/** Tells a story on a terminal, or wherever it goes: with time to read it where somebody looks on. */
export class Narrator {
  readonly style: Style;
  readonly #output: Output;
  readonly #signal: AbortSignal;
  #isBlank = true;

  constructor(output: Output, style: Style, signal: AbortSignal) {
    this.#output = output;
    this.style = style;
    this.#signal = signal;
  }

  /** The title of a step. */
  async heading(text: string): Promise<void> {
    await this.#write(['', this.style.strong(text), '']);
  }

  /** One paragraph. */
  async say(text: string): Promise<void> {
    await this.#write(['', ...wrapText(text, this.#columns)]);
  }

  /** What a person would type, and what it printed. */
  async command(line: string, printed: readonly string[] = []): Promise<void> {
    await this.#write([
      '',
      `  ${this.style.faint('$')} ${this.style.strong(line)}`,
      ...indented(printed, this.#columns),
      '',
    ]);
  }

  /** Lines as they are: nothing in them is to reach the terminal but text and our own colours. */
  async show(lines: readonly string[]): Promise<void> {
    await this.#write(['', ...indented(lines, this.#columns), '']);
  }

  /** Time to read, where somebody looks on. */
  async pause(seconds: number): Promise<void> {
    if (!this.#output.isTTY) return;
    await setTimeout(seconds * 1000, undefined, { signal: this.#signal });
  }

  get #columns(): number {
    return Math.min(this.#output.columns ?? COLUMNS, COLUMNS);
  }

  /** No two empty lines in a row. */
  async #write(lines: readonly string[]): Promise<void> {
    this.#signal.throwIfAborted();
    for (const line of lines) {
      if (line === '' && this.#isBlank) continue;
      this.#isBlank = line === '';
      await this.#output.write(`${line}\n`);
    }
    if (this.#output.isClosed === true) throw new GitfedError('USAGE', 'Nobody reads the story of the demo any more.');
  }
}

function indented(lines: readonly string[], columns: number): readonly string[] {
  return lines.flatMap((line) => {
    const shown = `  ${line}`.trimEnd();
    if (displayWidth(shown) <= columns) return [shown];
    return wrapText(line, columns, 2, line.search(/\S/) + 2);
  });
}

/** Lines of a text that a repository, git or a server wrote. */
export function plainLines(text: string): readonly string[] {
  return text.trimEnd().split('\n').map(plainText);
}
