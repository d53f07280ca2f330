import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClusterResult, ObjectAction, ObjectResult, PropagationStatus } from '../../src/apply/types.ts';
import { compareObjectIds } from '../../src/core/index.ts';
import type { FieldDrift, HealthStatus } from '../../src/drift/index.ts';
import { render } from '../../src/render/index.ts';
import { formatObjectsFile, parseObjectsFile } from '../../src/report/objects-file.ts';
import { ObjectStates } from '../../src/report/status-memo.ts';
import { type ObjectState, readObjectsFile } from '../../src/report/status-objects.ts';
import { type StatusInput, StatusMemo, statusTree } from '../../src/report/status-tree.ts';
import { clusterOf, federatedOf, modelWith, preferenceOf, typeOf } from '../helpers/render-input.ts';
import { jsonValue } from './json-values.ts';

const NAMES = ['a', 'b', 'c', 'd'];
const type = { ...typeOf('Deployment'), statusCollection: true };
const objects = ['api', 'web', 'worker'].map((name) => federatedOf({ name, type }));
const plain = modelWith({ clusters: NAMES.map((name) => clusterOf(name)), objects, preferences: [preferenceOf()] });
const model = {
  ...plain,
  kubeFedConfig: {
    ...plain.kubeFedConfig,
    featureGates: { ...plain.kubeFedConfig.featureGates, RawResourceStatusCollection: true },
  },
};
const rendering = render(model);
const NOW = '2026-01-01T00:00:00Z';

const statuses: readonly PropagationStatus[] = [
  '',
  '',
  '',
  'UpdateFailed',
  'Drifted',
  'DriftFight',
  'WaitingForRemoval',
  'RetrievalFailed',
  'Suspended',
];
const actions: readonly ObjectAction[] = ['created', 'configured', 'unchanged', 'deleted', 'skipped'];
const healths: readonly HealthStatus[] = ['Current', 'InProgress', 'Failed', 'Terminating'];

const fieldDrift: fc.Arbitrary<FieldDrift> = fc.record({
  type: fc.constantFrom('changed', 'missing', 'taken', 'added'),
  path: fc.constant(['spec', 'replicas']),
  desired: fc.constantFrom(1, 2),
  live: fc.constantFrom('x', 'y'),
  manager: fc.constantFrom('kubectl', 'helm'),
  time: fc.constantFrom(NOW, '2026-02-01T00:00:00Z'),
});

function resultOf(object: (typeof objects)[number]): fc.Arbitrary<ObjectResult> {
  return fc.record(
    {
      id: fc.constant(object.target),
      federated: fc.constantFrom(`FederatedDeployment/shop/${object.id.name}`),
      action: fc.constantFrom(...actions),
      status: fc.constantFrom(...statuses),
      message: fc.constantFrom('It is refused.', 'It is refused again.'),
      health: fc.constantFrom(...healths).map((status) => ({ status, message: '1/2', summary: `It is ${status}.` })),
      remoteStatus: fc.constantFrom({ replicas: 1 }, { replicas: 2, conditions: [{ lastUpdateTime: 'x' }] }),
      drift: fc.array(fieldDrift, { maxLength: 2 }),
      wasDeleted: fc.constant(true as const),
      wasRemoved: fc.constant(true as const),
    },
    { requiredKeys: ['id', 'federated', 'action', 'status'] },
  );
}

function clusterResult(cluster: string): fc.Arbitrary<ClusterResult> {
  const all = fc.tuple(...objects.map((object) => fc.option(resultOf(object), { nil: undefined, freq: 6 })));
  const reached = all.map((results): ClusterResult => {
    const told = results.filter((result) => result !== undefined);
    return { cluster, state: 'Synced', kubernetesVersion: 'v1.36.3', objects: told };
  });
  const lost = fc.constantFrom('Offline', 'NotReady').map((health): ClusterResult => {
    return { cluster, state: 'NotReady', health, objects: [] };
  });
  return fc.oneof({ arbitrary: reached, weight: 5 }, { arbitrary: lost, weight: 1 });
}

type Tree = ReadonlyMap<string, string>;

function treeOf(previous: Tree, results: readonly ClusterResult[], rest: Partial<StatusInput> = {}): Tree {
  return statusTree({ model, rendering, commit: 'c1', inventory: 'shop', now: NOW, previous, results, ...rest });
}

/** Passes over some of the clusters, in the order of time. */
const passes = fc.array(fc.tuple(...NAMES.map((name) => fc.option(clusterResult(name), { nil: undefined }))), {
  minLength: 1,
  maxLength: 4,
});

function present(results: readonly (ClusterResult | undefined)[]): readonly ClusterResult[] {
  return results.filter((result) => result !== undefined);
}

describe('the status tree', () => {
  it('is the same whoever writes it: two writers with clusters of their own, in any order, or one', () => {
    fc.assert(
      fc.property(passes, fc.infiniteStream(fc.boolean()), (rounds, coins) => {
        const one = rounds.reduce<Tree>((tree, round) => treeOf(tree, present(round)), new Map());
        const queues = [0, 1].map((writer) =>
          rounds.map((round) => present(round.filter((_, at) => at % 2 === writer))),
        );
        const memos = [new StatusMemo(), new StatusMemo()];
        let tree: Tree = new Map();
        while (queues.some((queue) => queue.length > 0)) {
          const wanted = coins.next().value === true ? 1 : 0;
          const writer = queues[wanted]?.length === 0 ? 1 - wanted : wanted;
          const results = queues[writer]?.shift() ?? [];
          tree = treeOf(tree, results, { memo: memos[writer] ?? new StatusMemo() });
        }
        expect([...tree]).toEqual([...one]);
      }),
    );
  });

  it('does not change when the same results come again, at whatever time', () => {
    fc.assert(
      fc.property(passes, (rounds) => {
        const memo = new StatusMemo();
        let tree: Tree = new Map();
        for (const round of rounds) {
          tree = treeOf(tree, present(round), { memo });
          for (const again of [{ memo }, {}]) {
            const later = { ...again, now: '2027-01-01T00:00:00Z' };
            expect([...treeOf(tree, present(round), later)]).toEqual([...tree]);
            expect([...treeOf(tree, [], later)]).toEqual([...tree]);
          }
        }
      }),
    );
  });
});

const word = fc.oneof(fc.constantFrom('a', 'web', '- x', 'a: b', '# no', '\n- kind: b', 'true', '|'), fc.string());

const state: fc.Arbitrary<ObjectState> = fc.record(
  {
    id: fc.record({ group: word, kind: word, namespace: word, name: word }),
    federated: word,
    status: word,
    message: word,
    scheduledReplicas: fc.oneof(fc.nat(), fc.constant(2n ** 60n)),
    health: fc.constantFrom(...healths),
    healthMessage: word,
    remoteStatus: jsonValue,
  },
  { requiredKeys: ['id', 'status'] },
);

describe('a file of objects', () => {
  it('is read object by object as it is read as a whole', () => {
    fc.assert(
      fc.property(word, fc.array(state), fc.constantFrom('Synced', 'Failed', undefined), (cluster, states, last) => {
        const sorted = states.toSorted((a, b) => compareObjectIds(a.id, b.id));
        const file = { objects: sorted, ...(last === undefined ? {} : { state: last }) };
        const text = formatObjectsFile(cluster, file, new ObjectStates());
        expect(formatObjectsFile(cluster, file)).toBe(text);
        const whole = readObjectsFile('objects/a.yaml', text);
        expect(parseObjectsFile('objects/a.yaml', text, new ObjectStates())).toEqual(whole);
        expect(formatObjectsFile(cluster, whole)).toBe(text);
      }),
    );
  });

  it.each([
    ['in flow style', '{objects: [{kind: A, name: b}], state: Failed}'],
    ['with an anchor in one object and its alias in another', 'a: b\nobjects:\n- &x {kind: A, name: b}\n- *x\n'],
    [
      'with comments and blank lines',
      'a: b\nobjects:\n- kind: A\n  name: b\n\n# why\n- kind: A\n\n  name: c\nstate: Synced\n',
    ],
    ['with a list in the middle', 'a: b\nobjects:\n- kind: A\n  name: b\nz:\n- kind: B\n  name: c\n'],
    ['that is none', 'a: b\nobjects:\n- : :\n- ]'],
    ['without objects', 'objects: []\nstate: Synced\n'],
  ])('%s is read as a whole', (_title, text) => {
    expect(parseObjectsFile('a.yaml', text, new ObjectStates())).toEqual(readObjectsFile('a.yaml', text));
  });
});
