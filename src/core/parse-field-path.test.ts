import { describe, expect, it } from 'vitest';
import { type FieldStep, formatFieldPath } from './field-path.ts';
import { parseFieldPath, resolveFieldPath } from './parse-field-path.ts';

const name = (value: string | number): FieldStep => ({ key: [['name', value]] });

describe('a path of a field', () => {
  it.each<[title: string, text: string, steps: readonly FieldStep[]]>([
    ['of words', 'spec.replicas', ['spec', 'replicas']],
    ['with a dot in front, as gitfed diff prints it', '.spec.replicas', ['spec', 'replicas']],
    ['with an index', 'spec.args[12].x', ['spec', 'args', 12, 'x']],
    ['with two indices', 'spec[0][1]', ['spec', 0, 1]],
    ['with the key of an item', 'a[name="web"].image', ['a', name('web'), 'image']],
    ['with the key of an item without quotes', 'a[name=web]', ['a', name('web')]],
    ['with the key of an item in single quotes', "a[name='we b']", ['a', name('we b')]],
    [
      'with two keys of an item',
      'p[containerPort=80,protocol="TCP"]',
      [
        'p',
        {
          key: [
            ['containerPort', 80],
            ['protocol', 'TCP'],
          ],
        },
      ],
    ],
    [
      'with a quoted key',
      'metadata.annotations["shop.example/owner"]',
      ['metadata', 'annotations', 'shop.example/owner'],
    ],
    ['with a bracket in a quoted key', 'data["a]b"]', ['data', 'a]b']],
    ['with escaped dots, as kubectl has them', String.raw`data.a\.b`, ['data', 'a.b']],
    [
      'as a JSON pointer',
      '/metadata/annotations/shop.example~1owner/0',
      ['metadata', 'annotations', 'shop.example/owner', '0'],
    ],
    ['with a key of JavaScript', 'data.__proto__', ['data', '__proto__']],
  ])('%s is read', (_title, text, steps) => {
    expect(parseFieldPath(text)).toEqual({ ok: true, steps });
  });

  it.each(['', '.', 'a..b', 'a[', 'a[]', 'a[name=', 'a[0', 'a]b', 'a["x]', 'a.[0]', 'a[=x]'])(
    '%j is refused',
    (text) => {
      expect(parseFieldPath(text)).toMatchObject({ ok: false, reason: expect.stringContaining('cannot be read') });
    },
  );

  it.each<[readonly FieldStep[]]>([
    [['spec', 'containers', name('web'), 'image']],
    [['metadata', 'annotations', 'a.b/c"]d']],
    [
      [
        'ports',
        {
          key: [
            ['port', 80],
            ['protocol', 'TCP'],
          ],
        },
        0,
      ],
    ],
  ])('%j reads back as it is printed', (steps) => {
    expect(parseFieldPath(formatFieldPath(steps))).toEqual({ ok: true, steps });
  });
});

describe('a path in a value', () => {
  const value = {
    list: [
      { name: 'a', port: 1 },
      { name: 'b', port: 2n },
    ],
    map: { 0: 'zero', constructor: null },
  };

  it.each<[title: string, path: string, found: unknown]>([
    ['leads to an item by its key', 'list[name=b].port', { path: ['list', 1, 'port'], value: 2n }],
    ['leads to an item by a number of another type', 'list[port=2].name', { path: ['list', 1, 'name'], value: 'b' }],
    ['leads to an item of a list by a pointer', '/list/1/name', { path: ['list', 1, 'name'], value: 'b' }],
    ['leads to a key that is a number', 'map[0]', { path: ['map', '0'], value: 'zero' }],
    ['leads to null', 'map.constructor', { path: ['map', 'constructor'], value: null }],
    ['ends where there is no such key', 'map.toString.x', { path: ['map'] }],
    ['ends where there is no such item', 'list[name=c]', { path: ['list'] }],
    ['ends at a scalar', 'list[0].name.first', { path: ['list', 0, 'name'] }],
    ['ends at an index that is none', '/list/-1', { path: ['list'] }],
  ])('%s', (_title, path, found) => {
    const parsed = parseFieldPath(path);
    expect(parsed.ok && resolveFieldPath(value, parsed.steps)).toEqual(found);
  });
});
