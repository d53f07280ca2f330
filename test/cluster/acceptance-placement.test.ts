import { expect } from 'vitest';
import { type Cluster, describe, poll, test } from '../controlplane/fixtures.ts';
import { credentialsFor } from './acceptance-credentials.ts';
import {
  changes,
  clusterYaml,
  configMapYaml,
  fleetRepository,
  get,
  namespaceYaml,
  problems,
  statusDocument,
  syncOnce,
  TestRepository,
  writesOf,
} from './fleet.ts';

// It ends namespaces that are deleted.
test.override('sharedClusterOptions', { scope: 'file' }, { controllerManager: true });

/** Names of the clusters that have an object. */
async function whereIs(clusters: readonly Cluster[], target: string): Promise<readonly string[]> {
  const found = await Promise.all(clusters.map((cluster) => get(cluster, target)));
  return clusters.filter((_, index) => found[index] !== undefined).map(({ name }) => name);
}

/** Registrations in which the first two clusters have the label `tier: shop`. */
function labelled([first, second, third]: readonly [Cluster, Cluster, Cluster]): Readonly<Record<string, string>> {
  return {
    'clusters/cluster1.yaml': clusterYaml(first, first.name, { tier: 'shop', zone: 'a' }),
    'clusters/cluster2.yaml': clusterYaml(second, second.name, { tier: 'shop', zone: 'b' }),
    'clusters/cluster3.yaml': clusterYaml(third, third.name, { tier: 'office' }),
  };
}

const SHOP = { clusterSelector: { matchLabels: { tier: 'shop' } } };

function placed(namespace: string, name: string, placement: unknown): string {
  return configMapYaml(namespace, name, { a: '1' }, { placement });
}

describe('placement', () => {
  const placements = {
    'names-win': { clusters: [{ name: 'cluster3' }], ...SHOP },
    nothing: {},
    'no-names': { clusters: [], clusterSelector: {} },
    all: { clusterSelector: {} },
    some: SHOP,
    expression: { clusterSelector: { matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] } },
    stranger: { clusters: [{ name: 'cluster1' }, { name: 'nobody' }] },
  };
  const expected = {
    'names-win': ['cluster3'],
    nothing: [],
    'no-names': [],
    all: ['cluster1', 'cluster2', 'cluster3'],
    some: ['cluster1', 'cluster2'],
    expression: ['cluster2', 'cluster3'],
    stranger: ['cluster1'],
  };

  test('goes by the names of clusters, else by their labels, and names that nobody has are ignored', async ({
    clusters,
  }) => {
    const objects = Object.entries(placements).map(([name, placement]) => placed('place', name, placement));
    const repository = fleetRepository(clusters, 'place', {
      ...labelled(clusters),
      'maps.yaml': objects.join('---\n'),
    });
    const credentials = await credentialsFor(clusters, repository);
    const result = await syncOnce(repository, credentials);
    expect(problems(result)).toEqual([]);
    expect(result.findings).toContainEqual(
      expect.objectContaining({ severity: 'warning', code: 'UnregisteredCluster', file: 'maps.yaml' }),
    );
    const found = Object.keys(placements).map(async (name) => {
      const places = await whereIs(clusters, `/api/v1/namespaces/place/configmaps/${name}`);
      return [name, places] as const;
    });
    expect(Object.fromEntries(await Promise.all(found))).toEqual(expected);
    // Nowhere is in order, too.
    expect(statusDocument(repository, 'resources/place/ConfigMap/nothing.yaml').status).toEqual({
      conditions: [expect.objectContaining({ type: 'Propagation', status: 'True' })],
    });
  });

  test('changes with the labels of a cluster and with the list in an object', async ({ clusters }) => {
    const repository = fleetRepository(clusters, 'moves', {
      ...labelled(clusters),
      'selected.yaml': placed('moves', 'selected', SHOP),
      'listed.yaml': placed('moves', 'listed', { clusters: [{ name: 'cluster1' }, { name: 'cluster2' }] }),
    });
    const credentials = await credentialsFor(clusters, repository);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);

    repository.commit({
      'clusters/cluster1.yaml': clusterYaml(clusters[0], 'cluster1', { tier: 'office' }),
      'clusters/cluster3.yaml': clusterYaml(clusters[2], 'cluster3', { tier: 'shop' }),
      'listed.yaml': placed('moves', 'listed', { clusters: [{ name: 'cluster2' }, { name: 'cluster3' }] }),
    });
    expect(changes(await syncOnce(repository, credentials))).toEqual([
      'cluster1: ConfigMap/moves/selected deleted',
      'cluster1: ConfigMap/moves/listed deleted',
      'cluster3: ConfigMap/moves/listed created',
      'cluster3: ConfigMap/moves/selected created',
    ]);
    for (const name of ['selected', 'listed']) {
      const places = await whereIs(clusters, `/api/v1/namespaces/moves/configmaps/${name}`);
      expect(places).toEqual(['cluster2', 'cluster3']);
      expect(statusDocument(repository, `resources/moves/ConfigMap/${name}.yaml`).status).toMatchObject({
        conditions: [{ type: 'Propagation', status: 'True' }],
        clusters: [{ name: 'cluster2' }, { name: 'cluster3' }],
      });
    }
  });

  test('leaves an object without our labels alone in a cluster that is not selected', async ({ clusters }) => {
    const [first, second] = clusters;
    const maps = '/api/v1/namespaces/foreign/configmaps';
    await second.request('POST', '/api/v1/namespaces', { metadata: { name: 'foreign' } });
    await second.request('POST', maps, { metadata: { name: 'one' }, data: { a: 'theirs' } });
    const only = { clusters: [{ name: 'cluster1' }] };
    const repository = fleetRepository(clusters, 'foreign', { 'one.yaml': placed('foreign', 'one', only) });
    const credentials = await credentialsFor(clusters, repository);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    expect((await get(first, `${maps}/one`)).data).toEqual({ a: '1' });

    repository.commit({ 'one.yaml': undefined });
    expect(changes(await syncOnce(repository, credentials))).toEqual(['cluster1: ConfigMap/foreign/one deleted']);
    const { data, metadata } = await get(second, `${maps}/one`);
    expect([data, metadata.labels]).toEqual([{ a: 'theirs' }, undefined]);
    const writes = await writesOf(second);
    expect(writes.filter(({ objectRef }) => objectRef?.namespace === 'foreign' && objectRef.name === 'one')).toEqual(
      [],
    );
  });
});

describe('the placement of a namespace', () => {
  test('narrows everything in it, and takes it along when it changes', async ({ clusters }) => {
    const repository = fleetRepository(clusters, 'narrow', {
      ...labelled(clusters),
      'space.yaml': namespaceYaml('narrow-space', SHOP),
      'everywhere.yaml': configMapYaml('narrow-space', 'everywhere'),
      'listed.yaml': placed('narrow-space', 'listed', { clusters: [{ name: 'cluster2' }, { name: 'cluster3' }] }),
    });
    const credentials = await credentialsFor(clusters, repository, { listEverything: true });
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const space = '/api/v1/namespaces/narrow-space';
    const places = async (): Promise<Readonly<Record<string, readonly string[]>>> => ({
      space: await whereIs(clusters, space),
      everywhere: await whereIs(clusters, `${space}/configmaps/everywhere`),
      listed: await whereIs(clusters, `${space}/configmaps/listed`),
    });
    expect(await places()).toEqual({
      space: ['cluster1', 'cluster2'],
      everywhere: ['cluster1', 'cluster2'],
      listed: ['cluster2'],
    });

    repository.commit({
      'space.yaml': namespaceYaml('narrow-space', { clusters: [{ name: 'cluster1' }, { name: 'cluster3' }] }),
    });
    expect((await syncOnce(repository, credentials)).ok).toBe(true);
    const hasLeft = async () => !(await whereIs(clusters, space)).includes('cluster2');
    await poll(hasLeft, { what: 'the namespace has left cluster2' });
    expect(await places()).toEqual({
      space: ['cluster1', 'cluster3'],
      everywhere: ['cluster1', 'cluster3'],
      listed: ['cluster3'],
    });
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);
  });

  test('that is missing takes what is in it out of every cluster, and says NamespaceNotFederated', async ({
    clusters,
  }) => {
    const file = namespaceYaml('missing-space');
    const repository = fleetRepository(clusters, 'missing', {
      'space.yaml': file,
      'one.yaml': configMapYaml('missing-space', 'one'),
    });
    const credentials = await credentialsFor(clusters, repository, { listEverything: true });
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const condition = () =>
      statusDocument(repository, 'resources/missing-space/ConfigMap/one.yaml').status.conditions[0];
    expect(condition()).toMatchObject({ type: 'Propagation', status: 'True' });

    repository.commit({ 'space.yaml': undefined });
    const result = await syncOnce(repository, credentials);
    expect(result.ok).toBe(true);
    expect(result.findings).toContainEqual(
      expect.objectContaining({ severity: 'warning', code: 'NamespaceNotFederated', file: 'one.yaml' }),
    );
    expect(condition()).toMatchObject({ type: 'Propagation', status: 'False', reason: 'NamespaceNotFederated' });
    const space = '/api/v1/namespaces/missing-space';
    expect(await whereIs(clusters, `${space}/configmaps/one`)).toEqual([]);
    const isGone = async () => (await whereIs(clusters, space)).length === 0;
    await poll(isGone, { what: 'the namespace has left every cluster' });

    repository.commit({ 'space.yaml': file });
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    expect(await whereIs(clusters, `${space}/configmaps/one`)).toEqual(['cluster1', 'cluster2', 'cluster3']);
    expect(condition()).toMatchObject({ type: 'Propagation', status: 'True' });
    expect(condition()).not.toHaveProperty('reason');
  });

  test('counts for what is in it where scope is Namespaced, and the namespace itself stays', async ({ clusters }) => {
    const system = 'tenant';
    const space = `/api/v1/namespaces/${system}`;
    for (const cluster of clusters) await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: system } });
    const registrations = clusters.map((cluster) => {
      const text = clusterYaml(cluster).replace('kube-federation-system', system);
      return [`clusters/${cluster.name}.yaml`, text] as const;
    });
    const repository = new TestRepository({
      'gitfed.yaml': 'inventory: tenant\n',
      'config.yaml': `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedConfig
metadata: {name: kubefed, namespace: ${system}}
spec: {scope: Namespaced}
`,
      ...Object.fromEntries(registrations),
      'one.yaml': configMapYaml(system, 'one'),
      'elsewhere.yaml': configMapYaml('tenant-other', 'one'),
    });
    const credentials = await credentialsFor(clusters, repository);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    // No FederatedNamespace is needed.
    expect(await whereIs(clusters, `${space}/configmaps/one`)).toEqual(['cluster1', 'cluster2', 'cluster3']);
    expect(await whereIs(clusters, '/api/v1/namespaces/tenant-other')).toEqual([]);

    repository.commit({ 'space.yaml': namespaceYaml(system, { clusters: [] }) });
    expect(changes(await syncOnce(repository, credentials))).toEqual(
      clusters.map(({ name }) => `${name}: ConfigMap/tenant/one deleted`),
    );
    expect(await whereIs(clusters, space)).toEqual(['cluster1', 'cluster2', 'cluster3']);
    expect((await get(clusters[0], space)).metadata.deletionTimestamp).toBeUndefined();
  });
});
