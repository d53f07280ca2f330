import { expect, it } from 'vitest';
import { after, findDifference, type Observed } from '../cluster/managed-fields.ts';
import { CONFIG_MAP, DEPLOYMENT, SERVICE, WIDGET } from '../cluster/managed-fields-kinds.ts';
import { readVectors } from './read-vectors.ts';

interface Sequence {
  readonly kind: string;
  readonly title: string;
  readonly steps: readonly Observed[];
}

const KINDS = new Map([CONFIG_MAP, DEPLOYMENT, SERVICE, WIDGET].map((kind) => [kind.kind, kind]));

it.each(readVectors<Sequence>('managed-fields.jsonl').map((sequence) => [sequence.kind, sequence.title, sequence.steps] as const))(
  '%s: %s is owned as a real API server had it',
  (name, _title, steps) => {
    const kind = KINDS.get(name) ?? expect.unreachable(`no kind ${name}`);
    let live: ReturnType<typeof after>;
    let compared = 0;
    for (const step of steps) {
      expect(findDifference(kind, live, step)).toBeUndefined();
      if (step.result !== undefined) compared += 1;
      live = after(live, step);
    }
    expect(compared).toBeGreaterThan(0);
  },
);
