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
  it('writes one document', () => {
    expect(manifestYaml(manifest)).toBe('apiVersion: v1\nkind: ConfigMap\nbig: 9007199254740993\ndata:\n  a: "yes"\n');
  });
});
