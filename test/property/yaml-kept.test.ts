import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cloneJson, formatYaml, type JsonValue, keepYaml, keepYamlOfAll } from '../../src/core/index.ts';
import { jsonObject, jsonValue } from './json-values.ts';

const text = fc.constantFrom<JsonValue>('a', 'a: b', 'one\ntwo\n', 'x\n\n', 'yes');

describe('the YAML of what is written more than once', () => {
  it('is that of a copy of which nothing was kept, at any depth and however often', () => {
    fc.assert(
      fc.property(jsonObject, fc.oneof(jsonValue, text), (shared, scalar) => {
        const part = { ...shared, text: scalar, list: [shared, [scalar]] };
        keepYamlOfAll(part);
        const manifests = [part, { a: part, b: { c: part } }, { list: [part, [part]], part }, { ...part, more: part }];
        for (const manifest of manifests) keepYaml(manifest);

        for (const manifest of [...manifests, ...manifests.toReversed()]) {
          expect(formatYaml(manifest)).toBe(formatYaml(cloneJson(manifest)));
        }
      }),
    );
  });
});
