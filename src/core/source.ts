import type { JsonValue } from './json.ts';

/** A place in a file. Both count from 1; `column` counts UTF-16 code units, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The way from a document's root to a node: keys and list indices. */
export type NodePath = readonly (string | number)[];

/**
 * One document of a file, and where its nodes stand in it.
 *
 * Positions are found again on demand (the happy path of rendering never asks), so asking costs one scan of the document.
 */
export interface SourceDocument {
  /** Path inside the repository, `/` as separator. */
  readonly file: string;
  readonly value: JsonValue;
  /** Position of the node at `path`, of its nearest existing ancestor if there is none. For a mapping's entry: its key. */
  locate(path: NodePath): Position;
  /**
   * The scalar at `path` as it was written, `undefined` where there is no scalar. `plain` is false for quoted and block scalars.
   * Only to be shown where the value may be shown: never for a Secret.
   */
  scalar(path: NodePath): ScalarText | undefined;
  /** The key of the entry at `path` as it was written. */
  key(path: NodePath): ScalarText | undefined;
}

/** The text of a scalar, without quotes. */
export interface ScalarText {
  readonly text: string;
  readonly plain: boolean;
}

/** Where an object came from: a document, and for an item of a `kind: List` the path to the item. */
export interface SourceRef {
  readonly document: SourceDocument;
  readonly path: NodePath;
}

/** File, line and column of a node below an object. */
export function locate(source: SourceRef, path: NodePath = []): Position & { readonly file: string } {
  const { line, column } = source.document.locate([...source.path, ...path]);
  return { file: source.document.file, line, column };
}
