import { describe, expect, it } from 'vitest';
import { type PlanStep, planReplicas } from '../../src/render/index.ts';
import { inputOf, type PlannerVector } from './planner-vector.ts';
import { readVectors } from './read-vectors.ts';

const vectors = readVectors<PlannerVector>('planner.jsonl');

describe("KubeFed's planner", () => {
  it('has answered enough questions', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(600);
  });

  it.each(vectors.map((vector, index) => [index + 1, vector] as const))('planner.jsonl:%i', (_line, vector) => {
    const input = inputOf(vector);
    const { replicas, overflow } = planReplicas(input);

    expect(numbersOf(replicas)).toEqual(vector.plan);
    expect(numbersOf(overflow)).toEqual(vector.overflow ?? {});
  });

  it.each(vectors.map((vector, index) => [index + 1, vector] as const))(
    'tells steps that add up, the last of which is the plan: planner.jsonl:%i',
    (_line, vector) => {
      const input = inputOf(vector);
      const steps: PlanStep[] = [];
      expect(planReplicas(input, (step) => steps.push(step))).toEqual(planReplicas(input));

      for (const { clusters, left } of steps) {
        expect(clusters.reduce((sum, { planned }) => sum + planned, left)).toBe(input.totalReplicas);
      }
      const last = steps.at(-1)?.clusters.map(({ name, planned }) => [name, planned] as const);
      const without = input.clusters.map((name) => [name, 0n] as const);
      expect(numbersOf(new Map([...without, ...(last ?? [])]))).toEqual(vector.plan);
    },
  );
});

function numbersOf(counts: ReadonlyMap<string, bigint>): Record<string, number> {
  return Object.fromEntries([...counts].map(([name, count]) => [name, Number(count)]));
}
