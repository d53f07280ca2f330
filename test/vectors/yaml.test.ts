import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonValue, parseJson, readYaml, stringifyJson } from '../../src/core/index.ts';

/** What kubectl's reader (sigs.k8s.io/yaml) answered. */
interface Vector {
  readonly yaml: string;
  readonly json?: string;
  readonly error?: string;
  readonly strictError?: string;
}

const vectors = readFileSync(join(import.meta.dirname, 'yaml.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Vector);

const limits = { documentNodes: 1_000_000, depth: 200 };

describe('kubectl reads YAML, and so does gitfed', () => {
  it('has all vectors', () => {
    expect(vectors).toHaveLength(323);
  });

  it.each(vectors.map((vector) => [JSON.stringify(vector.yaml), vector] as const))('%s', (_title, vector) => {
    const results = readYaml('vector.yaml', vector.yaml, limits);
    const [result] = results;
    if (vector.json === undefined || vector.strictError !== undefined) {
      expect(result?.ok).toBe(false);
      return;
    }
    expect(results.filter((other) => !other.ok)).toEqual([]);
    const value = result?.ok === true ? result.document.value : null;
    expect(stringifyJson(sorted(value))).toBe(stringifyJson(sorted(parseJson(vector.json))));
  });
});

/** Numbers are compared by their digits, mappings without order. */
function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, sorted(item)] as const).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
