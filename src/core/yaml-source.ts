import type { JsonValue } from './json.ts';
import type { NodePath, Position, ScalarText, SourceDocument } from './source.ts';
import { type ScannedDocument, scanDocument } from './yaml-events.ts';
import { findPlace, type PlacedEntry, type PlacedNode, placeNodes } from './yaml-locate.ts';

/** A document of a file that knows its text, and scans it again when somebody asks where a node stands. */
export class TextDocument implements SourceDocument {
  readonly file: string;
  readonly value: JsonValue;
  readonly #fileText: string;
  readonly #start: number;
  readonly #end: number;
  readonly #maxDepth: number;
  readonly #lines: LineIndex;
  /** What was asked for once is asked for again when the repository is read again: by path. */
  #positions: Map<string, Position> | undefined;
  /** Kept while somebody is asking: findings come in groups. */
  #places: WeakRef<{ readonly root: PlacedNode | undefined }> | undefined;

  constructor(
    file: string,
    value: JsonValue,
    place: {
      readonly text: string;
      readonly start: number;
      readonly end: number;
      readonly maxDepth: number;
      readonly lines: LineIndex;
    },
  ) {
    this.file = file;
    this.value = value;
    this.#fileText = place.text;
    this.#start = place.start;
    this.#end = place.end;
    this.#maxDepth = place.maxDepth;
    this.#lines = place.lines;
  }

  locate(path: NodePath): Position {
    this.#positions ??= new Map();
    const key = JSON.stringify(path);
    const known = this.#positions.get(key);
    if (known !== undefined) return known;
    const position = this.#lines.positionAt(this.#start + (this.#find(path)?.offset ?? 0));
    this.#positions.set(key, position);
    return position;
  }

  scalar(path: NodePath): ScalarText | undefined {
    return this.#find(path)?.node?.scalar;
  }

  key(path: NodePath): ScalarText | undefined {
    return this.#find(path)?.entry?.key;
  }

  #find(
    path: NodePath,
  ): { readonly offset: number; readonly node?: PlacedNode; readonly entry?: PlacedEntry } | undefined {
    const root = this.#root();
    return root === undefined ? undefined : findPlace(root, path);
  }

  #root(): PlacedNode | undefined {
    const known = this.#places?.deref();
    if (known !== undefined) return known.root;
    const places = { root: this.#scan() };
    this.#places = new WeakRef(places);
    return places.root;
  }

  #scan(): PlacedNode | undefined {
    let scanned: ScannedDocument;
    try {
      scanned = scanDocument(this.#fileText.slice(this.#start, this.#end), this.#maxDepth);
      return placeNodes(scanned);
    } catch {
      // JSON that is no YAML (a tab before a value, say): the document's start has to do.
      return undefined;
    }
  }
}

/** Lines and columns of offsets in one text. The table of lines is made when somebody first asks, and serves all documents of the file. */
export class LineIndex {
  readonly #text: string;
  #starts: readonly number[] | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** From 1, of an offset in UTF-16 units. CRLF, LF and CR end lines. */
  positionAt(offset: number): Position {
    this.#starts ??= lineStarts(this.#text);
    const line = lastAtOrBefore(this.#starts, offset);
    return { line: line + 1, column: offset - (this.#starts[line] ?? 0) + 1 };
  }
}

function lineStarts(text: string): readonly number[] {
  return [0, ...Array.from(text.matchAll(/\r\n|\n|\r/g), (match) => match.index + match[0].length)];
}

/** Index of the last of the sorted numbers that is not above `value`; the first is 0. */
function lastAtOrBefore(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((sorted[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
