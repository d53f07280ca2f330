import fc from 'fast-check';
import type { JsonValue, NodePath } from '../../src/core/index.ts';

/** A document in some layout, and the text of each of its nodes. */
export interface WrittenYaml {
  readonly text: string;
  readonly value: JsonValue;
  readonly nodes: readonly WrittenNode[];
}

export interface WrittenNode {
  readonly path: NodePath;
  /** From its key or dash to its last character, in `text`. */
  readonly start: number;
  readonly end: number;
}

/** What a layout is drawn from: one number after the other. */
class Choices {
  readonly #numbers: readonly number[];
  #next = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  below(count: number): number {
    const number = this.#numbers[this.#next % this.#numbers.length] ?? 0;
    this.#next += 1;
    return (number + Math.floor(this.#next / this.#numbers.length)) % count;
  }

  is(): boolean {
    return this.below(2) === 1;
  }
}

const KEYS = ['a', 'b', 'image', 'app.kubernetes.io/name', 'x y', '8080', 'true', '~', 'key: #', '__proto__', 'é'];
const TEXTS = [
  '',
  'web',
  'yes',
  '1.5',
  '# no comment',
  'a: b',
  "it's",
  'two\nlines\n',
  'one\n\ntwo',
  '\ttab',
  ' x',
  '- a',
  '{',
  'é\n',
  'end\n\n',
];

const scalar = fc.oneof(
  fc.constantFrom<JsonValue>(...TEXTS),
  fc.constantFrom<JsonValue>(null, true, false, 0, 3, -1, 1.5, 1e21, 9007199254740993n),
);

/** Values of the kinds that manifests have. */
export const jsonValue: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc
      .uniqueArray(fc.tuple(fc.constantFrom(...KEYS), tie('value')), { maxLength: 4, selector: ([key]) => key })
      .map((entries) => Object.fromEntries(entries)),
  ),
})).value;

const rootValue = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...KEYS), jsonValue), { minLength: 1, maxLength: 5, selector: ([key]) => key })
  .map((entries): JsonValue => Object.fromEntries(entries));

/** Documents with comments, quotes, blocks, brackets and indentation of all kinds. */
export const writtenYaml: fc.Arbitrary<WrittenYaml> = fc
  .tuple(rootValue, fc.array(fc.nat(1000), { minLength: 20, maxLength: 60 }))
  .map(([value, numbers]) => new Writer(new Choices(numbers)).document(value));

class Writer {
  readonly #choices: Choices;
  readonly #nodes: { path: NodePath; start: number; end: number }[] = [];
  readonly #step: number;
  readonly #list: number;
  #text = '';
  #comments = 0;

  constructor(choices: Choices) {
    this.#choices = choices;
    this.#step = 1 + choices.below(4);
    this.#list = choices.below(4);
  }

  document(value: JsonValue): WrittenYaml {
    if (this.#choices.is()) this.#text += `# c${this.#comments++}\n`;
    if (this.#choices.is()) this.#text += '--- # start\n';
    this.#block(value, 0, []);
    if (!this.#text.endsWith('\n') && this.#choices.below(4) > 0) this.#text += '\n';
    if (this.#text.endsWith('\n') && this.#choices.is()) this.#text += `\n# c${this.#comments++}\n`;
    return { text: this.#text, value, nodes: this.#nodes };
  }

  /** A collection that has something, at the start of a line or where its first line goes on. */
  #block(value: JsonValue, column: number, path: NodePath): void {
    const entries: [string | number, JsonValue][] = Array.isArray(value)
      ? value.map((item, index) => [index, item])
      : Object.entries(value as object);
    for (const [index, [key, item]] of entries.entries()) {
      if (index > 0) this.#newLine(column);
      const start = this.#text.length;
      this.#text += typeof key === 'number' ? '-' : `${this.#key(key)}:`;
      const node = { path: [...path, key], start, end: 0 };
      this.#nodes.push(node);
      this.#slot(item, column, node.path, typeof key === 'number');
      node.end = this.#text.trimEnd().length;
      if (node.end < start) node.end = this.#text.length;
      this.#comment();
    }
  }

  #slot(value: JsonValue, column: number, path: NodePath, isItem: boolean): void {
    const isFilled = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
    if (isFilled && this.#choices.below(5) > 0) {
      const deeper = column + (isItem ? 2 : Array.isArray(value) ? this.#list : this.#step);
      if (isItem && this.#choices.is()) this.#text += ' ';
      else {
        this.#comment();
        this.#newLine(deeper);
      }
      this.#block(value, deeper, path);
      return;
    }
    if (value === null && this.#choices.is()) return;
    this.#text += ' '.repeat(1 + this.#choices.below(2));
    if (
      typeof value === 'string' &&
      /^[a-zé]/.test(value) &&
      value.endsWith('\n') &&
      !value.endsWith('\n\n') &&
      this.#choices.is()
    ) {
      const indent = ' '.repeat(column + this.#step + 1);
      this.#text += `|\n${value
        .trimEnd()
        .split('\n')
        .map((line) => (line === '' ? '' : indent + line))
        .join('\n')}`;
      return;
    }
    this.#flow(value, path, column);
  }

  #flow(value: JsonValue, path: NodePath, column: number): void {
    if (typeof value !== 'object' || value === null) {
      this.#text += this.#scalar(value);
      return;
    }
    const isList = Array.isArray(value);
    const isSpread = this.#choices.is();
    this.#text += isList ? '[' : '{';
    const entries = Object.entries(value) as [string, JsonValue][];
    for (const [index, [key, item]] of entries.entries()) {
      if (isSpread) {
        this.#comment();
        this.#newLine(column + 2 + this.#step);
      } else if (this.#choices.is()) this.#text += ' ';
      const node = { path: [...path, isList ? index : key], start: this.#text.length, end: 0 };
      this.#nodes.push(node);
      if (!isList) this.#text += `${this.#key(key)}: `;
      this.#flow(item, node.path, column + this.#step);
      node.end = this.#text.length;
      if (index < entries.length - 1 || this.#choices.below(3) === 0) this.#text += this.#choices.is() ? ',' : ' ,';
    }
    if (isSpread) {
      this.#comment();
      this.#newLine(column + 1);
    }
    this.#text += isList ? ']' : '}';
  }

  #key(key: string): string {
    return /^[a-z][\w./]*$/.test(key) && key !== 'true' && this.#choices.is() ? key : JSON.stringify(key);
  }

  #scalar(value: null | boolean | number | bigint | string): string {
    if (typeof value === 'string') {
      if (/^(?:web)$/.test(value) && this.#choices.is()) return value;
      if (!/[\n\t]/.test(value) && this.#choices.is()) return `'${value.replaceAll("'", "''")}'`;
      return JSON.stringify(value);
    }
    return value === 1e21 ? '1.0e+21' : `${value}`;
  }

  /** At the end of a line, sometimes. */
  #comment(): void {
    if (
      !this.#text.endsWith('\n') &&
      !/\|\n[^\n]*(?:\n[^\n]*)*$/.test(this.#lastLines()) &&
      this.#choices.below(3) === 0
    ) {
      this.#text += ` # c${this.#comments++}`;
    }
  }

  /** From the last block scalar on, if the text ends in one: nothing there is a comment. */
  #lastLines(): string {
    const header = this.#text.lastIndexOf('|\n');
    const last = this.#nodes.findLast(({ end }) => end === 0 || end === this.#text.length);
    return header >= 0 && last !== undefined && header > last.start ? this.#text.slice(header) : '';
  }

  #newLine(column: number): void {
    this.#text += '\n';
    if (this.#choices.below(6) === 0) this.#text += '\n';
    if (this.#choices.below(4) === 0) this.#text += `${' '.repeat(column)}# c${this.#comments++}\n`;
    this.#text += ' '.repeat(column);
  }
}
