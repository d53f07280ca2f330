import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import {
  acquireLease,
  createLeaseHolder,
  type HeldLease,
  type LeaseDurations,
  LeaseLostError,
  type LeaseOptions,
} from '../../src/apply/lease.ts';
import { ApiClient, type ClientOptions } from '../../src/cluster/index.ts';
import { type Cluster, describe, poll, test } from '../controlplane/fixtures.ts';
import { get } from './fleet.ts';

/** In place of 15, 5, 10 and 2 seconds. */
const FAST: LeaseDurations = { leaseMs: 3_000, renewMs: 300, renewDeadlineMs: 2_000, retryMs: 100 };
const COLLECTION = '/apis/coordination.k8s.io/v1/namespaces/default/leases';

function pathOf(name: string): string {
  return `${COLLECTION}/${name}`;
}

function connect(cluster: Cluster, options: ClientOptions = {}): ApiClient {
  const client = new ApiClient(
    {
      url: new URL(cluster.url),
      tls: { ca: Buffer.from(cluster.caBundle, 'base64') },
      authenticate: async () => ({ Authorization: `Bearer ${cluster.adminToken}` }),
    },
    options,
  );
  onTestFinished(() => client.close());
  return client;
}

async function contend(
  cluster: Cluster,
  name: string,
  options: Partial<LeaseOptions> = {},
): Promise<HeldLease | { readonly holder: string }> {
  const holder = await createLeaseHolder();
  const client = connect(cluster);
  const state = await acquireLease({ client, namespace: 'default', name, holder, durations: FAST, ...options });
  if (state.kind === 'taken') return { holder: state.holder };
  onTestFinished(() => state.lease.release());
  return state.lease;
}

async function take(cluster: Cluster, name: string, options: Partial<LeaseOptions> = {}): Promise<HeldLease> {
  const lease = await contend(cluster, name, options);
  if ('holder' in lease) throw new Error(`${name} is held by ${lease.holder}`);
  return lease;
}

/** A Lease of somebody that is no process of this machine. */
async function foreignLease(cluster: Cluster, name: string, spec: object = {}): Promise<void> {
  const now = microTime();
  const body = {
    metadata: { name },
    spec: { holderIdentity: 'somebody', leaseDurationSeconds: 2, acquireTime: now, renewTime: now, ...spec },
  };
  expect((await cluster.request('POST', COLLECTION, body)).status).toBe(201);
}

async function patch(cluster: Cluster, name: string, body: object): Promise<void> {
  const { status } = await cluster.request('PATCH', pathOf(name), body, 'application/merge-patch+json');
  expect(status).toBe(200);
}

function microTime(offsetMs = 0): string {
  return new Date(Date.now() + offsetMs).toISOString().replace('Z', '000Z');
}

async function renewals(cluster: Cluster, name: string, count: number): Promise<void> {
  for (let seen = 0; seen < count; seen += 1) {
    const { renewTime } = (await get(cluster, pathOf(name))).spec;
    const isRenewed = async () => (await get(cluster, pathOf(name))).spec.renewTime !== renewTime;
    await poll(isRenewed, { what: `${name} is renewed` });
  }
}

function startChild(cluster: Cluster, name: string, env: Readonly<Record<string, string>> = {}): ChildProcess {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'lease-child.ts')], {
    env: {
      URL: cluster.url,
      CA: cluster.caBundle,
      TOKEN: cluster.adminToken,
      NAMESPACE: 'default',
      LEASE: name,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

/** What a child printed first: `held <identity>`. */
async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('its output is a pipe');
  const [data] = (await once(child.stdout, 'data')) as [Buffer];
  return data.toString('utf8').trim();
}

describe('a Lease', () => {
  test('is made, counted and left behind free', async ({ clusters: [cluster] }) => {
    const holder = await createLeaseHolder();
    const lease = await take(cluster, 'life', { holder, durations: {} });
    expect(lease.waited).toBe(false);
    const { metadata, spec } = await get(cluster, pathOf('life'));
    expect(spec).toEqual({
      holderIdentity: holder.identity,
      leaseDurationSeconds: 15,
      acquireTime: expect.stringMatching(/T\d\d:\d\d:\d\d\.\d{6}Z$/),
      renewTime: spec.acquireTime,
      leaseTransitions: 0,
    });
    expect(JSON.parse(metadata.annotations['gitfed.io/process'])).toMatchObject({ pid: process.pid });

    await lease.release();
    await lease.release();
    expect(lease.lost.aborted).toBe(false);
    const left = await get(cluster, pathOf('life'));
    expect(left.spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 0 });
    expect(left.metadata.annotations).toBeUndefined();

    const again = await take(cluster, 'life');
    expect(again.waited).toBe(false);
    expect((await get(cluster, pathOf('life'))).spec).toMatchObject({ leaseDurationSeconds: 3, leaseTransitions: 1 });
  });

  test('cannot be made where there is no namespace', async ({ clusters: [cluster] }) => {
    const options = { client: connect(cluster), namespace: 'nowhere', name: 'one', holder: await createLeaseHolder() };
    await expect(acquireLease(options)).rejects.toMatchObject({ failure: 'Status', isNotFound: true });
  });

  test('is held by one of many at a time, and each gets its turn', async ({ clusters: [cluster] }) => {
    let holding = 0;
    let most = 0;
    const contender = async (): Promise<void> => {
      const lease = await take(cluster, 'crowd', { waitMs: 60_000, durations: { retryMs: 100, renewMs: 300 } });
      holding += 1;
      most = Math.max(most, holding);
      await renewals(cluster, 'crowd', 1);
      holding -= 1;
      await lease.release();
    };
    await Promise.all(Array.from({ length: 5 }, contender));
    expect(most).toBe(1);
    expect((await get(cluster, pathOf('crowd'))).spec.leaseTransitions).toBe(4);
  });

  test('is not taken while it is renewed', async ({ clusters: [cluster] }) => {
    const holder = await createLeaseHolder();
    // Its renewals alone keep it: it is waited for longer than its duration.
    const lease = await take(cluster, 'renewed', { holder, durations: { ...FAST, leaseMs: 2_000 } });
    const told: string[] = [];
    const onWaiting = (who: string) => told.push(who);
    expect(await contend(cluster, 'renewed', { waitMs: 4_000, onWaiting })).toEqual({ holder: holder.identity });
    expect(told).toEqual([holder.identity]);
    expect(lease.lost.aborted).toBe(false);
  });

  test('is taken as soon as it is released', async ({ clusters: [cluster] }) => {
    const lease = await take(cluster, 'released', { durations: {} });
    let released = Number.NaN;
    const onWaiting = () => {
      released = performance.now();
      void lease.release();
    };
    expect(await take(cluster, 'released', { waitMs: 60_000, onWaiting })).toMatchObject({ waited: true });
    // It would expire after 15 s.
    expect(performance.now() - released).toBeLessThan(10_000);
    expect((await get(cluster, pathOf('released'))).spec.leaseTransitions).toBe(1);
  });

  test('is not waited for any longer once that is stopped', async ({ clusters: [cluster] }) => {
    await take(cluster, 'stopped');
    const controller = new AbortController();
    const waiting = contend(cluster, 'stopped', {
      signal: controller.signal,
      durations: { retryMs: 600_000 },
      waitMs: 600_000,
      onWaiting: () => queueMicrotask(() => controller.abort()),
    });
    await expect(waiting).rejects.toMatchObject({ failure: 'Aborted' });
  });
});

describe('a holder that is gone', () => {
  test('is taken over at once where it was a process of this machine', async ({ clusters: [cluster] }) => {
    const child = startChild(cluster, 'killed', { STAY: '1' });
    const line = await firstLine(child);
    expect(line).toMatch(/^held \S+$/);
    expect(await contend(cluster, 'killed', { waitMs: 0 })).toEqual({ holder: line.replace('held ', '') });

    child.kill('SIGKILL');
    await once(child, 'exit');
    const lease = await take(cluster, 'killed', { waitMs: 0 });
    expect(lease.waited).toBe(true);
  });

  test('is taken over at once where those that share its work know it', async ({ clusters: [cluster] }) => {
    const slow = { ...FAST, leaseMs: 60_000, renewMs: 30_000, renewDeadlineMs: 50_000 };
    // Of another machine: nothing is known of its process.
    await take(cluster, 'shared', { holder: { identity: 'elsewhere', member: 'home/a1' }, durations: slow });
    const mine = { holder: { ...(await createLeaseHolder()), member: 'home/b1' }, waitMs: 0 };
    const isGone = (member: string) => member === 'home/a1';
    expect(await contend(cluster, 'shared', { ...mine, isGone: () => false })).toEqual({ holder: 'elsewhere' });
    await take(cluster, 'shared', { ...mine, isGone });
    expect(await contend(cluster, 'shared', { waitMs: 0, isGone })).toEqual({ holder: mine.holder.identity });
  });

  test('did not stay for its renewals', async ({ clusters: [cluster] }) => {
    const child = startChild(cluster, 'ended');
    const [line, [code]] = await Promise.all([firstLine(child), once(child, 'exit')]);
    expect(line).toMatch(/^held /);
    expect(code).toBe(0);
    expect((await get(cluster, pathOf('ended'))).spec.holderIdentity).toBe(line.replace('held ', ''));
  });

  test.for([
    ['now', 0],
    ['an hour ago', -3_600_000],
    ['in an hour', 3_600_000],
  ] as const)(
    'is taken over after its duration, its clock says that it renewed %s',
    async ([, offset], { clusters: [cluster] }) => {
      const name = `skewed${offset}`;
      await foreignLease(cluster, name, { renewTime: microTime(offset) });
      const begin = performance.now();
      const lease = await take(cluster, name, { waitMs: 60_000 });
      expect(performance.now() - begin).toBeGreaterThan(2_000);
      expect(lease.waited).toBe(true);
      expect((await get(cluster, pathOf(name))).spec.leaseTransitions).toBe(1);
    },
  );

  test('is taken over after our duration where it says none', async ({ clusters: [cluster] }) => {
    await foreignLease(cluster, 'endless', { leaseDurationSeconds: null });
    const begin = performance.now();
    await take(cluster, 'endless', { waitMs: 60_000 });
    expect(performance.now() - begin).toBeGreaterThan(3_000);
  });

  test.for([-3_600_000, 3_600_000])(
    'is not one that renews with a clock %i ms off',
    async (offset, { clusters: [cluster] }) => {
      const name = `alive${offset}`;
      await foreignLease(cluster, name);
      const stop = new AbortController();
      const renewing = (async () => {
        while (!stop.signal.aborted) {
          await patch(cluster, name, { spec: { renewTime: microTime(offset) } });
          await sleep(100);
        }
      })();
      onTestFinished(() => {
        stop.abort();
        return renewing;
      });
      expect(await contend(cluster, name, { waitMs: 4_000 })).toEqual({ holder: 'somebody' });
    },
  );

  test('left nothing behind that speaks of the next one', async ({ clusters: [cluster] }) => {
    const holder = await createLeaseHolder();
    await take(cluster, 'next', { holder, durations: { ...FAST, renewMs: 60_000, renewDeadlineMs: 120_000 } });
    const annotation = (await get(cluster, pathOf('next'))).metadata.annotations['gitfed.io/process'];
    const ended = JSON.stringify({ ...JSON.parse(annotation), startTime: '1' });
    const metadata = { annotations: { 'gitfed.io/process': ended } };
    await patch(cluster, 'next', { metadata, spec: { holderIdentity: 'somebody' } });
    expect(await contend(cluster, 'next', { waitMs: 0 })).toEqual({ holder: 'somebody' });
    await patch(cluster, 'next', { spec: { holderIdentity: holder.identity } });
    await take(cluster, 'next', { waitMs: 0 });
  });
});

describe('a Lease is lost', () => {
  const steal = (holder: string) => (cluster: Cluster, name: string) =>
    patch(cluster, name, { spec: { holderIdentity: holder, renewTime: microTime() } });

  test.for([
    ['somebody else takes it over', steal('somebody'), 'was taken over by somebody', 'somebody'],
    ['somebody sets it free', steal(''), 'was set free', ''],
    [
      'somebody deletes it',
      (cluster: Cluster, name: string) => cluster.request('DELETE', pathOf(name)),
      'was deleted',
      undefined,
    ],
  ] as const)('when %s', async ([, act, message, left], { clusters: [cluster] }) => {
    const name = `lost-${message.replaceAll(' ', '-')}`;
    const lease = await take(cluster, name);
    await renewals(cluster, name, 1);
    expect(lease.lost.aborted).toBe(false);
    await act(cluster, name);
    await poll(async () => lease.lost.aborted, { what: 'it is lost' });
    expect(lease.lost.reason).toEqual(new LeaseLostError(`the Lease default/${name} ${message}`));
    await lease.release();
    expect((await get(cluster, pathOf(name)))?.spec.holderIdentity).toBe(left);
  });

  test('when it cannot be renewed, and released where it is ours still', async ({ clusters: [, , cluster] }) => {
    const lease = await take(cluster, 'frozen');
    await renewals(cluster, 'frozen', 1);
    cluster.freeze();
    onTestFinished(() => cluster.thaw());
    await poll(async () => lease.lost.aborted, { what: 'it is lost' });
    expect(lease.lost.reason).toEqual(new LeaseLostError('the Lease default/frozen was not renewed for 2 s'));
    cluster.thaw();
    await lease.release();
    expect((await get(cluster, pathOf('frozen'))).spec.holderIdentity).toBe('');
  });

  test('not when somebody labels it, and the label stays', async ({ clusters: [cluster] }) => {
    const lease = await take(cluster, 'labelled');
    await patch(cluster, 'labelled', { metadata: { labels: { team: 'shop' } } });
    await renewals(cluster, 'labelled', 2);
    expect(lease.lost.aborted).toBe(false);
    await lease.release();
    const { metadata, spec } = await get(cluster, pathOf('labelled'));
    expect(metadata.labels).toEqual({ team: 'shop' });
    expect(spec.holderIdentity).toBe('');
  });

  test('when the member answers no more: it says so, and releasing it is no error', async ({
    clusters: [, , cluster],
  }) => {
    const lease = await take(cluster, 'deaf', { client: connect(cluster, { timeoutMs: 500 }) });
    cluster.freeze();
    onTestFinished(() => cluster.thaw());
    await poll(async () => lease.lost.aborted, { what: 'it is lost' });
    const message = 'the Lease default/deaf was not renewed for 2 s: the API server did not answer in time';
    expect(lease.lost.reason).toEqual(new LeaseLostError(message));
    await lease.release();
  });
});
