import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { type Cluster, describe, test } from '../controlplane/fixtures.ts';
import { codeBlocks } from '../docs/page.ts';
import {
  clusterYaml,
  EVERYWHERE,
  federatedYaml,
  namespaceYaml,
  statusDocument,
  syncOnce,
  TestRepository,
  temporaryFolder,
  writeCredential,
} from './fleet.ts';

const PAGE = readFileSync(path.join(import.meta.dirname, '..', '..', 'docs', 'status-branch.md'), 'utf8');

const examples = codeBlocks(PAGE).flatMap(({ attributes, content }) => {
  const name = attributes.get('path');
  return name === undefined ? [] : [[name, content] as const];
});

const CONFIG = `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedConfig
metadata: {name: kubefed, namespace: kube-federation-system}
spec: {scope: Cluster, featureGates: [{name: RawResourceStatusCollection, configuration: Enabled}]}
---
apiVersion: core.kubefed.io/v1beta1
kind: FederatedTypeConfig
metadata: {name: deployments.apps, namespace: kube-federation-system}
spec:
  targetType: {group: apps, version: v1, kind: Deployment, pluralName: deployments, scope: Namespaced}
  federatedType: {group: types.kubefed.io, version: v1beta1, kind: FederatedDeployment, pluralName: federateddeployments, scope: Namespaced}
  propagation: Enabled
  statusCollection: Enabled
`;

const WEB = federatedYaml('FederatedDeployment', 'web', {
  namespace: 'shop',
  spec: {
    placement: { clusters: [{ name: 'eu-1' }, { name: 'us-1' }] },
    template: {
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
      },
    },
  },
});

const PREFERENCE = `apiVersion: scheduling.kubefed.io/v1alpha1
kind: ReplicaSchedulingPreference
metadata: {name: web, namespace: shop}
spec: {targetKind: FederatedDeployment, totalReplicas: 6, clusters: {eu-1: {weight: 1}, us-1: {weight: 1}}}
`;

const SETTINGS = federatedYaml('FederatedConfigMap', 'settings', {
  namespace: 'shop',
  spec: {
    placement: EVERYWHERE,
    template: { data: { LOG_LEVEL: 'info' } },
    overrides: [{ clusterName: 'eu-1', clusterOverrides: [{ op: 'add', path: '/data/not~1valid', value: 'x' }] }],
  },
});

const KEY = federatedYaml('FederatedSecret', 'payment', {
  namespace: 'shop',
  spec: { placement: { clusters: [{ name: 'us-1' }] }, template: { data: { key: 'Zmlyc3Q=' } } },
});

/** Two clusters, and a third that nobody can reach. */
function shop(eu: Cluster, us: Cluster): { readonly repository: TestRepository; readonly credentials: string } {
  const credentials = temporaryFolder();
  writeCredential(credentials, eu, 'eu-1');
  writeCredential(credentials, us, 'us-1');
  writeCredential(credentials, us, 'ap-1');
  const lost = clusterYaml(us, 'ap-1').replace(/apiEndpoint: .*/, 'apiEndpoint: https://127.0.0.1:1');
  const repository = new TestRepository({
    'gitfed.yaml': 'inventory: shop\n',
    'clusters/eu-1.yaml': clusterYaml(eu, 'eu-1'),
    'clusters/us-1.yaml': clusterYaml(us, 'us-1'),
    'clusters/ap-1.yaml': lost,
    'kubefed.yaml': CONFIG,
    'shop/namespace.yaml': namespaceYaml('shop'),
    'shop/web.yaml': `${WEB}---\n${PREFERENCE}`,
    'shop/settings.yaml': SETTINGS,
    'shop/payment.yaml': KEY,
  });
  return { repository, credentials };
}

const web = '/apis/apps/v1/namespaces/shop/deployments/web';
const MERGE = 'application/merge-patch+json';

/** Writes a status as a controller does. */
async function rollOut(cluster: Cluster, replicas: number): Promise<void> {
  const numbers = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas };
  const condition = (type: string, reason: string): unknown => ({
    type,
    status: 'True',
    reason,
    lastTransitionTime: '2026-11-21T08:00:00Z',
    lastUpdateTime: '2026-11-21T08:00:00Z',
  });
  const conditions = [
    condition('Available', 'MinimumReplicasAvailable'),
    condition('Progressing', 'NewReplicaSetAvailable'),
  ];
  const body = { status: { observedGeneration: 1, ...numbers, conditions } };
  const { status } = await cluster.request('PATCH', `${web}/status?fieldManager=kube-controller-manager`, body, MERGE);
  expect(status).toBe(200);
}

async function patch(cluster: Cluster, target: string, manager: string, body: unknown): Promise<void> {
  const { status } = await cluster.request('PATCH', `${target}?fieldManager=${manager}`, body, MERGE);
  expect(status).toBe(200);
}

/** What is another one on every machine and every day. */
function steady(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '2026-11-21T08:00:00Z')
    .replace(/https:\/\/127\.0\.0\.1:\d+/g, 'https://127.0.0.1:6443')
    .replace(/caBundle: \S+/g, 'caBundle: LS0tLS1CRUdJTi')
    .replace(/v1\.\d+\.\d+/g, 'v1.36.3')
    .replace(/\b[0-9a-f]{40}\b/g, '9b1f3c0de1f04ab4a7f0d1c53e4f1b7c2a90e6d8');
}

describe('the status branch', () => {
  test('is as the manual shows it', async ({ freshClusters }) => {
    const [eu, us] = await freshClusters(2);
    const { repository, credentials } = shop(eu, us);
    await syncOnce(repository, credentials);
    await rollOut(us, 3);
    await patch(us, '/api/v1/namespaces/shop/configmaps/settings', 'kubectl-edit', { data: { LOG_LEVEL: 'debug' } });
    await patch(us, '/api/v1/namespaces/shop/secrets/payment', 'kubectl-patch', { data: { key: 'c2Vjb25k' } });
    await syncOnce(repository, credentials);
    for (const [name, content] of examples) expect(`${steady(repository.status(name) ?? '')}\n`, name).toBe(content);
    expect(examples.map(([name]) => name.split('/')[0])).toEqual(
      expect.arrayContaining(['clusters', 'objects', 'drift', 'resources', 'README.md', 'status.json']),
    );
    expect((await syncOnce(repository, credentials)).status.commit).toBeUndefined();

    // The next drift of an object takes the place of the last one, and another content ends it.
    await us.request('DELETE', '/api/v1/namespaces/shop/configmaps/settings');
    await syncOnce(repository, credentials);
    const drift = (): unknown => statusDocument(repository, 'drift/us-1.yaml').objects;
    const settings = { kind: 'ConfigMap', name: 'settings', type: 'missing', state: 'corrected' };
    const payment = { kind: 'Secret', name: 'payment', type: 'differs', state: 'corrected' };
    expect(drift()).toMatchObject([settings, payment]);
    repository.commit({ 'shop/settings.yaml': SETTINGS.replace('info', 'warn') });
    await syncOnce(repository, credentials);
    expect(drift()).toMatchObject([payment]);
    repository.commit({ 'shop/payment.yaml': undefined });
    await syncOnce(repository, credentials);
    expect(repository.status('drift/us-1.yaml')).toBeUndefined();
  });
});
