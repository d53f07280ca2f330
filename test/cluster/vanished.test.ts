import { expect } from 'vitest';
import { type Cluster, describe, test } from '../controlplane/fixtures.ts';
import { startFaultProxy } from './fault-proxy.ts';
import {
  changes,
  configMapYaml,
  EVERYWHERE,
  federatedYaml,
  get,
  grantFor,
  namespaceYaml,
  problems,
  syncOnce,
  TestRepository,
  writeCredentials,
} from './fleet.ts';

const MERGE = 'application/merge-patch+json';
const APPLY = 'application/apply-patch+yaml';

function workload(namespace: string, image: string): string {
  const labels = { app: 'web' };
  const pods = { metadata: { labels }, spec: { containers: [{ name: 'web', image }] } };
  const template = { spec: { replicas: 10, selector: { matchLabels: labels }, template: pods } };
  const spec = { template, placement: EVERYWHERE, retainReplicas: true };
  return federatedYaml('FederatedReplicaSet', 'web', { namespace, spec });
}

/** A ReplicaSet that keeps its replicas, and a ConfigMap of which a rule leaves a field to others, with one write of each still to come. */
async function changedFleet(cluster: Cluster, name: string, { policy = 'Correct', isTaken = true } = {}) {
  const proxy = await startFaultProxy(cluster);
  const rule = 'ignoreDifferences:\n- {kind: ConfigMap, jsonPointers: [/data/b]}\n';
  const repository = new TestRepository({
    'gitfed.yaml': `inventory: ${name}\ndrift: {policy: ${policy}}\n${rule}`,
    'cluster.yaml': proxy.clusterYaml,
    'namespace.yaml': namespaceYaml(name),
    'web.yaml': workload(name, 'web:1'),
    'map.yaml': configMapYaml(name, 'map', { a: '1', b: '2' }),
  });
  const credentials = writeCredentials([cluster]);
  await grantFor(credentials, repository.folder);
  expect(problems(await syncOnce(repository, credentials))).toEqual([]);
  const web = `/apis/apps/v1/namespaces/${name}/replicasets/web`;
  const map = `/api/v1/namespaces/${name}/configmaps/map`;
  if (isTaken) {
    await cluster.request('PATCH', `${web}?fieldManager=scaler`, { spec: { replicas: 7 } }, MERGE);
    await cluster.request('PATCH', `${map}?fieldManager=editor`, { data: { b: 'theirs' } }, MERGE);
  }
  repository.commit({
    'web.yaml': workload(name, 'web:2'),
    'map.yaml': configMapYaml(name, 'map', { a: '9', b: '2' }),
  });
  return { proxy, repository, credentials, web, map };
}

describe('an object that somebody deletes after it was looked at', () => {
  test('is made anew with all that its template has', async ({ clusters: [cluster] }) => {
    const { proxy, repository, credentials, web, map } = await changedFleet(cluster, 'vanished');
    for (const target of [web, map]) {
      const until = () => cluster.request('DELETE', target);
      const match = ({ path = '' }) => path.startsWith(target) && path.includes('force=true');
      proxy.fault({ kind: 'delay', until }, { match, times: 1 });
    }
    const result = await syncOnce(repository, credentials);
    expect(changes(result)).toEqual([
      'cluster1: ConfigMap/vanished/map skipped UpdateFailed',
      'cluster1: ReplicaSet/vanished/web skipped UpdateFailed',
    ]);
    expect(problems(result).join('\n')).toContain('It was deleted there');
    expect(changes(await syncOnce(repository, credentials))).toEqual([
      'cluster1: ConfigMap/vanished/map created',
      'cluster1: ReplicaSet/vanished/web created',
    ]);
    expect((await get(cluster, web)).spec.replicas).toBe(10);
    expect((await get(cluster, map)).data).toEqual({ a: '9', b: '2' });
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);
  });

  test('does not come back where drift is only told', async ({ clusters: [cluster] }) => {
    const { proxy, repository, credentials, map } = await changedFleet(cluster, 'vanished-told', { policy: 'Report' });
    const until = () => cluster.request('DELETE', map);
    proxy.fault({ kind: 'delay', until }, { match: ({ path }) => path.startsWith(map), times: 1 });
    const change = 'cluster1: ConfigMap/vanished-told/map skipped';
    expect(changes(await syncOnce(repository, credentials))).toContain(`${change} UpdateFailed`);
    expect(await get(cluster, map)).toBeUndefined();
    expect(changes(await syncOnce(repository, credentials))).toEqual([`${change} Drifted`]);
    expect(await get(cluster, map)).toBeUndefined();
  });

  test.for([
    ['before it is applied', true],
    ['before fields of it are given up', false],
  ] as const)(
    '%s, and replaced, leaves the other one alone in that pass',
    async ([, isTaken], { clusters: [cluster] }) => {
      const name = `replaced-${isTaken ? 'late' : 'early'}`;
      const { proxy, repository, credentials, map } = await changedFleet(cluster, name, { isTaken });
      const until = async () => {
        await cluster.request('DELETE', map);
        const theirs = { metadata: { name: 'map' }, data: { b: 'another', c: 'more' } };
        await cluster.request('POST', `${map.slice(0, map.lastIndexOf('/'))}?fieldManager=kubectl-create`, theirs);
      };
      proxy.fault({ kind: 'delay', until }, { match: ({ path }) => path.startsWith(map), times: 1 });
      const result = await syncOnce(repository, credentials);
      expect(changes(result)).toContain(`cluster1: ConfigMap/${name}/map skipped UpdateFailed`);
      expect(problems(result).join('\n')).toContain('another one was put in its place');
      const { data, metadata } = await get(cluster, map);
      expect(data).toEqual({ b: 'another', c: 'more' });
      expect(JSON.stringify(metadata.managedFields)).not.toContain('gitfed');
      // As any object that was there before.
      expect(changes(await syncOnce(repository, credentials))).toEqual([`cluster1: ConfigMap/${name}/map configured`]);
      expect((await get(cluster, map)).data).toEqual({ a: '9', b: 'another' });
    },
  );
});

interface Served {
  readonly resources: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
    readonly verbs: readonly string[];
  }[];
}

interface Groups {
  readonly groups: readonly { readonly preferredVersion: { readonly groupVersion: string } }[];
}

test('an apply that names a uid makes no object of any kind', async ({ clusters: [cluster] }) => {
  const groups = (await get<Groups>(cluster, '/apis'))?.groups ?? [];
  const uid = '6f1a2b3c-0000-4000-8000-000000000000';
  const answers: Record<string, number> = {};
  for (const version of ['v1', ...groups.map(({ preferredVersion }) => preferredVersion.groupVersion)]) {
    const base = version === 'v1' ? '/api/v1' : `/apis/${version}`;
    for (const { name, kind, namespaced, verbs } of (await get<Served>(cluster, base))?.resources ?? []) {
      if (name.includes('/') || !verbs.includes('patch')) continue;
      const place = namespaced ? `${base}/namespaces/default/${name}` : `${base}/${name}`;
      const body = { apiVersion: version, kind, metadata: { name: 'nobody.example', uid } };
      const target = `${place}/nobody.example?fieldManager=gitfed&force=true`;
      answers[`${version} ${name}`] = (await cluster.request('PATCH', target, body, APPLY)).status;
    }
  }
  expect(Object.keys(answers).length).toBeGreaterThan(40);
  expect(Object.entries(answers).filter(([, status]) => status !== 409)).toEqual([]);
});
