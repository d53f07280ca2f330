import { expect } from 'vitest';
import type { JsonObject } from '../../src/core/index.ts';
import { type Cluster, describe, poll, test } from '../controlplane/fixtures.ts';
import { typeConfigYaml } from './acceptance-kinds.ts';
import { changes, EVERYWHERE, federatedYaml, fleetRepository, get, syncOnce, writeCredentials } from './fleet.ts';

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** With a schema for what is in it, and without. */
const SCHEMAS: Readonly<Record<string, JsonObject>> = {
  loose: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  strict: {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          size: { type: 'integer' },
          options: { type: 'object', additionalProperties: { type: 'string' } },
          nested: { type: 'object', properties: { inner: { type: 'object', properties: { a: { type: 'string' } } } } },
          items: { type: 'array', items: { type: 'string' } },
        },
      },
    },
  },
};

async function define(cluster: Cluster, group: string, schema: JsonObject): Promise<void> {
  await cluster.request('POST', DEFINITIONS, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: 'Widget', plural: 'widgets' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  });
  const isServed = async () => (await cluster.request('GET', `/apis/${group}/v1/widgets`)).status === 200;
  await poll(isServed, { what: `${group} is served` });
}

const STEPS: readonly JsonObject[] = [
  { spec: { size: 1, options: { a: '1', b: '2' }, nested: { inner: { a: 'x' } }, items: ['one', 'two'] } },
  { spec: { size: 1, options: { a: '1' }, nested: { inner: {} }, items: ['one'] } },
  { spec: { size: 1, options: {}, nested: {}, items: [] } },
  { spec: { options: { c: '3' }, nested: { inner: { a: 'y' } } } },
  { spec: { size: 2 } },
  {},
  { spec: { options: {} } },
  { spec: { size: 3, items: ['three'] } },
  // From here to a template without spec, an API server would leave the empty one.
  { spec: {} },
];

describe('a custom resource', () => {
  test.for(Object.keys(SCHEMAS))(
    'with a %s schema is as the template is when mappings and lists empty',
    async (name, { clusters: [cluster] }) => {
      const group = `${name}.example`;
      await define(cluster, group, SCHEMAS[name] ?? {});
      const files = (template: JsonObject) => ({
        'widget.yaml': federatedYaml('FederatedWidget', 'one', {
          namespace: name,
          spec: { template, placement: EVERYWHERE },
        }),
      });
      const repository = fleetRepository([cluster], name, {
        'type.yaml': typeConfigYaml({ group, kind: 'Widget', plural: 'widgets', version: 'v1', scope: 'Namespaced' }),
      });
      const credentials = writeCredentials([cluster]);
      for (const [index, template] of STEPS.entries()) {
        repository.commit(files(template));
        const foreseen = await syncOnce(repository, credentials, { mode: 'dryRun' });
        const changed = changes(await syncOnce(repository, credentials)).filter((line) => line.includes('Widget'));
        expect([index, changed]).toEqual([
          index,
          [`${cluster.name}: Widget/${name}/one ${index === 0 ? 'created' : 'configured'}`],
        ]);
        expect([index, changes(foreseen).filter((line) => line.includes('Widget'))]).toEqual([index, changed]);
        const {
          apiVersion: _a,
          kind: _k,
          metadata,
          ...live
        } = await get(cluster, `/apis/${group}/v1/namespaces/${name}/widgets/one`);
        expect([index, live]).toEqual([index, template]);
        expect(metadata.managedFields).toMatchObject([{ manager: 'gitfed', operation: 'Apply' }]);
        expect([index, changes(await syncOnce(repository, credentials))]).toEqual([index, []]);
      }
    },
  );
});
