import { describe, expect, it } from 'vitest';
import {
  CONFIGURATION,
  clusterOf,
  federatedOf,
  modelWith,
  NAMESPACE_TYPE,
  operationOf,
  overridesOf,
  preferenceOf,
  typeOf,
} from '../../test/helpers/render-input.ts';
import type { Model } from '../api/index.ts';
import { SharedMap } from '../core/index.ts';
import {
  NOTHING_OBSERVED,
  NOTHING_WAITED_FOR,
  nextObservations,
  type ObservationInput,
  ObservationMemo,
  type Observations,
  render,
  type SeenCluster,
  workloadKey,
} from './index.ts';

const KEY = workloadKey('Deployment', 'shop', 'web');
const web = federatedOf({ template: { spec: { replicas: 1 } } });
const clusters = ['a', 'b', 'c'].map((name) => clusterOf(name));

/** 10 replicas of shop/web on a, b and c, which are planned as a4 b4 c2 or another such split. */
function model(parts: Partial<Model> = {}, preference: Parameters<typeof preferenceOf>[0] = {}): Model {
  return modelWith({
    clusters,
    objects: [web],
    preferences: [preferenceOf({ totalReplicas: 10, ...preference })],
    ...parts,
  });
}

/** What is seen, or published, of one cluster: `4` runs as asked for, `4/6` runs of 6, `4?` is on its way, `-` is not ready. */
function workload(text: string) {
  const [running = 0n, spec = running] = text
    .replace(/\?|\(.*$/, '')
    .split('/')
    .map(BigInt);
  return {
    specReplicas: spec,
    readyReplicas: running,
    runningAndReadyPods: running,
    unschedulablePods: spec - running,
    isSettled: !text.endsWith('?'),
  };
}

function seen(texts: Readonly<Record<string, string>>): ReadonlyMap<string, SeenCluster> {
  return new Map(
    Object.entries(texts).map(([name, text]) => {
      const ready = !text.startsWith('-');
      const rest = text.replace('-', '');
      if (rest === 'unknown') return [name, { ready }];
      const workloads = new Map(rest === '' ? [] : [[KEY, workload(rest)]]);
      return [name, { ready, workloads }];
    }),
  );
}

/** As {@link seen} writes it; with what is remembered in brackets. */
function published(observations: Observations): Record<string, string> {
  return Object.fromEntries(
    [...observations.clusters].map(([name, { ready, workloads }]) => {
      const one = workloads.get(KEY);
      if (one === undefined) return [name, ready ? '' : '-'];
      const spec = one.unschedulablePods === 0n ? '' : `/${one.specReplicas}`;
      const limit = one.capacity === undefined ? '' : `(${one.capacity})`;
      return [name, `${ready ? '' : '-'}${one.runningAndReadyPods}${spec}${limit}`];
    }),
  );
}

function observations(texts: Readonly<Record<string, string>>): Observations {
  const list = [...seen(texts)].map(([name, { ready, workloads = new Map() }]) => {
    const known = [...workloads].map(([key, { isSettled: _, ...counts }]) => [key, counts] as const);
    return [name, { ready, workloads: SharedMap.of(known) }] as const;
  });
  return { clusters: new Map(list) };
}

type Options = Partial<Omit<ObservationInput, 'seen' | 'rendering'>>;

function look(now: Readonly<Record<string, string>>, options: Options = {}) {
  const all = { model: model(), published: NOTHING_OBSERVED, waiting: NOTHING_WAITED_FOR, nowMs: 0, ...options };
  return nextObservations({ ...all, seen: seen(now), rendering: render(all.model, all.published) });
}

const plan = Object.fromEntries([...(render(model()).replicas.get('FederatedDeployment/shop/web') ?? [])]);
const A = String(plan['a']);
const B = String(plan['b']);
const C = String(plan['c']);

describe('what is published of a workload', () => {
  it('is nothing while pods start anywhere', () => {
    expect(look({ a: A, b: B, c: '' }).observations).toBe(NOTHING_OBSERVED);
    expect(look({ a: A, b: B, c: `1/${C}?` }).observations).toBe(NOTHING_OBSERVED);
    expect(look({ a: A, b: B, c: 'unknown' }).observations).toBe(NOTHING_OBSERVED);
    expect(look({ a: A, b: B }).observations).toBe(NOTHING_OBSERVED);
  });

  it('is nothing while a cluster runs another number than is planned', () => {
    expect(look({ a: A, b: B, c: '7' }).observations).toBe(NOTHING_OBSERVED);
  });

  it('is all of it, once what is planned runs everywhere', () => {
    expect(published(look({ a: A, b: B, c: C }).observations)).toEqual({ a: A, b: B, c: C });
  });

  it('stays the same reference while nothing is new, and shares what did not change', () => {
    const first = look({ a: A, b: B, c: C }).observations;
    expect(look({ a: A, b: B, c: C }, { published: first }).observations).toBe(first);
    const again = look({ a: A, b: B, c: `1/${C}` }, { published: first }).observations;
    expect(again.clusters.get('a')).toBe(first.clusters.get('a'));
    expect(published(again)).toEqual({ a: A, b: B, c: `1/${C}` });
  });

  it('remembers how many a cluster holds when no pod shows it any longer', () => {
    const first = look({ a: A, b: B, c: `1/${C}` }).observations;
    const planned = render(model(), first).replicas.get('FederatedDeployment/shop/web') ?? new Map();
    expect(planned.get('c')).toBe(1n);
    const now = Object.fromEntries([...planned].map(([name, number]) => [name, String(number)]));
    const second = look(now, { published: first }).observations;
    expect(published(second)).toEqual({ ...now, c: '1(1)' });
    expect(render(model(), second).replicas).toEqual(render(model(), first).replicas);
    // Another demand begins anew.
    expect(render(model({}, { totalReplicas: 11 }), second).replicas.get('FederatedDeployment/shop/web')).not.toEqual(
      planned,
    );
  });

  it('forgets that when more runs there', () => {
    const first = look({ a: A, b: B, c: `1/${C}` }).observations;
    const planned = render(model(), first).replicas.get('FederatedDeployment/shop/web') ?? new Map();
    const fixed = model({
      configuration: { ...CONFIGURATION, suspend: { ...CONFIGURATION.suspend, clusters: ['c'] } },
    });
    const now = Object.fromEntries([...planned].map(([name, number]) => [name, String(number)]));
    expect(published(look({ ...now, c: '3' }, { published: first, model: fixed }).observations)).toEqual({
      ...now,
      c: '3',
    });
  });

  it.each<[string, Parameters<typeof model>[0]]>([
    ['is suspended', { configuration: { ...CONFIGURATION, suspend: { ...CONFIGURATION.suspend, clusters: ['c'] } } }],
    ['keeps it as it is', { configuration: { ...CONFIGURATION, keepLive: [{ kind: 'Deployment' }] } }],
    [
      'cannot take the overrides',
      { objects: [{ ...web, overrides: overridesOf({ c: [operationOf('remove', '/spec/nothing')] }) }] },
    ],
  ])('does not wait for a cluster that %s, and takes it as it is', (_title, parts) => {
    const options = { model: model(parts) };
    expect(published(look({ a: A, b: B, c: '7' }, options).observations)).toEqual({ a: A, b: B, c: '7' });
    expect(published(look({ a: A, b: B, c: '3/7?' }, options).observations)).toEqual({ a: A, b: B });
  });

  it('does not wait for numbers that overrides have the last word about', () => {
    const objects = [{ ...web, overrides: overridesOf({ a: [operationOf('replace', '/spec', { replicas: 1 })] }) }];
    expect(published(look({ a: '1', b: B, c: C }, { model: model({ objects }) }).observations)).toEqual({
      a: '1',
      b: B,
      c: C,
    });
  });

  it('does not wait for a cluster where its namespace is not placed', () => {
    const shop = federatedOf({ type: NAMESPACE_TYPE, name: 'shop', placement: { clusters: ['a', 'b'] } });
    const parts = { namespaces: new Map([['shop', shop]]) };
    expect(published(look({ a: A, b: B, c: '' }, { model: model(parts) }).observations)).toEqual({ a: A, b: B });
  });

  it('keeps what was published of a cluster that is lost, and does not wait for it', () => {
    const first = observations({ a: A, b: B, c: C });
    expect(published(look({ a: A, b: B, c: '-' }, { published: first }).observations)).toEqual({
      a: A,
      b: B,
      c: `-${C}`,
    });
  });

  it.each([
    ['what runs there', '5', '5'],
    ['nothing, where nothing is there', '', ''],
    ['what was published, while pods start', '2/5?', '3'],
    ['what was published, while nothing is known', 'unknown', '3'],
  ])('of a cluster that is back is %s', (_title, now, expected) => {
    const first = observations({ a: '5', b: '5', c: '-3' });
    expect(published(look({ a: '5', b: '5?', c: now }, { published: first }).observations)).toEqual({
      a: '5',
      b: '5',
      c: expected,
    });
  });

  it.each<[string, Options]>([
    ['the observer is not to be trusted', { isSuspect: true }],
    [
      'a file hides what should be planned',
      { model: model({ holds: [{ file: 'x.yaml', line: 1, code: 'InvalidYAML' }] }) },
    ],
  ])('does not change while %s', (_title, options) => {
    const first = observations({ a: A, b: B, c: C });
    expect(look({ a: A, b: B, c: '-' }, { published: first, ...options }).observations).toBe(first);
  });
});

describe('what goes', () => {
  const first = observations({ a: A, b: B, c: C });

  it.each<[string, Partial<Model>, Record<string, string>]>([
    ['is a workload without a preference', { preferences: [] }, { a: '', b: '', c: '' }],
    ['is a workload whose object is gone', { objects: [] }, { a: '', b: '', c: '' }],
    [
      'is a workload of a kind that is not planned',
      { objects: [federatedOf({ type: typeOf('ConfigMap') })] },
      { a: '', b: '', c: '' },
    ],
    ['is a cluster that is registered no longer', { clusters: clusters.slice(0, 2) }, { a: A, b: B }],
    [
      'is not a workload whose preference is in error',
      { preferences: [], heldTargets: [{ target: web.target, object: 'ReplicaSchedulingPreference/shop/web' }] },
      { a: A, b: B, c: C },
    ],
    [
      'is not a workload whose kind is switched off',
      { objects: [{ ...web, type: { ...web.type, propagation: 'Disabled' } }] },
      { a: A, b: B, c: C },
    ],
  ])('%s', (_title, parts, expected) => {
    expect(published(look({ a: A, b: B, c: C }, { published: first, model: model(parts) }).observations)).toEqual(
      expected,
    );
  });

  it('is a workload in a ready cluster that the preference chooses no longer', () => {
    const labelled = [clusterOf('a', { x: 'y' }), clusterOf('b', { x: 'y' }), clusterOf('c')];
    const selector = { matchLabels: { x: 'y' }, matchExpressions: [] };
    const shop = federatedOf({ type: NAMESPACE_TYPE, name: 'shop' });
    const parts = {
      clusters: labelled,
      objects: [{ ...web, placement: { ok: true as const, value: { clusterSelector: selector } } }],
      namespaces: new Map([['shop', shop]]),
    };
    const narrowed = model(parts, { intersectWithClusterSelector: true });
    const known = observations({ a: '5', b: '-5', c: C });
    expect(published(look({ a: '5?', b: '-', c: C }, { published: known, model: narrowed }).observations)).toEqual({
      a: '5',
      b: '-5',
      c: '',
    });
  });

  it('is nothing while no cluster is ready', () => {
    const gone = observations({ a: `-${A}`, b: `-${B}`, c: `-${C}` });
    expect(look({ a: '-', b: '-', c: '-' }, { published: gone }).observations).toBe(gone);
  });
});

describe('a cluster in which a workload does not get to its number', () => {
  const DEADLINE = 600_000;

  function lookAfter(ms: number, now: Readonly<Record<string, string>>, known: Observations = NOTHING_OBSERVED) {
    const { waiting, recheckInMs } = look(now, { published: known });
    expect(recheckInMs).toBe(DEADLINE);
    return look(now, { published: known, waiting, nowMs: ms });
  }

  it('is waited for until the deadline, and not for ever', () => {
    const now = { a: A, b: `1/${B}`, c: `0/${C}?` };
    expect(lookAfter(DEADLINE - 1, now)).toMatchObject({ observations: NOTHING_OBSERVED, recheckInMs: 1 });
    expect(published(lookAfter(DEADLINE, now).observations)).toMatchObject({ b: `1/${B}` });
  });

  it('then lets limits be known that were found elsewhere, and nothing else', () => {
    const known = observations({ a: '1', b: B, c: C });
    expect(published(lookAfter(DEADLINE, { a: A, b: `1/${B}`, c: '9/9?' }, known).observations)).toMatchObject({
      b: `1/${B}`,
      c: C,
    });
    expect(look({ a: A, b: B, c: '9?' }).observations).toBe(NOTHING_OBSERVED);
    expect(lookAfter(DEADLINE, { a: A, b: B, c: `1/${C}?` }).observations.clusters.get('a')).toBeUndefined();
  });

  it('counts as it is where it runs another number for good, or nothing', () => {
    expect(published(lookAfter(DEADLINE, { a: A, b: B, c: '7' }).observations)).toEqual({ a: A, b: B, c: '7' });
    expect(published(lookAfter(DEADLINE, { a: A, b: B, c: '' }).observations)).toEqual({ a: A, b: B });
  });

  it('is waited for anew when another number is planned there', () => {
    const { waiting } = look({ a: A, b: B, c: '' });
    const other = model({}, { totalReplicas: 30 });
    const next = look({ a: '10', b: '10', c: '' }, { model: other, waiting, nowMs: DEADLINE });
    expect(next.recheckInMs).toBe(DEADLINE);
  });

  it('is waited for no longer than that by a clock that is set back', () => {
    const { waiting } = look({ a: A, b: B, c: '' }, { nowMs: 5_000_000 });
    expect(look({ a: A, b: B, c: '' }, { waiting, nowMs: 0 }).recheckInMs).toBe(DEADLINE);
  });
});

it('costs what changed', () => {
  const names = Array.from({ length: 50 }, (_, index) => `web-${index}`);
  const fleet = model({
    objects: names.map((name) => federatedOf({ name, template: { spec: { replicas: 1 } } })),
    preferences: names.map((name) => preferenceOf({ name, totalReplicas: 10 })),
  });
  const rendering = render(fleet);
  const counted = (number: bigint) => workload(String(number));
  const all = new Map(
    clusters.map(({ name: cluster }): [string, SeenCluster] => {
      const workloads = names.map((name) => {
        const number = rendering.replicas.get(`FederatedDeployment/shop/${name}`)?.get(cluster) ?? 0n;
        return [workloadKey('Deployment', 'shop', name), counted(number)] as const;
      });
      return [cluster, { ready: true, workloads: SharedMap.of(workloads) }];
    }),
  );
  const memo = new ObservationMemo();
  const input = { model: fleet, waiting: NOTHING_WAITED_FOR, nowMs: 0 };
  const first = nextObservations({ ...input, published: NOTHING_OBSERVED, seen: all, rendering }, memo);
  expect(memo.looked).toBe(50);
  const then = { ...input, published: first.observations, rendering: render(fleet, first.observations) };
  nextObservations({ ...then, seen: all, rendering }, memo);
  expect(memo.looked).toBe(50);
  const [key, other] = [workloadKey('Deployment', 'shop', 'web-7'), workloadKey('Deployment', 'shop', 'web-8')];
  const ofA = SharedMap.of(all.get('a')?.workloads ?? []);
  const short = { ready: true, workloads: ofA.with([[key, workload('1/4')]]) };
  const starting = { ready: true, workloads: ofA.with([[other, workload('1/4?')]]) };
  const second = nextObservations({ ...then, seen: new Map([...all, ['a', short]]), rendering }, memo);
  expect(memo.looked).toBe(51);
  const seenNow = new Map([...all, ['a', starting] as const]);
  const last = nextObservations({ ...then, published: second.observations, seen: seenNow, rendering }, memo);
  // The one that changed back, and the one that is waited for from now on.
  expect([memo.looked, [...last.waiting.keys()]]).toEqual([53, [other]]);
});
