import { describe, expect, it } from 'vitest';
import { formatFieldPath, type JsonObject, type JsonValue, MASK, parseJson } from '../core/index.ts';
import { findDrift, type LiveComparison } from './compare.ts';
import type { FieldSet, ManagedFieldsEntry } from './field-set.ts';

/** A set as it is printed: `f:spec: {…}`. */
function entry(manager: string, fieldsV1: FieldSet, more: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry {
  const operation = manager === 'gitfed' ? 'Apply' : 'Update';
  return { manager, operation, apiVersion: 'v1', time: '2025-01-01T00:00:00Z', fieldsV1, ...more };
}

function compare(
  manifest: JsonObject,
  live: JsonObject,
  entries: readonly ManagedFieldsEntry[],
  more: Partial<LiveComparison> = {},
) {
  const own = entries.find(({ manager }) => manager === 'gitfed')?.fieldsV1;
  const base = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'one' } };
  const input = { manifest: { ...base, ...manifest }, live: { ...base, ...live } };
  return findDrift({ ...input, managedFields: entries, ownFields: own, isApplied: true, added: [], ...more });
}

function lines(found: ReturnType<typeof findDrift>): readonly string[] {
  return found.map(({ type, path, manager }) => {
    return [type, formatFieldPath(path), ...(manager === undefined ? [] : [manager])].join(' ');
  });
}

function spec(value: JsonValue): JsonObject {
  return { spec: value };
}

const WEB = 'k:{"name":"web"}';
const DNS = 'k:{"port":53,"protocol":"TCP"}';

describe('findDrift', () => {
  it.each<readonly [string, JsonObject, JsonObject, readonly ManagedFieldsEntry[], readonly string[]]>([
    [
      'does not compare what makes it this object',
      { apiVersion: 'apps/v1', kind: 'This', metadata: { name: 'a', namespace: 'b' } },
      { apiVersion: 'apps/v2', kind: 'That', metadata: { name: 'x', namespace: 'y' } },
      [],
      [],
    ],
    ['trusts what is still ours', spec({ a: 1 }), spec({ a: 'I' }), [entry('gitfed', { 'f:spec': { 'f:a': {} } })], []],
    [
      'finds a changed field',
      spec({ a: 1 }),
      spec({ a: 2 }),
      [entry('kubectl', { 'f:spec': { 'f:a': {} } })],
      ['changed .spec.a kubectl'],
    ],
    ['finds a changed field of nobody', spec({ a: 1 }), spec({ a: 2 }), [], ['changed .spec.a']],
    ['does not call a field of nobody taken', spec({ a: 1 }), spec({ a: 1 }), [entry('gitfed', {})], []],
    [
      'finds a taken field',
      spec({ a: 1 }),
      spec({ a: 1n }),
      [entry('hpa', { 'f:spec': { 'f:a': {} } })],
      ['taken .spec.a hpa'],
    ],
    [
      'finds a field of another type',
      spec({ a: { b: 1 } }),
      spec({ a: 'b' }),
      [entry('x', { 'f:spec': { 'f:a': {} } })],
      ['changed .spec.a x'],
    ],
    ['finds a list instead of a mapping', spec({ a: {} }), spec({ a: ['b'] }), [], ['changed .spec.a']],
    ['finds a missing mapping once', spec({ a: { b: 1, c: 2 } }), spec({ a: null }), [], ['missing .spec.a']],
    ['finds a missing root', spec({ a: 1 }), {}, [], ['missing .spec']],
    ['takes what is null for absent', spec({ a: null }), spec({ a: 1 }), [], []],
    ['takes what is empty for absent', spec({ a: {}, b: [], c: { d: [{}].slice(1) } }), spec({}), [], []],
    [
      'misses nothing that the server drops',
      spec({ a: { b: false, c: '' } }),
      spec({}),
      [entry('gitfed', { 'f:spec': { 'f:a': { 'f:b': {}, 'f:c': {} } } })],
      [],
    ],
    [
      'misses a zero that was ours',
      spec({ a: 0 }),
      spec({}),
      [entry('gitfed', { 'f:spec': { 'f:b': {} } })],
      ['missing .spec.a'],
    ],
    [
      'compares a mapping that is owned as a whole',
      spec({ sel: { a: '1' } }),
      spec({ sel: { a: '1', b: '2' } }),
      [entry('kubectl', { 'f:spec': { 'f:sel': {} } })],
      ['changed .spec.sel kubectl'],
    ],
    [
      'compares an empty mapping that somebody filled as a whole',
      spec({ sel: {} }),
      spec({ sel: { b: '2' } }),
      [entry('kubectl', { 'f:spec': { 'f:sel': {} } })],
      ['changed .spec.sel kubectl'],
    ],
    [
      'lets somebody fill an empty mapping field by field',
      spec({ dir: {} }),
      spec({ dir: { size: '1' } }),
      [entry('kubectl', { 'f:spec': { 'f:dir': { 'f:size': {} } } })],
      [],
    ],
    [
      'lets the server fill an empty list',
      spec({ list: [] }),
      spec({ list: ['default'] }),
      [entry('gitfed', { 'f:spec': { 'f:list': {} } })],
      [],
    ],
    [
      'finds what a mapping of ours has lost',
      spec({ a: { b: { c: 1 }, d: 2, e: false } }),
      spec({ a: { b: {}, d: 3 } }),
      [entry('gitfed', { 'f:spec': { 'f:a': {} } })],
      ['missing .spec.a.b.c'],
    ],
    [
      'matches items by their keys in any order',
      spec({
        items: [
          { name: 'web', v: 1 },
          { name: 'db', v: 2 },
        ],
      }),
      spec({
        items: [
          { name: 'x', v: 0 },
          { name: 'db', v: 3 },
          { name: 'web', v: 1, d: true },
        ],
      }),
      [entry('kubectl', { 'f:spec': { 'f:items': { [WEB]: { 'f:d': {} }, 'k:{"name":"db"}': { 'f:v': {} } } } })],
      ['changed .spec.items[name="db"].v kubectl'],
    ],
    [
      'matches items by a key that the server completed',
      spec({ ports: [{ port: 53 }, { port: 53, protocol: 'UDP', v: 1 }] }),
      spec({
        ports: [
          { port: 53, protocol: 'UDP', v: 2 },
          { port: 53, protocol: 'TCP' },
        ],
      }),
      [entry('kubectl', { 'f:spec': { 'f:ports': { [DNS]: { 'f:port': {}, 'f:protocol': {} } } } })],
      ['taken .spec.ports[port=53,protocol="TCP"].port kubectl', 'changed .spec.ports[port=53,protocol="UDP"].v'],
    ],
    [
      'completes a key as the server did, whatever that was',
      spec({
        items: [
          { a: 'x', v: 1 },
          { a: 'x', b: 'full', v: 2 },
        ],
      }),
      spec({
        items: [
          { a: 'x', b: 'full', v: 2 },
          { a: 'x', b: 'defaulted', v: 1 },
        ],
      }),
      [entry('gitfed', { 'f:spec': { 'f:items': { 'k:{"a":"x","b":"full"}': { 'f:a': {} } } } })],
      [],
    ],
    [
      'names an item with an unusual key by its place',
      spec({ items: [{ on: true, v: 1 }] }),
      spec({ items: [] }),
      [entry('gitfed', { 'f:spec': { 'f:items': { 'k:{"on":false}': {} } } })],
      ['missing .spec.items[0]'],
    ],
    [
      'matches no item without a key',
      spec({ items: [{ name: 'web', v: 1 }] }),
      spec({ items: [{ v: 1 }] }),
      [entry('kubectl', { 'f:spec': { 'f:items': { 'k:{"name":"x"}': {} } } })],
      ['missing .spec.items[name="web"]'],
    ],
    [
      'matches items of a set by their values',
      spec({ set: ['a', 'b', 'c', 'd'] }),
      spec({ set: ['c', 'x', 'b'] }),
      [
        entry('gitfed', { 'f:spec': { 'f:set': { 'v:"b"': {} } } }),
        entry('kubectl', { 'f:spec': { 'f:set': { 'v:"c"': {}, 'v:"x"': {} } } }),
      ],
      ['missing .spec.set[0]', 'taken .spec.set[2] kubectl', 'missing .spec.set[3]'],
    ],
    [
      'compares a list that is owned as a whole',
      spec({ args: ['a', 'b'] }),
      spec({ args: ['b', 'a'] }),
      [entry('kubectl', { 'f:spec': { 'f:args': {} } })],
      ['changed .spec.args kubectl'],
    ],
    [
      'guesses the keys of a list of which nothing is known',
      spec({ items: [{ name: 'a', v: 1 }, { name: 'b' }] }),
      spec({
        items: [
          { name: 'b', d: 1 },
          { name: 'a', v: 2 },
        ],
      }),
      [],
      ['changed .spec.items[name="a"].v'],
    ],
    [
      'compares as a whole what has none',
      spec({ items: [{ v: 1 }] }),
      spec({ items: [{ v: 2 }] }),
      [],
      ['changed .spec.items'],
    ],
    [
      'survives names in a set that it does not understand',
      spec({ items: ['a'] }),
      spec({ items: ['a'] }),
      [entry('gitfed', { 'f:spec': { 'f:items': { 'k:{': {}, 'v:': {}, 'i:0': {}, 'k:[]': {} } } })],
      [],
    ],
    [
      'takes keys of a prototype for data',
      parseJson('{"spec":{"__proto__":{"a":1},"constructor":2}}') as JsonObject,
      spec({}),
      [entry('gitfed', { 'f:spec': {} })],
      ['missing .spec.__proto__', 'missing .spec.constructor'],
    ],
    [
      'does not learn the shape of a list from another version',
      spec({ items: [{ v: 1 }] }),
      spec({ items: [{ v: 1 }] }),
      [
        entry('gitfed', { 'f:spec': { 'f:items': {} } }),
        entry('hpa', { 'f:spec': { 'f:items': { [WEB]: {} } } }, { apiVersion: 'v2' }),
      ],
      [],
    ],
  ])('%s', (_title, manifest, live, entries, expected) => {
    expect(lines(compare(manifest, live, entries))).toEqual(expected);
  });

  it.each<readonly [string, JsonObject, JsonObject, readonly string[]]>([
    ['a field that changed, although it is ours', spec({ a: 1 }), spec({ a: 2 }), ['changed .spec.a']],
    ['not one that is taken', spec({ b: 1 }), spec({ b: 1 }), []],
    ['not a flag that is off and left out', spec({ c: false }), spec({}), []],
    ['a flag that is on and left out', spec({ c: true }), spec({}), ['missing .spec.c']],
    ['not defaults in a list that is owned as a whole', spec({ d: [{ x: 1 }] }), spec({ d: [{ x: 1, y: 2 }] }), []],
  ])('finds before it was applied: %s', (_title, manifest, live, expected) => {
    const entries = [
      entry('gitfed', { 'f:spec': { 'f:a': {} } }),
      entry('kubectl', { 'f:spec': { 'f:b': {}, 'f:d': {} } }),
    ];
    expect(lines(compare(manifest, live, entries, { isApplied: false }))).toEqual(expected);
  });

  it('tells the whole of a difference', () => {
    const scale = entry('kubectl', { 'f:spec': { 'f:replicas': {} } }, { subresource: 'scale' });
    expect(compare(spec({ replicas: 2 }), spec({ replicas: 5 }), [scale])).toEqual([
      {
        type: 'changed',
        path: ['spec', 'replicas'],
        desired: 2,
        live: 5,
        manager: 'kubectl',
        operation: 'Update',
        subresource: 'scale',
        time: '2025-01-01T00:00:00Z',
      },
    ]);
  });

  it('says who wrote a value last, and prefers who wrote just that', () => {
    const field = { 'f:spec': { 'f:a': { 'f:b': {} } } };
    const entries = [
      entry('around', { 'f:spec': { 'f:a': {} } }, { time: '2025-09-01T00:00:00Z' }),
      entry('early', field, { time: '2025-02-01T00:00:00Z' }),
      entry('late', field, { time: '2025-03-01T00:00:00Z' }),
      entry('timeless', { 'f:spec': { 'f:a': { 'f:b': {} } } }),
    ];
    const manifest = spec({ a: { b: 1 } });
    expect(lines(compare(manifest, spec({ a: { b: 2 } }), entries))).toEqual(['changed .spec.a.b late']);
    expect(lines(compare(manifest, spec({ a: 7 }), entries))).toEqual(['changed .spec.a around']);
  });
});

describe('values of quantities', () => {
  const owner = (fields: FieldSet) => [entry('kubectl', fields)];
  const whole: FieldSet = { 'f:spec': {}, 'f:data': {} };

  it.each<readonly [string, string, JsonObject, JsonObject]>([
    ['below limits', 'Pod', spec({ limits: { cpu: '1000m' } }), spec({ limits: { cpu: '1' } })],
    ['below requests', 'Pod', spec({ requests: { memory: '1024Mi' } }), spec({ requests: { memory: '1Gi' } })],
    ['given as a number', 'Pod', spec({ requests: { cpu: 0.5 } }), spec({ requests: { cpu: '500m' } })],
    ['below hard', 'ResourceQuota', spec({ hard: { pods: '1k' } }), spec({ hard: { pods: '1000' } })],
    [
      'below capacity',
      'PersistentVolume',
      spec({ capacity: { storage: '1024Mi' } }),
      spec({ capacity: { storage: '1Gi' } }),
    ],
    [
      'of a volume in memory',
      'Pod',
      spec({ emptyDir: { sizeLimit: '1024Mi' } }),
      spec({ emptyDir: { sizeLimit: '1Gi' } }),
    ],
    [
      'of a LimitRange',
      'LimitRange',
      spec({ limits: [{ max: { cpu: '1000m' } }] }),
      spec({ limits: [{ max: { cpu: '1' } }] }),
    ],
    [
      'of a metric',
      'HorizontalPodAutoscaler',
      spec({ metrics: [{ pods: { target: { averageValue: '1000m' } } }] }),
      spec({ metrics: [{ pods: { target: { averageValue: '1' } } }] }),
    ],
  ])('are the same in other words: %s', (_title, kind, manifest, live) => {
    const found = compare({ kind, ...manifest }, { kind, ...live }, owner(whole), { isApplied: false });
    expect(found).toEqual([]);
  });

  it.each<readonly [string, string, JsonObject, JsonObject]>([
    ['in a ConfigMap', 'ConfigMap', { data: { cpu: '1000m' } }, { data: { cpu: '1' } }],
    ['beside limits', 'Pod', spec({ cpu: '1000m' }), spec({ cpu: '1' })],
    ['below max of another kind', 'Order', spec({ max: { cpu: '1000m' } }), spec({ max: { cpu: '1' } })],
    [
      'of a value that is none of a metric',
      'Order',
      spec({ target: { value: '1000m' } }),
      spec({ target: { value: '1' } }),
    ],
    ['of words', 'Pod', spec({ limits: { cpu: 'much' } }), spec({ limits: { cpu: 'more' } })],
    ['of other amounts', 'Pod', spec({ limits: { cpu: '1G' } }), spec({ limits: { cpu: '1Gi' } })],
  ])('are not: %s', (_title, kind, manifest, live) => {
    const found = compare({ kind, ...manifest }, { kind, ...live }, owner(whole), { isApplied: false });
    expect(found.map(({ type }) => type)).toEqual(['changed']);
  });
});

describe('what people added', () => {
  const added = (fields: FieldSet, manager = 'kubectl', time = '2025-01-01T00:00:00Z') => {
    return { entry: entry(manager, fields, { time }), fields };
  };

  it.each<readonly [string, JsonObject, JsonObject, FieldSet, readonly string[]]>([
    ['a field', spec({ a: 1 }), spec({ a: 1, b: 2 }), { 'f:spec': { 'f:b': {} } }, ['added .spec.b kubectl']],
    ['not a field of the manifest', spec({ a: 1 }), spec({ a: 1 }), { 'f:spec': { 'f:a': {} } }, []],
    ['not a field that is gone again', spec({}), spec({}), { 'f:spec': { 'f:b': {}, 'f:c': { 'f:d': {} } } }, []],
    [
      'a mapping once',
      spec({}),
      spec({ a: { b: 1 } }),
      { 'f:spec': { 'f:a': { '.': {}, 'f:b': {} } } },
      ['added .spec.a kubectl'],
    ],
    [
      'fields of a mapping of others',
      spec({}),
      spec({ a: { b: 1, c: 2 } }),
      { 'f:spec': { 'f:a': { 'f:b': {} } } },
      ['added .spec.a.b kubectl'],
    ],
    [
      'an item of a list',
      spec({ items: [{ name: 'db' }] }),
      spec({ items: [{ name: 'db' }, { name: 'web' }] }),
      { 'f:spec': { 'f:items': { [WEB]: { '.': {}, 'f:name': {} } } } },
      ['added .spec.items[name="web"] kubectl'],
    ],
    [
      'a field of an item that the server completed',
      spec({ ports: [{ port: 53, protocol: 'UDP' }, { port: 53 }] }),
      spec({
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 53, protocol: 'TCP', nodePort: 1 },
        ],
      }),
      { 'f:spec': { 'f:ports': { [DNS]: { 'f:port': {}, 'f:nodePort': {} } } } },
      ['added .spec.ports[port=53,protocol="TCP"].nodePort kubectl'],
    ],
    [
      'an item of a set',
      spec({ set: ['a'] }),
      spec({ set: ['a', 'b'] }),
      { 'f:spec': { 'f:set': { 'v:"a"': {}, 'v:"b"': {}, 'v:"c"': {} } } },
      ['added .spec.set[1] kubectl'],
    ],
  ])('is found: %s', (_title, manifest, live, fields, expected) => {
    const ours = [entry('gitfed', { 'f:spec': {} })];
    const found = compare(manifest, live, ours, { added: [added(fields)] });
    expect(lines(found.filter(({ type }) => type === 'added'))).toEqual(expected);
  });

  it('is told once, by who did it last', () => {
    const set: FieldSet = { 'f:spec': { 'f:b': {} } };
    const entries = [
      added(set, 'first'),
      added(set, 'second', '2025-02-01T00:00:00Z'),
      added({ 'f:spec': { 'f:a': { 'f:b': {} } } }, 'inside', '2025-03-01T00:00:00Z'),
      added({ 'f:spec': { 'f:a': { '.': {} } } }, 'maker'),
    ];
    const found = compare(spec({}), spec({ a: { b: 1 }, b: 2 }), [], { added: entries });
    expect(lines(found)).toEqual(['added .spec.a maker', 'added .spec.b second']);
  });
});

describe('a Secret', () => {
  const secret = { kind: 'Secret' };
  const hunter = (fields: JsonObject): JsonObject => ({ ...secret, ...fields });
  const people = [entry('kubectl', { 'f:data': { 'f:a': {}, 'f:z': {} } })];

  it('names keys and shows no value', () => {
    const manifest = hunter({ data: { a: 'aHVudGVyMQ==', b: 'aHVudGVyMg==', c: 'aHVudGVyMw==' }, type: 'hunter4' });
    const live = hunter({ data: { a: 'aHVudGVyNQ==', c: 'aHVudGVyMw==', z: 'aHVudGVyNg==' }, type: 'hunter7' });
    const added = people.map((own) => ({ entry: own, fields: own.fieldsV1 ?? {} }));
    const found = compare(manifest, live, people, { added });
    expect(found.map(({ type, path, desired, live: value }) => [type, formatFieldPath(path), desired, value])).toEqual([
      ['changed', '.data.a', MASK, MASK],
      ['missing', '.data.b', MASK, undefined],
      ['added', '.data.z', undefined, MASK],
      ['changed', '.type', MASK, MASK],
    ]);
  });

  it.each<readonly [string, JsonObject, JsonObject, readonly string[]]>([
    ['with texts, which no server keeps', { stringData: { a: 'hunter2' } }, {}, []],
    ['with misspelt data', { dta: { hunter2: 'x' } }, {}, ['missing .dta']],
    ['with misspelt data on both sides', { dta: { hunter2: 'x' } }, { dta: { hunter3: 'x' } }, ['changed .dta']],
    [
      'with data below data',
      { data: { a: { hunter2: 'x' } } },
      { data: { a: { hunter3: 'y' } } },
      ['changed .data.a kubectl'],
    ],
    ['with items that have keys', { spec: [{ name: 'hunter2' }] }, { spec: [{ name: 'hunter3' }] }, ['changed .spec']],
    [
      'with a copy of itself in an annotation',
      { metadata: { name: 'one', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': 'hunter2' } } },
      { metadata: { name: 'one', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': 'hunter3' } } },
      ['changed .metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"]'],
    ],
    [
      'with something in its metadata',
      { metadata: { name: 'one', password: { hunter2: ['x'] } } },
      { metadata: { name: 'one', password: { hunter2: ['y'] } } },
      ['changed .metadata.password'],
    ],
    ['of the empty group', { apiVersion: '/v1', data: { a: 'hunter2' } }, {}, ['missing .data']],
    ['of no version', { apiVersion: null, data: 'hunter2' }, { data: 'hunter3' }, ['changed .data kubectl']],
  ])('%s shows nothing of it', (_title, manifest, live, expected) => {
    const found = compare(hunter(manifest), hunter(live), people);
    expect(lines(found)).toEqual(expected);
    expect(JSON.stringify(found)).not.toContain('hunter');
  });

  it('is one if either side is', () => {
    const found = compare({ kind: 'ConfigMap', data: { a: 'x' } }, hunter({ data: { a: 'hunter2' } }), []);
    expect(found).toMatchObject([{ path: ['data', 'a'], desired: MASK, live: MASK }]);
  });

  it('of another group is none', () => {
    const manifest = hunter({ apiVersion: 'shop.example/v1', data: { a: 'x' } });
    expect(compare(manifest, { ...manifest, data: { a: 'y' } }, [])).toMatchObject([{ desired: 'x', live: 'y' }]);
  });
});
