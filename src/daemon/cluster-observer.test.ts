import { describe, expect, it, onTestFinished } from 'vitest';
import { ManualClock } from '../../test/helpers/manual-clock.ts';
import { ApiError } from '../cluster/index.ts';
import type { JsonObject } from '../core/index.ts';
import { type SeenWorkload, workloadKey } from '../render/index.ts';
import { ClusterObserver, type ObservedMember } from './cluster-observer.ts';
import type { PodQuery } from './pod-feeds.ts';

const MINUTE = 60_000;
const NOW = Date.parse('2026-01-01T00:00:00Z');

function target(name: string) {
  const key = workloadKey('Deployment', 'shop', name);
  return { key, group: 'apps', kind: 'Deployment', plural: 'deployments', namespace: 'shop', name };
}

function workload(replicas: number, readyReplicas: number, app = 'web'): JsonObject {
  return { metadata: {}, spec: { replicas, selector: { matchLabels: { app } } }, status: { readyReplicas } };
}

/** A pod that runs, or that finds no node since so many milliseconds before the clock's beginning. */
function pod(unschedulableMs?: number): JsonObject {
  const metadata = { labels: { app: 'web' } };
  if (unschedulableMs === undefined) {
    return { metadata, status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } };
  }
  const lastTransitionTime = new Date(NOW - unschedulableMs).toISOString();
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', lastTransitionTime };
  return { metadata, status: { phase: 'Pending', conditions: [condition] } };
}

/** A member whose objects a test sets, with a clock that is an hour ahead of ours. */
class Member implements ObservedMember {
  readonly clock: ManualClock;
  readonly objects = new Map<string, JsonObject | null>();
  readonly watched = new Set<string>();
  pods: readonly JsonObject[] | Error = [];
  lists = 0;

  constructor(clock: ManualClock) {
    this.clock = clock;
  }

  peek({ name }: { readonly name: string }): JsonObject | null | undefined {
    return this.objects.get(name);
  }

  async listPods(user: string, { labelSelector }: PodQuery): Promise<readonly JsonObject[]> {
    this.lists += 1;
    this.watched.add(`${user.split('\n')[2]} ${labelSelector}`);
    if (this.pods instanceof Error) throw this.pods;
    return this.pods;
  }

  releasePods(user: string, { labelSelector }: PodQuery): void {
    this.watched.delete(`${user.split('\n')[2]} ${labelSelector}`);
  }

  now(): number {
    return NOW + this.clock.elapsed();
  }
}

function observing(names: readonly string[] = ['web']) {
  // Whatever the time here is.
  const clock = new ManualClock(NOW + 3_600_000);
  const member = new Member(clock);
  const told: (readonly [string, SeenWorkload][])[] = [];
  const problems: (string | undefined)[] = [];
  const observer = new ClusterObserver({
    member,
    clock,
    onSeen: () => told.push([...observer.seen].map(([key, seen]) => [key.split('\n')[2] ?? '', seen])),
    onPodsProblem: (problem) => problems.push(problem),
  });
  observer.aim(names.map(target), MINUTE);
  onTestFinished(() => observer.close());
  const advance = async (ms: number): Promise<void> => {
    clock.advance(ms);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  };
  const set = async (objects: Readonly<Record<string, JsonObject | null>>): Promise<void> => {
    for (const [name, object] of Object.entries(objects)) member.objects.set(name, object);
    observer.look();
    await advance(300);
  };
  return { observer, member, told, problems, set, advance };
}

describe('what an observer sees of a member', () => {
  it('is told once all of it was looked for, absence too', async () => {
    const { told, set } = observing(['web', 'api']);
    await set({ web: workload(3, 3) });
    expect(told).toEqual([]);
    await set({ api: null });
    expect(told).toEqual([[['web', expect.objectContaining({ specReplicas: 3n, isSettled: true })]]]);
    await set({ api: null });
    expect(told).toHaveLength(1);
    await set({ web: null });
    expect(told.at(-1)).toEqual([]);
  });

  it('does not ask for pods while a rollout goes on as it should', async () => {
    const { member, told, set, advance } = observing();
    await set({ web: workload(3, 0) });
    expect(told.at(-1)?.[0]?.[1]).toMatchObject({ isSettled: false });
    await advance(9000);
    await set({ web: workload(3, 3) });
    await advance(MINUTE);
    expect(member.lists).toBe(0);
    expect(told.at(-1)?.[0]?.[1]).toMatchObject({ readyReplicas: 3n, isSettled: true });
  });

  it('counts pods by the clock of the member, and looks again when one of them begins to count', async () => {
    const { member, told, set, advance } = observing();
    member.pods = [pod(), pod(), pod(5000)];
    await set({ web: workload(3, 2) });
    await advance(10_000);
    expect(member.lists).toBe(1);
    expect(told.at(-1)?.[0]?.[1]).toMatchObject({ runningAndReadyPods: 2n, unschedulablePods: 0n, isSettled: false });
    await advance(40_000);
    expect(member.lists).toBe(1);
    await advance(10_000);
    expect(told.at(-1)?.[0]?.[1]).toMatchObject({ runningAndReadyPods: 2n, unschedulablePods: 1n, isSettled: true });
    expect([...member.watched]).toEqual(['web app=web']);

    member.pods = [pod(), pod(), pod()];
    await set({ web: workload(3, 3) });
    expect([...member.watched]).toEqual([]);
  });

  it('looks at the workload whose pod changed, of those whose pods are watched', async () => {
    const { member, told, observer, set, advance } = observing(['web', 'api']);
    member.pods = [pod(), pod(2 * MINUTE)];
    await set({ web: workload(2, 1), api: workload(1, 1) });
    await advance(10_000);
    expect(told.at(-1)?.[0]?.[1]).toMatchObject({ unschedulablePods: 1n });
    member.pods = [pod(), pod()];
    observer.tellPod('elsewhere');
    await advance(1000);
    expect(member.lists).toBe(1);
    observer.tellPod('shop');
    await advance(1000);
    expect(member.lists).toBe(2);
    expect(Object.fromEntries(told.at(-1) ?? [])).toMatchObject({ web: { runningAndReadyPods: 2n, isSettled: true } });
  });

  it('is never settled where pods may not be read, which is told once', async () => {
    const { member, told, problems, set, advance } = observing();
    member.pods = new ApiError({ failure: 'Status', status: 403, reason: 'Forbidden', paths: [], causes: [] });
    await set({ web: workload(3, 2) });
    await advance(10_000);
    for (let times = 0; times < 5; times += 1) await advance(30_000);
    expect(member.lists).toBeGreaterThan(3);
    expect(problems).toEqual([expect.stringContaining('403')]);
    expect(told.at(-1)?.[0]?.[1]).toMatchObject({ isSettled: false });
    member.pods = [pod(), pod(), pod()];
    await advance(30_000);
    expect(problems).toHaveLength(2);
    expect(told.at(-1)?.[0]?.[1]).toMatchObject({ runningAndReadyPods: 3n, isSettled: true });
  });

  it('says nothing of a member that is not reached', async () => {
    const { member, told, problems, set, advance } = observing();
    await set({ web: workload(3, 2) });
    member.pods = new ApiError({ failure: 'Connection', status: 0, reason: '', paths: [], causes: [] });
    await advance(10_000);
    await advance(30_000);
    expect(problems).toEqual([]);
    expect(told).toHaveLength(1);
  });

  it.each([
    ['replicas that are no number', { spec: { replicas: 'many' }, status: {} }],
    ['no selector', { spec: { replicas: 3 }, status: {} }],
    ['a selector of nothing', { spec: { replicas: 3, selector: {} }, status: {} }],
    ['nothing at all', {}],
  ])('survives %s', async (_title, object) => {
    const { told, set, advance } = observing();
    await set({ web: object });
    await advance(MINUTE);
    expect(told.length).toBeGreaterThan(0);
  });

  it('forgets what nobody asks for any more', async () => {
    const { member, observer, set, advance } = observing(['web', 'api']);
    member.pods = [pod(2 * MINUTE)];
    await set({ web: workload(1, 0), api: workload(1, 1) });
    await advance(10_000);
    expect([...member.watched]).toEqual(['web app=web']);
    observer.aim([target('api')], MINUTE);
    expect([...member.watched]).toEqual([]);
    expect([...observer.seen.keys()]).toEqual([target('api').key]);
  });
});
