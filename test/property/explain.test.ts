import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonValue, stringifyJson } from '../../src/core/index.ts';
import { applyPatch } from '../../src/render/json-patch.ts';
import { checkOrigins } from '../helpers/explain-checks.ts';
import { FLEET, modelOf } from '../helpers/model-of.ts';
import { jsonValue, patchPath } from './json-values.ts';

/** Lists and mappings a few levels deep: what overrides insert into and remove from. */
const template = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constant<JsonValue>(0),
    fc.array(tie('value'), { minLength: 1, maxLength: 3 }),
    fc.tuple(tie('value'), tie('value')).map(([a, b]): JsonValue => ({ a, b })),
  ),
})).value;

const operations = fc.uniqueArray(
  fc.record({
    op: fc.constantFrom('add', 'add', 'remove', 'replace'),
    path: fc.oneof(
      fc
        .array(fc.constantFrom('a', 'b', '0', '1', '-1', '-'), { minLength: 1, maxLength: 3 })
        .map((parts) => `/spec/${parts.join('/')}`),
      patchPath.map((path) => `/spec/${path.split('/').slice(1).join('/')}`),
    ),
    value: fc.oneof(template, jsonValue),
  }),
  { minLength: 1, maxLength: 4, selector: ({ path }) => path },
);

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value: JsonValue;
}

/** One that does not fit would leave no manifest to ask about. */
function fitting(spec: JsonValue, list: readonly Operation[]): readonly Operation[] {
  let state: JsonValue = { spec };
  return list.filter((operation) => {
    const result = applyPatch(state, [{ ...operation, hasValue: true }]);
    if (result.ok) state = result.value;
    return result.ok;
  });
}

/** Makes every scalar of a document another one, so that it can be told where each came from. */
function numbered(value: JsonValue, next: () => number): JsonValue {
  if (Array.isArray(value)) return value.map((item) => numbered(item as JsonValue, next));
  if (!isJsonObject(value)) return `#${next()}`;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, numbered(item, next)]));
}

describe('the origin of a field', () => {
  it('is where its value stands, whatever overrides insert, remove and replace', () => {
    let checked = 0;
    fc.assert(
      fc.property(template, operations, (spec, list) => {
        let count = 0;
        const next = (): number => {
          count += 1;
          return count;
        };
        const object = {
          apiVersion: 'types.kubefed.io/v1beta1',
          kind: 'FederatedDeployment',
          metadata: { name: 'web', namespace: 'shop' },
          spec: {
            template: { spec: numbered(spec, next) },
            placement: { clusters: [{ name: 'eu-1' }] },
            overrides: [
              {
                clusterName: 'eu-1',
                clusterOverrides: fitting(spec, list).map((item) => ({ ...item, value: numbered(item.value, next) })),
              },
            ],
          },
        };
        const model = modelOf({ 'fleet.yaml': FLEET, 'web.json': stringifyJson(object, 2) });
        checked += checkOrigins({ ...model, objects: model.objects.filter(({ id }) => id.name === 'web') });
      }),
      { numRuns: 1500 },
    );
    expect(checked, 'overrides that do not fit leave nothing to check').toBeGreaterThan(3000);
  });
});
