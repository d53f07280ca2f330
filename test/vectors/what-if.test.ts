import { describe, expect, it } from 'vitest';
import type { Model } from '../../src/api/index.ts';
import { type Observations, parseObservations, planReplicas, render, type Rendering, WhatIf } from '../../src/render/index.ts';
import { clusterOf, federatedOf, modelWith, NAMESPACE_TYPE, preferenceOf } from '../helpers/render-input.ts';
import type { JsonObject } from '../../src/core/index.ts';
import { inputOf, type PlannerVector } from './planner-vector.ts';
import { modelOfVector, observationsOfVector, type RenderVector, readVectors } from './read-vectors.ts';

const vectors = readVectors<RenderVector>('rsp.jsonl');
const NOTHING: Observations = { clusters: new Map() };

/**
 * KubeFed's planner is given ready clusters only: to it, one that is not ready is as one that was never registered. The model without the
 * cluster is a way to ask that `WhatIf` does not go itself. For an object without a preference both are the same too: its placement
 * selects among what is registered, and is in service where that is ready.
 */
describe('what is lost with a cluster is what the planner does without it', () => {
  it.each(vectors.map((vector, index) => [index + 1, vector] as const))('rsp.jsonl:%i', (_line, vector) => {
    const { kind, name } = targetOf(vector);
    const model = modelOfVector(vector);
    const observations = observationsOfVector(vector, kind) ?? NOTHING;
    const whatIf = new WhatIf(model, { observations });
    const before = replicasIn(render(model, observations), kind, name);
    for (const { name: lost } of model.clusters) {
      const without: Model = { ...model, clusters: model.clusters.filter((cluster) => cluster.name !== lost) };
      const after = replicasIn(render(without, observations), kind, name);
      const { workloads } = whatIf.lose([lost]);
      expect(workloads.length).toBeLessThanOrEqual(1);

      const changed = new Map([...before, ...after].flatMap(([cluster]) => {
        const change = [before.get(cluster) ?? 0n, cluster === lost ? 0n : (after.get(cluster) ?? 0n)] as const;
        return change[0] === change[1] ? [] : [[cluster, change] as const];
      }));
      const told = workloads.flatMap(({ clusters }) => clusters);
      const where = `without ${lost}`;
      expect({ where, told: new Map(told.map((one) => [one.cluster, [one.before, one.after]])) }).toEqual({ where, told: changed });
    }
  });

  it('takes replicas away from many, moves some, and finds no place for others', () => {
    const outcomes = new Set(
      vectors.flatMap((vector) => {
        const whatIf = new WhatIf(modelOfVector(vector), { observations: observationsOfVector(vector, targetOf(vector).kind) ?? NOTHING });
        return whatIf.ready.flatMap((name) => whatIf.lose([name]).workloads.map(({ outcome }) => outcome));
      }),
    );
    expect([...outcomes].sort()).toEqual(['Moved', 'NoSecondHome', 'Reduced', 'Short']);
  });
});


describe("a loss is planned as KubeFed's planner plans without the cluster", () => {
  const planner = readVectors<PlannerVector>('planner.jsonl');

  it.each(planner.map((vector, index) => [index + 1, vector] as const))('planner.jsonl:%i', (_line, vector) => {
    const input = inputOf(vector);
    const [namespace = '', name = ''] = vector.key.split('/');
    const object = federatedOf({ namespace, name, template: { spec: {} } });
    const { totalReplicas, rebalance, preferences } = input;
    const model = modelWith({
      clusters: input.clusters.map((cluster) => clusterOf(cluster)),
      objects: [object],
      namespaces: new Map([[namespace, federatedOf({ type: NAMESPACE_TYPE, name: namespace })]]),
      preferences: [preferenceOf({ namespace, name, totalReplicas: Number(totalReplicas), rebalance, clusters: preferences })],
    });
    const whatIf = new WhatIf(model, { observations: observationsOf(vector) });
    const before = written(planReplicas(input));
    for (const lost of input.clusters.slice(0, 12)) {
      const clusters = input.clusters.filter((cluster) => cluster !== lost);
      // Nobody is left to plan for: the object is written as it is, where nobody is.
      const after = clusters.length === 0 ? new Map<string, bigint>() : written(planReplicas({ ...input, clusters }));
      const changed = input.clusters.flatMap((cluster) => {
        const [from, to] = [before.get(cluster) ?? 0n, after.get(cluster) ?? 0n];
        return from === to ? [] : [[cluster, from, to]];
      });
      const told = whatIf.lose([lost]).workloads.flatMap((workload) => workload.clusters);
      const where = `without ${lost}`;
      expect({ where, told: told.map((one) => [one.cluster, one.before, one.after]).sort() }).toEqual({ where, told: changed.sort() });
    }
  });

  function written({ replicas, overflow }: ReturnType<typeof planReplicas>): ReadonlyMap<string, bigint> {
    return new Map([...replicas].map(([cluster, count]) => [cluster, count + (overflow.get(cluster) ?? 0n)]));
  }
});

/** What has to be observed for a cluster to count as running so many, and as having room for so many. */
function observationsOf({ key, currentReplicas, estimatedCapacity }: PlannerVector): Observations {
  const [namespace = '', name = ''] = key.split('/');
  const names = [...new Set([...Object.keys(currentReplicas ?? {}), ...Object.keys(estimatedCapacity ?? {})])];
  const clusters = names.map((cluster) => {
    const current = currentReplicas?.[cluster] ?? 0;
    const capacity = estimatedCapacity?.[cluster];
    const counts =
      capacity === undefined
        ? { specReplicas: current, readyReplicas: current }
        : { specReplicas: capacity + 1, readyReplicas: capacity, unschedulablePods: 1 };
    return [cluster, { workloads: [{ kind: 'Deployment', namespace, name, runningAndReadyPods: current, ...counts }] }] as const;
  });
  return parseObservations({ apiVersion: 'gitfed.io/v1alpha1', kind: 'Observations', clusters: Object.fromEntries(clusters) });
}

function targetOf({ federatedObject, federatedTypeConfig }: RenderVector): { readonly kind: string; readonly name: string } {
  const { name } = federatedObject['metadata'] as { name: string };
  const { targetType } = federatedTypeConfig['spec'] as { targetType: JsonObject & { kind: string } };
  return { kind: targetType.kind, name };
}

/** As the API server takes a manifest: without a number it is one replica. */
function replicasIn(rendering: Rendering, kind: string, name: string): ReadonlyMap<string, bigint> {
  const found = rendering.clusters.flatMap(({ cluster, objects }) =>
    objects
      .filter(({ id }) => id.kind === kind && id.name === name)
      .map(({ manifest }): [string, bigint] => {
        const { replicas = 1 } = (manifest['spec'] ?? {}) as { replicas?: number };
        return [cluster, BigInt(replicas)];
      }),
  );
  return new Map(found);
}
