import { describe, expect, it } from 'vitest';
import { emptiedFields, mayEmptyFields, withoutEmptied } from './emptied-fields.ts';
import type { FieldSet, ManagedFieldsEntry } from './field-set.ts';

const API_VERSION = 'shop.example/v1';

function entry(manager: string, spec: FieldSet, operation = 'Apply'): ManagedFieldsEntry {
  return { manager, operation, apiVersion: API_VERSION, fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': spec } };
}

function manifest(spec: object) {
  return { apiVersion: API_VERSION, kind: 'Widget', metadata: { labels: {} }, spec: spec as Record<string, never> };
}

const OWN: FieldSet = { '.': {}, 'f:options': { '.': {}, 'f:a': {} }, 'f:items': { 'v:"one"': {} }, 'f:size': {} };

describe('mappings and lists that a manifest has empty', () => {
  it.each<[string, object, FieldSet, string[]]>([
    ['are told where they had fields of ours', { options: {}, items: [] }, OWN, ['spec.options', 'spec.items']],
    ['are told at the highest place', {}, OWN, ['spec']],
    ['are nothing where they were empty before', { options: {} }, { 'f:options': {} }, []],
    ['are nothing where something stays in them', { options: { b: 'x' } }, OWN, []],
    ['are nothing where we have nothing', { options: {} }, {}, []],
    ['are nothing where they are left out', { size: 1 }, OWN, []],
  ])('%s', (_what, spec, own, told) => {
    const entries = [entry('gitfed', own)];
    const emptied = emptiedFields(entries, manifest(spec), API_VERSION);
    expect(emptied.map(({ path }) => path.join('.'))).toEqual(told);
    expect(mayEmptyFields(entries, manifest(spec))).toBe(told.length > 0);
    expect(emptiedFields(withoutEmptied(entries, emptied, API_VERSION), manifest(spec), API_VERSION)).toEqual([]);
  });

  it('are nothing where somebody else has a field in them', () => {
    const entries = [entry('gitfed', OWN), entry('somebody', { 'f:options': { 'f:b': {} } }, 'Update')];
    const emptied = emptiedFields(entries, manifest({ options: {}, items: [] }), API_VERSION);
    expect(emptied).toEqual([{ path: ['spec', 'items'], value: [] }]);
  });
});
