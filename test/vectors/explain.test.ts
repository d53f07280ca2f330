import { describe, expect, it } from 'vitest';
import type { FederatedObject, Model } from '../../src/api/index.ts';
import { isJsonObject, type JsonObject } from '../../src/core/index.ts';
import { type Explanation, explainObject, type Observations, render, traceObject } from '../../src/render/index.ts';
import { checkOrigins, disagreements } from '../helpers/explain-checks.ts';
import { modelOfVector, observationsOfVector, type RenderVector, readVectors } from './read-vectors.ts';

const FILES = ['render.jsonl', 'rsp.jsonl'];
const vectors = FILES.flatMap((file) =>
  readVectors<RenderVector>(file).map((vector, index) => [`${file}:${index + 1}`, vector] as const),
);

describe('an explanation', () => {
  it('is asked for often enough', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(900);
  });

  it.each(vectors)('of %s agrees with the rendering in every cluster', (_name, vector) => {
    const { model, observations } = inputsOf(vector);
    const rendering = render(model, observations);
    for (const object of model.objects) {
      expect(disagreements(object, explain(model, object, observations), rendering)).toEqual([]);
    }
  });

  it.each(vectors)('of %s says of every leaf of every manifest where it really stands', (_name, vector) => {
    const { model, observations } = inputsOf(vector);
    const manifests = render(model, observations).clusters.flatMap(({ objects }) => objects);
    expect(checkOrigins(model, observations) > 0).toBe(manifests.length > 0);
  });

  it.each(vectors)('of %s names each rule that has to change for the object to be there, and no other', (_name, vector) => {
    const { model, observations } = inputsOf(vector);
    const object = model.objects.find(({ type }) => type.target.kind !== 'Namespace');
    if (object === undefined) return;
    for (const { cluster, state, rules } of explain(model, object, observations).clusters) {
      const reasons = rules.filter(({ effect }) => effect === 'Excludes');
      if (state !== 'NotPlaced' || reasons.some(({ code }) => code === 'ClusterNotRegistered')) continue;
      // A preference reads the selectors; what it leaves out because of them is told with them.
      const isIntersected = reasons.some(({ code }) => code === 'OutsideIntersection');
      const placement = { clusters: [{ name: cluster }], ...(isIntersected ? { clusterSelector: {} } : {}) };
      const blame = [...new Set(reasons.map(({ by }) => by).filter((by) => by !== 'Preference'))];
      const isThere = (rules: readonly Rule['by'][]): boolean =>
        isPlacedIn(rules.reduce((mended, by) => mend(mended, by, placement), vector), object, cluster);
      expect(isThere(blame), `${cluster}: ${blame} mended`).toBe(true);
      for (const one of blame) {
        expect(isThere(blame.filter((other) => other !== one)), `${cluster}: all but ${one} mended`).toBe(false);
      }
    }
  });
});

describe('the last round of an explained plan', () => {
  const planned = readVectors<RenderVector>('rsp.jsonl').map((vector, index) => [index + 1, vector] as const);

  it.each(planned)('is the plan that KubeFed made: rsp.jsonl:%i', (_line, vector) => {
    const { model, observations } = inputsOf(vector);
    const object = model.objects.find(({ type }) => type.target.kind !== 'Namespace');
    const plan = object === undefined ? undefined : explain(model, object, observations).plan;
    const last = new Map(plan?.steps.at(-1)?.clusters.map(({ name, planned: count }) => [name, count]));
    const numbers = plan?.outcome !== 'Planned' ? undefined : Object.fromEntries(
      plan.clusters.map(({ cluster, overflow, replicas }) => {
        expect((last.get(cluster) ?? 0n) + overflow).toBe(replicas);
        return [cluster, Number(replicas)];
      }),
    );
    expect(numbers).toEqual(vector.replicas);
  });
});

function inputsOf(vector: RenderVector): { readonly model: Model; readonly observations: Observations | undefined } {
  const spec = vector.federatedTypeConfig['spec'] as JsonObject;
  const { kind } = spec['targetType'] as { kind: string };
  return { model: modelOfVector(vector), observations: observationsOfVector(vector, kind) };
}

function explain(model: Model, object: FederatedObject, observations: Observations | undefined): Explanation {
  return explainObject(traceObject(model, object, observations === undefined ? {} : { observations }));
}

type Rule = Explanation['clusters'][number]['rules'][number];

/** The vector with one rule changed so that it selects the cluster. What else the placement has stays. */
function mend(vector: RenderVector, by: Rule['by'], placement: JsonObject): RenderVector {
  if (by === 'Placement') return { ...vector, federatedObject: withPlacement(vector.federatedObject, placement) };
  if (by !== 'Namespace') throw new Error(`there is nothing to mend about ${by}`);
  const { namespace } = vector.federatedObject['metadata'] as { namespace: string };
  const federatedNamespace = vector.federatedNamespace ?? {
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: 'FederatedNamespace',
    metadata: { name: namespace, namespace },
    spec: {},
  };
  return { ...vector, federatedNamespace: withPlacement(federatedNamespace, placement) };
}

function withPlacement(object: JsonObject, changes: JsonObject): JsonObject {
  const spec = isJsonObject(object['spec']) ? object['spec'] : {};
  const placement = isJsonObject(spec['placement']) ? spec['placement'] : {};
  return { ...object, spec: { ...spec, placement: { ...placement, ...changes } } };
}

function isPlacedIn(vector: RenderVector, object: FederatedObject, cluster: string): boolean {
  const { model, observations } = inputsOf(vector);
  const lane = render(model, observations).clusters.find((entry) => entry.cluster === cluster);
  // An override that does not fit shows only where the object is placed.
  const ids = [...(lane?.objects.map(({ id }) => id) ?? []), ...(lane?.held ?? [])];
  return ids.some(({ kind, name }) => kind === object.target.kind && name === object.target.name);
}
