import { expect } from 'vitest';
import { type Cluster, describe, test } from '../controlplane/fixtures.ts';
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
  writesOf,
} from './fleet.ts';

const MERGE = 'application/merge-patch+json';
const MANAGED = 'kubefed.io/managed';
const PART_OF = 'applyset.kubernetes.io/part-of';

function configYaml(adoptResources: 'Enabled' | 'Disabled'): string {
  return `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedConfig
metadata: {name: kubefed, namespace: kube-federation-system}
spec: {scope: Cluster, syncController: {adoptResources: ${adoptResources}}}
`;
}

function podTemplate(app: string, image: string): object {
  return { metadata: { labels: { app } }, spec: { containers: [{ name: 'web', image }] } };
}

function deploymentYaml(namespace: string, image = 'web:1'): string {
  const template = {
    metadata: { labels: { team: 'shop' } },
    spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: podTemplate('web', image) },
  };
  return federatedYaml('FederatedDeployment', 'web', { namespace, spec: { template, placement: EVERYWHERE } });
}

/** A Deployment that somebody made by hand before gitfed came. */
async function deployByHand(cluster: Cluster, namespace: string, metadata: object): Promise<void> {
  await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  const { status } = await cluster.request('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, {
    metadata: { name: 'web', ...metadata },
    spec: { replicas: 5, selector: { matchLabels: { app: 'web' } }, template: podTemplate('web', 'theirs:1') },
  });
  expect(status).toBe(201);
}

function setLabels(
  cluster: Cluster,
  target: string,
  labels: Readonly<Record<string, string | null>>,
): Promise<unknown> {
  return cluster.request('PATCH', `${target}?fieldManager=kubectl-label`, { metadata: { labels } }, MERGE);
}

describe('adoption', () => {
  test('takes over what is there with its annotations and finalizers, but nothing labelled as not managed', async ({
    clusters,
  }) => {
    const [first, second] = clusters;
    const target = '/apis/apps/v1/namespaces/taken/deployments/web';
    await deployByHand(first, 'taken', {
      annotations: { note: 'theirs' },
      finalizers: ['example.com/theirs'],
      labels: { team: 'theirs', cost: 'low' },
    });
    await deployByHand(second, 'taken', { labels: { [MANAGED]: 'false' } });
    const uid = (await get(first, target)).metadata.uid;
    const repository = fleetRepository(clusters, 'taken', { 'web.yaml': deploymentYaml('taken') });
    const credentials = await credentialsFor(clusters, repository);

    const result = await syncOnce(repository, credentials);
    expect(result.ok).toBe(false);
    expect(problems(result)).toEqual([
      expect.stringMatching(/^cluster2 Failed/),
      expect.stringMatching(/^cluster2 Deployment web ManagedLabelFalse /),
    ]);
    const { metadata, spec } = await get(first, target);
    expect([metadata.uid, spec.replicas, spec.template.spec.containers[0].image]).toEqual([uid, 2, 'web:1']);
    expect(metadata).toMatchObject({
      annotations: { note: 'theirs' },
      finalizers: ['example.com/theirs'],
      labels: { team: 'shop', cost: 'low', [MANAGED]: 'true' },
    });
    const left = await get(second, target);
    expect([left.spec.replicas, left.metadata.labels]).toEqual([5, { [MANAGED]: 'false' }]);
    expect((await get(clusters[2], target)).spec.replicas).toBe(2);
    expect(statusDocument(repository, 'resources/taken/Deployment.apps/web.yaml').status).toMatchObject({
      conditions: [{ type: 'Propagation', status: 'False', reason: 'CheckClusters' }],
      clusters: [{ name: 'cluster1' }, { name: 'cluster2', status: 'ManagedLabelFalse' }, { name: 'cluster3' }],
    });

    // It stays when the federated object goes, too; with any other value it is taken.
    await first.request('PATCH', target, { metadata: { finalizers: null } }, MERGE);
    await setLabels(second, target, { [MANAGED]: 'no' });
    expect(changes(await syncOnce(repository, credentials))).toContain('cluster2: Deployment/taken/web configured');
    expect((await get(second, target)).spec.replicas).toBe(2);
    await setLabels(second, target, { [MANAGED]: 'false' });
    repository.commit({ 'web.yaml': undefined });
    expect(changes(await syncOnce(repository, credentials))).toEqual([
      'cluster1: Deployment/taken/web deleted',
      'cluster2: Deployment/taken/web skipped KeptByAnnotation',
      'cluster3: Deployment/taken/web deleted',
    ]);
    expect((await get(second, target)).spec.replicas).toBe(2);
  });

  test('that is Disabled leaves what is there unwritten with AlreadyExists, also when its file goes', async ({
    clusters,
  }) => {
    const [first] = clusters;
    const target = '/apis/apps/v1/namespaces/untaken/deployments/web';
    await deployByHand(first, 'untaken', { labels: { team: 'theirs' } });
    const repository = fleetRepository(clusters, 'untaken', {
      'config.yaml': configYaml('Disabled'),
      'web.yaml': deploymentYaml('untaken'),
    });
    const credentials = await credentialsFor(clusters, repository);
    const { resourceVersion } = (await get(first, target)).metadata;
    expect(changes(await syncOnce(repository, credentials))).toEqual([
      'cluster1: Namespace/untaken skipped AlreadyExists',
      'cluster1: Deployment/untaken/web skipped AlreadyExists',
      'cluster2: Namespace/untaken created',
      'cluster2: Deployment/untaken/web created',
      'cluster3: Namespace/untaken created',
      'cluster3: Deployment/untaken/web created',
    ]);
    expect(statusDocument(repository, 'resources/untaken/Deployment.apps/web.yaml').status).toMatchObject({
      conditions: [{ type: 'Propagation', status: 'False', reason: 'CheckClusters' }],
      clusters: [{ name: 'cluster1', status: 'AlreadyExists' }, { name: 'cluster2' }, { name: 'cluster3' }],
    });

    repository.commit({ 'web.yaml': undefined });
    expect(changes(await syncOnce(repository, credentials))).toEqual([
      'cluster1: Namespace/untaken skipped AlreadyExists',
      'cluster2: Deployment/untaken/web deleted',
      'cluster3: Deployment/untaken/web deleted',
    ]);
    expect((await get(first, target)).metadata.resourceVersion).toBe(resourceVersion);

    repository.commit({ 'web.yaml': deploymentYaml('untaken'), 'config.yaml': configYaml('Enabled') });
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    expect((await get(first, target)).spec.replicas).toBe(2);
  });
});

describe('a label of ours', () => {
  test('that is lost comes back in the next pass, whichever it is', async ({ clusters }) => {
    const [first, second, third] = clusters;
    const target = '/api/v1/namespaces/labels/configmaps/one';
    const repository = fleetRepository(clusters, 'labels', { 'one.yaml': configMapYaml('labels', 'one') });
    const credentials = await credentialsFor(clusters, repository);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const before = (await get(first, target)).metadata;

    await setLabels(first, target, { [MANAGED]: null });
    await setLabels(second, target, { [PART_OF]: null });
    await setLabels(third, target, { [MANAGED]: null, [PART_OF]: null });
    expect((await get(third, target)).metadata.labels).toBeUndefined();
    const regained = await syncOnce(repository, credentials);
    expect(regained.ok).toBe(true);
    expect(changes(regained)).toEqual(clusters.map(({ name }) => `${name}: ConfigMap/labels/one configured`));
    for (const cluster of clusters) expect((await get(cluster, target)).metadata.labels).toEqual(before.labels);
    expect((await get(first, target)).metadata.uid).toBe(before.uid);
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);
  });

  test('that is lost is an adoption, which may be Disabled; and no longer ours is no longer deleted', async ({
    clusters,
  }) => {
    const [first, second, third] = clusters;
    const target = '/api/v1/namespaces/lost-labels/configmaps/one';
    const repository = fleetRepository(clusters, 'lost-labels', {
      'config.yaml': configYaml('Disabled'),
      'one.yaml': configMapYaml('lost-labels', 'one'),
    });
    const credentials = await credentialsFor(clusters, repository);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);

    await setLabels(first, target, { [MANAGED]: null });
    await setLabels(second, target, { [PART_OF]: null });
    await setLabels(third, target, { [MANAGED]: null, [PART_OF]: null });
    expect(changes(await syncOnce(repository, credentials))).toEqual([
      // The inventory still knows this one.
      'cluster1: ConfigMap/lost-labels/one configured',
      'cluster2: ConfigMap/lost-labels/one skipped AlreadyExists',
      'cluster3: ConfigMap/lost-labels/one skipped AlreadyExists',
    ]);
    repository.commit({ 'one.yaml': undefined });
    expect(changes(await syncOnce(repository, credentials))).toContain('cluster1: ConfigMap/lost-labels/one deleted');
    expect(await get(first, target)).toBeUndefined();
    expect((await get(second, target)).data).toEqual({ a: '1' });
    expect((await get(third, target)).data).toEqual({ a: '1' });
  });

  test('on an object without a federated object is left there, and the object with it', async ({ clusters }) => {
    const [first] = clusters;
    const { repository, target } = await withForgotten(first, clusters, 'forgotten');
    const credentials = await credentialsFor(clusters, repository);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    repository.commit({ 'one.yaml': undefined });
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const { data, metadata } = await get(first, target);
    expect([data, metadata.labels]).toEqual([{ a: 'theirs' }, { [MANAGED]: 'true' }]);
    const ofMaps = (await writesOf(first)).filter(({ objectRef }) => objectRef?.resource === 'configmaps');
    expect(ofMaps.filter(({ objectRef }) => objectRef?.name === 'forgotten')).toEqual([]);
  });

  test('on an object without a federated object makes it a Leftover, which drift lists', async ({ clusters }) => {
    const { repository } = await withForgotten(clusters[0], clusters, 'leftover');
    const credentials = await credentialsFor(clusters, repository);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const seen = changes(await syncOnce(repository, credentials, { mode: 'inspect' }));
    // Other tests leave some as well.
    expect(seen.filter((line) => line.includes('leftover'))).toEqual([
      'cluster1: ConfigMap/leftover/forgotten skipped Leftover',
    ]);
  });
});

/** A fleet in whose first member an object carries the label of KubeFed, and no repository knows it. */
async function withForgotten(cluster: Cluster, clusters: readonly Cluster[], namespace: string) {
  const maps = `/api/v1/namespaces/${namespace}/configmaps`;
  await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  const metadata = { name: 'forgotten', labels: { [MANAGED]: 'true' } };
  const { status } = await cluster.request('POST', maps, { metadata, data: { a: 'theirs' } });
  expect(status).toBe(201);
  const repository = fleetRepository(clusters, namespace, { 'one.yaml': configMapYaml(namespace, 'one') });
  return { repository, target: `${maps}/forgotten` };
}

describe('what a member does on its own', () => {
  test('is undone: an object that is gone comes back, a changed or added field too, and then nothing is written', async ({
    clusters,
  }) => {
    const [first, second, third] = clusters;
    const target = '/api/v1/namespaces/undone/configmaps/one';
    const repository = fleetRepository(clusters, 'undone', {
      'one.yaml': configMapYaml('undone', 'one', { a: '1', b: '1' }),
    });
    const credentials = await credentialsFor(clusters, repository);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);

    await first.request('DELETE', target);
    await second.request('PATCH', `${target}?fieldManager=kubectl-edit`, { data: { a: '2', c: '3' } }, MERGE);
    await third.request('PATCH', `${target}?fieldManager=kubectl-edit`, { data: { b: null } }, MERGE);
    expect(changes(await syncOnce(repository, credentials))).toEqual([
      'cluster1: ConfigMap/undone/one created',
      'cluster2: ConfigMap/undone/one configured',
      'cluster3: ConfigMap/undone/one configured',
    ]);
    for (const cluster of clusters) expect((await get(cluster, target)).data).toMatchObject({ a: '1', b: '1' });
    expect((await get(second, target)).data).toEqual({ a: '1', b: '1' });

    const before = await Promise.all(clusters.map(async (cluster) => (await writesOf(cluster)).length));
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);
    const after = await Promise.all(clusters.map(async (cluster) => (await writesOf(cluster)).length));
    expect(after).toEqual(before);
  });
});
