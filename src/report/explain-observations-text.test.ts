import { describe, expect, it } from 'vitest';
import type { ObservationEffect, PlanExplanation } from '../render/index.ts';
import { formatEffects } from './explain-observations-text.ts';
import { createStyle } from './style.ts';

function text(observations: readonly ObservationEffect[], overflow = 0n, columns?: number): string {
  const plan: PlanExplanation = {
    preference: 'ReplicaSchedulingPreference/shop/web',
    place: { file: 'web.yaml', line: 3, column: 1 },
    outcome: 'Planned',
    scheduler: 'kubefed',
    totalReplicas: 9n,
    rebalance: true,
    intersectWithClusterSelector: false,
    holds: [],
    clusters: [{ cluster: 'a', weight: 1n, minReplicas: 0n, overflow, replicas: 4n + overflow }],
    steps: [],
    observations,
  };
  return formatEffects(plan, columns, createStyle(false), 'status commit 1a2b3c').join('\n');
}

const OBSERVED = { specReplicas: 6n, readyReplicas: 4n, runningAndReadyPods: 4n, unschedulablePods: 2n };
const CAPACITY: ObservationEffect = {
  cluster: 'a',
  type: 'Capacity',
  observed: OBSERVED,
  current: 4n,
  capacity: 4n,
  without: [{ cluster: 'a', replicas: 4n, otherwise: 6n }],
};

describe('what was observed, for people', () => {
  it('is nothing where nothing counted', () => {
    expect(text([])).toBe('');
  });

  it('has the numbers behind a capacity, the overflow, and what would be otherwise', () => {
    expect(text([CAPACITY], 2n)).toBe(`
  Observed (status commit 1a2b3c)
  a has room for 4: of 6 replicas 4 are ready, and 2 pods are unschedulable; 2 more are written as overflow, for when there is room
    if it had room for more: a 6 instead of 4`);
  });

  it('tells of a capacity that no pod shows any longer', () => {
    const observed = { ...OBSERVED, specReplicas: 4n, unschedulablePods: 0n, capacity: 4n };
    expect(text([{ ...CAPACITY, observed }])).toContain('a has room for 4: so many ran when it was asked for more\n');
  });

  it('says that one pod is alone', () => {
    const observed = { ...OBSERVED, unschedulablePods: 1n };
    expect(text([{ ...CAPACITY, observed }])).toContain('and 1 pod is unschedulable\n');
  });

  it.each<[ObservationEffect['type'], RegExp]>([
    ['NotReady', /^ {2}a is not ready: it takes no part\n {4}if it were ready, the plan would be the same$/m],
    ['Running', /^ {2}a runs 4, which are kept .*\n {4}if nothing ran there, the plan would be the same$/m],
  ])('tells of %s', (type, words) => {
    expect(text([{ cluster: 'a', type, current: 4n, without: [] }])).toMatch(words);
  });

  it('leaves out what are very many, and shows no control characters', () => {
    const many = Array.from({ length: 40 }, (_, index) => ({
      cluster: `c\u001b${index}`,
      replicas: 1n,
      otherwise: 2n,
    }));
    const shown = text(Array.from({ length: 20 }, () => ({ ...CAPACITY, without: many })));
    expect(shown).toContain(' and 32 more\n');
    expect(shown).toContain('and 8 more that -o json has');
    expect(shown).not.toContain('\u001b');
  });

  it('keeps to the width of a terminal', () => {
    const lines = text([CAPACITY], 2n, 60).split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(60);
  });
});
