import { expect } from 'vitest';
import { type Cluster, describe, poll, test } from '../controlplane/fixtures.ts';
import { credentialsFor } from './acceptance-credentials.ts';
import {
  changes,
  configMapYaml,
  EVERYWHERE,
  federatedYaml,
  fleetRepository,
  get,
  problems,
  statusDocument,
  syncOnce,
} from './fleet.ts';

const MERGE = 'application/merge-patch+json';
const ORPHAN = 'kubefed.io/orphan';
const DELETE_OPTION = 'kubefed.io/deleteoption';

interface Listed {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly ownerReferences?: readonly unknown[] };
  }[];
}

function deploymentYaml(
  namespace: string,
  name: string,
  annotations: Record<string, string>,
  placement: unknown = EVERYWHERE,
): string {
  const labels = { app: name };
  const spec = { containers: [{ name: 'web', image: 'web:1' }] };
  const template = {
    spec: { replicas: 0, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
  return federatedYaml('FederatedDeployment', name, { namespace, spec: { template, placement }, annotations });
}

async function replicaSets(cluster: Cluster, namespace: string, app: string): Promise<Listed['items']> {
  const target = `/apis/apps/v1/namespaces/${namespace}/replicasets?labelSelector=app%3D${app}`;
  return (await get<Listed>(cluster, target))?.items ?? [];
}

describe('a federated object that goes', () => {
  test('with deleteoption Orphan leaves ReplicaSets without their Deployment; without it they go along', async ({
    freshClusters,
  }) => {
    const clusters = await freshClusters(3, { controllerManager: true });
    const [first, second, third] = clusters;
    const option = { [DELETE_OPTION]: JSON.stringify({ propagationPolicy: 'Orphan' }) };
    const repository = fleetRepository(clusters, 'options', {
      'orphans.yaml': deploymentYaml('options', 'orphans', option),
      'whole.yaml': deploymentYaml('options', 'whole', {}),
    });
    const credentials = await credentialsFor(clusters, repository);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    for (const cluster of clusters) {
      for (const app of ['orphans', 'whole']) {
        const exists = async () => (await replicaSets(cluster, 'options', app)).length === 1;
        await poll(exists, { what: `${cluster.name} has a ReplicaSet of ${app}` });
      }
    }

    // Leaving one cluster is a deletion for which the annotation does not count.
    const narrowed = { clusters: [{ name: 'cluster1' }, { name: 'cluster2' }] };
    repository.commit({ 'orphans.yaml': deploymentYaml('options', 'orphans', option, narrowed) });
    expect((await syncOnce(repository, credentials)).ok).toBe(true);
    const collected = async () => (await replicaSets(third, 'options', 'orphans')).length === 0;
    await poll(collected, { what: 'the ReplicaSet has left cluster3' });

    repository.commit({ 'orphans.yaml': undefined, 'whole.yaml': undefined });
    expect((await syncOnce(repository, credentials)).ok).toBe(true);
    for (const cluster of [first, second]) {
      const target = '/apis/apps/v1/namespaces/options/deployments/orphans';
      await poll(async () => (await get(cluster, target)) === undefined, { what: 'the Deployment is gone' });
      const isCollected = async () => (await replicaSets(cluster, 'options', 'whole')).length === 0;
      await poll(isCollected, { what: 'the other ReplicaSet is gone' });
      const [left] = await replicaSets(cluster, 'options', 'orphans');
      expect(left?.metadata.name).toMatch(/^orphans-/);
      expect(left?.metadata.ownerReferences).toBeUndefined();
    }
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
  });

  test('deletes with the grace period and the propagation policy of its deleteoption', async ({ clusters }) => {
    const [cluster] = clusters;
    const options = {
      none: undefined,
      policy: { propagationPolicy: 'Orphan' },
      grace: { gracePeriodSeconds: 5 },
      both: { gracePeriodSeconds: 5, propagationPolicy: 'Orphan' },
    };
    const pod = (name: string, option: object | undefined): string =>
      federatedYaml('FederatedPod', name, {
        namespace: 'graces',
        spec: {
          // On a node that nobody runs: a grace period is waited for and never ends.
          template: { spec: { nodeName: 'nowhere', containers: [{ name: 'web', image: 'web:1' }] } },
          placement: { clusters: [{ name: cluster.name }] },
        },
        annotations: option === undefined ? {} : { [DELETE_OPTION]: JSON.stringify(option) },
      });
    const pods = Object.entries(options).map(([name, option]) => pod(name, option));
    const repository = fleetRepository(clusters, 'graces', { 'pods.yaml': pods.join('---\n') });
    const credentials = await credentialsFor(clusters, repository);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);

    repository.commit({ 'pods.yaml': undefined });
    const result = await syncOnce(repository, credentials);
    expect(changes(result).toSorted()).toEqual(
      ['both', 'grace', 'none', 'policy'].map((name) => `cluster1: Pod/graces/${name} deleted WaitingForRemoval`),
    );
    const seen = async (name: string): Promise<unknown> => {
      const { metadata } = await get(cluster, `/api/v1/namespaces/graces/pods/${name}`);
      return [metadata.deletionGracePeriodSeconds, metadata.finalizers];
    };
    expect(await seen('none')).toEqual([30, undefined]);
    expect(await seen('policy')).toEqual([30, ['orphan']]);
    expect(await seen('grace')).toEqual([5, undefined]);
    expect(await seen('both')).toEqual([5, ['orphan']]);
  });

  test('is left behind without our labels where orphan is "true", and only there', async ({ clusters }) => {
    const maps = '/api/v1/namespaces/orphans/configmaps';
    const map = (name: string, value: string) => configMapYaml('orphans', name, { a: '1' }, {}, { [ORPHAN]: value });
    const repository = fleetRepository(clusters, 'orphans', {
      'kept.yaml': map('kept', 'true'),
      'capital.yaml': map('capital', 'True'),
      'no.yaml': map('no', 'false'),
    });
    const credentials = await credentialsFor(clusters, repository);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const uids = await Promise.all(clusters.map(async (one) => (await get(one, `${maps}/kept`)).metadata.uid));

    repository.commit({ 'kept.yaml': undefined, 'capital.yaml': undefined, 'no.yaml': undefined });
    expect((await syncOnce(repository, credentials)).ok).toBe(true);
    for (const [index, cluster] of clusters.entries()) {
      const { metadata, data } = await get(cluster, `${maps}/kept`);
      expect([metadata.uid, metadata.labels, data]).toEqual([uids[index], undefined, { a: '1' }]);
      expect(await get(cluster, `${maps}/capital`)).toBeUndefined();
      expect(await get(cluster, `${maps}/no`)).toBeUndefined();
    }
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);
    expect(repository.status('resources/orphans/ConfigMap/kept.yaml')).toBeUndefined();

    // It is an object like any other now: adopted when it is federated again, and deleted when that ends.
    repository.commit({ 'kept.yaml': configMapYaml('orphans', 'kept', { a: '2' }) });
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    repository.commit({ 'kept.yaml': undefined });
    expect(changes(await syncOnce(repository, credentials))).toEqual(
      clusters.map(({ name }) => `${name}: ConfigMap/orphans/kept deleted`),
    );
  });

  test('or leaves a cluster is WaitingForRemoval there until its finalizers are done', async ({ clusters }) => {
    const [first, second] = clusters;
    const target = '/api/v1/namespaces/waiting/configmaps/one';
    const map = (...names: readonly string[]) =>
      configMapYaml('waiting', 'one', { a: '1' }, { placement: { clusters: names.map((name) => ({ name })) } });
    const repository = fleetRepository(clusters, 'waiting', { 'one.yaml': map('cluster1', 'cluster2') });
    const credentials = await credentialsFor(clusters, repository);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    await second.request('PATCH', target, { metadata: { finalizers: ['example.com/wait'] } }, MERGE);

    const status = () => statusDocument(repository, 'resources/waiting/ConfigMap/one.yaml').status;
    repository.commit({ 'one.yaml': map('cluster1') });
    expect(changes(await syncOnce(repository, credentials))).toEqual([
      'cluster2: ConfigMap/waiting/one deleted WaitingForRemoval',
    ]);
    const waiting = {
      conditions: [{ type: 'Propagation', status: 'False', reason: 'CheckClusters' }],
      clusters: [{ name: 'cluster1' }, { name: 'cluster2', status: 'WaitingForRemoval' }],
    };
    expect(status()).toMatchObject(waiting);

    // Wanted again meanwhile: it is applied when the old one is gone.
    repository.commit({ 'one.yaml': map('cluster1', 'cluster2') });
    expect(changes(await syncOnce(repository, credentials))).toEqual([
      'cluster2: ConfigMap/waiting/one skipped WaitingForRemoval',
    ]);
    expect(status()).toMatchObject(waiting);
    await second.request('PATCH', target, { metadata: { finalizers: null } }, MERGE);
    expect(changes(await syncOnce(repository, credentials))).toEqual(['cluster2: ConfigMap/waiting/one created']);
    expect(status()).toMatchObject({
      conditions: [{ type: 'Propagation', status: 'True' }],
      clusters: [{ name: 'cluster1' }, { name: 'cluster2' }],
    });
    expect(await get(first, target)).toBeDefined();
  });
});
