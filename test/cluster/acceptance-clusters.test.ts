import { expect } from 'vitest';
import { describe, test } from '../controlplane/fixtures.ts';
import { credentialsFor } from './acceptance-credentials.ts';
import {
  changes,
  clusterYaml,
  configMapYaml,
  fleetRepository,
  get,
  problems,
  statusDocument,
  syncOnce,
} from './fleet.ts';

describe('a member', () => {
  test('that is not ready is skipped and caught up with, also in deleting, while healthy ones go on', async ({
    freshClusters,
  }) => {
    const clusters = await freshClusters(3);
    const [first, frozen, down] = clusters;
    const maps = '/api/v1/namespaces/caught/configmaps';
    // As an operator would: by a label which the sick one has as well.
    const shop = { clusterSelector: { matchLabels: { tier: 'shop' } } };
    const map = (name: string, value: string) => configMapYaml('caught', name, { a: value }, { placement: shop });
    const repository = fleetRepository(clusters, 'caught', {
      ...Object.fromEntries(
        clusters.map((one) => [`clusters/${one.name}.yaml`, clusterYaml(one, one.name, { tier: 'shop' })]),
      ),
      'kept.yaml': map('kept', '1'),
      'old.yaml': map('old', '1'),
    });
    const credentials = await credentialsFor(clusters, repository);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);

    frozen.freeze();
    await down.stop();
    repository.commit({ 'kept.yaml': map('kept', '2'), 'old.yaml': undefined, 'new.yaml': map('new', '2') });
    const result = await syncOnce(repository, credentials, { requestTimeoutMs: 1_500 });
    expect(result.ok).toBe(false);
    expect(changes(result).filter((line) => line.startsWith('cluster1'))).toEqual([
      'cluster1: ConfigMap/caught/kept configured',
      'cluster1: ConfigMap/caught/new created',
      'cluster1: ConfigMap/caught/old deleted',
    ]);
    expect((await get(first, `${maps}/kept`)).data).toEqual({ a: '2' });
    expect(statusDocument(repository, 'resources/caught/ConfigMap/kept.yaml').status).toMatchObject({
      conditions: [{ type: 'Propagation', status: 'False', reason: 'CheckClusters' }],
      clusters: [
        { name: 'cluster1' },
        { name: 'cluster2', status: 'ClusterNotReady' },
        { name: 'cluster3', status: 'ClusterNotReady' },
      ],
    });
    for (const name of ['cluster2', 'cluster3']) {
      expect(statusDocument(repository, `clusters/${name}.yaml`).status).toEqual({
        conditions: [expect.objectContaining({ type: 'Offline', status: 'True', reason: 'ClusterNotReachable' })],
        // Where it is, it stays.
        zones: [],
      });
    }

    frozen.thaw();
    await Promise.all([frozen.waitReady(), down.start()]);
    const caught = await syncOnce(repository, credentials);
    expect(problems(caught)).toEqual([]);
    expect(changes(caught)).toEqual(
      ['cluster2', 'cluster3'].flatMap((name) => [
        `${name}: ConfigMap/caught/kept configured`,
        `${name}: ConfigMap/caught/new created`,
        `${name}: ConfigMap/caught/old deleted`,
      ]),
    );
    for (const cluster of [frozen, down]) {
      expect((await get(cluster, `${maps}/kept`)).data).toEqual({ a: '2' });
      expect(await get(cluster, `${maps}/old`)).toBeUndefined();
    }
    const { status } = statusDocument(repository, 'resources/caught/ConfigMap/kept.yaml');
    expect(status).toMatchObject({
      conditions: [{ type: 'Propagation', status: 'True' }],
      clusters: clusters.map(({ name }) => ({ name })),
    });
  });

  test('has its conditions and its version of Kubernetes on the status branch', async ({ clusters }) => {
    const repository = fleetRepository(clusters, 'versions');
    const credentials = await credentialsFor(clusters, repository);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    for (const cluster of clusters) {
      const { gitVersion } = await get<{ gitVersion: string }>(cluster, '/version').then(
        (body) => body ?? { gitVersion: '' },
      );
      expect(gitVersion).toMatch(/^v\d/);
      expect(statusDocument(repository, `clusters/${cluster.name}.yaml`)).toMatchObject({
        kind: 'KubeFedCluster',
        status: {
          kubernetesVersion: gitVersion,
          conditions: [
            { type: 'Ready', status: 'True', reason: 'ClusterReady', message: '/healthz responded with ok' },
          ],
        },
      });
    }
  });

  test('gets everything when it is registered, elsewhere when its endpoint changes, and keeps it when it leaves', async ({
    clusters,
  }) => {
    const [first, second, third] = clusters;
    const target = '/api/v1/namespaces/joins/configmaps/one';
    const repository = fleetRepository([first], 'joins', { 'one.yaml': configMapYaml('joins', 'one') });
    const credentials = await credentialsFor(clusters, repository);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);

    repository.commit({ 'clusters/cluster2.yaml': clusterYaml(second) });
    expect(changes(await syncOnce(repository, credentials))).toEqual([
      'cluster2: Namespace/joins created',
      'cluster2: ConfigMap/joins/one created',
    ]);

    // Its credential is that of the server which it had: a token for another one.
    repository.commit({ 'clusters/cluster2.yaml': clusterYaml(third, 'cluster2') });
    const refused = await syncOnce(repository, credentials);
    expect(refused.clusters.map(({ cluster, state }) => [cluster, state])).toEqual([
      ['cluster1', 'Synced'],
      ['cluster2', 'NotReady'],
    ]);
    expect(await get(third, target)).toBeUndefined();

    const renamed = clusterYaml(third, 'cluster2').replace('cluster2-credentials', 'cluster3-credentials');
    repository.commit({ 'clusters/cluster2.yaml': renamed });
    expect(changes(await syncOnce(repository, credentials))).toEqual([
      'cluster2: Namespace/joins created',
      'cluster2: ConfigMap/joins/one created',
    ]);
    expect((await get(third, target)).data).toEqual({ a: '1' });

    repository.commit({ 'clusters/cluster2.yaml': undefined });
    const left = await syncOnce(repository, credentials);
    expect([left.ok, changes(left)]).toEqual([true, []]);
    expect(await get(second, target)).toBeDefined();
    expect(await get(third, target)).toBeDefined();
    expect(repository.status('clusters/cluster2.yaml')).toBeUndefined();
    expect(statusDocument(repository, 'resources/joins/ConfigMap/one.yaml').status.clusters).toEqual([
      { name: 'cluster1' },
    ]);
  });
});
