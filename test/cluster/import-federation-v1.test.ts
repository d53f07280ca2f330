import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { JsonObject } from '../../src/core/index.ts';
import { gitfed, type Run } from '../cli/run-gitfed.ts';
import { type Cluster, describe, poll, test } from '../controlplane/fixtures.ts';
import { v1, v1Cluster, v1Workload } from '../helpers/federation-v1.ts';
import { temporaryFolder } from './fleet.ts';
import { create } from './refused-passes.ts';

const DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'clusters.federation.example' },
  spec: {
    group: 'federation.example',
    scope: 'Cluster',
    names: { kind: 'Cluster', plural: 'clusters' },
    versions: [
      {
        name: 'v1beta1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};
const CLUSTERS = '/apis/federation.example/v1beta1/clusters';

/**
 * A server as that of Federation v1: a definition cannot have a group without a dot, as that of v1 is. It only reads, and knows discovery as
 * it was then. @returns its kubeconfig.
 */
async function asFederation(cluster: Cluster): Promise<string> {
  const server = createServer(async (request, response) => {
    const target = (request.url ?? '').replace(/^\/apis\/federation(?=\/)/, '/apis/federation.example');
    const { status, body } =
      request.method === 'GET' ? await cluster.request<object>('GET', target) : { status: 405, body: {} };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body).replaceAll('federation.example', 'federation'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return `apiVersion: v1
kind: Config
contexts: [{name: federation, context: {cluster: f, user: f}}]
clusters: [{name: f, cluster: {server: "http://127.0.0.1:${port}", insecure-skip-tls-verify: true}}]
users: [{name: f, user: {token: any}}]
`;
}

async function createAll(cluster: Cluster, objects: Readonly<Record<string, readonly JsonObject[]>>): Promise<void> {
  for (const [collection, bodies] of Object.entries(objects)) {
    for (const body of bodies) await create(cluster, collection, withoutUid(body));
  }
}

function withoutUid({ metadata, ...object }: JsonObject): JsonObject {
  const entries = Object.entries(metadata as JsonObject).filter(([key]) => key !== 'uid');
  return { ...object, metadata: Object.fromEntries(entries) };
}

function autoscaler(minReplicas: number, maxReplicas: number): JsonObject {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'scaled' };
  const content = { spec: { minReplicas, maxReplicas, scaleTargetRef } };
  return v1('autoscaling/v1', 'HorizontalPodAutoscaler', { name: 'scaled', content });
}

const AUTOSCALERS = '/apis/autoscaling/v1/namespaces/shop/horizontalpodautoscalers';
const NAMESPACE = { '/api/v1/namespaces': [v1('v1', 'Namespace', { name: 'shop' })] };

describe('gitfed import federation-v1 against API servers', () => {
  test('reads a federation, and asks its members what their autoscalers are', async ({
    clusters: [federation, member, other],
  }) => {
    await create(federation, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', DEFINITION);
    await poll(async () => (await federation.request('GET', CLUSTERS)).status === 200, { what: 'Clusters are served' });
    const listed = { 'federation.kubernetes.io/hpa-target-cluster-list': `{"Names":["${member.name}","nobody"]}` };
    const names = [member.name, other.name, 'nobody'];
    await createAll(federation, {
      [CLUSTERS]: names.map((name) => ({ ...v1Cluster(name), apiVersion: 'federation.example/v1beta1' })),
      ...NAMESPACE,
      '/apis/apps/v1/namespaces/shop/deployments': [
        { ...v1Workload('Deployment', 7), apiVersion: 'apps/v1' },
        { ...v1Workload('Deployment', 4, { name: 'scaled', annotations: listed }), apiVersion: 'apps/v1' },
      ],
      // More than a page of a list.
      '/api/v1/namespaces/shop/configmaps': Array.from({ length: 120 }, (_, index) =>
        v1('v1', 'ConfigMap', { name: `settings-${index}`, content: { data: { index: `${index}` } } }),
      ),
      [AUTOSCALERS]: [autoscaler(2, 10)],
    });
    await createAll(member, { ...NAMESPACE, [AUTOSCALERS]: [autoscaler(2, 6)] });

    const folder = temporaryFolder();
    const files = {
      federation: await asFederation(federation),
      member: member.kubeconfig('admin'),
      other: other.kubeconfig('admin'),
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
    const kubeconfigs = Object.keys(files).map((name) => path.join(folder, name));
    const run = await importLive(folder, ['--host-context', 'federation'], {
      KUBECONFIG: kubeconfigs.join(path.delimiter),
    });

    expect(run.code).toBe(0);
    const report = JSON.parse(run.stdout);
    expect(report.objects).toEqual({
      FederatedConfigMap: 120,
      FederatedDeployment: 2,
      FederatedHorizontalPodAutoscaler: 1,
      FederatedNamespace: 1,
    });
    const text = readFileSync(path.join(folder, 'fleet/shop/HorizontalPodAutoscaler.autoscaling-scaled.yaml'), 'utf8');
    expect(text).toContain(`clusterName: ${member.name}`);
    expect(text).toContain('value: 6');
    expect(text).not.toContain(`name: ${other.name}`);
    const unknown = report.losses.filter(({ field }: { readonly field: string }) => field.startsWith('placement of'));
    expect(unknown).toMatchObject([{ field: 'placement of nobody' }]);
    const rendered = await gitfed(['render', 'fleet', '-o', 'json'], folder);
    const { findings, replicas } = JSON.parse(rendered.stdout);
    expect(findings).toEqual([]);
    const planned: readonly number[] = Object.values(replicas['FederatedDeployment/shop/web']);
    expect(planned.reduce((sum, number) => sum + number, 0)).toBe(7);
  });

  test('refuses what is no federation, or does not give everything, and writes nothing', async ({
    clusters: [federation, member],
  }) => {
    const folder = temporaryFolder();
    mkdirSync(path.join(folder, 'kube'));
    const file = (name: string, text: string): string => {
      writeFileSync(path.join(folder, 'kube', name), text);
      return path.join(folder, 'kube', name);
    };
    const wrong = await importLive(folder, ['--kubeconfig', file('member', member.kubeconfig('admin'))]);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('is not the API server of Federation v1') });
    const nobody = file('nobody', federation.kubeconfig('gitfed'));
    const refused = await importLive(folder, ['--kubeconfig', nobody]);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    const text = `${await asFederation(member)}`;
    const gone = await importLive(folder, [
      '--kubeconfig',
      file('gone', text.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1')),
      '--host-context',
      'federation',
    ]);
    expect(gone).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be') });
    await expect(async () => readFileSync(path.join(folder, 'fleet/gitfed.yaml'))).rejects.toThrow('ENOENT');
  });
});

function importLive(folder: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> {
  return gitfed(['import', 'federation-v1', '--output-dir', 'fleet', '-o', 'json', ...args], folder, env);
}
