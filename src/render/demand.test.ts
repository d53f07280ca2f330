import { describe, expect, it } from 'vitest';
import { federatedOf, operationOf, overridesOf, preferenceOf } from '../../test/helpers/render-input.ts';
import type { FederatedObject, ReplicaSchedulingPreference } from '../api/index.ts';
import type { JsonObject } from '../core/index.ts';
import { demandOf } from './demand.ts';

function template(container: JsonObject = {}, pod: JsonObject = {}): JsonObject {
  return {
    spec: {
      replicas: 1,
      template: { metadata: {}, spec: { containers: [{ name: 'web', image: 'web:1', ...container }] }, ...pod },
    },
  };
}

const of = (value: JsonObject, overrides = overridesOf({})): FederatedObject =>
  federatedOf({ template: value, overrides });
const preference = (parts: Partial<ReplicaSchedulingPreference> = {}): ReplicaSchedulingPreference =>
  preferenceOf(parts);
const share = (weight: bigint, name = 'a') => ({ clusters: new Map([[name, { minReplicas: 0n, weight }]]) });

const BEFORE = demandOf(of(template()), preference());

describe('what is demanded', () => {
  it.each<[string, FederatedObject, ReplicaSchedulingPreference]>([
    ['another image', of(template({ image: 'web:2' })), preference()],
    ['other environment variables', of(template({ env: [{ name: 'A', value: 'b' }] })), preference()],
    ['an annotation', of(template({}, { metadata: { annotations: { at: 'now' } } })), preference()],
    [
      'another order of keys',
      of({ spec: Object.fromEntries(Object.entries(template()['spec'] as JsonObject).reverse()) }),
      preference(),
    ],
  ])('is the same with %s', (_title, object, wanted) => {
    expect(demandOf(object, wanted)).toBe(BEFORE);
  });

  it('is the same with an image that an override sets', () => {
    const first = overridesOf({ a: [operationOf('replace', '/spec/template/spec/containers/0/image', 'web:2')] });
    const second = overridesOf({ a: [operationOf('replace', '/spec/template/spec/containers/0/image', 'web:3')] });
    expect(demandOf(of(template(), first), preference())).toBe(demandOf(of(template(), second), preference()));
  });

  it.each<[string, FederatedObject, ReplicaSchedulingPreference]>([
    ['resources', of(template({ resources: { requests: { cpu: 1 } } })), preference()],
    ['a node selector', of(template({}, { spec: { nodeSelector: { disk: 'fast' } } })), preference()],
    ['an override', of(template(), overridesOf({ a: [operationOf('replace', '/spec/paused', true)] })), preference()],
    ['a total', of(template()), preference({ totalReplicas: 10 })],
    ['a way to plan', of(template()), preference({ rebalance: true })],
    ['an intersection', of(template()), preference({ intersectWithClusterSelector: true })],
    ['a weight', of(template()), preference(share(2n))],
    ['a cluster', of(template()), preference(share(1n, 'b'))],
    [
      'a maximum',
      of(template()),
      preference({ clusters: new Map([['*', { minReplicas: 0n, weight: 1n, maxReplicas: 0n }]]) }),
    ],
    ['a template that cannot be read', { ...of(template()), template: { ok: false } }, preference()],
  ])('is another one with another %s', (_title, object, wanted) => {
    expect(demandOf(object, wanted)).not.toBe(BEFORE);
  });

  it('is short, and the same on every machine', () => {
    expect(BEFORE).toMatch(/^d[0-9a-f]{16}$/);
    expect(demandOf(of(template()), preference())).toBe(BEFORE);
    expect(demandOf(of({}), preference(share(9_007_199_254_740_993n)))).toMatchInlineSnapshot(`"dc6ebf1ecc3841289"`);
  });
});
