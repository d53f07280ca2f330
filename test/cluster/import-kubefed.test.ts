import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { JsonObject } from '../../src/core/index.ts';
import { gitfed, type Run } from '../cli/run-gitfed.ts';
import {
  type Cluster,
  test as clusterTest,
  describe,
  startControlPlane,
  type Tuple,
} from '../controlplane/fixtures.ts';
import { changes, filesBelow, get, syncOnce, TestRepository, temporaryFolder, writesOf } from './fleet.ts';
import { hostKubeconfig, type Installation, MEMBERS, restoreInstallation, SYSTEM_NAMESPACE } from './kubefed-live.ts';
import { create } from './refused-passes.ts';

const test = clusterTest.extend(
  'installation',
  { scope: 'file' },
  async ({ sharedClusterOptions }, { onCleanup }): Promise<Installation> => {
    const controlPlane = await startControlPlane({ audit: true, ...sharedClusterOptions, clusters: 4 });
    onCleanup(() => controlPlane.stop());
    const clusters: Tuple<Cluster, 4> = controlPlane.clusters;
    return await restoreInstallation(clusters, { isExtended: true });
  },
);

interface Imported extends Run {
  readonly folder: string;
  // biome-ignore lint/suspicious/noExplicitAny: the report is looked into.
  readonly report: any;
}

/** @param args options; a function changes the kubeconfig. */
async function importFrom(host: Cluster, ...args: readonly (string | ((text: string) => string))[]): Promise<Imported> {
  const folder = temporaryFolder();
  const kubeconfig = hostKubeconfig({ host }, folder);
  for (const edit of args) {
    if (typeof edit === 'function') writeFileSync(kubeconfig, edit(readFileSync(kubeconfig, 'utf8')));
  }
  const options = args.filter((one) => typeof one === 'string');
  const from = ['--host-context', 'host', '--kubeconfig', kubeconfig, '--output-dir', 'fleet', '-o', 'json'];
  const run = await gitfed(['import', 'kubefed', ...from, ...options], folder);
  return { ...run, folder: path.join(folder, 'fleet'), report: run.stdout === '' ? {} : JSON.parse(run.stdout) };
}

/** `cluster: Kind/ns/name state` of all that is not identical. */
function told({ report }: Imported): readonly string[] {
  const clusters = Object.entries<{ objects: readonly Record<string, string>[] }>(report.clusters);
  return clusters.flatMap(([cluster, { objects }]) =>
    objects.map(({ kind, namespace, name, state }) => `${cluster}: ${kind}/${namespace}/${name} ${state}`),
  );
}

/** What the override that fails on purpose is told as. */
const INTENDED = {
  object: 'FederatedConfigMap/shop/broken',
  where: 'shop/ConfigMap-broken.yaml:10',
  cluster: 'm2',
  reason: expect.stringMatching(/^OverrideFailed: .*there is nothing to remove/),
};

/** Changes an object until the end of the test. */
async function changed(cluster: Cluster, target: string, patch: object, manager = 'kubectl-edit'): Promise<void> {
  const before = await get(cluster, target);
  const answer = await cluster.request(
    'PATCH',
    `${target}?fieldManager=${manager}`,
    patch,
    'application/merge-patch+json',
  );
  expect(answer.status).toBe(200);
  onTestFinished(async () => {
    const { managedFields: _fields, ...metadata } = before.metadata;
    const { resourceVersion } = (await get(cluster, target)).metadata;
    const restored = { ...before, metadata: { ...metadata, resourceVersion } };
    const put = await cluster.request('PUT', `${target}?fieldManager=controller-manager`, restored);
    expect(put.status).toBe(200);
  });
}

const FEDERATED = '/apis/types.kubefed.io/v1beta1/namespaces/shop';
const SETTINGS = `/apis/core.kubefed.io/v1beta1/namespaces/${SYSTEM_NAMESPACE}`;

describe('A live installation of KubeFed', () => {
  test('becomes a repository that renders what the members have, and nobody is written to', async ({
    installation,
  }) => {
    const before = await Promise.all(MEMBERS.map((name) => installation.objectsOf(name)));
    const imported = await importFrom(installation.host, '--secrets', 'plain', '--credentials-dir', 'credentials');
    const { code, report, folder, stderr } = imported;
    expect([told(imported), report.notImportable, code]).toEqual([[], [INTENDED], 1]);
    const identical = MEMBERS.map((name) => report.clusters[name].identical);
    expect(identical).toEqual([11, 8, 8]);
    expect(report.notes).toEqual([]);
    expect(stderr).not.toContain('CANARY');
    // It is what the dump becomes, but for where the members are.
    const golden = path.join(import.meta.dirname, '../cli/testdata/import-kubefed');
    for (const [file, text] of Object.entries(filesBelow(golden))) {
      if (!file.startsWith('clusters/') && file !== 'gitfed.yaml')
        expect([file, filesBelow(folder)[file]]).toEqual([file, text]);
    }
    expect(filesBelow(folder)['shop/Widget.shop.example-gauge.yaml']).toContain('kubefed.io/orphan: "true"');
    const credentials = filesBelow(path.join(folder, '..', 'credentials'));
    expect(credentials['m1-secret/token']).toBe(installation.members.m1.adminToken);
    // Servers are asked what they would do, and keep nothing of it.
    for (const cluster of [installation.host, ...Object.values(installation.members)]) {
      const writes = (await writesOf(cluster)).filter(({ requestURI }) => !requestURI.includes('dryRun=All'));
      expect(writes).toEqual([]);
    }
    expect(await Promise.all(MEMBERS.map((name) => installation.objectsOf(name)))).toEqual(before);
  });

  test('is compared with what people changed there, and no value of a Secret is told', async ({ installation }) => {
    const { m1, m2 } = installation.members;
    await changed(m1, '/apis/apps/v1/namespaces/shop/deployments/web', { spec: { paused: true, replicas: 7 } });
    await changed(m2, '/api/v1/namespaces/shop/secrets/db', { data: { password: 'Q0FOQVJZLWVkaXRlZA==' } });
    await changed(m2, '/apis/shop.example/v1/namespaces/shop/widgets/gauge', { metadata: { labels: { by: 'hand' } } });
    const imported = await importFrom(installation.host, '--secrets', 'plain');
    expect(told(imported)).toEqual([
      'm1: Deployment/shop/web different',
      'm2: Secret/shop/db different',
      'm2: Widget/shop/gauge different',
    ]);
    const fields = (cluster: string, index: number): readonly string[] =>
      imported.report.clusters[cluster].objects[index].fields.map(
        ({ type, path: field }: Record<string, string>) => `${type} ${field}`,
      );
    expect(fields('m1', 0)).toEqual(['added .spec.paused', 'changed .spec.replicas']);
    expect(fields('m2', 0)).toEqual(['changed .data.password']);
    expect(fields('m2', 1)).toEqual(['added .metadata.labels.by']);
    expect(imported.report.clusters.m1.objects[0].message).toContain(
      'It was changed there since KubeFed wrote it last.',
    );
    expect(imported.stdout + imported.stderr).not.toMatch(/CANARY|Q0FOQVJZ/);
  });

  test('tells which fields a server would refuse, that KubeFed had dropped', async ({ installation }) => {
    const template = { spec: { template: { spec: { widget: 'unknown' } } } };
    await changed(installation.host, `${FEDERATED}/federatedjobs/migrate`, { spec: { template } });
    const imported = await importFrom(installation.host, '--secrets', 'plain');
    expect(told(imported)).toEqual(['m1: Job/shop/migrate refused']);
    expect(imported.report.clusters.m1.objects[0].message).toContain('.spec.template.spec.widget');
  });

  test('tells what was never there, and what is left over', async ({ installation }) => {
    const { host, members } = installation;
    const target = `${FEDERATED}/federatedconfigmaps`;
    const spec = { template: { data: { a: '1' } }, placement: { clusters: [{ name: 'm2' }] } };
    const late = {
      apiVersion: 'types.kubefed.io/v1beta1',
      kind: 'FederatedConfigMap',
      metadata: { name: 'late' },
      spec,
    };
    await create(host, target, late);
    onTestFinished(async () => void (await host.request('DELETE', `${target}/late`)));
    const old = { metadata: { name: 'old', labels: { 'kubefed.io/managed': 'true' } } };
    await create(members.m3, '/api/v1/namespaces/shop/configmaps', old);
    onTestFinished(async () => void (await members.m3.request('DELETE', '/api/v1/namespaces/shop/configmaps/old')));
    const imported = await importFrom(host, '--secrets', 'plain');
    expect(told(imported)).toEqual(['m2: ConfigMap/shop/late missing', 'm3: ConfigMap/shop/old leftover']);
  });

  test('is compared without members whose tokens have expired, or that do not answer', async ({ installation }) => {
    const { host, members } = installation;
    const token = Buffer.from('expired').toString('base64');
    await changed(host, `/api/v1/namespaces/${SYSTEM_NAMESPACE}/secrets/m1-secret`, { data: { token } });
    members.m3.freeze();
    onTestFinished(() => members.m3.thaw());
    const { code, report } = await importFrom(host, '--secrets', 'plain', '--request-timeout', '3s');
    expect(code).toBe(1);
    expect(report.clusters.m1).toMatchObject({
      compared: false,
      message: expect.stringMatching(/401.*token .*not valid/),
    });
    expect(report.clusters.m2).toMatchObject({ compared: true });
    expect(report.clusters.m3).toMatchObject({
      compared: false,
      message: expect.stringContaining('did not answer in time'),
    });
  });

  test('is applied to the members without Secrets, which they keep', async ({ installation }) => {
    const { host, members } = installation;
    const target = '/api/v1/namespaces/shop/secrets/db';
    const { folder } = await importFrom(host, '--secrets', 'omit', '--credentials-dir', 'credentials');
    const repository = new TestRepository(filesBelow(folder));
    const credentials = path.join(folder, '..', 'credentials');
    const before = await get(members.m1, target);
    const kept = MEMBERS.map((name) => `${name}: Secret/shop/db skipped KeptLive`);

    const applied = await syncOnce(repository, credentials);
    expect(changes(applied).filter((line) => line.includes('Secret'))).toEqual(kept);
    expect(await get(members.m1, target)).toEqual(before);
    const seen = await syncOnce(repository, credentials, { mode: 'inspect' });
    expect(changes(seen).filter((line) => /KeptLive|Leftover/.test(line))).toEqual(kept);

    // It was once from the repository, and is not any more.
    const own = {
      metadata: { name: 'own', namespace: 'shop' },
      spec: { template: { data: {} }, placement: { clusters: [{ name: 'm1' }] } },
    };
    const secret = { apiVersion: 'types.kubefed.io/v1beta1', kind: 'FederatedSecret', ...own };
    repository.commit({ 'own.json': JSON.stringify(secret) });
    expect(changes(await syncOnce(repository, credentials))).toContain('m1: Secret/shop/own created');
    const configuration = repository.read('gitfed.yaml').replace('  name: db\n', '  name: own\n');
    repository.commit({ 'own.json': undefined, 'gitfed.yaml': configuration });
    expect(changes(await syncOnce(repository, credentials))).toContain('m1: Secret/shop/own skipped KeptLive');
    expect(await get(members.m1, target.replace('db', 'own'))).toBeDefined();
  });

  test('tells of objects that are being deleted, and of definitions that are gone or about to go', async ({
    installation,
  }) => {
    const { host } = installation;
    await host.request('DELETE', `${FEDERATED}/federatedingresses/web`);
    const gone = {
      apiVersion: 'core.kubefed.io/v1beta1',
      kind: 'FederatedTypeConfig',
      metadata: { name: 'gadgets.shop.example' },
      spec: {
        propagation: 'Enabled',
        targetType: {
          group: 'shop.example',
          version: 'v1',
          kind: 'Gadget',
          pluralName: 'gadgets',
          scope: 'Namespaced',
        },
        federatedType: {
          group: 'types.shop.example',
          version: 'v1beta1',
          kind: 'FederatedGadget',
          pluralName: 'federatedgadgets',
          scope: 'Namespaced',
        },
      },
    };
    await create(host, `${SETTINGS}/federatedtypeconfigs`, gone);
    await host.request(
      'DELETE',
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/federatedwidgets.types.shop.example',
    );
    const { code, report } = await importFrom(host, '--secrets', 'plain');
    expect(code).toBe(1);
    const reasons: readonly JsonObject[] = report.notImportable;
    expect(reasons.map(({ object, reason }) => `${String(object)} ${String(reason).slice(0, 60)}`)).toEqual([
      expect.stringMatching(
        /^FederatedTypeConfig\/kube-federation-system\/gadgets\.shop\.example names FederatedGadget\.types\.shop\.example, which the host/,
      ),
      expect.stringMatching(
        /^FederatedTypeConfig\/kube-federation-system\/widgets\.shop\.example names FederatedWidget\.types\.shop\.example, whose Custom/,
      ),
      expect.stringMatching(/^FederatedIngress\/shop\/web is being deleted/),
      expect.stringMatching(/^FederatedWidget\/shop\/gauge is being deleted/),
      expect.stringMatching(/^FederatedConfigMap\/shop\/broken OverrideFailed/),
    ]);
  });
});

/** Nothing but what was there before. */
function expectNothing({ code, folder }: Imported): void {
  expect([code, readdirSync(path.dirname(folder))]).toEqual([2, ['kubeconfig']]);
}

describe('Nothing is imported', () => {
  test('from a host without KubeFed', async ({ installation }) => {
    const imported = await importFrom(installation.members.m2, '--secrets', 'omit');
    expectNothing(imported);
    expect(imported.stderr).toMatch(
      /has no KubeFed: it serves no kinds of core\.kubefed\.io.*--host-context.*--from-dump/,
    );
  });

  test('from a host that has only half of KubeFed', async ({ installation }) => {
    await half(installation.members.m2);
    const imported = await importFrom(installation.members.m2, '--secrets', 'omit');
    expectNothing(imported);
    expect(imported.stderr).toMatch(
      /only half of KubeFed: it does not serve KubeFedCluster .*CustomResourceDefinition is gone/,
    );
  });

  test.for([
    [
      'who may not list',
      (text: string, { gitfedToken, adminToken }: Cluster) => text.replace(adminToken, gitfedToken),
      /not everything of KubeFed can be read: .*403 Forbidden.*Ask for the right to get and list/,
    ],
    [
      'whose token has expired',
      (text: string, { adminToken }: Cluster) => text.replace(adminToken, 'expired'),
      /401 Unauthorized.*log in again, or renew it/,
    ],
    [
      'from a host that is not there',
      (text: string, { url }: Cluster) => text.replace(url, 'https://127.0.0.1:1'),
      /was not reached.*kubectl get namespaces.*--from-dump/,
    ],
  ] as const)('by somebody %s', async ([, edit, message], { installation }) => {
    const { host } = installation;
    const imported = await importFrom(host, '--secrets', 'omit', (text) => edit(text, host));
    expectNothing(imported);
    expect(imported.stderr).toMatch(message);
  });
});

async function half(host: Cluster): Promise<void> {
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'federatedtypeconfigs.core.kubefed.io' },
    spec: {
      group: 'core.kubefed.io',
      names: { kind: 'FederatedTypeConfig', plural: 'federatedtypeconfigs' },
      scope: 'Namespaced',
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
  await create(host, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
  await expect.poll(async () => (await host.request('GET', '/apis/core.kubefed.io/v1beta1')).status).toBe(200);
}
