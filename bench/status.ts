/**
 * What the files of the status branch cost for a fleet: all of them, nothing new, one object of one cluster, one lost cluster.
 * `npm run bench:status -- [--clusters 100] [--objects 1000] [--rounds 9]`
 */
import { parseArgs } from 'node:util';
import { buildModel } from '../src/api/index.ts';
import type { ClusterResult, ObjectResult } from '../src/apply/index.ts';
import { render } from '../src/render/index.ts';
import { StatusMemo, statusTree } from '../src/report/status-tree.ts';
import { formatTable, spread } from './table.ts';

const { values } = parseArgs({
  options: {
    clusters: { type: 'string', default: '100' },
    objects: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '9' },
  },
});
const [clusters, objects, rounds] = [values.clusters, values.objects, values.rounds].map(Number) as [
  number,
  number,
  number,
];

function fleet(): string {
  const names = Array.from({ length: clusters }, (_, index) => `cluster-${index}`);
  const registered = names.map((name) => ({
    apiVersion: 'core.kubefed.io/v1beta1',
    kind: 'KubeFedCluster',
    metadata: { name, namespace: 'kube-federation-system' },
    spec: { apiEndpoint: `https://${name}.example`, secretRef: { name } },
  }));
  const federated = (kind: string, name: string, template: object): object => ({
    apiVersion: 'types.kubefed.io/v1beta1',
    kind,
    metadata: { name, namespace: 'shop' },
    spec: { template, placement: { clusterSelector: {} } },
  });
  const workloads = Array.from({ length: objects }, (_, index) => {
    return federated('FederatedDeployment', `web-${index}`, { spec: { replicas: 3 } });
  });
  const all = [...registered, federated('FederatedNamespace', 'shop', {}), ...workloads];
  return all.map((object) => JSON.stringify(object)).join('\n---\n');
}

const model = buildModel({
  entries: [{ kind: 'file', path: 'fleet.yaml', content: new TextEncoder().encode(fleet()) }],
  complete: true,
});
const rendering = render(model);
const targets = model.objects.map(({ target, id }) => ({
  id: target,
  federated: `${id.kind}/${id.namespace}/${id.name}`,
}));
const WELL = { status: 'Current', message: 'Pods available: 3.', summary: 'All of its Pods are ready.' } as const;
const SLOW = { status: 'InProgress', message: 'Pods ready: 1/3.', summary: 'Not all Pods are ready.' } as const;

/** @param odd the place of the object that is not ready. */
function resultOf(cluster: string, odd = -1): ClusterResult {
  const told = targets.map((target, at): ObjectResult => {
    return { ...target, action: 'unchanged', status: '', health: at === odd ? SLOW : WELL };
  });
  return { cluster, state: 'Synced', kubernetesVersion: 'v1.36.3', objects: told };
}

type Tree = ReadonlyMap<string, string>;

function treeOf(previous: Tree, results: readonly ClusterResult[], memo?: StatusMemo): Tree {
  const now = '2026-01-01T00:00:00Z';
  const input = { model, rendering, commit: '9b1f3c0', inventory: 'shop', now, previous, results };
  return statusTree({ ...input, ...(memo === undefined ? {} : { memo }) });
}

/** As they come from git: no text is the one that was written. */
function readAgain(tree: Tree): Tree {
  return new Map([...tree].map(([path, text]) => [path, Buffer.from(text).toString()]));
}

const names = model.clusters.map(({ name }) => name);
const [one = ''] = names;
const times = new Map<string, number[]>();

function measure(row: string, work: () => Tree): Tree {
  const start = performance.now();
  const tree = work();
  times.set(row, [...(times.get(row) ?? []), performance.now() - start]);
  return tree;
}

for (let round = 0; round < rounds; round += 1) {
  const memo = new StatusMemo();
  const results = names.map((name) => resultOf(name));
  const all = measure('all clusters, on an empty branch', () => treeOf(new Map(), results, memo));
  measure('nothing new', () => treeOf(all, results, memo));
  const changed = [resultOf(one, round % objects)];
  measure('one object of one cluster', () => treeOf(all, changed, memo));
  const [cold, later] = [readAgain(all), names.map((name) => resultOf(name))];
  measure('one object of one cluster, as a new process', () => treeOf(cold, changed));
  measure('all clusters, as a new process, nothing new', () => treeOf(cold, later));
  const lost: ClusterResult = { cluster: one, state: 'NotReady', health: 'Offline', objects: [] };
  measure('one cluster is lost: the status of each object', () => treeOf(all, [lost], memo));
}
process.stdout.write(`${clusters} clusters × ${objects} objects, median of ${rounds} rounds\n\n`);
process.stdout.write(
  `${formatTable(
    ['files of the status branch', 'time'],
    [...times].map(([row, all]) => [row, spread(all)]),
  )}\n`,
);
