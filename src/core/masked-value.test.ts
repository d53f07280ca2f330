import { describe, expect, it } from 'vitest';
import { shownValue } from './masked-value.ts';
import type { NodePath } from './source.ts';

const SECRET = { group: '', kind: 'Secret', namespace: 'shop', name: 'token' };
const MANIFEST = {
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'Opaque',
  metadata: {
    name: 'token',
    labels: { app: 'web' },
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': 'all' },
  },
  data: { key: 'aHVzaA==' },
  dta: { key: 'aHVzaA==' },
};

describe('a value of a Secret', () => {
  it.each<[title: string, path: NodePath]>([
    ['in data', ['data', 'key']],
    ['that is all of data', ['data']],
    ['in a misspelt field', ['dta', 'key']],
    ['that is the whole object', []],
    ['in the copy that kubectl makes', ['metadata', 'annotations', 'kubectl.kubernetes.io/last-applied-configuration']],
    ['with something secret in it', ['metadata']],
    ['that is not there', ['data', 'other']],
  ])('%s is masked', (_title, path) => {
    expect(shownValue(SECRET, MANIFEST, path, 'aHVzaA==')).toEqual({ value: '***', masked: true });
  });

  it.each<[path: NodePath, value: string]>([
    [['type'], 'Opaque'],
    [['metadata', 'name'], 'token'],
    [['metadata', 'labels', 'app'], 'web'],
  ])('%j is harmless', (path, value) => {
    expect(shownValue(SECRET, MANIFEST, path, value)).toEqual({ value, masked: false });
  });

  it('is masked in what an override made a Secret', () => {
    const id = { ...SECRET, kind: 'ConfigMap' };
    expect(shownValue(id, MANIFEST, ['data', 'key'], 'x')).toEqual({ value: '***', masked: true });
    expect(shownValue(id, { ...MANIFEST, kind: 'ConfigMap' }, ['data', 'key'], 'x')).toEqual({
      value: 'x',
      masked: false,
    });
  });
});
