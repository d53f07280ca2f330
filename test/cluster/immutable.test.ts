import { expect } from 'vitest';
import { type Cluster, describe, poll, test } from '../controlplane/fixtures.ts';
import { typeConfigYaml } from './acceptance-kinds.ts';
import { EVERYWHERE, federatedYaml, fleetRepository, get, grantFor, syncOnce, writeCredentials } from './fleet.ts';
import { FROZEN_DEFINITION, IMMUTABLE_ROWS, type ImmutableRow } from './immutable-rows.ts';
import { create } from './refused-passes.ts';

const NAMESPACE = 'fixed';
const TOLD =
  /^UpdateFailed: The API server answered 422 Invalid.*: it does not accept the change\. This cannot be changed on an object that exists: change it back/;

function nameOf({ kind, field }: ImmutableRow): string {
  return `${kind}-${field}`.toLowerCase();
}

function yamlOf(row: ImmutableRow, template: object): string {
  const namespace = row.scope === 'Namespaced' ? NAMESPACE : '';
  const spec = { template, placement: EVERYWHERE };
  return federatedYaml(`Federated${row.kind}`, nameOf(row), { namespace, spec });
}

function filesOf(template: (row: ImmutableRow) => object): Record<string, string> {
  return Object.fromEntries(IMMUTABLE_ROWS.map((row) => [`${nameOf(row)}.yaml`, yamlOf(row, template(row))]));
}

function typesYaml(): string {
  const kinds = new Map(IMMUTABLE_ROWS.map((row) => [row.kind, row]));
  return [...kinds.values()].map(typeConfigYaml).join('---\n');
}

async function uidOf(cluster: Cluster, row: ImmutableRow): Promise<string> {
  const root = row.group === '' ? '/api/v1' : `/apis/${row.group}/${row.version}`;
  const namespace = row.scope === 'Namespaced' ? `/namespaces/${NAMESPACE}` : '';
  const object = await get(cluster, `${root}${namespace}/${row.plural}/${nameOf(row)}`);
  return object.metadata.uid;
}

describe('fields that an API server fixes when it makes an object', () => {
  test('are told as such with what to do about it, and the object stays', async ({ clusters: [cluster] }) => {
    await create(cluster, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', FROZEN_DEFINITION);
    const frozens = async () => (await cluster.request('GET', '/apis/immutable.example/v1/frozens')).status === 200;
    await poll(frozens, { what: 'the kind of the definition is served' });
    const repository = fleetRepository([cluster], NAMESPACE, {
      'types.yaml': typesYaml(),
      ...filesOf(({ before }) => before),
    });
    const credentials = writeCredentials([cluster]);
    await grantFor(credentials, repository.folder);
    const told = async () => {
      const {
        clusters: [only],
      } = await syncOnce(repository, credentials);
      const rows = only?.objects.filter(({ status }) => status !== '') ?? [];
      return Object.fromEntries(rows.map(({ id, status, message }) => [id.name, `${status}: ${message}`]));
    };
    const uids = async () =>
      Object.fromEntries(
        await Promise.all(IMMUTABLE_ROWS.map(async (row) => [nameOf(row), await uidOf(cluster, row)])),
      );
    expect(await told()).toEqual({});
    const made = await uids();

    repository.commit(filesOf(({ after }) => after));
    const expected = IMMUTABLE_ROWS.map((row) => [nameOf(row), expect.stringMatching(TOLD)]);
    expect(await told()).toEqual(Object.fromEntries(expected));
    expect(await uids()).toEqual(made);
  }, 120_000);
});
