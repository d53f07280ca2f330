import { describe, expect, it } from 'vitest';
import { clusterOf, federatedOf, NAMESPACE_TYPE, typeOf } from '../../test/helpers/render-input.ts';
import type { LabelRequirement, Placement } from '../api/index.ts';
import {
  isBoundByNamespace,
  type NamespaceBound,
  type Selection,
  selectClusters,
  selectWithinNamespace,
} from './placement.ts';

const CLUSTERS = [clusterOf('c1'), clusterOf('c2', { foo: 'bar' }), clusterOf('c3', { foo: 'baz', x: '' })];

function selector(matchLabels: Record<string, string>, ...matchExpressions: LabelRequirement[]): Placement {
  return { clusterSelector: { matchLabels, matchExpressions } };
}

function requirement(key: string, operator: LabelRequirement['operator'], ...values: string[]): LabelRequirement {
  return { key, operator, values };
}

describe('selectClusters', () => {
  it.each<[string, Placement, string[]]>([
    ['neither list nor selector selects nothing', {}, []],
    ['an empty selector selects everything', selector({}), ['c1', 'c2', 'c3']],
    ['an empty list beats an empty selector', { clusters: [], ...selector({}) }, []],
    ['a list beats a selector', { clusters: ['c1'], ...selector({ foo: 'bar' }) }, ['c1']],
    ['a list beats a selector that is not valid', { clusters: ['c1'], invalidSelector: 'broken' }, ['c1']],
    ['unregistered names and repetitions are ignored', { clusters: ['c1', 'zz', 'c1', ''] }, ['c1']],
    ['labels must be equal', selector({ foo: 'bar' }), ['c2']],
    ['all labels must be equal', selector({ foo: 'baz', x: 'y' }), []],
    ['In takes any of its values', selector({}, requirement('foo', 'In', 'bar', 'baz')), ['c2', 'c3']],
    ['NotIn takes clusters without the key too', selector({}, requirement('foo', 'NotIn', 'bar')), ['c1', 'c3']],
    ['Exists takes an empty value', selector({}, requirement('x', 'Exists')), ['c3']],
    ['DoesNotExist', selector({}, requirement('x', 'DoesNotExist')), ['c1', 'c2']],
    ['labels and expressions must both hold', selector({ foo: 'baz' }, requirement('x', 'DoesNotExist')), []],
    ['a key that every JavaScript object has', selector({}, requirement('constructor', 'Exists')), []],
  ])('%s', (_title, placement, clusters) => {
    expect(selectClusters(placement, CLUSTERS)).toEqual({ ok: true, clusters });
  });

  it('says what is wrong with a selector where it is used', () => {
    expect(selectClusters({ invalidSelector: 'broken' }, CLUSTERS)).toEqual({ ok: false, reason: 'broken' });
  });

  it.each<[string, Placement, Selection]>([
    ['leaves the list out', { clusters: ['c1'], ...selector({ foo: 'bar' }) }, { ok: true, clusters: ['c2'] }],
    ['selects nothing without a selector', { clusters: ['c1'] }, { ok: true, clusters: [] }],
    [
      'fails on a selector that is not valid',
      { clusters: ['c1'], invalidSelector: 'broken' },
      { ok: false, reason: 'broken' },
    ],
  ])('by selector only it %s', (_title, placement, selection) => {
    expect(selectClusters(placement, CLUSTERS, { selectorOnly: true })).toEqual(selection);
  });
});

describe('selectWithinNamespace', () => {
  const own: Selection = { ok: true, clusters: ['c1', 'c2'] };
  const broken: Selection = { ok: false, reason: 'broken' };

  it.each<[string, Selection, NamespaceBound, Selection]>([
    ['nothing bounds a cluster-scoped target', own, 'everywhere', own],
    ['without a FederatedNamespace nothing is selected', own, 'missing', { ok: true, clusters: [] }],
    ['both must select a cluster', own, { ok: true, clusters: ['c2', 'c3'] }, { ok: true, clusters: ['c2'] }],
    ['an error of the namespace is one of the object', own, broken, broken],
    ['an own error counts without a FederatedNamespace too', broken, 'missing', broken],
  ])('%s', (_title, selection, bound, expected) => {
    expect(selectWithinNamespace(selection, bound)).toEqual(expected);
  });
});

describe('isBoundByNamespace', () => {
  it.each([
    ['a namespaced target', federatedOf(), true],
    ['a cluster-scoped target', federatedOf({ type: typeOf('ClusterRole', { scope: 'Cluster' }) }), false],
    ['a namespace', federatedOf({ type: NAMESPACE_TYPE, name: 'shop' }), false],
  ])('%s', (_title, object, expected) => {
    expect(isBoundByNamespace(object)).toBe(expected);
  });
});
