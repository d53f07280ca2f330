import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect } from 'vitest';
import { GENERATED_FILE, readMergeSchema } from '../../scripts/generate-merge-schema.ts';
import { describe, poll, test } from '../controlplane/fixtures.ts';
import {
  after,
  findDifference,
  invalidReason,
  type Observed,
  observeWrites,
  type Write,
  type WrittenKind,
} from './managed-fields.ts';
import { RANDOM_WRITES, WIDGET_DEFINITION } from './managed-fields-kinds.ts';
import { WRITE_ROWS } from './managed-fields-rows.ts';

/** Where `npm run generate:managed-fields` wants the vectors. */
const RECORDED = process.env['GITFED_RECORD_MANAGED_FIELDS'];
/** So many random sequences of a kind become vectors. */
const RECORDED_RUNS = 10;
const vectors: string[] = [];

test.afterAll(() => {
  if (RECORDED !== undefined) writeFileSync(path.resolve(RECORDED), `${vectors.join('\n')}\n`);
});

/** Fails with the first write where the sandbox and the server do not agree. */
function expectSame(kind: WrittenKind, observed: readonly Observed[]): void {
  let live: ReturnType<typeof after>;
  for (const [index, step] of observed.entries()) {
    const difference = findDifference(kind, live, step);
    if (difference !== undefined) {
      const story = JSON.stringify({ index, write: step.write, live }, undefined, 1);
      expect(difference.own, story).toEqual(difference.server);
      expect.unreachable(`Only the order differs: ${story}`);
    }
    live = after(live, step);
  }
}

function record(kind: WrittenKind, title: string, steps: readonly Observed[]): void {
  vectors.push(JSON.stringify({ kind: kind.kind, title, steps }));
}

describe('the sandbox owns fields as a real API server does', () => {
  test.beforeAll(async ({ clusters: [cluster] }) => {
    await cluster.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', WIDGET_DEFINITION);
    const isServed = async (): Promise<boolean> =>
      (await cluster.request('GET', '/apis/sandbox.example.com/v1beta1/widgets')).status === 200;
    await poll(isServed, { what: 'widgets are served' });
  });

  for (const [title, kind, arbitrary] of RANDOM_WRITES) {
    test(`in random sequences of writes of a ${title}`, async ({ clusters: [cluster] }) => {
      let count = 0;
      for (const writes of fc.sample(arbitrary, { seed: 6, numRuns: 60 })) {
        count += 1;
        const observed = await observeWrites(cluster, kind, `random${count}`, writes);
        expect(observed.some(({ result }) => result !== undefined)).toBe(true);
        expectSame(kind, observed);
        if (count <= RECORDED_RUNS) record(kind, `random writes ${count}`, observed);
      }
    });
  }

  for (const [index, [title, kind, writes]] of WRITE_ROWS.entries()) {
    test(title, async ({ clusters: [cluster] }) => {
      const observed = await observeWrites(cluster, kind, `row${index}`, writes);
      expect(observed.map(({ refusal }) => refusal).filter((refusal) => refusal !== undefined)).toEqual([]);
      expectSame(kind, observed);
      record(kind, title, observed);
    });
  }

  test('and moves times as it does when time goes by', async ({ clusters: [cluster] }) => {
    const [title, kind, writes] = WRITE_ROWS.find(([name]) => name.includes('changes no time')) ?? expect.unreachable();
    const observed = await observeWrites(cluster, kind, 'time', writes, async () => {
      const second = secondNow();
      await poll(() => Promise.resolve(secondNow() !== second), { what: 'the next second' });
    });
    expectSame(kind, observed);
    expect(new Set(observed.map(timeText)).size).toBeGreaterThan(1);
    record(kind, `${title}, a second apart`, observed);
  });

  const rows: readonly (readonly [string, Write['body']])[] = [
    ['items of the same key', { spec: { ports: [{ port: 1 }, { port: 1, protocol: 'TCP' }] } }],
    ['the same value twice in a set', { spec: { tags: ['a', 'b', 'a'] } }],
  ];
  for (const [index, [title, body]] of rows.entries()) {
    test(`and refuses what it refuses, in its words: ${title}`, async ({ clusters: [cluster] }) => {
      const write = { type: 'apply', manager: 'one', force: false, body } as Write;
      const kind = RANDOM_WRITES.find(([name]) => name === 'Widget')?.[1] ?? expect.unreachable();
      const [observed] = await observeWrites(cluster, kind, `refused${index}`, [write]);
      expect(observed?.refusal).toContain(invalidReason(kind, write));
    });
  }
});

function secondNow(): number {
  return Math.floor(Date.now() / 1000);
}

function timeText({ result }: Observed): string {
  return [...JSON.stringify(result).matchAll(/"time":"([^"]*)"/g)].map(([, time]) => time).join(' ');
}

test('the table of how kinds are merged is the one of this API server', async ({ clusters: [cluster] }) => {
  expect(readFileSync(GENERATED_FILE, 'utf8')).toBe(await readMergeSchema(cluster));
});
