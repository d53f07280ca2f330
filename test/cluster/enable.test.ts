import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { isJsonObject, type JsonObject, readYaml } from '../../src/core/index.ts';
import { gitfed } from '../cli/run-gitfed.ts';
import { type Cluster, describe, poll, test } from '../controlplane/fixtures.ts';
import { temporaryFolder } from '../helpers/git-repository.ts';
import { get } from './fleet.ts';

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

const REPLICAS = { type: 'integer', format: 'int32' };
const WIDGET: JsonObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.enable.example' },
  spec: {
    group: 'enable.example',
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets', shortNames: ['wg'] },
    versions: ['v1alpha1', 'v1'].map((name) => ({
      name,
      served: true,
      storage: name === 'v1',
      schema: {
        openAPIV3Schema: {
          type: 'object',
          properties: { spec: { type: 'object', properties: { replicas: REPLICAS } } },
        },
      },
    })),
  },
};

async function define(cluster: Cluster, definition: JsonObject, groupVersion: string): Promise<void> {
  expect((await cluster.request('POST', DEFINITIONS, definition)).status).toBe(201);
  const announced = async (): Promise<boolean> => {
    const list = await get<{ groups: readonly { name: string }[] }>(cluster, '/apis');
    return list?.groups.some(({ name }) => groupVersion.startsWith(`${name}/`)) === true;
  };
  await poll(async () => (await get(cluster, `/apis/${groupVersion}`)) !== undefined, { what: groupVersion });
  await poll(announced, { what: `${groupVersion} is announced` });
}

/** Until the server lists objects of a kind: right after it is defined, it asks to come again. */
async function served(cluster: Cluster, target: string): Promise<void> {
  await poll(async () => (await cluster.request('GET', target)).status === 200, { what: target });
}

/** The documents that were written, by kind and name. */
function written(folder: string): ReadonlyMap<string, JsonObject> {
  const names = readdirSync(path.join(folder, 'types'));
  const objects = names.flatMap((name) => {
    const text = readFileSync(path.join(folder, 'types', name), 'utf8');
    return readYaml(name, text, { documentNodes: 10_000, depth: 50 }).flatMap((read) => {
      return read.ok && isJsonObject(read.document.value) ? [read.document.value] : [];
    });
  });
  return new Map(
    objects.map((object) => [
      `${String(object['kind'])} ${String((object['metadata'] as JsonObject)['name'])}`,
      object,
    ]),
  );
}

describe('gitfed enable against an API server', () => {
  test('finds a kind by its short name, and writes a definition that the server takes', async ({
    clusters: [cluster],
  }) => {
    await define(cluster, WIDGET, 'enable.example/v1');
    const folder = temporaryFolder();
    const kubeconfig = path.join(temporaryFolder(), 'config');
    writeFileSync(kubeconfig, cluster.kubeconfig('admin'));
    for (const type of ['wg', 'deploy', 'configmaps']) {
      const run = await gitfed(['enable', type, '--crd', '--kubeconfig', kubeconfig], folder);
      expect(run).toMatchObject({ code: 0 });
    }
    const objects = written(folder);
    expect(objects.get('FederatedTypeConfig widgets.enable.example')).toMatchObject({
      spec: { targetType: { group: 'enable.example', version: 'v1', scope: 'Namespaced' } },
    });
    for (const name of ['federatedwidgets', 'federateddeployments', 'federatedconfigmaps']) {
      const definition = objects.get(`CustomResourceDefinition ${name}.types.kubefed.io`) ?? {};
      await define(cluster, definition, 'types.kubefed.io/v1beta1');
      await served(cluster, `/apis/types.kubefed.io/v1beta1/${name}`);
    }
    const spec = {
      template: { spec: { replicas: 2, anything: [1, { a: null }] } },
      placement: { clusterSelector: {}, clusters: [{ name: 'eu-1' }] },
      overrides: [{ clusterName: 'eu-1', clusterOverrides: [{ op: 'add', path: '/spec/replicas', value: 3 }] }],
      retainReplicas: true,
    };
    const object = {
      apiVersion: 'types.kubefed.io/v1beta1',
      kind: 'FederatedWidget',
      metadata: { name: 'web', namespace: 'default' },
    };
    const target = '/apis/types.kubefed.io/v1beta1/namespaces/default/federatedwidgets?fieldValidation=Strict';
    const created = await cluster.request('POST', target, { ...object, spec });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ spec });
    const wrong = { ...spec, overrides: [{ clusterOverrides: [{ op: 'swap', path: '/x' }] }] };
    const refused = await cluster.request('POST', target, {
      ...object,
      metadata: { ...object.metadata, name: 'other' },
      spec: wrong,
    });
    expect(refused.status).toBe(422);
  });

  test('says that it may not read what the cluster serves', async ({ clusters: [cluster] }) => {
    const folder = temporaryFolder();
    const kubeconfig = path.join(temporaryFolder(), 'config');
    writeFileSync(kubeconfig, cluster.kubeconfig('admin').replace(/token: .*/, 'token: nobody'));
    const { code, stderr } = await gitfed(['enable', 'jobs', '--kubeconfig', kubeconfig], folder);
    expect(code).toBe(2);
    expect(stderr).toMatch(/what it serves cannot be read: .*401/);
    expect(readdirSync(folder)).toEqual([]);
  });
});
