import { describe, expect, it } from 'vitest';
import type { ClusterResult, ObjectResult } from '../apply/index.ts';
import { type FieldStep, formatFieldPath, parseFieldPath } from '../core/index.ts';
import type { FieldDrift } from '../drift/index.ts';
import { driftToAccept } from './accept-fields.ts';

const TARGET = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' };
const MANIFEST = { spec: { replicas: 3, containers: [{ name: 'web', image: 'web:1' }] } };

function steps(path: string): readonly FieldStep[] {
  const parsed = parseFieldPath(path);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.steps;
}

function changed(path: string, rest: Partial<FieldDrift> = {}): FieldDrift {
  return { type: 'changed', path: steps(path), desired: 1, live: 2, manager: 'kubectl-edit', ...rest };
}

function object(rest: Partial<ObjectResult>): ObjectResult {
  return { id: TARGET, action: 'configured', status: '', ...rest };
}

function inCluster(rest: Partial<ClusterResult>): ClusterResult {
  return { cluster: 'eu-1', state: 'Synced', objects: [], ...rest };
}

function accept(cluster: ClusterResult, fields?: readonly string[]): readonly string[] {
  const { wanted, notAccepted } = driftToAccept([cluster], {
    target: TARGET,
    federated: 'FederatedDeployment/shop/web',
    manifests: new Map([['eu-1', MANIFEST]]),
    fields: fields?.map(steps),
  });
  return [
    ...wanted.map(({ field: { path, value, index } }) => {
      return `${formatFieldPath(path)} = ${JSON.stringify(value)}${index === undefined ? '' : ` at ${index}`}`;
    }),
    ...notAccepted.map(({ path = 'it', reason }) => `${path}: ${reason}`),
  ];
}

describe('what is to be written of drift', () => {
  it.each<
    [title: string, drift: readonly FieldDrift[], fields: readonly string[] | undefined, expected: readonly string[]]
  >([
    ['a value', [changed('.spec.replicas')], undefined, ['.spec.replicas = 2']],
    ['that a field went', [changed('.spec.replicas', { type: 'missing' })], undefined, ['.spec.replicas = undefined']],
    [
      'not what is right and only owned by somebody else',
      [changed('.spec.replicas', { type: 'taken' })],
      undefined,
      [],
    ],
    ['a field that was asked for', [changed('.spec.replicas'), changed('.spec.b')], ['spec.b'], ['.spec.b = 2']],
    [
      'what is below a field that was asked for',
      [changed('.spec.a.b'), changed('.status')],
      ['/spec/a'],
      ['.spec.a.b = 2'],
    ],
    [
      'an item that was asked for by its index',
      [changed('.spec.containers[name="web"].image')],
      ['/spec/containers/0'],
      ['.spec.containers[name="web"].image = 2'],
    ],
    [
      'an item that was asked for by its key',
      [changed('.spec.containers[name="web"].image')],
      ['spec.containers[name=web]'],
      ['.spec.containers[name="web"].image = 2'],
    ],
    [
      'nothing for a field that did not drift',
      [changed('.spec.replicas')],
      ['spec.paused'],
      ['.spec.paused: It has not drifted in any cluster that was compared.'],
    ],
  ])('is %s', (_title, drift, fields, expected) => {
    expect(accept(inCluster({ objects: [object({ drift })] }), fields)).toEqual(expected);
  });

  it('is an item with its place in the list', () => {
    const live = { spec: { containers: [{ name: 'debug' }, { name: 'web' }] } };
    const drift = [changed('.spec.containers[name="debug"]', { type: 'added', live: { name: 'debug' } })];
    const cluster = inCluster({ objects: [object({ drift, preview: { before: live, after: live } })] });
    expect(accept(cluster)).toEqual(['.spec.containers[name="debug"] = {"name":"debug"} at 0']);
  });

  it('is nothing that a sync has still to bring', () => {
    const drift = [changed('.spec.replicas'), { type: 'changed', path: steps('.spec.a'), live: 1 } as const];
    const results = (pending: 'changed' | 'adopted') => accept(inCluster({ objects: [object({ drift, pending })] }));
    expect(results('changed')).toEqual(['.spec.replicas = 2', expect.stringMatching(/^\.spec\.a: The last commit/)]);
    expect(results('adopted')).toEqual(['.spec.replicas = 2', '.spec.a = 1']);
  });

  it.each<[title: string, cluster: ClusterResult, reason: string]>([
    ['was deleted', inCluster({ objects: [object({ action: 'created' })] }), 'It is not there'],
    [
      'could not be read',
      inCluster({ objects: [object({ action: 'skipped', status: 'RetrievalFailed', message: 'No.' })] }),
      'RetrievalFailed: No.',
    ],
    [
      'is in a cluster that was not reached',
      inCluster({ state: 'NotReady', message: 'It is down.' }),
      'It was not compared (NotReady): It is down.',
    ],
    ['is in a cluster that could not be compared', inCluster({ state: 'Failed', message: 'Broken.' }), 'Broken.'],
  ])('is nothing of an object that %s', (_title, cluster, reason) => {
    expect(accept(cluster)).toEqual([expect.stringContaining(reason)]);
  });
});
