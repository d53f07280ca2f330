import { decodePointerToken, type FieldStep } from './field-path.ts';
import { isJsonObject, type JsonArray, type JsonValue } from './json.ts';
import type { NodePath } from './source.ts';

/** A path as a person wrote it, or what is wrong with it: `reason` continues the sentence "the path …". */
export type ParsedFieldPath =
  | { readonly ok: true; readonly steps: readonly FieldStep[] }
  | { readonly ok: false; readonly reason: string };

/**
 * Reads `spec.containers[0].image`, `.spec.containers[name="web"].image`, `metadata.annotations["shop.example/owner"]`,
 * `metadata.annotations.shop\.example/owner` and the JSON pointer `/spec/containers/0/image`. Pure; never throws.
 */
export function parseFieldPath(text: string): ParsedFieldPath {
  if (text.startsWith('/')) return { ok: true, steps: text.slice(1).split('/').map(decodePointerToken) };
  const steps: FieldStep[] = [];
  let rest = text.startsWith('.') || text.startsWith('[') ? text : `.${text}`;
  while (rest !== '') {
    const match = STEP.exec(rest);
    const step = match?.groups === undefined ? undefined : readStep(match.groups);
    if (match === null || step === undefined) {
      return { ok: false, reason: `cannot be read from ${JSON.stringify(rest)} on` };
    }
    steps.push(step);
    rest = rest.slice(match[0].length);
  }
  return { ok: true, steps };
}

const QUOTED = String.raw`"(?:[^"\\]|\\.)*"|'[^']*'`;
const STEP = new RegExp(
  String.raw`^(?:\.(?<word>(?:\\.|[^.[\]\\])+)|\[(?:(?<index>\d{1,9})|(?<quoted>${QUOTED})|(?<keys>(?:${QUOTED}|[^\]"'])+))\])`,
);
const KEY = new RegExp(`^(?<field>[^=,]+)=(?<value>${QUOTED}|[^,]*)(?:,|$)`);

function readStep({ word, index, quoted, keys }: Readonly<Record<string, string | undefined>>): FieldStep | undefined {
  if (word !== undefined) return word.replace(/\\(.)/g, '$1');
  if (index !== undefined) return Number(index);
  return quoted === undefined ? readKeys(keys ?? '') : unquote(quoted);
}

function readKeys(text: string): FieldStep | undefined {
  const key: (readonly [string, string | number])[] = [];
  let rest = text;
  while (rest !== '') {
    const match = KEY.exec(rest);
    const value = match?.groups?.value === undefined ? undefined : readValue(match.groups.value);
    if (match === null || value === undefined) return undefined;
    key.push([(match.groups?.field ?? '').trim(), value]);
    rest = rest.slice(match[0].length);
  }
  return key.length === 0 ? undefined : { key };
}

function readValue(text: string): string | number | undefined {
  if (/^["']/.test(text)) return unquote(text);
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}

function unquote(text: string): string | undefined {
  if (text.startsWith("'")) return text.slice(1, -1);
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}

/** How far a path leads into a value. */
export interface ResolvedField {
  /** Keys and indices as they are, as far as the path leads. */
  readonly path: NodePath;
  /** What is there; absent where the path leads further than the value. */
  readonly value?: JsonValue;
}

/** Follows a path; an index may be written as a key, as JSON pointers do. Pure. */
export function resolveFieldPath(root: JsonValue, steps: readonly FieldStep[]): ResolvedField {
  const path: (string | number)[] = [];
  let value: JsonValue = root;
  for (const step of steps) {
    const found = Array.isArray(value) ? findItem(value, step) : findEntry(value, step);
    if (found === undefined) return { path };
    path.push(found.place);
    value = found.value;
  }
  return { path, value };
}

interface Found {
  readonly place: string | number;
  readonly value: JsonValue;
}

function findEntry(value: JsonValue, step: FieldStep): Found | undefined {
  const key = typeof step === 'object' ? undefined : String(step);
  if (key === undefined || !isJsonObject(value) || !Object.hasOwn(value, key)) return undefined;
  return { place: key, value: value[key] ?? null };
}

function findItem(list: JsonArray, step: FieldStep): Found | undefined {
  const index = typeof step === 'object' ? list.findIndex((item) => hasKey(item, step)) : readIndex(step);
  const value = list[index];
  return value === undefined ? undefined : { place: index, value };
}

function readIndex(step: string | number): number {
  if (typeof step === 'number') return step;
  return /^\d{1,9}$/.test(step) ? Number(step) : -1;
}

function hasKey(item: JsonValue, { key }: Exclude<FieldStep, string | number>): boolean {
  return (
    isJsonObject(item) &&
    key.every(([field, value]) => Object.hasOwn(item, field) && String(item[field]) === `${value}`)
  );
}
