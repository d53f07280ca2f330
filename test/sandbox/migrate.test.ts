import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { JsonObject } from '../../src/core/index.ts';
import { rollBack } from '../../src/reconcile/migrate.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { TestRepository, temporaryFolder } from '../helpers/git-repository.ts';

const CORE = '/apis/core.kubefed.io/v1beta1/namespaces/kube-federation-system';
const TYPES = 'types.kubefed.io';
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/kube-federation-system/deployments';

it('a rollback needs no right to read Secrets of the host: it compares objects, and reaches no member', async () => {
  const host = await startHost();
  const done = await rollBackOn(host);
  expect(done).toEqual([
    '1 object of KubeFed got its finalizer back.',
    'Deployment/kube-federation-system/kubefed-controller-manager is at 2 replicas again.',
  ]);
  expect(host.requestLog.filter(({ url }) => url.includes('/secrets'))).toEqual([]);
});

it('a rollback gives no finalizer to what KubeFed ignores, which would never be taken off it', async () => {
  const host = await startHost();
  create(host, DEFINITIONS, definition('FederatedNamespace', TYPES));
  await host.settled();
  const names = ['shop', 'kube-node-lease', 'kube-public', 'default', 'kube-system', 'kube-federation-system'];
  const type = typeConfig({
    group: '',
    kind: 'Namespace',
    pluralName: 'namespaces',
    scope: 'Namespaced',
    version: 'v1',
  });
  create(host, `${CORE}/federatedtypeconfigs`, core('FederatedTypeConfig', 'namespaces', type));
  for (const name of names) {
    if (name === 'shop')
      create(host, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    const spec = { placement: { clusterSelector: {} } };
    const object = { apiVersion: `${TYPES}/v1beta1`, kind: 'FederatedNamespace', metadata: { name }, spec };
    create(host, `/apis/${TYPES}/v1beta1/namespaces/${name}/federatednamespaces`, object);
  }
  await rollBackOn(host, { allowChanges: true });
  const held = names.filter((name) => {
    const target = `/apis/${TYPES}/v1beta1/namespaces/${name}/federatednamespaces/${name}`;
    const { metadata } = host.request({ method: 'GET', path: target }).body as { metadata: { finalizers?: string[] } };
    return metadata.finalizers?.includes('kubefed.io/sync-controller') === true;
  });
  expect(held).toEqual(['shop', 'kube-node-lease']);
});

async function rollBackOn(
  host: Sandbox,
  { allowChanges = false }: { readonly allowChanges?: boolean } = {},
): ReturnType<typeof rollBack> {
  const kubeconfig = path.join(temporaryFolder(), 'kubeconfig');
  writeFileSync(kubeconfig, host.kubeconfig());
  return await rollBack({
    folder: suspendedRepository().folder,
    host: { kubeconfigs: [kubeconfig], context: 'host' },
    controller: 'kubefed-controller-manager',
    stopTimeoutMs: 1000,
    allowMissing: false,
    allowUnreached: false,
    allowChanges,
  });
}

function suspendedRepository(): TestRepository {
  const repository = new TestRepository();
  const configuration = 'apiVersion: gitfed.io/v1alpha1\nkind: Configuration\ninventory: shop\nsuspend: true\n';
  writeFileSync(path.join(repository.folder, 'gitfed.yaml'), configuration);
  repository.commit('Back to KubeFed');
  return repository;
}

/** KubeFed as a cut-over left it, for somebody who may do everything but look at Secrets. */
async function startHost(): Promise<Sandbox> {
  const host = await startSandbox({
    name: 'host',
    namespaces: ['kube-federation-system'],
    authorize: ({ resource }) => resource !== 'secrets',
  });
  onTestFinished(() => host.stop());
  create(host, DEFINITIONS, definition('KubeFedCluster'));
  create(host, DEFINITIONS, definition('FederatedTypeConfig'));
  await host.settled();
  create(host, `${CORE}/kubefedclusters`, core('KubeFedCluster', 'eu-1', { secretRef: { name: 'eu-1' } }));
  const spec = typeConfig({ kind: 'ConfigMap', pluralName: 'configmaps', scope: 'Namespaced', version: 'v1' });
  create(host, `${CORE}/federatedtypeconfigs`, core('FederatedTypeConfig', 'configmaps', spec));
  create(host, DEPLOYMENTS, controller());
  return host;
}

function typeConfig(type: { readonly kind: string; readonly pluralName: string } & JsonObject): JsonObject {
  const kind = `Federated${type.kind}`;
  const federated = { ...type, group: TYPES, version: 'v1beta1', kind, pluralName: `federated${type.pluralName}` };
  return { federatedType: federated, targetType: type, propagation: 'Enabled' };
}

function create(host: Sandbox, collection: string, body: JsonObject): void {
  expect(host.request({ method: 'POST', path: collection, body })).toMatchObject({ status: 201 });
}

function core(kind: string, name: string, spec: JsonObject): JsonObject {
  return { apiVersion: 'core.kubefed.io/v1beta1', kind, metadata: { name }, spec };
}

function definition(kind: string, group = 'core.kubefed.io'): JsonObject {
  const singular = kind.toLowerCase();
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${singular}s.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, singular, plural: `${singular}s`, listKind: `${kind}List` },
      versions: [{ name: 'v1beta1', served: true, storage: true, schema }],
    },
  };
}

function controller(): JsonObject {
  const labels = { app: 'kubefed' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'kubefed-controller-manager', annotations: { 'gitfed.io/replicas-before-migration': '2' } },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'manager', image: 'kubefed:v0.10.0' }] } },
    },
  };
}
