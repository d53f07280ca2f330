import { buildModel, type Model } from '../../src/api/index.ts';
import { SharedMap } from '../../src/core/index.ts';
import { activeWorkloads, type Rendering, type SeenCluster, type SeenWorkload } from '../../src/render/index.ts';
import type { Planner } from './planner.ts';

/** Workloads in namespaces of fifty, each with a preference: half of them let what runs stay, half of them do not. */
export function fleet(workloads: number, clusters: number): Model {
  const object = (apiVersion: string, kind: string, namespace: string, name: string, spec: object): object => ({
    apiVersion,
    kind,
    metadata: { name, namespace },
    spec,
  });
  const documents: object[] = [];
  for (let index = 0; index < clusters; index += 1) {
    const name = `cluster-${index}`;
    const spec = { apiEndpoint: `https://${name}.example`, secretRef: { name } };
    documents.push(object('core.kubefed.io/v1beta1', 'KubeFedCluster', 'kube-federation-system', name, spec));
  }
  const everywhere = { placement: { clusterSelector: {} } };
  for (let index = 0; index < workloads; index += 1) {
    const [namespace, name] = [`team-${Math.floor(index / 50)}`, `web-${index}`];
    if (index % 50 === 0) {
      documents.push(object('types.kubefed.io/v1beta1', 'FederatedNamespace', namespace, namespace, everywhere));
    }
    const containers = [{ name: 'web', image: 'registry.example/web:1', resources: { requests: { cpu: '100m' } } }];
    const pods = { metadata: { labels: { app: name } }, spec: { containers } };
    const template = { spec: { selector: { matchLabels: { app: name } }, template: pods } };
    documents.push(
      object('types.kubefed.io/v1beta1', 'FederatedDeployment', namespace, name, { template, ...everywhere }),
    );
    const share = { targetKind: 'FederatedDeployment', totalReplicas: 3 * clusters, rebalance: index % 2 === 0 };
    documents.push(object('scheduling.kubefed.io/v1alpha1', 'ReplicaSchedulingPreference', namespace, name, share));
  }
  const content = new TextEncoder().encode(documents.map((one) => JSON.stringify(one)).join('\n---\n'));
  const limits = { fileBytes: 268_435_456, documentNodes: 100_000_000 };
  const configuration = new TextEncoder().encode(`limits: ${JSON.stringify(limits)}`);
  return buildModel({
    entries: [{ kind: 'file', path: 'fleet.yaml', content }],
    configuration: { kind: 'file', path: 'gitfed.yaml', content: configuration },
    complete: true,
  });
}

/** What is seen where everything that is planned runs, but for `short` replicas of a workload in a cluster. */
export function seenAs(
  { replicas }: Rendering,
  model: Model,
  short: (workload: number, cluster: string) => bigint,
): ReadonlyMap<string, SeenCluster> {
  const seen = new Map<string, [string, SeenWorkload][]>();
  let index = 0;
  for (const [key, { name }] of activeWorkloads(model)) {
    for (const [cluster, count] of replicas.get(name) ?? []) {
      const missing = short(index, cluster);
      const running = missing < count ? count - missing : 0n;
      const entries = seen.get(cluster) ?? [];
      seen.set(cluster, entries);
      const unschedulablePods = count - running;
      const counts = { specReplicas: count, readyReplicas: running, runningAndReadyPods: running, unschedulablePods };
      entries.push([key, { ...counts, isSettled: true }]);
    }
    index += 1;
  }
  return new Map([...seen].map(([cluster, entries]) => [cluster, { ready: true, workloads: SharedMap.of(entries) }]));
}

/** The fleet where one workload runs as it is planned, but for a replica in one cluster. */
export function ofOne(
  { rendering }: Planner,
  model: Model,
  before: ReadonlyMap<string, SeenCluster>,
  index: number,
  shortIn: string | undefined,
): ReadonlyMap<string, SeenCluster> {
  const [key, workload] = [...activeWorkloads(model)][index] ?? [];
  if (key === undefined || workload === undefined) return before;
  const one = { replicas: new Map([[workload.name, rendering.replicas.get(workload.name) ?? new Map()]]) };
  const only = { ...rendering, ...one };
  const seen = seenAs(only, model, (_, cluster) => (cluster === shortIn ? 1n : 0n));
  return new Map(
    [...before].map(([cluster, old]): [string, SeenCluster] => {
      const fresh = seen.get(cluster)?.workloads?.get(key);
      if (fresh === undefined || isSame(old.workloads?.get(key), fresh)) return [cluster, old];
      return [cluster, { ...old, workloads: SharedMap.of(old.workloads ?? []).with([[key, fresh]]) }];
    }),
  );
}

function isSame(a: SeenWorkload | undefined, b: SeenWorkload): boolean {
  return a !== undefined && a.specReplicas === b.specReplicas && a.unschedulablePods === b.unschedulablePods;
}
