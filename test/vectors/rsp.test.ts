import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/index.ts';
import { render } from '../../src/render/index.ts';
import { manifestsOf, modelOfVector, observationsOfVector, type RenderVector, readVectors } from './read-vectors.ts';

const vectors = readVectors<RenderVector>('rsp.jsonl');

describe("KubeFed's scheduling of replicas", () => {
  it('has answered enough questions', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(349);
  });

  it.each(vectors.map((vector, index) => [index + 1, vector] as const))('rsp.jsonl:%i', (_line, vector) => {
    const { expected, federatedObject, federatedTypeConfig } = vector;
    const { name, namespace } = federatedObject['metadata'] as { name: string; namespace: string };
    const spec = federatedTypeConfig['spec'] as JsonObject;
    const { kind } = spec['targetType'] as { kind: string };

    const rendering = render(modelOfVector(vector), observationsOfVector(vector, kind));

    expect(manifestsOf(rendering, kind, name)).toEqual(expected.clusters ?? {});
    const planned = rendering.replicas.get(`Federated${kind}/${namespace}/${name}`);
    const counts = planned && Object.fromEntries([...planned].map(([cluster, count]) => [cluster, Number(count)]));
    expect(counts).toEqual(vector.replicas);
    const errors = rendering.findings.filter(({ severity }) => severity === 'error');
    expect(errors.length > 0).toBe(expected.error !== undefined || expected.errors !== undefined);
  });
});
