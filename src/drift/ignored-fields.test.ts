import { describe, expect, it } from 'vitest';
import type { IgnoreRule } from '../api/index.ts';
import type { JsonObject } from '../core/index.ts';
import type { FieldSet, ManagedFieldsEntry } from './field-set.ts';
import { countIgnored, findIgnored, isRuleFor, withoutFields } from './ignored-fields.ts';

const manifest: JsonObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', labels: { 'a/b': 'x' } },
  spec: {
    replicas: 2,
    containers: [
      { name: 'a', image: 'a:1' },
      { name: 'b', image: 'b:1' },
    ],
  },
};
const A = 'k:{"name":"a"}';
const B = 'k:{"name":"b"}';
const OWN: FieldSet = {
  'f:spec': { 'f:replicas': {}, 'f:containers': { [A]: { '.': {}, 'f:image': {} }, [B]: { '.': {}, 'f:image': {} } } },
};
const entry = (manager: string, fieldsV1: FieldSet, operation = 'Update'): ManagedFieldsEntry => ({
  manager,
  operation,
  fieldsV1,
});
const ours = entry('gitfed', OWN, 'Apply');

function paths(rule: Partial<IgnoreRule>, entries: readonly ManagedFieldsEntry[] = [ours]): readonly string[] {
  const whole = { jsonPointers: [], managers: [], ...rule };
  return findIgnored(manifest, [{ index: 3, rule: whole }], entries).map(
    ({ path, managedPath }) => `${path.join('/')} = ${managedPath.join('/')}`,
  );
}

describe('fields that are left to others', () => {
  it.each<[string, Partial<IgnoreRule>, readonly ManagedFieldsEntry[], readonly string[]]>([
    ['by pointer', { jsonPointers: ['/spec/replicas'] }, [ours], ['spec/replicas = f:spec/f:replicas']],
    [
      'by pointer with escapes',
      { jsonPointers: ['/metadata/labels/a~1b'] },
      [ours],
      ['metadata/labels/a/b = f:metadata/f:labels/f:a/b'],
    ],
    [
      'by pointer into a list, by the key of its item',
      { jsonPointers: ['/spec/containers/1/image'] },
      [ours],
      [`spec/containers/1/image = f:spec/f:containers/${B}/f:image`],
    ],
    [
      'by pointer to what the manifest does not have',
      { jsonPointers: ['/spec/x/y'] },
      [ours],
      ['spec/x/y = f:spec/f:x/f:y'],
    ],
    ['not by a pointer past the end of a list', { jsonPointers: ['/spec/containers/7'] }, [ours], []],
    [
      'not by a pointer to what names the object',
      { jsonPointers: ['/metadata/name', '/kind', '/metadata'] },
      [ours],
      [],
    ],
    [
      'by manager, as soon as it has taken one',
      { managers: ['vpa*'] },
      [
        entry('gitfed', { 'f:spec': { 'f:containers': { [A]: { '.': {} } } } }, 'Apply'),
        entry('vpa-1', { 'f:spec': { 'f:containers': { [A]: { 'f:image': {} } } } }),
      ],
      [`spec/containers/0/image = f:spec/f:containers/${A}/f:image`],
    ],
    ['not by a manager that owns it with us', { managers: ['vpa'] }, [ours, entry('vpa', OWN)], []],
    [
      'once, however often it is said',
      { jsonPointers: ['/spec/replicas', '/spec/replicas'] },
      [ours],
      ['spec/replicas = f:spec/f:replicas'],
    ],
  ])('%s', (_title, rule, entries, expected) => {
    expect(paths(rule, entries)).toEqual(expected);
  });

  it.each<[string, Partial<IgnoreRule>, boolean]>([
    ['says nothing is for everything', {}, true],
    [
      'names the object is for it',
      { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web', clusters: ['eu-1'] },
      true,
    ],
    ['names another cluster is not', { clusters: ['us-1'] }, false],
    ['names another group is not', { group: '' }, false],
  ])('a rule that %s', (_title, rule, expected) => {
    const id = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' };
    expect(isRuleFor({ jsonPointers: [], managers: [], ...rule }, id, 'eu-1')).toBe(expected);
  });

  it('are taken out of the manifest, whatever their order', () => {
    const left = withoutFields(manifest, [
      ['spec', 'containers', 0],
      ['spec', 'containers', 1, 'image'],
      ['spec', 'replicas'],
    ]);
    expect(left.spec).toEqual({ containers: [{ name: 'b' }] });
    expect(withoutFields(manifest, [])).toBe(manifest);
  });
});

describe('hidden differences', () => {
  const rule: IgnoreRule = {
    jsonPointers: ['/spec/replicas', '/spec/containers/1/image', '/spec/extra'],
    managers: [],
  };
  const ignored = findIgnored(manifest, [{ index: 3, rule }], [ours]);
  const spec = {
    replicas: 2,
    containers: [
      { name: 'b', image: 'b:1' },
      { name: 'a', image: 'a:1' },
    ],
  };

  it.each<[string, JsonObject, number]>([
    ['none where all is as wanted, in another order too', { metadata: {}, spec }, 0],
    ['a changed value', { metadata: {}, spec: { ...spec, replicas: 5 } }, 1],
    ['what somebody added', { metadata: {}, spec: { ...spec, extra: true } }, 1],
    ['all that were taken, where only the metadata is known', { metadata: {} }, 3],
  ])('count %s', (_title, live, expected) => {
    expect(countIgnored(ignored, manifest, live)).toEqual(expected === 0 ? [] : [{ rule: 3, count: expected }]);
  });
});
