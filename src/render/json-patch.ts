import type { OverrideOperation } from '../api/index.ts';
import {
  decodePointerToken,
  isJsonObject,
  type JsonArray,
  type JsonObject,
  type JsonValue,
  jsonEquals,
  type NodePath,
} from '../core/index.ts';

/** `index` is that of the operation that failed; `reason` holds the path, never a value of the document. */
export type PatchResult =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly index: number; readonly reason: string };

/**
 * Applies operations in order, all or none, with the rules of the library that KubeFed uses (evanphx/json-patch 4.12), which are not
 * those of RFC 6902: the text before the first slash is lost, `replace` of a missing key adds it, indices may be negative and
 * written `01` or `+1`. Copies the containers along a path and shares everything else with the document and the values.
 */
export function applyPatch(document: JsonValue, operations: readonly OverrideOperation[]): PatchResult {
  const patch = new Patch(document);
  for (const [index, operation] of operations.entries()) {
    const reason = patch.apply(operation);
    if (reason !== undefined) return { ok: false, index, reason };
  }
  return { ok: true, value: patch.root };
}

/**
 * Where an operation works in a document that it fits: keys, and indices from 0 of what is or was there. `-` and `-1` are the item that
 * they meant. Pure.
 */
export function operationTarget(document: JsonValue, { op, path }: OverrideOperation): NodePath {
  const tokens = path.split('/').slice(1).map(decodePointerToken);
  let value: JsonValue | undefined = document;
  return tokens.map((token, depth) => {
    const isInsertion = op === 'add' && depth === tokens.length - 1;
    const place = Array.isArray(value) ? (isInsertion ? insertionIndex(value, token) : indexOf(value, token)) : token;
    value = childOf(value, token);
    return place ?? token;
  });
}

type Container = Record<string, JsonValue> | JsonValue[];

/** A document while it is patched. Containers that it copied are its own and may be changed in place. */
class Patch {
  root: JsonValue;
  readonly #own = new Set<JsonValue>();

  constructor(document: JsonValue) {
    this.root = document;
  }

  /** @returns why the operation does not fit the document; `undefined` where it was done. */
  apply(operation: OverrideOperation): string | undefined {
    const { op, path, value } = operation;
    if (path === '') return this.#applyToRoot(operation);
    const parts = path.split('/');
    if (parts.length < 2) return `path ${quotePath(path)} has no slash`;
    // KubeFed's library never looks at what stands before the first slash.
    const parents = parts.slice(1, -1).map(decodePointerToken);
    const key = decodePointerToken(parts.at(-1) ?? '');
    switch (op) {
      case 'add':
        return this.#change(path, parents, (parent) =>
          Array.isArray(parent) ? insertItem(parent, key, value) : setField(parent, key, value),
        );
      case '':
      case 'replace':
        return this.#change(path, parents, (parent) =>
          Array.isArray(parent) ? replaceItem(parent, key, value) : setField(parent, key, value),
        );
      case 'remove':
        return this.#change(path, parents, (parent) =>
          Array.isArray(parent) ? removeItem(parent, key) : removeField(parent, key),
        );
      case 'test':
        return this.#test(path, [...parents, key], value);
      default:
        return `there is no operation ${JSON.stringify(op)}`;
    }
  }

  #applyToRoot({ op, value, hasValue }: OverrideOperation): string | undefined {
    if (op === 'test') return jsonEquals(this.root, value) ? undefined : 'the whole object is not what is tested for';
    if (op !== 'replace' && op !== '') return `the path is empty: ${op} needs one`;
    // KubeFed's process ends here.
    if (!hasValue || value === null) return 'the path is empty and there is no value to replace the whole object with';
    // A scalar is silently ignored, as in KubeFed.
    if (typeof value === 'object') this.root = value;
    return undefined;
  }

  #change(
    path: string,
    parents: readonly string[],
    edit: (parent: Container) => string | undefined,
  ): string | undefined {
    const missing = this.#missingParent(parents);
    if (missing !== undefined) return `${quotePath(path)}: ${missing}`;
    const reason = edit(this.#ownContainer(parents));
    return reason === undefined ? undefined : `${quotePath(path)}: ${reason}`;
  }

  #missingParent(parents: readonly string[]): string | undefined {
    let value: JsonValue | undefined = this.root;
    for (const [depth, token] of parents.entries()) {
      value = childOf(value, token);
      if (typeof value === 'object' && value !== null) continue;
      const place = quotePath(`/${parents.slice(0, depth + 1).join('/')}`);
      if (value === undefined) return `there is no ${place}`;
      return `${place} is ${value === null ? 'null' : `a ${typeof value === 'bigint' ? 'number' : typeof value}`} and has nothing below it`;
    }
    return undefined;
  }

  /** The container at a path that is there, copied on the way where it is not ours yet. */
  #ownContainer(parents: readonly string[]): Container {
    let container = this.#copyOnce(this.root);
    this.root = container;
    for (const token of parents) {
      const child = this.#copyOnce(childOf(container, token) as JsonValue);
      if (Array.isArray(container)) container[indexOf(container, token) as number] = child;
      else setField(container, token, child);
      container = child;
    }
    return container;
  }

  #copyOnce(value: JsonValue): Container {
    if (this.#own.has(value)) return value as Container;
    const copy: Container = Array.isArray(value) ? value.slice() : { ...(value as JsonObject) };
    this.#own.add(copy);
    return copy;
  }

  #test(path: string, tokens: readonly string[], expected: JsonValue): string | undefined {
    const missing = this.#missingParent(tokens.slice(0, -1));
    if (missing !== undefined) return `${quotePath(path)}: ${missing}`;
    let value: JsonValue | undefined = this.root;
    for (const token of tokens) value = childOf(value, token);
    return jsonEquals(value ?? null, expected) ? undefined : `${quotePath(path)} is not what is tested for`;
  }
}

/** On one line, whatever is in it, and not endless. */
function quotePath(path: string): string {
  return JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
}

function childOf(container: JsonValue | undefined, token: string): JsonValue | undefined {
  if (Array.isArray(container)) {
    const index = indexOf(container, token);
    return index === undefined ? undefined : (container as JsonArray)[index];
  }
  return isJsonObject(container) && Object.hasOwn(container, token) ? container[token] : undefined;
}

/** Index of an existing item, `undefined` where the token is none. */
function indexOf(list: JsonArray, token: string): number | undefined {
  return parseIndex(token, list.length, list.length - 1);
}

function parseIndex(token: string, fromEnd: number, last: number): number | undefined {
  if (!/^[+-]?\d+$/.test(token)) return undefined;
  const number = Number(token);
  const index = number < 0 ? number + fromEnd : number;
  return index >= 0 && index <= last ? index : undefined;
}

function insertionIndex(list: JsonArray, key: string): number | undefined {
  return key === '-' ? list.length : parseIndex(key, list.length + 1, list.length);
}

function insertItem(list: JsonValue[], key: string, value: JsonValue): string | undefined {
  const index = insertionIndex(list, key);
  if (index === undefined) return noIndex(list, key);
  list.splice(index, 0, value);
  return undefined;
}

function replaceItem(list: JsonValue[], key: string, value: JsonValue): string | undefined {
  const index = indexOf(list, key);
  if (index === undefined) return noIndex(list, key);
  list[index] = value;
  return undefined;
}

function removeItem(list: JsonValue[], key: string): string | undefined {
  const index = indexOf(list, key);
  if (index === undefined) return noIndex(list, key);
  list.splice(index, 1);
  return undefined;
}

function noIndex(list: JsonArray, key: string): string {
  return `${quotePath(key)} is no index of the list, which has ${list.length === 1 ? '1 item' : `${list.length} items`}`;
}

function setField(fields: Record<string, JsonValue>, key: string, value: JsonValue): undefined {
  // An assignment would set the prototype.
  if (key === '__proto__') {
    Object.defineProperty(fields, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    fields[key] = value;
  }
}

function removeField(fields: Record<string, JsonValue>, key: string): string | undefined {
  if (!Object.hasOwn(fields, key)) return 'there is nothing to remove';
  delete fields[key];
  return undefined;
}
