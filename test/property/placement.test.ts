import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeFedCluster, LabelRequirement, Placement } from '../../src/api/index.ts';
import { render } from '../../src/render/index.ts';
import { clusterOf, federatedOf, modelWith, NAMESPACE_TYPE } from '../helpers/render-input.ts';

const key = fc.constantFrom('env', 'region', 'constructor');
const value = fc.constantFrom('', 'eu', 'us');
const name = fc.constantFrom('a', 'b', 'c', 'd', 'A', 'gone');

const clusters: fc.Arbitrary<KubeFedCluster[]> = fc.uniqueArray(
  fc.tuple(name, fc.dictionary(key, value)).map(([cluster, labels]) => clusterOf(cluster, labels)),
  { selector: (cluster) => cluster.name, maxLength: 5 },
);

const requirement: fc.Arbitrary<LabelRequirement> = fc.oneof(
  fc.record({
    key,
    operator: fc.constantFrom('In' as const, 'NotIn' as const),
    values: fc.array(value, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ key, operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const), values: fc.constant([]) }),
);

const placement: fc.Arbitrary<Placement> = fc.record(
  {
    clusters: fc.array(name, { maxLength: 4 }),
    clusterSelector: fc.record({
      matchLabels: fc.dictionary(key, value, { maxKeys: 1 }),
      matchExpressions: fc.array(requirement, { maxLength: 2 }),
    }),
  },
  { requiredKeys: [] },
);

describe('placement', () => {
  it('is, cluster by cluster, what the rules say', () => {
    fc.assert(
      fc.property(clusters, placement, placement, (registered, own, namespaced) => {
        const shop = federatedOf({ type: NAMESPACE_TYPE, name: 'shop', placement: namespaced });
        const model = modelWith({
          clusters: registered,
          objects: [federatedOf({ placement: own })],
          namespaces: new Map([['shop', shop]]),
        });

        const placed = render(model)
          .clusters.filter(({ objects }) => objects.length > 0)
          .map(({ cluster }) => cluster);

        const expected = registered.filter((cluster) => isSelected(cluster, own) && isSelected(cluster, namespaced));
        expect(placed).toEqual(expected.map((cluster) => cluster.name).sort());
      }),
      { numRuns: 2000 },
    );
  });
});

function isSelected(cluster: KubeFedCluster, { clusters: names, clusterSelector }: Placement): boolean {
  if (names !== undefined) return names.includes(cluster.name);
  if (clusterSelector === undefined) return false;
  const labels = new Map(Object.entries(cluster.labels));
  for (const [label, wanted] of Object.entries(clusterSelector.matchLabels))
    if (labels.get(label) !== wanted) return false;
  for (const { key: label, operator, values } of clusterSelector.matchExpressions) {
    const isThere = labels.has(label);
    const isListed = isThere && values.some((item) => item === labels.get(label));
    const holds = { In: isListed, NotIn: !isListed, Exists: isThere, DoesNotExist: !isThere }[operator];
    if (!holds) return false;
  }
  return true;
}
