import { describe, expect, it } from 'vitest';
import {
  CONFIGURATION,
  federatedOf,
  NAMESPACE_TYPE,
  type ObjectParts,
  typeOf,
} from '../../test/helpers/render-input.ts';
import type { JsonObject, JsonValue } from '../core/index.ts';
import { parseJson } from '../core/index.ts';
import { addManagedLabel, buildBase, whyNotApplied } from './manifest.ts';

const CLUSTER_ROLE = typeOf('ClusterRole', { group: 'rbac.authorization.k8s.io', scope: 'Cluster' });
const CONFIG_MAP = typeOf('ConfigMap', { group: '' });

function build(template: JsonObject, parts: ObjectParts = {}, templateAnnotations: 'Apply' | 'Drop' = 'Apply') {
  return buildBase(federatedOf(parts), template, { ...CONFIGURATION, templateAnnotations });
}

describe('buildBase', () => {
  const named = { name: 'web', namespace: 'shop' };

  it.each<[string, JsonObject, ObjectParts, JsonObject]>([
    ['an empty template becomes an object', {}, {}, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: named }],
    [
      'a core kind has no group in its apiVersion',
      {},
      { type: CONFIG_MAP },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: named },
    ],
    [
      'name, namespace and kind are those of the federated object, apiVersion that of the template',
      { apiVersion: 'x/v9', kind: 'Foo', metadata: { name: 'other', namespace: 'other' } },
      {},
      { apiVersion: 'x/v9', kind: 'Deployment', metadata: named },
    ],
    [
      'an empty apiVersion is none',
      { apiVersion: '' },
      {},
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: named },
    ],
    [
      'an apiVersion that is no text is none',
      { apiVersion: 1 },
      {},
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: named },
    ],
    [
      'odd metadata, status and nulls are kept',
      {
        metadata: { uid: 'u', resourceVersion: '5', generateName: 'g-', ownerReferences: [] },
        status: { x: 1 },
        spec: { foo: null },
      },
      {},
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { uid: 'u', resourceVersion: '5', generateName: 'g-', ownerReferences: [], ...named },
        status: { x: 1 },
        spec: { foo: null },
      },
    ],
    [
      'a cluster-scoped object loses a namespace',
      { metadata: { namespace: 'other' } },
      { type: CLUSTER_ROLE, name: 'reader' },
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'reader' } },
    ],
    [
      'a Namespace keeps what its template says',
      { metadata: { namespace: 'other' } },
      { type: NAMESPACE_TYPE, name: 'shop' },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', namespace: 'other' } },
    ],
    [
      'metadata that is no mapping stays, and the object has no name',
      { metadata: null },
      {},
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: null },
    ],
  ])('%s', (_title, template, parts, expected) => {
    expect(build(template, parts).manifest).toEqual(expected);
  });

  it('keeps annotations of a template', () => {
    const { manifest, droppedAnnotations } = build({ metadata: { annotations: { a: 'b' } } });

    expect(manifest.metadata).toEqual({ ...named, annotations: { a: 'b' } });
    expect(droppedAnnotations).toBe(false);
  });

  it.each<[string, JsonValue, boolean]>([
    ['drops annotations', { a: 'b' }, true],
    ['leaves empty annotations', {}, false],
    ['does not recognise annotations of which one is no text', { a: 'b', c: 1 }, false],
  ])('with templateAnnotations: Drop it %s', (_title, annotations, dropped) => {
    const result = build({ metadata: { annotations } }, {}, 'Drop');

    expect(result.droppedAnnotations).toBe(dropped);
    expect(result.manifest.metadata).toEqual(dropped ? named : { ...named, annotations });
  });

  it.each<[string, JsonValue, boolean]>([
    ['drops finalizers', ['x/y'], true],
    ['leaves an empty list of finalizers', [], false],
  ])('always %s', (_title, finalizers, dropped) => {
    const result = build({ metadata: { finalizers } });

    expect(result.droppedFinalizers).toBe(dropped);
    expect(result.manifest.metadata).toEqual(dropped ? named : { ...named, finalizers });
  });

  it('keeps a key __proto__ of metadata and of the template', () => {
    const template = parseJson('{"__proto__":{"a":1},"metadata":{"__proto__":"b"}}') as JsonObject;
    const { manifest } = build(template);

    expect(Object.hasOwn(manifest, '__proto__')).toBe(true);
    expect(Object.hasOwn(manifest.metadata as JsonObject, '__proto__')).toBe(true);
  });
});

describe('addManagedLabel', () => {
  const managed = { 'kubefed.io/managed': 'true' };

  it.each<[string, JsonValue, JsonValue]>([
    ['adds to labels', { labels: { a: 'b' } }, { labels: { a: 'b', ...managed } }],
    ['adds labels', {}, { labels: managed }],
    ['wins over another value', { labels: { 'kubefed.io/managed': 'false' } }, { labels: managed }],
    ['drops labels of which one is no text', { labels: { a: 'b', c: 1 } }, { labels: managed }],
    ['replaces labels that are no mapping', { labels: ['a'] }, { labels: managed }],
    ['replaces labels that are null', { labels: null }, { labels: managed }],
  ])('%s', (_title, metadata, expected) => {
    expect(addManagedLabel({ metadata })).toEqual({ metadata: expected });
  });
});

describe('whyNotApplied', () => {
  const good = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' } };

  it('lets an object pass that keeps its identity', () => {
    expect(whyNotApplied(good, federatedOf(), good)).toBeUndefined();
  });

  it.each<[string, JsonValue, string]>([
    ['a list', [good], 'is not an object any more'],
    ['no apiVersion', { ...good, apiVersion: null }, 'has no apiVersion, which must be a string'],
    ['an empty kind', { ...good, kind: '' }, 'has no kind, which must be a string'],
    ['metadata that is a list', { ...good, metadata: [] }, 'has no metadata, which must be a mapping'],
    ['no name', { ...good, metadata: { namespace: 'shop' } }, 'has another name than its federated object'],
    [
      'another namespace',
      { ...good, metadata: { name: 'web', namespace: 'x' } },
      'has another namespace than its federated object',
    ],
    ['no namespace', { ...good, metadata: { name: 'web' } }, 'has another namespace than its federated object'],
    [
      'the label of an inventory',
      { ...good, metadata: { ...good.metadata, labels: { 'applyset.kubernetes.io/part-of': 'x' } } },
      'has metadata.labels["applyset.kubernetes.io/part-of"], which only gitfed itself sets',
    ],
    [
      'the annotation of an inventory',
      { ...good, metadata: { ...good.metadata, annotations: { 'applyset.kubernetes.io/tooling': 'x' } } },
      'has metadata.annotations["applyset.kubernetes.io/tooling"], which only gitfed itself sets',
    ],
  ])('refuses %s', (_title, manifest, reason) => {
    expect(whyNotApplied(manifest, federatedOf(), good)).toBe(reason);
  });
});
