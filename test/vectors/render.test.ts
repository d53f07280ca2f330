import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/index.ts';
import { render } from '../../src/render/index.ts';
import { manifestsOf, modelOfVector, type RenderVector, readVectors } from './read-vectors.ts';

const vectors = readVectors<RenderVector>('render.jsonl');

describe("KubeFed's placement, template and overrides", () => {
  it('have answered enough questions', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(554);
  });

  it.each(vectors.map((vector, index) => [index + 1, vector] as const))('render.jsonl:%i', (_line, vector) => {
    const { expected, federatedObject, federatedTypeConfig } = vector;
    const { name } = federatedObject['metadata'] as { name: string };
    const spec = federatedTypeConfig['spec'] as JsonObject;
    const { kind } = spec['targetType'] as { kind: string };

    const rendering = render(modelOfVector(vector));

    expect(manifestsOf(rendering, kind, name)).toEqual(expected.clusters ?? {});
    const errors = rendering.findings.filter(({ severity }) => severity === 'error');
    for (const cluster of Object.keys(expected.errors ?? {})) {
      expect(errors.filter((finding) => finding.cluster === undefined || finding.cluster === cluster)).not.toEqual([]);
      expect(rendering.clusters.find((lane) => lane.cluster === cluster)?.held).toHaveLength(1);
    }
    if (expected.error !== undefined) expect(errors).not.toEqual([]);
    if (expected.error === undefined && expected.errors === undefined && Object.keys(expected.clusters ?? {}).length > 0) {
      expect(errors).toEqual([]);
    }
    const events = rendering.findings.filter(({ code }) => code.endsWith('NotSupported')).map(({ code }) => code);
    expect(events).toEqual((expected.events ?? []).map((event) => event.split(' ')[1]).toSorted());
  });
});
