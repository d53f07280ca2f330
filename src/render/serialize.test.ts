import { loadAll } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { manifestJson, manifestYaml } from './serialize.ts';

const manifest = { kind: 'ConfigMap', apiVersion: 'v1', data: { a: 'yes' }, big: 9007199254740993n };

describe('manifestJson', () => {
  it('keeps every digit', () => {
    expect(manifestJson(manifest)).toBe(
      '{"kind":"ConfigMap","apiVersion":"v1","data":{"a":"yes"},"big":9007199254740993}',
    );
  });
});

describe('manifestYaml', () => {
  it.each([
    '\u0024{HOME}',
    '$(HOME)',
    '{{ .Values.password }}',
    '{{ lookup "v1" "Secret" "" "" }}',
    '<%= 1 %>',
    'a\n---\nkind: ClusterRoleBinding\n',
    'a"\n  injected: "yes',
    '!!js/function x',
    '*alias',
    '<<',
  ])('security row 18: %j is a key and a value in one document, and nothing is put in its place', (text) => {
    const hostile = { kind: 'ConfigMap', apiVersion: 'v1', data: { [text]: text } };
    expect(loadAll(manifestYaml(hostile))).toEqual([hostile]);
  });

  it('writes one document', () => {
    expect(manifestYaml(manifest)).toBe('apiVersion: v1\nkind: ConfigMap\nbig: 9007199254740993\ndata:\n  a: "yes"\n');
  });
});
