import { isJsonObject, type JsonValue, parseJson } from './json.ts';
import type { NodePath } from './source.ts';
import { DuplicateKeyError } from './yaml-construct.ts';
import { ScanError } from './yaml-events.ts';
import { fitsInt64 } from './yaml-scalar.ts';

export interface JsonLimits {
  readonly documentNodes: number;
  readonly depth: number;
}

/**
 * Reads a document that starts with `{` as JSON, as kubectl tries first.
 *
 * @returns `undefined` when it is not JSON: it may still be YAML in flow style.
 * @throws {ScanError} for JSON that breaks a limit, {@link DuplicateKeyError} for a key written twice.
 */
export function readJsonDocument(
  text: string,
  limits: JsonLimits,
): { readonly value: JsonValue; readonly roundedIntegers: readonly NodePath[] } | undefined {
  // Before JSON.parse, whose reviver is recursive; and JSON.parse forgets that a key stood there twice.
  const shape = checkShape(text, limits);
  let value: JsonValue;
  try {
    value = HAS_LARGE_NUMBER.test(text) ? parseJson(text) : (JSON.parse(text) as JsonValue);
  } catch {
    return undefined;
  }
  if (shape.problem !== undefined) throw shape.problem;
  if (!shape.hasEscapes && !HAS_LARGE_NUMBER.test(text)) return { value, roundedIntegers: [] };
  const roundedIntegers: NodePath[] = [];
  const normalized = normalize(value, [], roundedIntegers);
  return normalized === undefined ? undefined : { value: normalized, roundedIntegers };
}

/** Numbers that a double may not hold. */
const HAS_LARGE_NUMBER = /\d{16}|[eE]\+?\d{3}/;

/**
 * Integers beyond 64 bits become doubles, half surrogates U+FFFD: both as Go reads them.
 *
 * @returns `undefined` for a number beyond a double, which Go's JSON refuses and YAML takes for a string.
 */
function normalize(value: JsonValue, path: NodePath, rounded: NodePath[]): JsonValue | undefined {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'bigint') {
    if (fitsInt64(value)) return value;
    rounded.push(path);
    return Number.isFinite(Number(value)) ? Number(value) : undefined;
  }
  if (Array.isArray(value)) {
    const items = value.map((item: JsonValue, index) => normalize(item, [...path, index], rounded));
    return items.includes(undefined) ? undefined : (items as JsonValue[]);
  }
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => {
    return [key.toWellFormed(), normalize(item, [...path, key], rounded)] as const;
  });
  return entries.some(([, item]) => item === undefined)
    ? undefined
    : Object.fromEntries(entries as readonly (readonly [string, JsonValue])[]);
}

interface Frame {
  /** `undefined` in a list. */
  readonly keys: Set<string> | undefined;
  expectsKey: boolean;
}

/** One pass over the tokens of (presumably) JSON: limits and duplicate keys, which JSON.parse does not tell. */
function checkShape(text: string, limits: JsonLimits): { readonly problem?: ScanError; readonly hasEscapes: boolean } {
  const frames: Frame[] = [];
  let nodes = 0;
  let hasEscapes = false;
  const token = /"(?:[^"\\]|\\[\s\S])*"|[{}[\],:]|[^\s"{}[\],:]+/g;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [lexeme] = match;
    const frame = frames.at(-1);
    if (lexeme === '{' || lexeme === '[') {
      nodes += 1;
      frames.push({ keys: lexeme === '{' ? new Set() : undefined, expectsKey: lexeme === '{' });
      if (frames.length > limits.depth) {
        return {
          hasEscapes,
          problem: new ScanError(`nested deeper than ${limits.depth} levels (limits.depth)`, match.index),
        };
      }
    } else if (lexeme === '}' || lexeme === ']') frames.pop();
    else if (lexeme === ',') {
      if (frame !== undefined) frame.expectsKey = frame.keys !== undefined;
    } else if (lexeme === ':') {
      if (frame !== undefined) frame.expectsKey = false;
    } else {
      nodes += 1;
      if (lexeme.includes('\\')) hasEscapes = true;
      if (frame?.keys === undefined || !frame.expectsKey) continue;
      const key = decodeKey(lexeme);
      if (frame.keys.has(key)) {
        return { hasEscapes, problem: new DuplicateKeyError('a key that stands twice in one mapping', match.index) };
      }
      frame.keys.add(key);
    }
    if (nodes > limits.documentNodes) {
      return {
        hasEscapes,
        problem: new ScanError(`more than ${limits.documentNodes} nodes (limits.documentNodes)`, match.index),
      };
    }
  }
  return { hasEscapes };
}

function decodeKey(lexeme: string): string {
  try {
    return String(JSON.parse(lexeme));
  } catch {
    return lexeme;
  }
}
