import { plainText } from '../../report/plain-text.ts';
import type { Style } from '../../report/style.ts';
import { wrapText } from '../../report/wrap-text.ts';
import type { Output } from '../io.ts';

/** A line of this length is read without effort, and no line is longer. */
const COLUMNS = 100;

/** Tells a story on a terminal, or wherever it goes: with time to read it where somebody looks on. */
export class Narrator {
  readonly style: Style;
  readonly #output: Output;
  readonly #signal: AbortSignal;

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
    await this.#write(wrapText(text, Math.min(this.#output.columns ?? COLUMNS, COLUMNS)));
  }

  /** What a person would type, and what it printed. */
  async command(line: string, printed: readonly string[] = []): Promise<void> {
    await this.#write(['', `  ${this.style.strong(`$ ${line}`)}`]);
    await this.show(printed);
  }

  /** Lines as they are: nothing in them is to reach the terminal but text and our own colours. */
  async show(lines: readonly string[]): Promise<void> {
    await this.#write([...lines.map((line) => `  ${line}`.trimEnd()), ...(lines.length === 0 ? [] : [''])]);
  }

  /** Time to read, where somebody looks on. */
  async pause(seconds: number): Promise<void> {
    if (!this.#output.isTTY) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, seconds * 1000);
      this.#signal.addEventListener('abort', end, { once: true });
      if (this.#signal.aborted) end();
    });
  }

  async #write(lines: readonly string[]): Promise<void> {
    this.#signal.throwIfAborted();
    await this.#output.write(lines.map((line) => `${line}\n`).join(''));
  }
}

/** Lines of a text that a repository, git or a server wrote. */
export function plainLines(text: string): readonly string[] {
  return text.trimEnd().split('\n').map(plainText);
}
