import { expect } from 'vitest';
import { DiscoveryCache } from '../../src/cluster/discovery-cache.ts';
import { type Cluster, describe, poll, test } from '../controlplane/fixtures.ts';
import { clientOf } from './client-of.ts';
import { get, requestsOf } from './fleet.ts';

const VERSION = 'v1.36.3';

function definition(group: string, kind: string): object {
  const plural = `${kind.toLowerCase()}s`;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  };
}

/** Until the cluster announces it, by a request that is not gitfed's. */
async function define(cluster: Cluster, group: string, kind: string): Promise<void> {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  await cluster.request('POST', path, definition(group, kind));
  await poll(async () => (await get(cluster, `/apis/${group}/v1`)) !== undefined, { what: `${group} is served` });
  const groups = async (): Promise<boolean> => {
    const list = await get<{ groups: readonly { name: string }[] }>(cluster, '/apis');
    return list?.groups.some(({ name }) => name === group) ?? false;
  };
  await poll(groups, { what: `${group} is announced` });
}

async function discoveries(cluster: Cluster): Promise<number> {
  const requests = await requestsOf(cluster);
  return requests.filter(({ requestURI }) => requestURI === '/apis').length;
}

describe('what a cluster serves', () => {
  test('is asked for once in each version of it', async ({ clusters: [cluster] }) => {
    const cache = new DiscoveryCache();
    const client = clientOf(cluster);
    const before = await discoveries(cluster);
    const [first, second] = await Promise.all([cache.get(client, 'one', VERSION), cache.get(client, 'one', VERSION)]);
    expect(second).toBe(first);
    expect(await cache.get(client, 'one', VERSION)).toBe(first);
    expect(first.find('', 'ConfigMap')?.plural).toBe('configmaps');
    expect(await discoveries(cluster)).toBe(before + 1);

    const upgraded = await cache.get(client, 'one', 'v1.37.0');
    expect(upgraded).not.toBe(first);
    expect(await cache.get(client, 'one', 'v1.37.0')).toBe(upgraded);
    expect(await discoveries(cluster)).toBe(before + 2);

    expect(await cache.get(client, 'another', 'v1.37.0')).not.toBe(upgraded);
    expect(await discoveries(cluster)).toBe(before + 3);
  });

  test('is asked for again when a kind is missing', async ({ clusters: [cluster] }) => {
    const cache = new DiscoveryCache();
    const client = clientOf(cluster);
    await cache.get(client, cluster.name, VERSION);
    await define(cluster, 'late.example', 'Latecomer');

    const known = await cache.get(client, cluster.name, VERSION);
    expect(known.find('late.example', 'Latecomer')).toBeUndefined();
    const fresh = await cache.refresh(client, cluster.name, VERSION);
    expect(fresh.find('late.example', 'Latecomer')).toMatchObject({ plural: 'latecomers', scope: 'Namespaced' });
    expect(await cache.get(client, cluster.name, VERSION)).toBe(fresh);
  });

  test('is not kept where the server of a group does not answer', async ({ clusters: [, cluster] }) => {
    const cache = new DiscoveryCache();
    const client = clientOf(cluster);
    const spec = { group: 'gone.example', version: 'v1', groupPriorityMinimum: 1000, versionPriority: 10 };
    await cluster.request('POST', '/apis/apiregistration.k8s.io/v1/apiservices', {
      metadata: { name: 'v1.gone.example' },
      spec: { ...spec, insecureSkipTLSVerify: true, service: { namespace: 'default', name: 'gone' } },
    });
    const refreshed = async (): Promise<boolean> => {
      const { staleGroups } = await cache.refresh(client, cluster.name, VERSION);
      return staleGroups.has('gone.example');
    };
    await poll(refreshed, { what: 'the group is announced as stale' });

    await cluster.request('DELETE', '/apis/apiregistration.k8s.io/v1/apiservices/v1.gone.example');
    const withoutRefresh = async (): Promise<boolean> => {
      const { staleGroups } = await cache.get(client, cluster.name, VERSION);
      return !staleGroups.has('gone.example');
    };
    await poll(withoutRefresh, { what: 'the group is gone' });
  });

  test('is asked for again after an answer that failed', async ({ clusters: [cluster] }) => {
    const cache = new DiscoveryCache();
    await expect(cache.get(clientOf(cluster, 'no such token'), cluster.name, VERSION)).rejects.toMatchObject({
      status: 401,
    });
    expect((await cache.get(clientOf(cluster), cluster.name, VERSION)).find('', 'Secret')?.plural).toBe('secrets');
  });
});
