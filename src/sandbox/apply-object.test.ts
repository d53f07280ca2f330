import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../core/index.ts';
import { parseJson } from '../core/index.ts';
import { applyObject } from './apply-object.ts';
import { builtinMergeSchema } from './merge-schema.ts';
import { storedForm } from './stored-form.ts';
import { trackUpdate } from './track-update.ts';

// That fields are owned as by a real API server is tested in test/vectors and test/cluster; here is what no server shows.

const CONFIG_MAPS = builtinMergeSchema('', 'v1', 'ConfigMap');
const DEPLOYMENTS = builtinMergeSchema('apps', 'v1', 'Deployment');

function writer(manager: string, time = '2024-05-01T10:00:00Z') {
  return { manager, apiVersion: 'v1', time };
}

function configMap(data: JsonObject, metadata: JsonObject = {}): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one', ...metadata }, data };
}

function apply(live: JsonObject | undefined, applied: JsonObject, manager = 'one', time?: string): JsonObject {
  const outcome = applyObject({ live, applied, writer: writer(manager, time), force: true, schema: CONFIG_MAPS });
  return outcome.ok ? outcome.object : expect.unreachable();
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) frozen(part);
    Object.freeze(value);
  }
  return value;
}

describe('an apply', () => {
  it('that changes nothing gives back the object itself', () => {
    const live = apply(undefined, configMap({ a: '1' }));
    expect(apply(live, configMap({ a: '1' }), 'one', '2024-05-02T10:00:00Z')).toBe(live);
  });

  it('that says nothing which is kept gives back the object itself', () => {
    const live = apply(undefined, configMap({ a: '1' }));
    expect(apply(live, configMap({ a: '1' }, { labels: {} }))).not.toBe(live);
    const again = apply(live, configMap({ a: '1' }, { labels: {} }));
    expect(apply(again, configMap({ a: '1' }, { labels: {} }), 'one', '2024-05-02T10:00:00Z')).toBe(again);
  });

  it('shares what did not change with the object before', () => {
    const live = apply(undefined, configMap({ a: '1' }, { labels: { x: 'y' } }));
    const next = apply(live, configMap({ a: '2' }, { labels: { x: 'y' } }));
    expect((next['metadata'] as JsonObject)['labels']).toBe((live['metadata'] as JsonObject)['labels']);
  });

  it('keeps a key that is called __proto__', () => {
    const manifest = parseJson(
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"__proto__":"1"}}',
    ) as JsonObject;
    const live = apply(undefined, manifest);
    expect(JSON.stringify(live['data'])).toBe('{"__proto__":"1"}');
    expect(JSON.stringify(live)).toContain('"f:data":{"f:__proto__":{}}');
    expect(Object.hasOwn(apply(live, configMap({ a: '1' }))['data'] as JsonObject, '__proto__')).toBe(false);
  });

  it('keeps every digit of a number', () => {
    const schema = builtinMergeSchema('example.com', 'v1', 'Any');
    const live = parseJson('{"spec":{"a":9007199254740993,"b":1}}') as JsonObject;
    const applied = parseJson('{"spec":{"a":9007199254740993}}') as JsonObject;
    const outcome = applyObject({ live, applied, writer: writer('one'), force: false, schema });
    expect(outcome.ok && outcome.object['spec']).toEqual(live['spec']);
  });

  it('says of which items of a list it cannot tell one from another', () => {
    const template = { spec: { containers: [{ name: 'web' }, { name: 'web' }] } };
    const applied = { apiVersion: 'apps/v1', kind: 'Deployment', spec: { template } };
    const outcome = applyObject({ live: undefined, applied, writer: writer('one'), force: true, schema: DEPLOYMENTS });
    expect(outcome).toEqual({
      ok: false,
      conflicts: [],
      invalid: '.spec.template.spec.containers: duplicate entries for key [name="web"]',
    });
  });
});

const data = fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__'), fc.constantFrom('1', '2'), {
  noNullPrototype: true,
});

describe('any writes', () => {
  it('leave what they were given as it was, have no effect a second time, and give a manager what it applied', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ manager: fc.constantFrom('one', 'two'), isApply: fc.boolean(), data }), { maxLength: 8 }),
        (writes) => {
          let live: JsonObject | undefined;
          for (const { manager, isApply, data: values } of writes) {
            const body = frozen(configMap(values));
            if (isApply) {
              live = frozen(apply(live, body, manager));
              // An empty map is not stored, and so is new each time.
              if (Object.keys(values).length === 0) continue;
              expect(apply(live, body, manager, '2024-05-02T10:00:00Z')).toBe(live);
              for (const [key, value] of Object.entries(values)) {
                expect(Object.getOwnPropertyDescriptor(live['data'] ?? {}, key)?.value).toBe(value);
              }
            } else {
              const after = storedForm(body, CONFIG_MAPS);
              live = frozen(trackUpdate({ before: live, after, writer: writer(manager), schema: CONFIG_MAPS }));
            }
          }
        },
      ),
      { numRuns: 300, seed: 6 },
    );
  });
});

describe('what is stored', () => {
  it("has no empty lists and maps of Kubernetes' own kinds, and no nulls, but empty structures", () => {
    const pod = builtinMergeSchema('', 'v1', 'Pod');
    const object = {
      metadata: { name: 'a', labels: {}, annotations: null },
      spec: {
        containers: [{ name: 'web', args: [], resources: { limits: {} }, securityContext: {} }],
        volumes: [{ name: 'a', emptyDir: {} }],
        nodeSelector: {},
      },
    };
    expect(storedForm(object, pod)).toEqual({
      metadata: { name: 'a' },
      spec: {
        containers: [{ name: 'web', resources: {}, securityContext: {} }],
        volumes: [{ name: 'a', emptyDir: {} }],
      },
    });
  });

  it('is the object itself where there is nothing to leave out', () => {
    const object = configMap({ a: '1' });
    expect(storedForm(object, CONFIG_MAPS)).toBe(object);
  });
});
