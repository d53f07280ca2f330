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
  /** Kept while somebody is asking: findings come in groups. */
  #places: WeakRef<{ readonly root: PlacedNode | undefined }> | undefined;

  constructor(
    file: string,
    value: JsonValue,
    place: { readonly text: string; readonly start: number; readonly end: number; readonly maxDepth: number },
  ) {
    this.file = file;
    this.value = value;
    this.#fileText = place.text;
    this.#start = place.start;
    this.#end = place.end;
    this.#maxDepth = place.maxDepth;
  }

  locate(path: NodePath): Position {
    return positionAt(this.#fileText, this.#start + (this.#find(path)?.offset ?? 0));
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

/** Line and column, from 1, of an offset in UTF-16 units. CRLF, LF and CR end lines. */
export function positionAt(text: string, offset: number): Position {
  let line = 1;
  let lineStart = 0;
  for (let index = 0; index < offset && index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 0x0d && text.charCodeAt(index + 1) === 0x0a) continue;
    if (code !== 0x0a && code !== 0x0d) continue;
    line += 1;
    lineStart = index + 1;
  }
  return { line, column: Math.max(1, offset - lineStart + 1) };
}
