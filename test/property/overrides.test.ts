import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OverrideOperation } from '../../src/api/index.ts';
import { cloneJson, isJsonObject, type JsonObject, type JsonValue, jsonEquals } from '../../src/core/index.ts';
import { applyPatch } from '../../src/render/json-patch.ts';
import { deepFreeze, jsonObject, jsonValue, patchPath, valueAt } from './json-values.ts';

const operation: fc.Arbitrary<OverrideOperation> = fc.record({
  op: fc.constantFrom('add', 'remove', 'replace', ''),
  path: patchPath,
  value: jsonValue,
  hasValue: fc.constant(true),
});

describe('applyPatch', () => {
  it('does what a naive implementation on a deep copy does', () => {
    fc.assert(
      fc.property(jsonObject, fc.array(operation, { maxLength: 4 }), (document, operations) => {
        const expected = patchNaively(document, operations);
        const actual = applyPatch(document, operations);

        expect(actual.ok).toBe(expected !== undefined);
        if (actual.ok && expected !== undefined) expect(jsonEquals(actual.value, expected)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('never changes the document or a value', () => {
    fc.assert(
      fc.property(jsonObject, fc.array(operation, { maxLength: 4 }), (document, operations) => {
        applyPatch(deepFreeze(document), deepFreeze(operations));
      }),
      { numRuns: 1000 },
    );
  });

  it('shares every part of the document that no path goes through', () => {
    fc.assert(
      fc.property(jsonObject, fc.array(operation, { minLength: 1, maxLength: 3 }), (document, operations) => {
        const result = applyPatch(document, operations);
        const roots = operations.map(({ path }) => path.split('/')[1]?.replaceAll('~1', '/').replaceAll('~0', '~'));
        fc.pre(result.ok && operations.every(({ path }) => path !== ''));

        for (const key of Object.keys(document).filter((name) => !roots.includes(name))) {
          expect(valueAt(result.ok ? result.value : null, [key])).toBe(valueAt(document, [key]));
        }
      }),
    );
  });

  it('gives the same in whatever order operations below different keys come', () => {
    const below = (key: string) =>
      operation.map((item) => ({ ...item, path: `/${key}/${item.path.split('/').slice(1).join('/')}` }));
    const documentWith = fc.tuple(jsonValue, jsonValue).map(([left, right]): JsonObject => ({ left, right }));
    fc.assert(
      fc.property(documentWith, below('left'), below('right'), (document, left, right) => {
        const one = applyPatch(document, [left, right]);
        const other = applyPatch(document, [right, left]);

        expect(one.ok).toBe(other.ok);
        if (one.ok && other.ok) expect(jsonEquals(one.value, other.value)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

/** The rules of KubeFed's library written down as they are, on a deep copy. `undefined` is an error. */
function patchNaively(document: JsonValue, operations: readonly OverrideOperation[]): JsonValue | undefined {
  let root: JsonValue | undefined = cloneJson(document);
  for (const item of operations) {
    root = root === undefined ? undefined : patchOnce(root, item);
  }
  return root;
}

type Editable = JsonValue[] | Map<string, JsonValue>;

function patchOnce(root: JsonValue, { op, path, value }: OverrideOperation): JsonValue | undefined {
  if (path === '') {
    if (op === 'add' || op === 'remove' || value === null) return undefined;
    return typeof value === 'object' ? cloneJson(value) : root;
  }
  const tokens = path.split('/').slice(1).map(decode);
  if (tokens.length === 0) return undefined;
  return edit(root, tokens, (parent, key) => {
    if (Array.isArray(parent)) {
      const length = op === 'add' ? parent.length + 1 : parent.length;
      if (op === 'add' && key === '-') return parent.push(value) > 0;
      if (!/^[+-]?[0-9]+$/.test(key)) return false;
      const index = Number(key) < 0 ? Number(key) + length : Number(key);
      if (index < 0 || index >= length) return false;
      if (op === 'add') parent.splice(index, 0, value);
      else if (op === 'remove') parent.splice(index, 1);
      else parent[index] = value;
      return true;
    }
    if (op === 'remove') return parent.delete(key);
    parent.set(key, value);
    return true;
  });
}

function edit(
  value: JsonValue,
  [token = '', ...rest]: readonly string[],
  change: (parent: Editable, key: string) => boolean,
): JsonValue | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (rest.length === 0) {
    const copy: Editable = Array.isArray(value) ? [...value] : new Map(Object.entries(value));
    if (!change(copy, token)) return undefined;
    return Array.isArray(copy) ? copy : Object.fromEntries(copy);
  }
  if (Array.isArray(value)) {
    if (!/^[+-]?[0-9]+$/.test(token)) return undefined;
    const index = Number(token) < 0 ? Number(token) + value.length : Number(token);
    const child = value[index] === undefined ? undefined : edit(value[index], rest, change);
    return child === undefined ? undefined : value.map((item, at) => (at === index ? child : item));
  }
  if (!isJsonObject(value) || !Object.hasOwn(value, token)) return undefined;
  const child = edit(value[token] ?? null, rest, change);
  return child === undefined
    ? undefined
    : Object.fromEntries(Object.entries(value).map(([key, item]) => [key, key === token ? child : item]));
}

function decode(token: string): string {
  let result = '';
  for (let at = 0; at < token.length; at++) {
    const pair = token.slice(at, at + 2);
    if (pair === '~0' || pair === '~1') at++;
    result += pair === '~1' ? '/' : pair === '~0' ? '~' : token.charAt(at);
  }
  return result;
}
