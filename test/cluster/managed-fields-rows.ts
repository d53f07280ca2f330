import type { JsonObject, JsonValue } from '../../src/core/index.ts';
import type { Write, WrittenKind } from './managed-fields.ts';
import { CONFIG_MAP, DEPLOYMENT, WIDGET } from './managed-fields-kinds.ts';

function apply(manager: string, body: JsonObject, force = false): Write {
  return { type: 'apply', manager, force, body };
}

function patch(manager: string, body: JsonObject): Write {
  return { type: 'mergePatch', manager, body };
}

function create(manager: string, body: JsonObject): Write {
  return { type: 'create', manager, body };
}

function replace(manager: string, body: JsonObject): Write {
  return { type: 'replace', manager, body };
}

function jsonPatch(manager: string, ...operations: JsonObject[]): Write {
  return { type: 'jsonPatch', manager, body: operations };
}

function setManagedFields(value: JsonValue): JsonObject {
  return { op: 'replace', path: '/metadata/managedFields', value };
}

function entry(manager: string, operation: string, fieldsV1: JsonValue, rest: JsonObject = {}): JsonObject {
  return {
    manager,
    operation,
    apiVersion: 'v1',
    time: '2024-05-01T10:00:00Z',
    fieldsType: 'FieldsV1',
    fieldsV1,
    ...rest,
  };
}

const DATA = { data: { a: '1', b: '1' } };
const OWN_A = { 'f:data': { 'f:a': {} } };
const OWN_B = { 'f:data': { 'f:b': {} } };

function container(rest: JsonObject, name = 'web'): JsonObject {
  return { name, image: 'i:1', ...rest };
}

function deployment(containers: readonly JsonObject[], spec: JsonObject = {}): JsonObject {
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers } };
  return { spec: { selector: { matchLabels: { app: 'web' } }, template, ...spec } };
}

function env(...pairs: readonly (readonly [string, string])[]): JsonObject {
  return { env: pairs.map(([name, value]) => ({ name, value })) };
}

function tags(...values: readonly string[]): JsonObject {
  return { spec: { tags: values } };
}

function ports(...numbers: readonly number[]): JsonObject {
  return { spec: { ports: numbers.map((port) => ({ port, protocol: 'TCP' })) } };
}

/** What random writes hardly meet, with the reason in the title. */
export const WRITE_ROWS: readonly (readonly [string, WrittenKind, readonly Write[]])[] = [
  [
    'fields that are taken over by a patch of managedFields go when they are applied no more',
    CONFIG_MAP,
    [
      create('kubectl', DATA),
      jsonPatch('gitfed', setManagedFields([entry('gitfed', 'Apply', { 'f:data': { 'f:a': {}, 'f:b': {} } })])),
      apply('gitfed', { data: { b: '1' } }),
    ],
  ],
  [
    'a patch of managedFields and of values makes its writer own the values',
    CONFIG_MAP,
    [
      create('kubectl', DATA),
      jsonPatch(
        'gitfed',
        { op: 'replace', path: '/data/a', value: '2' },
        setManagedFields([entry('x', 'Apply', OWN_A), entry('y', 'Update', OWN_B)]),
      ),
    ],
  ],
  [
    'managedFields emptied by [] are tracked again from the next apply on',
    CONFIG_MAP,
    [
      create('kubectl', DATA),
      jsonPatch('kubectl', setManagedFields([])),
      patch('kubectl', { data: { c: '1' } }),
      apply('gitfed', { data: { c: '1', d: '1' } }),
      patch('kubectl', { data: { b: '2' } }),
    ],
  ],
  [
    'managedFields emptied by [{}]',
    CONFIG_MAP,
    [
      apply('gitfed', DATA),
      patch('kubectl', { metadata: { managedFields: [{}] } }),
      apply('gitfed', { data: { a: '1' } }),
      apply('two', { data: { b: '2' } }),
    ],
  ],
  [
    'managedFields that were left out, or are null, stay',
    CONFIG_MAP,
    [
      apply('gitfed', DATA),
      patch('kubectl', { metadata: { managedFields: null } }),
      jsonPatch('kubectl', { op: 'remove', path: '/metadata/managedFields' }),
      replace('kubectl', { data: { a: '2' } }),
    ],
  ],
  ...(
    [
      ['an operation that there is not', entry('x', 'Nope', OWN_A)],
      ['no type of fields', entry('x', 'Update', OWN_A, { fieldsType: '' })],
      ['no version', entry('x', 'Update', OWN_A, { apiVersion: '' })],
      ['a field without a type', entry('x', 'Update', { data: {} })],
      ['a key that is no JSON', entry('x', 'Update', { 'k:{"name"}': {} })],
      ['an index that is no number', entry('x', 'Update', { 'i:one': {} })],
    ] as const
  ).map(([what, invalid]): readonly [string, WrittenKind, readonly Write[]] => [
    `managedFields with ${what} count as not sent`,
    CONFIG_MAP,
    [
      apply('gitfed', DATA),
      jsonPatch('kubectl', setManagedFields([entry('ok', 'Update', OWN_A), invalid])),
      patch('kubectl', { data: { b: '2' } }),
    ],
  ]),
  [
    'managedFields are cleaned: types of fields that are not known, entries without fields, entries that are there twice',
    CONFIG_MAP,
    [
      apply('gitfed', DATA),
      jsonPatch(
        'kubectl',
        setManagedFields([
          entry('one', 'Update', { ...OWN_A, 'z:what': {} }),
          entry('two', 'Update', {}),
          entry('three', 'Apply', OWN_A),
          entry('three', 'Apply', OWN_B),
        ]),
      ),
    ],
  ],
  [
    'keys of items are sorted in managedFields that were sent',
    DEPLOYMENT,
    [
      create(
        'kubectl',
        deployment([
          container({
            ports: [
              { containerPort: 80, protocol: 'TCP' },
              { containerPort: 443, protocol: 'TCP' },
            ],
          }),
        ]),
      ),
      jsonPatch(
        'gitfed',
        setManagedFields([
          entry(
            'gitfed',
            'Apply',
            {
              'f:spec': {
                'f:template': {
                  'f:spec': {
                    'f:containers': {
                      'k:{"name":"web"}': {
                        '.': {},
                        'f:name': {},
                        'f:ports': { 'k:{"protocol":"TCP","containerPort":443}': { '.': {}, 'f:containerPort': {} } },
                      },
                    },
                  },
                },
              },
            },
            { apiVersion: 'apps/v1' },
          ),
        ]),
      ),
      apply('gitfed', deployment([container({ ports: [{ containerPort: 80 }] })]), true),
    ],
  ],
  [
    'more than ten managers that update become one for the oldest',
    CONFIG_MAP,
    [
      create('kubectl', DATA),
      ...Array.from({ length: 13 }, (_, index) =>
        patch(`m${String(index).padStart(2, '0')}`, { data: { [`k${index}`]: '1' } }),
      ),
      apply('gitfed', DATA),
      patch('last', { data: { a: '3' } }),
    ],
  ],
  [
    'an apply that changes nothing changes no time',
    CONFIG_MAP,
    [
      apply('one', DATA),
      apply('one', DATA),
      apply('two', DATA),
      apply('two', DATA),
      apply('two', { data: { a: '1' } }),
      patch('three', DATA),
      patch('three', { data: { a: '2' } }),
    ],
  ],
  [
    'an empty map is owned and not there',
    CONFIG_MAP,
    [
      apply('one', { data: {} }),
      apply('one', { data: {}, metadata: { labels: {} } }),
      apply('two', { data: { a: '1' } }),
      apply('one', {}),
    ],
  ],
  [
    'an empty map is new each time that it is applied',
    CONFIG_MAP,
    [
      create('one', { data: { a: '2' } }),
      apply('one', { data: { a: '1' } }, true),
      apply('one', { data: {} }),
      apply('one', { data: {} }),
      apply('one', { data: {} }, true),
      apply('one', { data: {} }),
    ],
  ],
  [
    'null removes nothing that others own',
    CONFIG_MAP,
    [apply('one', DATA), apply('two', { data: null }), apply('two', { metadata: { labels: null } }), apply('two', {})],
  ],
  [
    'what one gave up stays where another one has it, and goes with the last one',
    CONFIG_MAP,
    [apply('one', DATA), apply('two', DATA), apply('one', {}), apply('two', {}), apply('three', DATA)],
  ],
  [
    'who applies and updates has two entries, and gives up what both have only by the update',
    CONFIG_MAP,
    [
      apply('one', DATA),
      patch('one', { data: { a: '2' } }),
      apply('one', { data: { b: '1' } }),
      patch('one', { data: { a: null } }),
    ],
  ],
  [
    'finalizers are a set whose items have their owners',
    CONFIG_MAP,
    [
      apply('one', { metadata: { finalizers: ['example.com/b', 'example.com/a'] } }),
      apply('two', { metadata: { finalizers: ['example.com/a', 'example.com/c', 'example.com/b'] } }),
      apply('two', { metadata: { finalizers: ['example.com/c'] } }),
      apply('one', {}),
      patch('three', { metadata: { finalizers: [] } }),
    ],
  ],
  [
    'items that are there twice are one field, until one of them is gone',
    DEPLOYMENT,
    [
      create('kubectl', deployment([container(env(['A', '1'], ['A', '2'], ['B', '1']))])),
      apply('gitfed', deployment([container(env(['B', '2']))]), true),
      apply('gitfed', deployment([container(env(['A', '3']))]), true),
      replace('kubectl', deployment([container(env(['A', '4'], ['C', '1'], ['C', '2']))])),
      apply('gitfed', deployment([container(env(['C', '5']))]), true),
    ],
  ],
  [
    'items keep their places: the order of the manifest counts among its own, others stay before their next',
    WIDGET,
    [
      apply('one', ports(1, 2, 3, 4)),
      apply('two', ports(4, 9, 2)),
      apply('three', ports(7, 1, 8, 3)),
      apply('one', ports(4, 3, 2, 1)),
      apply('two', ports(5, 6)),
      apply('one', ports(9, 6, 1)),
    ],
  ],
  [
    'so do the items of a set',
    WIDGET,
    [
      apply('one', tags('a', 'b', 'c', 'd')),
      apply('two', tags('d', 'x', 'b')),
      apply('three', tags('y', 'a', 'z', 'c')),
      apply('two', tags('x')),
    ],
  ],
  [
    'a status is owned where it is written',
    WIDGET,
    [
      apply('one', { spec: { size: 1 }, status: { phase: 'ignored' } }),
      { type: 'replaceStatus', manager: 'controller', body: { status: { phase: 'a', counts: { x: 1 } } } },
      {
        type: 'applyStatus',
        manager: 'two',
        force: false,
        body: { metadata: { labels: { x: 'y' } }, spec: { size: 2 }, status: { phase: 'b' } },
      },
      {
        type: 'applyStatus',
        manager: 'two',
        force: true,
        body: { metadata: { labels: { x: 'y' } }, spec: { size: 2 }, status: { phase: 'b' } },
      },
      apply('one', { spec: { size: 2 } }),
      { type: 'applyStatus', manager: 'two', force: false, body: { status: { counts: { y: 1 } } } },
    ],
  ],
  [
    'scaling is owned by who scales, where somebody owned the replicas',
    DEPLOYMENT,
    [
      create('kubectl', deployment([container({})], { replicas: 1 })),
      { type: 'scale', manager: 'hpa', body: { spec: { replicas: 3 } } },
      { type: 'scale', manager: 'hpa', body: { spec: { replicas: 3 } } },
      apply('gitfed', deployment([container({})], { replicas: 2 })),
      apply('gitfed', deployment([container({})])),
      { type: 'scale', manager: 'hpa', body: { spec: { replicas: 4 } } },
    ],
  ],
  [
    'scaling is owned by nobody where nobody owned the replicas',
    DEPLOYMENT,
    [apply('gitfed', deployment([container({})])), { type: 'scale', manager: 'hpa', body: { spec: { replicas: 3 } } }],
  ],
  [
    'a field goes with its defaults when it is applied no more',
    DEPLOYMENT,
    [
      apply('one', deployment([container({}), container({}, 'side')], { replicas: 3 })),
      apply('two', deployment([container({})])),
      apply('one', deployment([container({})])),
      apply('two', deployment([container({}, 'side')]), true),
      apply('one', {}),
    ],
  ],
  [
    'an entry of another version is replaced by who applies, and stays for who updates',
    WIDGET,
    [
      { type: 'apply', manager: 'one', force: false, version: 'v1beta1', body: { spec: { size: 1, mode: 'x' } } },
      { type: 'mergePatch', manager: 'two', version: 'v1beta1', body: { spec: { size: 2 } } },
      { type: 'mergePatch', manager: 'two', version: 'v1', body: { spec: { settings: { a: '1' } } } },
      apply('one', { spec: { mode: 'x' } }),
      {
        type: 'apply',
        manager: 'one',
        force: true,
        version: 'v1beta1',
        body: { spec: { mode: 'x', size: 1, settings: { a: '1' } } },
      },
      apply('one', {}),
    ],
  ],
  [
    'values of free form are merged key by key, and replaced when they get another form',
    WIDGET,
    [
      apply('one', { spec: { free: { a: { b: '1', c: [1] } } } }),
      apply('two', { spec: { free: { a: { d: '1' } } } }),
      apply('three', { spec: { free: { a: 'text' } } }),
      apply('three', { spec: { free: { a: 'text' } } }, true),
      apply('one', { spec: { free: { a: [1, 2] } } }, true),
    ],
  ],
];
