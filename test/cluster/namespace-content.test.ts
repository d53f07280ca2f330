import { expect } from 'vitest';
import { createLimit } from '../../src/apply/limit.ts';
import { findForeignContent } from '../../src/apply/namespace-content.ts';
import { discover } from '../../src/cluster/index.ts';
import { type Cluster, describe, poll, test } from '../controlplane/fixtures.ts';
import { clientOf } from './client-of.ts';
import { changes, configMapYaml, fleetRepository, get, grantFor, syncOnce, writeCredentials } from './fleet.ts';
import { create } from './refused-passes.ts';

const API_SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';

async function contentOf(cluster: Cluster, namespace: string, ours: readonly string[] = []) {
  const client = clientOf(cluster);
  const options = { client, discovery: await discover(client), limit: createLimit() };
  return await findForeignContent(namespace, new Set(ours), options);
}

async function makeMap(cluster: Cluster, namespace: string, name: string, owner?: string): Promise<string> {
  const ownerReferences = owner === undefined ? [] : [{ apiVersion: 'v1', kind: 'Secret', name: 'owner', uid: owner }];
  await create(cluster, `/api/v1/namespaces/${namespace}/configmaps`, { metadata: { name, ownerReferences } });
  return (await get(cluster, `/api/v1/namespaces/${namespace}/configmaps/${name}`)).metadata.uid;
}

/** A group whose server nobody has ever started. */
async function hideGroup(cluster: Cluster, group: string): Promise<void> {
  const spec = { group, version: 'v1', groupPriorityMinimum: 1000, versionPriority: 10 };
  const service = { namespace: 'default', name: 'nowhere' };
  await create(cluster, API_SERVICES, {
    metadata: { name: `v1.${group}` },
    spec: { ...spec, insecureSkipTLSVerify: true, service },
  });
  const client = clientOf(cluster);
  const isStale = async (): Promise<boolean> => (await discover(client)).staleGroups.has(group);
  await poll(isStale, { what: `${group} is announced as stale` });
}

async function makeNamespace(cluster: Cluster, name: string): Promise<void> {
  await create(cluster, '/api/v1/namespaces', { metadata: { name } });
}

describe('what a namespace holds', () => {
  test('is known where every kind can be listed', async ({ clusters: [cluster] }) => {
    await makeNamespace(cluster, 'seen');
    expect(await contentOf(cluster, 'seen')).toBeUndefined();
    const ours = await makeMap(cluster, 'seen', 'ours');
    const owned = await makeMap(cluster, 'seen', 'owned', ours);
    expect(await contentOf(cluster, 'seen', [ours])).toBeUndefined();
    expect(await contentOf(cluster, 'seen', [owned])).toBe('Foreign');
  });

  test('is not known where a kind cannot be listed, unless something surely is not ours', async ({
    clusters: [, cluster],
  }) => {
    await makeNamespace(cluster, 'hidden');
    await hideGroup(cluster, 'hidden.example');
    expect(await contentOf(cluster, 'hidden')).toBe('Unknown');
    const ours = await makeMap(cluster, 'hidden', 'ours');
    // Its owner may be of the hidden group, and ours.
    await makeMap(cluster, 'hidden', 'owned', '5bf1c4a4-6c3f-4a5e-9f0e-6a2f9d1c7e11');
    expect(await contentOf(cluster, 'hidden', [ours])).toBe('Unknown');
    await makeMap(cluster, 'hidden', 'theirs');
    expect(await contentOf(cluster, 'hidden', [ours])).toBe('Foreign');
  });

  test('that is not known keeps the namespace, and the message says so', async ({ clusters: [, , cluster] }) => {
    const repository = fleetRepository([cluster], 'stays', { 'one.yaml': configMapYaml('stays', 'one') });
    const credentials = writeCredentials([cluster]);
    await grantFor(credentials, repository.folder);
    expect((await syncOnce(repository, credentials)).ok).toBe(true);
    await hideGroup(cluster, 'stale.example');
    const removed = { 'namespace.yaml': undefined, 'one.yaml': undefined, 'other.yaml': configMapYaml('default', 'x') };
    repository.commit(removed);
    const result = await syncOnce(repository, credentials, { allowDeletions: 10 });
    const namespace = result.clusters[0]?.objects.find(({ id }) => id.kind === 'Namespace');
    expect(namespace).toMatchObject({
      status: 'NamespaceNotEmpty',
      message: expect.stringContaining('it cannot be seen whether it is empty, because some kinds cannot be listed'),
    });
    expect(changes(result)).toContain(`${cluster.name}: ConfigMap/stays/one deleted`);
    expect(await get(cluster, '/api/v1/namespaces/stays')).toBeDefined();
  });
});

describe('an object that is to be left behind', () => {
  test('is told by a dry run as what would be', async ({ clusters: [cluster] }) => {
    const orphan = configMapYaml('behind', 'one', { a: '1' }, {}, { 'kubefed.io/orphan': 'true' });
    const repository = fleetRepository([cluster], 'behind', { 'one.yaml': orphan });
    const credentials = writeCredentials([cluster]);
    await grantFor(credentials, repository.folder);
    expect((await syncOnce(repository, credentials)).ok).toBe(true);
    repository.commit({ 'one.yaml': undefined });
    const told = async (mode: 'dryRun' | 'apply') => {
      const result = await syncOnce(repository, credentials, { mode });
      return result.clusters[0]?.objects.find(({ released }) => released === true)?.message;
    };
    expect(await told('dryRun')).toBe('It would be left there without our labels.');
    expect(await told('apply')).toBe('It was left there without our labels.');
  });
});
