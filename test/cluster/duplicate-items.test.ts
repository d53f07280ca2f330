import { expect } from 'vitest';
import { describe, test } from '../controlplane/fixtures.ts';
import { fleetRepository, grantFor, syncOnce, writeCredentials } from './fleet.ts';
import { federated } from './refusal-rows.ts';

const LABELS = { app: 'web' };

function deployment(container: object): object {
  const containers = [{ name: 'web', image: 'web:1', ...container }];
  return {
    spec: { selector: { matchLabels: LABELS }, template: { metadata: { labels: LABELS }, spec: { containers } } },
  };
}

const CONTAINER = '.spec.template.spec.containers[name="web"]';
const PORTS = { ports: [{ containerPort: 80 }, { containerPort: 80, name: 'again' }] };
const ENV = {
  env: [
    { name: 'A', value: 'one' },
    { name: 'A', value: 'two' },
  ],
};

const ROWS = [
  { kind: 'Deployment', name: 'variables', template: deployment(ENV), paths: `${CONTAINER}.env` },
  { kind: 'Deployment', name: 'ports', template: deployment(PORTS), paths: `${CONTAINER}.ports` },
  {
    kind: 'Deployment',
    name: 'both',
    template: deployment({ ...ENV, ...PORTS }),
    paths: `${CONTAINER}.env, ${CONTAINER}.ports`,
  },
  {
    kind: 'Service',
    name: 'service',
    template: {
      spec: {
        ports: [
          { port: 80, name: 'a' },
          { port: 80, name: 'b' },
        ],
      },
    },
    paths: '.spec.ports',
  },
];

describe('a list with two items of the same key', () => {
  test('is told as that, with its path', async ({ clusters: [cluster] }) => {
    const files = ROWS.map(({ kind, name, template }) => [`${name}.yaml`, federated('twice', kind, name, template)]);
    const repository = fleetRepository([cluster], 'twice', Object.fromEntries(files));
    const credentials = writeCredentials([cluster]);
    await grantFor(credentials, repository.folder);
    const result = await syncOnce(repository, credentials);
    const told = result.clusters[0]?.objects.filter(({ status }) => status === 'CreationFailed') ?? [];
    const ending =
      'the list has two items with the same key, such as two variables of one name or two ports of one number. Remove one of them in the repository, or in the override that adds it.';
    expect(Object.fromEntries(told.map(({ id, message }) => [id.name, message]))).toEqual(
      Object.fromEntries(ROWS.map(({ name, paths }) => [name, `The API server answered 500 (${paths}): ${ending}`])),
    );
  });
});
