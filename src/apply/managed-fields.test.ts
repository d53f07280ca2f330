import { describe, expect, it } from 'vitest';

import type { JsonObject } from '../core/index.ts';
import { coversManifest, type FieldSet } from '../drift/index.ts';
import { fieldsHash } from './managed-fields.ts';

const container = 'k:{"name":"web"}';
const port = 'k:{"containerPort":80,"protocol":"TCP"}';

const manifest: JsonObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', labels: { a: 'b' }, finalizers: ['x/y'] },
  spec: {
    replicas: 2,
    template: {
      spec: { containers: [{ name: 'web', image: 'i', args: ['a'], ports: [{ containerPort: 80 }] }], volumes: [] },
    },
  },
};

function fields(
  change: (containers: Record<string, unknown>, spec: Record<string, unknown>) => void = () => undefined,
): FieldSet {
  const own = {
    '.': {},
    'f:name': {},
    'f:image': {},
    'f:args': {},
    'f:ports': { [port]: { '.': {}, 'f:containerPort': {} } },
  };
  const spec = {
    'f:replicas': {},
    'f:template': { 'f:spec': { 'f:containers': { [container]: own }, 'f:volumes': {} } },
  };
  change(own, spec);
  return {
    'f:metadata': { 'f:labels': { 'f:a': {} }, 'f:finalizers': { 'v:"x/y"': {} } },
    'f:spec': spec,
  } as unknown as FieldSet;
}

describe('managed fields', () => {
  it('cover a manifest when each of its fields is there, defaulted keys of items included', () => {
    expect(coversManifest(fields(), manifest)).toBe(true);
  });

  it.each([
    ['a field of an item', (own: Record<string, unknown>) => delete own['f:image']],
    ['an item', (own: Record<string, unknown>) => (own['f:ports'] = { 'k:{"containerPort":81}': {} })],
    ['a number', (_own: Record<string, unknown>, spec: Record<string, unknown>) => delete spec['f:replicas']],
  ])('do not cover it when somebody took %s', (_what, change) => {
    expect(
      coversManifest(
        fields((own, spec) => void change(own, spec)),
        manifest,
      ),
    ).toBe(false);
  });

  it('do not cover metadata that is gone, nor a key named __proto__ that was not recorded', () => {
    const { 'f:metadata': _metadata, ...rest } = fields();
    expect(coversManifest(rest, manifest)).toBe(false);
    const data = JSON.parse('{"data": {"__proto__": "x"}}') as JsonObject;
    expect(coversManifest({ 'f:data': { 'f:a': {} } }, data)).toBe(false);
  });

  it('hash without the annotation that holds the hash', () => {
    const set = { 'f:data': {} };
    const annotated = { ...set, 'f:metadata': { 'f:annotations': { 'f:gitfed.io/managed-fields': {} } } };
    expect(fieldsHash(annotated)).toBe(fieldsHash(set));
    expect(fieldsHash({ 'f:other': {} })).not.toBe(fieldsHash(set));
  });
});
