import { collection, type LayoutEntry, type LayoutItem, type LayoutNode } from './yaml-layout.ts';

/** The places of all nodes of a text that was read as JSON without an error. */
export function jsonLayoutOf(text: string): LayoutNode {
  return new JsonLayoutReader(text).node();
}

class JsonLayoutReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  node(): LayoutNode {
    this.#skip();
    const start = this.#at;
    const first = this.#text[start];
    if (first === '{') return this.#mapping(start);
    if (first === '[') return this.#sequence(start);
    const token = /"(?:[^"\\]|\\[\s\S])*"|[^\s"{}[\],:]+/y;
    token.lastIndex = start;
    this.#at = start + (token.exec(this.#text)?.[0].length ?? 0);
    return { ...collection('mapping', 'json', { start, end: this.#at }, {}), kind: 'scalar' };
  }

  #mapping(start: number): LayoutNode {
    const entries: LayoutEntry[] = [];
    for (let more = this.#open('}'); more; more = this.#continue()) {
      const keyNode = this.node();
      this.#skip();
      this.#at += 1;
      const key = String(JSON.parse(this.#text.slice(keyNode.start, keyNode.end))).toWellFormed();
      const about = { start: keyNode.start, slot: this.#at, key, keyNode, isMerge: false, hasColon: true };
      entries.push({ ...about, node: this.node() });
    }
    return collection('mapping', 'json', { start, end: this.#at }, { entries });
  }

  #sequence(start: number): LayoutNode {
    const items: LayoutItem[] = [];
    for (let more = this.#open(']'); more; more = this.#continue()) {
      const node = this.node();
      items.push({ start: node.start, slot: node.start, node });
    }
    return collection('sequence', 'json', { start, end: this.#at }, { items });
  }

  /** @returns whether there is something between the brackets. */
  #open(close: string): boolean {
    this.#at += 1;
    this.#skip();
    if (this.#text[this.#at] !== close) return true;
    this.#at += 1;
    return false;
  }

  /** Behind a comma there is more, behind a bracket not. */
  #continue(): boolean {
    this.#skip();
    const isComma = this.#text[this.#at] === ',';
    this.#at += 1;
    return isComma;
  }

  #skip(): void {
    while (/\s/.test(this.#text[this.#at] ?? 'x')) this.#at += 1;
  }
}
