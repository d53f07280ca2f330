import { expect } from 'vitest';
import { establishDefinitions, isServed } from '../../src/apply/definitions.ts';
import { discover } from '../../src/cluster/index.ts';
import type { JsonObject } from '../../src/core/index.ts';
import { type Cluster, describe, test } from '../controlplane/fixtures.ts';
import { definitionSpec, typeConfigYaml } from './acceptance-kinds.ts';
import { clientOf } from './client-of.ts';
import { changes, EVERYWHERE, federatedYaml, fleetRepository, get, syncOnce, writeCredentials } from './fleet.ts';

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

interface Names {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames?: readonly string[];
}

function specOf(group: string, names: Names, versions: readonly string[] = ['v1']): JsonObject {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const served = versions.map((name, index) => ({ name, served: true, storage: index === 0, schema }));
  const { kind, plural, shortNames = [] } = names;
  const all = { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), shortNames: [...shortNames] };
  return { group, scope: 'Namespaced', names: all, versions: served };
}

/** Applies a definition, and gives it as what is desired. */
async function apply(cluster: Cluster, spec: JsonObject & { readonly group?: unknown; readonly names?: unknown }) {
  const { group, names } = spec as unknown as { group: string; names: Names };
  const name = `${names.plural}.${group}`;
  const apiVersion = 'apiextensions.k8s.io/v1';
  const manifest: JsonObject = { apiVersion, kind: 'CustomResourceDefinition', metadata: { name }, spec };
  const target = `${DEFINITIONS}/${name}?fieldManager=test&force=true`;
  const { status } = await cluster.request('PATCH', target, manifest, 'application/apply-patch+yaml');
  expect([200, 201]).toContain(status);
  const id = { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition', namespace: '', name };
  return { id, liveId: id, apiVersion, manifest };
}

function waitOn(cluster: Cluster) {
  const client = clientOf(cluster);
  return { client, wait: { refresh: () => discover(client), signal: undefined } };
}

describe('definitions that were just written', () => {
  test('are waited for each by itself, and one whose names are taken is told at once', async ({
    clusters: [cluster],
  }) => {
    const { client, wait } = waitOn(cluster);
    const first = await apply(cluster, specOf('taken.example', { kind: 'Pot', plural: 'pots', shortNames: ['pt'] }));
    expect((await establishDefinitions(client, [first], wait)).failed.size).toBe(0);

    const started = performance.now();
    const refused = await apply(
      cluster,
      specOf('taken.example', { kind: 'Part', plural: 'parts', shortNames: ['pt'] }),
    );
    const second = await apply(cluster, specOf('taken.example', { kind: 'Pot', plural: 'otherpots' }));
    const fine = await apply(cluster, specOf('taken.example', { kind: 'Pan', plural: 'pans' }));
    const { discovery, failed } = await establishDefinitions(client, [refused, second, fine], wait);
    expect(performance.now() - started).toBeLessThan(10_000);
    const told = expect.stringMatching(/^The cluster does not accept its names: .* Change spec\.names/);
    expect(failed).toEqual(
      new Map([
        [refused, told],
        [second, told],
      ]),
    );
    expect([first, refused, second, fine].map((one) => isServed(discovery, one))).toEqual([true, false, false, true]);
  });

  test('are in order as soon as their names are put right', async ({ clusters: [cluster] }) => {
    const { client, wait } = waitOn(cluster);
    const taken = await apply(cluster, specOf('right.example', { kind: 'Pot', plural: 'pots' }));
    const wrong = await apply(cluster, specOf('right.example', { kind: 'Pot', plural: 'pans' }));
    expect([...(await establishDefinitions(client, [taken, wrong], wait)).failed.keys()]).toEqual([wrong]);

    const right = await apply(cluster, specOf('right.example', { kind: 'Pan', plural: 'pans' }));
    const { discovery, failed } = await establishDefinitions(client, [right], wait);
    expect(failed).toEqual(new Map());
    expect(isServed(discovery, right)).toBe(true);
  });

  test('are waited for until their new versions are served', async ({ clusters: [cluster] }) => {
    const { client, wait } = waitOn(cluster);
    const names = { kind: 'Cup', plural: 'cups' };
    const before = await apply(cluster, specOf('versions.example', names));
    const { discovery: old } = await establishDefinitions(client, [before], wait);
    const after = await apply(cluster, specOf('versions.example', names, ['v1', 'v2']));
    expect(isServed(old, after)).toBe(false);
    const { discovery } = await establishDefinitions(client, [after], wait);
    expect(discovery.find('versions.example', 'Cup', 'v2')?.plural).toBe('cups');
  });
});

describe('custom resources', () => {
  test('come in one pass with their definition, also beside a definition that cannot be established', async ({
    clusters: [cluster],
  }) => {
    const definition = (kind: string, plural: string): string => {
      const spec = definitionSpec(kind, 'Namespaced', { group: 'beside.example' }) as { readonly names: object };
      const template = { spec: { ...spec, names: { ...spec.names, plural } } };
      return federatedYaml('FederatedCustomResourceDefinition', `${plural}.beside.example`, {
        namespace: '',
        spec: { template, placement: EVERYWHERE },
      });
    };
    const gadget = { kind: 'Gadget', group: 'beside.example', version: 'v1', plural: 'gadgets' } as const;
    await apply(cluster, specOf('beside.example', { kind: 'Taken', plural: 'takens' }));
    const repository = fleetRepository([cluster], 'beside', {
      'type.yaml': typeConfigYaml({ ...gadget, scope: 'Namespaced' }),
      'bad.yaml': definition('Taken', 'alsotakens'),
      'good.yaml': definition('Gadget', 'gadgets'),
      'gadget.yaml': federatedYaml('FederatedGadget', 'one', {
        namespace: 'beside',
        spec: { template: {}, placement: EVERYWHERE },
      }),
    });
    const started = performance.now();
    const result = await syncOnce(repository, writeCredentials([cluster]));
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(changes(result)).toContain('cluster1: Gadget/beside/one created');
    expect(await get(cluster, '/apis/beside.example/v1/namespaces/beside/gadgets/one')).toBeDefined();
  });
});
