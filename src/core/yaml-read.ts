import type { JsonValue } from './json.ts';
import type { NodePath, Position, SourceDocument } from './source.ts';
import { constructDocument, DuplicateKeyError } from './yaml-construct.ts';
import { ScanError, scanDocument } from './yaml-events.ts';
import { readJsonDocument } from './yaml-json.ts';
import { LineIndex, TextDocument } from './yaml-source.ts';

export interface YamlLimits {
  /** Nodes of one document, counted after alias expansion. */
  readonly documentNodes: number;
  /** Nesting of collections. */
  readonly depth: number;
}

/** One document of a stream: judged alone, so that a broken one hides none of its neighbours. */
export type YamlResult =
  | {
      readonly ok: true;
      readonly document: SourceDocument;
      /** Integers outside int64 and uint64: read as the nearest double, as kubectl does. */
      readonly roundedIntegers: readonly NodePath[];
    }
  | { readonly ok: false; readonly error: YamlProblem };

/** `reason` is in plain words and never quotes the document: it may be a Secret. */
export interface YamlProblem {
  readonly code: 'InvalidYAML' | 'DuplicateKey';
  readonly reason: string;
  readonly position: Position;
}

/**
 * Reads every document of a file as kubectl does: YAML 1.1 scalars of sigs.k8s.io/yaml, JSON first where a document starts with `{`,
 * and, stricter than its default, no key twice in one mapping. Pure; never throws, whatever the text.
 *
 * @returns a result for each document in order; none for a file without any content.
 */
export function readYaml(file: string, text: string, limits: YamlLimits): readonly YamlResult[] {
  const source = { file, text, lines: new LineIndex(text), limits };
  return splitDocuments(text).map(({ start, end }) => readDocument(source, start, end));
}

interface Source {
  readonly file: string;
  readonly text: string;
  readonly lines: LineIndex;
  readonly limits: YamlLimits;
}

function readDocument({ file, text, lines, limits }: Source, start: number, end: number): YamlResult {
  try {
    const { value, roundedIntegers } = readValue(text.slice(start, end), limits);
    const document = new TextDocument(file, value, { text, lines, start, end, maxDepth: limits.depth });
    return { ok: true, document, roundedIntegers };
  } catch (error) {
    if (!(error instanceof ScanError)) throw error;
    const position = lines.positionAt(start + error.offset);
    const code = error instanceof DuplicateKeyError ? 'DuplicateKey' : 'InvalidYAML';
    return { ok: false, error: { code, reason: sentence(code, error.message), position } };
  }
}

/** What the scanner means by its terser complaints. */
const PLAIN_REASONS = new Map([
  ['deficient indentation', 'the indentation is too small, or a bracket or quote before it is not closed'],
  ['bad indentation of a mapping entry', 'the indentation of this entry does not fit the entries before it'],
  ['bad indentation of a sequence entry', 'the indentation of this entry does not fit the entries before it'],
]);

function sentence(code: YamlProblem['code'], reason: string): string {
  if (code === 'DuplicateKey') return 'A key stands twice in one mapping: remove one of them.';
  return `This is not valid YAML: ${PLAIN_REASONS.get(reason) ?? reason}.`;
}

function readValue(
  source: string,
  limits: YamlLimits,
): { readonly value: JsonValue; readonly roundedIntegers: readonly NodePath[] } {
  if (/^\s*\{/.test(source)) {
    const read = readJsonDocument(source, limits);
    if (read !== undefined) return read;
  }
  return constructDocument(scanDocument(source, limits.depth), limits);
}

/**
 * The documents of a stream. A line that starts with `---` or `...` ends a document wherever it stands: no scalar of YAML may hold one, and
 * kubectl splits there before it parses. Directives belong to the document behind them.
 */
export function splitDocuments(text: string): readonly { readonly start: number; readonly end: number }[] {
  const documents: { start: number; end: number }[] = [];
  // A byte order mark is not part of the text.
  let start = text.startsWith('\uFEFF') ? 1 : 0;
  const add = (end: number): void => {
    if (hasContent(text.slice(start, end))) documents.push({ start, end });
  };
  const marker = /^(?<mark>---|\.\.\.)(?=[ \t\r\n]|$)[^\r\n]*/gm;
  for (let match = marker.exec(text); match !== null; match = marker.exec(text)) {
    const isStart = match.groups?.mark === '---';
    if (isStart && isDirectives(text.slice(start, match.index))) continue;
    add(match.index);
    start = isStart ? match.index : match.index + match[0].length;
  }
  add(text.length);
  return documents;
}

function hasContent(source: string): boolean {
  return /^(?![ \t\r]*(?:#|$|---[ \t\r]*(?:#|$)))/m.test(source);
}

function isDirectives(source: string): boolean {
  return source.startsWith('%') && /^(?:[%#][^\r\n]*|[ \t]*)(?:\r?\n(?:[%#][^\r\n]*|[ \t]*))*$/.test(source);
}
