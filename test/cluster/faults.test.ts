import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { ClusterResult, SyncEvent } from '../../src/apply/index.ts';
import type { SyncOptions } from '../../src/reconcile/index.ts';
import { type Cluster, describe, type Tuple, test } from '../controlplane/fixtures.ts';
import {
  type Fault,
  type FaultProxy,
  isLaterPage,
  isWrite,
  type RequestMatch,
  startFaultProxy,
} from './fault-proxy.ts';
import {
  changes,
  configMapYaml,
  EVERYWHERE,
  federatedYaml,
  fleetRepository,
  get,
  problems,
  requestsOf,
  syncOnce,
  type TestRepository,
  writeCredentials,
  writesOf,
} from './fleet.ts';

type Asked = Parameters<RequestMatch>[0];

interface FaultRow {
  readonly title: string;
  /** Breaks something; what can wait until the other clusters are done waits for `othersDone`. */
  readonly break: (fleet: SickFleet, othersDone: Promise<void>) => void;
  readonly options?: Partial<SyncOptions>;
  readonly state: ClusterResult['state'];
  /** Of the objects in the sick cluster: `Kind/name status`, without those that are in order. */
  readonly statuses: readonly string[];
}

/** For servers that never answer: the others have to be done within it. */
const FROZEN: Partial<SyncOptions> = { requestTimeoutMs: 4_000 };

const ROWS: readonly FaultRow[] = [
  {
    title: 'that is down',
    break: ({ proxy }, othersDone) => {
      void othersDone.then(() => proxy.goDown());
      proxy.holdConnections(othersDone);
    },
    state: 'NotReady',
    statuses: all('ClusterNotReady'),
  },
  {
    title: 'that accepts connections and says nothing',
    break: ({ proxy }) => proxy.holdConnections(new Promise(() => undefined)),
    options: FROZEN,
    state: 'NotReady',
    statuses: all('ClusterNotReady'),
  },
  {
    title: 'that is frozen',
    break: ({ proxy }) => proxy.fault({ kind: 'freeze' }),
    options: FROZEN,
    state: 'NotReady',
    statuses: all('ClusterNotReady'),
  },
  {
    title: 'that freezes when it is written to',
    break: ({ proxy }) => proxy.fault({ kind: 'freeze' }, { match: sinceFirst(isObjectWrite) }),
    options: FROZEN,
    state: 'Failed',
    statuses: writes('TimedOut'),
  },
  {
    title: 'that is slow to answer anything',
    break: ({ proxy }, othersDone) => proxy.fault({ kind: 'delay', until: () => othersDone }),
    state: 'Synced',
    statuses: [],
  },
  {
    title: 'that answers 500 to everything',
    break: ({ proxy }, after) => proxy.fault({ kind: 'answer', status: 500 }, { after }),
    state: 'NotReady',
    statuses: all('ClusterNotReady'),
  },
  {
    title: 'that answers 500 to every list',
    break: ({ proxy }, after) => proxy.fault({ kind: 'answer', status: 500 }, { after, match: isList }),
    state: 'Failed',
    statuses: all('RetrievalFailed'),
  },
  {
    title: 'that answers 500 to every write of an object',
    break: ({ proxy }, after) => proxy.fault({ kind: 'answer', status: 500 }, { after, match: isObjectWrite }),
    state: 'Failed',
    statuses: writes('Failed'),
  },
  {
    title: 'that answers something else than JSON to every write of an object',
    break: ({ proxy }, after) =>
      proxy.fault({ kind: 'answer', status: 200, body: '<html>' }, { after, match: isObjectWrite }),
    state: 'Failed',
    statuses: writes('Failed'),
  },
  {
    title: 'that answers 429 with Retry-After to every second write at first',
    break: ({ proxy }, after) => {
      const match = both(isWrite, firstTimeOfEvery(2));
      proxy.fault({ kind: 'answer', status: 429, retryAfter: 1 }, { after, match });
    },
    state: 'Synced',
    statuses: [],
  },
  {
    title: 'that answers 429 with Retry-After to every write of an object',
    break: ({ proxy }, after) =>
      proxy.fault({ kind: 'answer', status: 429, retryAfter: 1 }, { after, match: isObjectWrite }),
    state: 'Failed',
    statuses: writes('Failed'),
  },
  {
    title: 'that cuts every second connection before it does anything',
    break: ({ proxy }, after) => {
      const match = both(not(isOwnBusiness), firstTimeOfEvery(2));
      proxy.fault({ kind: 'cut', when: 'before' }, { after, match });
    },
    state: 'Synced',
    statuses: [],
  },
  {
    title: 'that cuts every second connection in the middle of its answer',
    break: ({ proxy }, after) => {
      const match = both(not(isOwnBusiness), firstTimeOfEvery(2));
      proxy.fault({ kind: 'cut', when: 'during' }, { after, match });
    },
    state: 'Synced',
    statuses: [],
  },
  {
    title: 'that cuts every connection when a write of an object is done',
    break: ({ proxy }, after) => proxy.fault({ kind: 'cut', when: 'after' }, { after, match: isObjectWrite }),
    state: 'Failed',
    statuses: writes('Failed'),
  },
  {
    title: 'that loses the answers to what is written of the inventory',
    break: ({ proxy }, after) =>
      proxy.fault({ kind: 'cut', when: 'after' }, { after, match: both(isWrite, isInventory) }),
    // It is looked at again: what was asked was done.
    state: 'Synced',
    statuses: [],
  },
  {
    title: 'whose credential is revoked',
    break: ({ proxy, credentials }, othersDone) => {
      writeToken(credentials, proxy.cluster, 'revoked');
      proxy.holdConnections(othersDone);
    },
    state: 'NotReady',
    statuses: all('ClusterNotReady'),
  },
  {
    title: 'whose credential is revoked during the pass',
    break: ({ proxy }, after) =>
      proxy.fault({ kind: 'answer', status: 401 }, { after, match: sinceFirst(isObjectWrite) }),
    state: 'Failed',
    statuses: writes('Failed'),
  },
  {
    title: 'whose certificate has expired',
    break: ({ proxy }, othersDone) => {
      proxy.showCertificate('expired');
      proxy.holdConnections(othersDone);
    },
    state: 'NotReady',
    statuses: all('ClusterNotReady'),
  },
  {
    title: 'whose certificate is of an unknown authority',
    break: ({ proxy }, othersDone) => {
      proxy.showCertificate('unknown');
      proxy.holdConnections(othersDone);
    },
    state: 'NotReady',
    statuses: all('ClusterNotReady'),
  },
  {
    title: 'that refuses to list one kind',
    break: ({ proxy }, after) =>
      proxy.fault({ kind: 'answer', status: 403 }, { after, match: both(isList, isOf('configmaps')) }),
    state: 'Failed',
    statuses: ['ConfigMap/changed', 'ConfigMap/new', 'ConfigMap/same'].map((name) => `${name} RetrievalFailed`),
  },
  {
    title: 'that refuses writes of one kind',
    break: ({ proxy }, after) =>
      proxy.fault({ kind: 'answer', status: 403 }, { after, match: both(isWrite, isOf('configmaps')) }),
    state: 'Failed',
    statuses: writes('Failed').filter((line) => line.startsWith('ConfigMap/')),
  },
];

/** Every desired object. */
function all(status: string): readonly string[] {
  const names = ['ConfigMap/changed', 'ConfigMap/new', 'ConfigMap/same', 'Namespace', 'Secret/changed'];
  return names.map((name) => `${name} ${status}`);
}

/** Every object that is to be created, updated or deleted. */
function writes(outcome: 'Failed' | 'TimedOut'): readonly string[] {
  return [
    `ConfigMap/changed Update${outcome}`,
    `ConfigMap/new Creation${outcome}`,
    // What could not be made may be what replaces it.
    'ConfigMap/old PruneHeld',
    `Secret/changed Update${outcome}`,
  ];
}

function isObjectWrite(request: Asked): boolean {
  return isWrite(request) && !isOwnBusiness(request);
}

/** Of the inventory or the Lease. */
function isOwnBusiness({ path: asked }: Asked): boolean {
  return asked.includes('/namespaces/kube-federation-system/');
}

function isInventory({ path: asked }: Asked): boolean {
  return asked.includes('/namespaces/kube-federation-system/secrets/');
}

function not(match: RequestMatch): RequestMatch {
  return (request) => !match(request);
}

function isList({ method, path }: Asked): boolean {
  return method === 'GET' && /[?&]limit=/.test(path);
}

function isOf(plural: string): RequestMatch {
  return ({ path }) => new RegExp(`/${plural}([/?]|$)`).test(path);
}

function both(one: RequestMatch, other: RequestMatch): RequestMatch {
  return (request) => one(request) && other(request);
}

/** Of the different requests each `nth`, but not when it is made again. */
function firstTimeOfEvery(nth: number): RequestMatch {
  const seen = new Set<string>();
  return ({ method, path }) => {
    const before = seen.size;
    seen.add(`${method} ${path}`);
    return seen.size > before && seen.size % nth === 0;
  };
}

/** The first one of these, and whatever comes after it. */
function sinceFirst(match: RequestMatch): RequestMatch {
  let hasBegun = false;
  return (request) => {
    hasBegun ||= match(request);
    return hasBegun;
  };
}

/** Three clusters, the second of them behind a proxy that does it ill. */
interface SickFleet {
  readonly clusters: Tuple<Cluster, 3>;
  readonly proxy: FaultProxy;
  readonly repository: TestRepository;
  readonly credentials: string;
}

async function startSickFleet(
  clusters: Tuple<Cluster, 3>,
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<SickFleet> {
  const proxy = await startFaultProxy(clusters[1]);
  const repository = fleetRepository(clusters, name, {
    [`clusters/${clusters[1].name}.yaml`]: proxy.clusterYaml,
    ...files,
  });
  return { clusters, proxy, repository, credentials: writeCredentials(clusters) };
}

/** A pass in which something is broken, with its events in their order. */
async function sickPass(
  { break: breakSomething, options }: Pick<FaultRow, 'break' | 'options'>,
  fleet: SickFleet,
): Promise<ClusterResult> {
  const { clusters, proxy, repository, credentials } = fleet;
  const events: SyncEvent[] = [];
  const { promise: othersDone, resolve } = Promise.withResolvers<void>();
  const isSick = ({ cluster }: SyncEvent): boolean => cluster === proxy.cluster.name;
  breakSomething(fleet, othersDone);
  const result = await syncOnce(repository, credentials, {
    ...options,
    onEvent: (event) => {
      events.push(event);
      const done = events.filter((one) => one.type === 'clusterFinished' && !isSick(one));
      if (done.length === clusters.length - 1) resolve();
    },
  });
  const sick = result.clusters.find(({ cluster }) => cluster === proxy.cluster.name);
  if (sick === undefined) throw new Error('the sick cluster has no result');
  expect(result.clusters.filter((one) => one !== sick).map(({ state }) => state)).toEqual(['Synced', 'Synced']);
  const firstFailure = events.findIndex((event) => isSick(event) && isEndOrFailure(event));
  const lastOfOthers = events.findLastIndex((event) => !isSick(event));
  expect(lastOfOthers, 'the others were done before it failed, or was done itself').toBeLessThan(firstFailure);
  return sick;
}

function isEndOrFailure(event: SyncEvent): boolean {
  return event.type === 'clusterFinished' || (event.type === 'object' && event.result.status !== '');
}

function statusesOf({ objects }: ClusterResult): readonly string[] {
  return objects
    .filter(({ status }) => status !== '')
    .map(({ id, status }) => `${id.kind}${id.kind === 'Namespace' ? '' : `/${id.name}`} ${status}`)
    .sort();
}

/** One pass brings everything in order, the next one writes nothing. */
async function expectConverges({ clusters, repository, credentials }: SickFleet): Promise<void> {
  const caught = await syncOnce(repository, credentials);
  expect(problems(caught)).toEqual([]);
  expect(caught.ok).toBe(true);
  const before = await Promise.all(clusters.map(async (cluster) => (await requestsOf(cluster)).length));
  expect(changes(await syncOnce(repository, credentials))).toEqual([]);
  for (const [index, cluster] of clusters.entries()) {
    expect(await writesOf(cluster, before[index])).toEqual([]);
  }
}

/** `resource/name` of what gitfed deleted in a namespace, or the namespace itself. */
async function deletionsIn(cluster: Cluster, namespace: string): Promise<readonly string[]> {
  const writes = await writesOf(cluster);
  return writes
    .filter(({ verb, objectRef }) => /^delete/.test(verb) && objectRef?.namespace === namespace)
    .filter(({ responseStatus }) => responseStatus?.code === 200)
    .map(({ objectRef }) => `${objectRef?.resource}/${objectRef?.name}`)
    .sort();
}

async function mapsIn(cluster: Cluster, namespace: string): Promise<Readonly<Record<string, unknown>>> {
  const { items } = await get(cluster, `/api/v1/namespaces/${namespace}/configmaps`);
  return Object.fromEntries(
    items.map(({ metadata, data }: { metadata: { name: string }; data: unknown }) => [metadata.name, data]),
  );
}

function base64(value: string): string {
  return Buffer.from(value).toString('base64');
}

function writeToken(credentials: string, { name }: Cluster, token: string): void {
  writeFileSync(path.join(credentials, `${name}-credentials`, 'token'), token);
}

function secretYaml(namespace: string, value: string): string {
  const data = { k: base64(value) };
  return federatedYaml('FederatedSecret', 'changed', {
    namespace,
    spec: { template: { data }, placement: EVERYWHERE },
  });
}

describe('one cluster of three', () => {
  test.for(ROWS.map((row, index) => [row.title, row, `fault-${index}`] as const))(
    '%s holds nobody up, loses nothing and is caught up with',
    async ([, row, name], { clusters }) => {
      const fleet = await startSickFleet(clusters, name, {
        'changed.yaml': configMapYaml(name, 'changed'),
        'old.yaml': configMapYaml(name, 'old'),
        'same.yaml': configMapYaml(name, 'same'),
        'secret.yaml': secretYaml(name, 'first'),
      });
      const { repository, credentials, proxy } = fleet;
      expect(problems(await syncOnce(repository, credentials))).toEqual([]);
      repository.commit({
        'changed.yaml': configMapYaml(name, 'changed', { a: '2' }),
        'old.yaml': undefined,
        'new.yaml': configMapYaml(name, 'new'),
        'secret.yaml': secretYaml(name, 'second'),
      });

      const sick = await sickPass(row, fleet);
      expect({ state: sick.state, statuses: statusesOf(sick) }).toEqual({ state: row.state, statuses: row.statuses });

      await proxy.clear();
      writeToken(credentials, proxy.cluster, proxy.cluster.gitfedToken);
      await expectConverges(fleet);
      for (const cluster of clusters) {
        expect(await deletionsIn(cluster, name)).toEqual(['configmaps/old']);
        expect(await mapsIn(cluster, name)).toEqual({ changed: { a: '2' }, new: { a: '1' }, same: { a: '1' } });
        const secret = await get(cluster, `/api/v1/namespaces/${name}/secrets/changed`);
        expect(secret.data.k).toBe(base64('second'));
      }
    },
  );
});

describe('a page in the middle of a list that comes', () => {
  const PAGE = 500;

  const BROKEN: readonly [title: string, faults: readonly Fault[]][] = [
    [
      'an error, half an answer or another answer',
      [
        { kind: 'answer', status: 500 },
        { kind: 'truncate' },
        { kind: 'answer', status: 200, body: '{"kind":"Status","apiVersion":"v1","status":"Success"}' },
      ],
    ],
    ['cut off', [{ kind: 'cut', when: 'during' }]],
  ];

  test.for(BROKEN)(
    '%s stops deleting and applying its kind, and nothing else',
    async ([title, faults], { clusters }) => {
      const namespace = `pages-${title.replaceAll(' ', '-').slice(0, 6)}`;
      const [, { name: sickName }] = clusters;
      const placement = { clusters: [{ name: sickName }] };
      const map = (index: number, value = '1') => configMapYaml(namespace, `map-${index}`, { a: value }, { placement });
      const maps = Array.from({ length: PAGE + 2 }, (_, index) => map(index));
      const fleet = await startSickFleet(clusters, namespace, {
        'maps.yaml': maps.join('---\n'),
        'secret.yaml': secretYaml(namespace, 'first'),
      });
      const { repository, credentials, proxy } = fleet;
      expect(problems(await syncOnce(repository, credentials))).toEqual([]);

      repository.commit({ 'maps.yaml': [map(0, '2'), ...maps.slice(1, PAGE + 1), map(PAGE + 2)].join('---\n') });
      for (const [index, fault] of faults.entries()) {
        repository.commit({ 'secret.yaml': secretYaml(namespace, `value ${index}`) });
        const before = (await requestsOf(proxy.cluster)).length;
        proxy.forget();
        const broken: FaultRow['break'] = (_fleet, after) => proxy.fault(fault, { after, match: isLaterPage });
        const sick = await sickPass({ break: broken }, fleet);
        expect(sick.state).toBe('Failed');
        const counts = Map.groupBy(sick.objects, ({ id, status }) => `${id.kind} ${status}`);
        expect([...counts].map(([key, objects]) => `${objects.length} ${key}`).sort()).toEqual([
          '1 Namespace ',
          '1 Secret ',
          `${PAGE + 2} ConfigMap RetrievalFailed`,
        ]);
        const written = (await writesOf(proxy.cluster, before)).filter(
          ({ objectRef }) => objectRef?.namespace === namespace,
        );
        expect(written.map(({ verb, objectRef }) => `${verb} ${objectRef?.resource}`)).toEqual(['patch secrets']);
        expect(proxy.requests.filter(({ fault: met }) => met !== undefined)).not.toEqual([]);
        await proxy.clear();
      }
      await expectConverges(fleet);
      expect(await deletionsIn(proxy.cluster, namespace)).toEqual([`configmaps/map-${PAGE + 1}`]);
      const live = await mapsIn(proxy.cluster, namespace);
      expect(Object.keys(live)).toHaveLength(PAGE + 2);
      expect([live['map-0'], live[`map-${PAGE + 2}`]]).toEqual([{ a: '2' }, { a: '1' }]);
    },
  );
});
