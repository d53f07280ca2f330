import fc from 'fast-check';
import { expect } from 'vitest';
import { type Cluster, describe, poll, test } from '../controlplane/fixtures.ts';
import { after, findDifference, observeWrites, type Write, type WrittenKind } from './managed-fields.ts';
import { RANDOM_WRITES, WIDGET_DEFINITION } from './managed-fields-kinds.ts';

async function defineWidgets(cluster: Cluster): Promise<void> {
  await cluster.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', WIDGET_DEFINITION);
  const isServed = async (): Promise<boolean> =>
    (await cluster.request('GET', '/apis/sandbox.example.com/v1beta1/widgets')).status === 200;
  await poll(isServed, { what: 'widgets are served' });
}

async function compareWrites(
  cluster: Cluster,
  kind: WrittenKind,
  name: string,
  writes: readonly Write[],
): Promise<number> {
  const observed = await observeWrites(cluster, kind, name, writes);
  let live: ReturnType<typeof after>;
  let refused = 0;
  for (const [index, step] of observed.entries()) {
    const difference = findDifference(kind, live, step);
    if (difference !== undefined) {
      const story = JSON.stringify({ name, index, write: step.write, live }, undefined, 1);
      expect(difference.own, story).toEqual(difference.server);
      throw new Error(`Only order or identity differs: ${story}`);
    }
    if (step.refusal !== undefined) refused += 1;
    live = after(live, step);
  }
  return refused;
}

describe('the sandbox owns fields as a real API server does', () => {
  for (const [title, kind, arbitrary] of RANDOM_WRITES) {
    test(`in random sequences of writes of a ${title}`, async ({ clusters: [cluster] }) => {
      if (title === 'Widget') await defineWidgets(cluster);
      let count = 0;
      const sequences = fc.sample(arbitrary, { seed: 6, numRuns: Number(process.env['RUNS'] ?? 40) });
      for (const writes of sequences) {
        count += 1;
        await compareWrites(cluster, kind, `w${count}`, writes);
      }
    });
  }
});
