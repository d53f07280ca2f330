import { describe, expect, it } from 'vitest';
import {
  convert,
  lossesOf,
  manifestOf,
  manifestsOf,
  rendered,
  specOf,
  v1,
  v1Cluster,
  v1Workload,
} from '../../test/helpers/federation-v1.ts';
import { stringifyJson } from '../core/index.ts';
import { CONTROL_PLANE_ONLY } from './federation-v1-selector.ts';

const SELECTOR = 'federation.alpha.kubernetes.io/cluster-selector';
const GOLD = '[{"key":"tier","operator":"=","values":["gold"]}]';
const CLUSTERS = [v1Cluster('a', { labels: { tier: 'gold', cpus: '8' } }), v1Cluster('b', { labels: { cpus: '2' } })];
const NAMESPACE = v1('v1', 'Namespace', { name: 'shop' });

/** Converts one object of a federation of two clusters. */
function convertOne(object: Parameters<typeof convert>[0][number]): ReturnType<typeof convert> {
  return convert([...CLUSTERS, NAMESPACE, object]);
}

describe('the annotation', () => {
  it.each([
    ['replica-set-preferences', 'ReplicaSet', 'federation.kubernetes.io/replica-set-preferences'],
    ['deployment-preferences', 'Deployment', 'federation.kubernetes.io/deployment-preferences'],
  ])('%s becomes a preference with the same numbers', (_, kind, key) => {
    const text = '{"rebalance":true,"clusters":{"a":{"minReplicas":1,"maxReplicas":4,"weight":2},"*":{"weight":1}}}';
    const conversion = convertOne(v1Workload(kind, 7, { annotations: { [key]: text } }));
    expect(specOf(conversion, 'ReplicaSchedulingPreference')).toEqual({
      targetKind: `Federated${kind}`,
      totalReplicas: 7,
      rebalance: true,
      clusters: { a: { minReplicas: 1, maxReplicas: 4, weight: 2 }, '*': { weight: 1 } },
    });
    expect(lossesOf(conversion, `${kind}.extensions/shop/web`)).toEqual([]);
  });

  it('deployment-preferences that cannot be read shares evenly, and says so', () => {
    const annotations = { 'federation.kubernetes.io/deployment-preferences': '{"clusters":' };
    const conversion = convertOne(v1Workload('Deployment', 7, { annotations }));
    expect(specOf(conversion, 'ReplicaSchedulingPreference')).toMatchObject({ clusters: { '*': { weight: 1 } } });
    expect(lossesOf(conversion, 'Deployment.extensions/shop/web')).toMatchObject([
      { field: 'metadata.annotations[federation.kubernetes.io/deployment-preferences]' },
    ]);
  });

  it('deployment-preferences that names clusters which are not there loses them, and nobody gains', () => {
    const annotations = { 'federation.kubernetes.io/deployment-preferences': '{"clusters":{"z":{"weight":1}}}' };
    const conversion = convertOne(v1Workload('Deployment', 7, { annotations }));
    expect(specOf(conversion, 'ReplicaSchedulingPreference')).toMatchObject({ clusters: { '*': { weight: 0 } } });
    expect(lossesOf(conversion, 'Deployment.extensions/shop/web')[0]?.reason).toContain('"z"');
  });

  it('replica-set-preferences says nothing on a Deployment', () => {
    const annotations = { 'federation.kubernetes.io/replica-set-preferences': '{"clusters":{"a":{"weight":1}}}' };
    const conversion = convertOne(v1Workload('Deployment', 7, { annotations }));
    expect(specOf(conversion, 'ReplicaSchedulingPreference')).toMatchObject({ clusters: { '*': { weight: 1 } } });
    expect(lossesOf(conversion, 'Deployment.extensions/shop/web')).toMatchObject([
      { field: 'metadata.annotations[federation.kubernetes.io/replica-set-preferences]' },
    ]);
  });

  it('job-preferences decides the numbers of a Job at the import', () => {
    const annotations = {
      'federation.kubernetes.io/job-preferences': '{"clusters":{"a":{"weight":2},"b":{"weight":1}}}',
    };
    const spec = { parallelism: 3, completions: 9, selector: { matchLabels: { job: 'x' } }, template: {} };
    const conversion = convertOne(v1('batch/v1', 'Job', { annotations, content: { spec } }));
    expect(specOf(conversion, 'FederatedJob')['overrides']).toEqual([
      override('a', { '/spec/parallelism': 2, '/spec/completions': 6 }),
      override('b', { '/spec/parallelism': 1, '/spec/completions': 3 }),
    ]);
  });

  it.each([
    ['ConfigMap', v1('v1', 'ConfigMap', { annotations: { [SELECTOR]: GOLD } })],
    ['Secret', v1('v1', 'Secret', { annotations: { [SELECTOR]: GOLD } })],
    ['Service', v1('v1', 'Service', { annotations: { [SELECTOR]: GOLD } })],
    ['DaemonSet', v1Workload('DaemonSet', undefined, { annotations: { [SELECTOR]: GOLD } })],
    ['Ingress', v1('extensions/v1beta1', 'Ingress', { annotations: { [SELECTOR]: GOLD } })],
    ['Deployment', v1Workload('Deployment', 1, { annotations: { [SELECTOR]: GOLD } })],
  ])('cluster-selector places a %s', (kind, object) => {
    const spec = specOf(convertOne(object), `Federated${kind}`);
    expect(spec['placement']).toEqual({ clusterSelector: { matchLabels: { tier: 'gold' } } });
  });

  it('cluster-selector places a Namespace', () => {
    const conversion = convert([
      ...CLUSTERS,
      v1('v1', 'Namespace', { name: 'shop', annotations: { [SELECTOR]: GOLD } }),
    ]);
    expect(specOf(conversion, 'FederatedNamespace')['placement']).toEqual({
      clusterSelector: { matchLabels: { tier: 'gold' } },
    });
  });

  it('cluster-selector bounds what a preference plans for', () => {
    const conversion = convertOne(v1Workload('Deployment', 5, { annotations: { [SELECTOR]: GOLD } }));
    expect(specOf(conversion, 'ReplicaSchedulingPreference')).toMatchObject({ intersectWithClusterSelector: true });
    expect(replicasOf(conversion)).toEqual({ a: 5 });
  });

  it('cluster-selector that compares numbers is frozen, for the plan too', () => {
    const annotations = { [SELECTOR]: '[{"key":"cpus","operator":"gt","values":["4"]}]' };
    const conversion = convertOne(v1Workload('Deployment', 5, { annotations }));
    expect(specOf(conversion, 'FederatedDeployment')['placement']).toMatchObject({ clusters: [{ name: 'a' }] });
    expect(replicasOf(conversion)).toEqual({ a: 5 });
    expect(lossesOf(conversion, 'Deployment.extensions/shop/web')[0]?.reason).toContain('no longer dynamic');
  });

  it('cluster-selector that is not valid puts a workload nowhere, and no preference puts it back', () => {
    const conversion = convertOne(v1Workload('Deployment', 5, { annotations: { [SELECTOR]: 'gold' } }));
    expect(specOf(conversion, 'FederatedDeployment')['placement']).toEqual({ clusters: [] });
    expect(manifestsOf(conversion, 'ReplicaSchedulingPreference')).toEqual([]);
    expect(clustersWith(conversion, 'Deployment')).toEqual([]);
    expect(lossesOf(conversion, 'Deployment.extensions/shop/web')).toMatchObject([
      { field: `metadata.annotations[${SELECTOR}]` },
    ]);
  });

  it('cluster-selector was ignored on a Job, and is', () => {
    const spec = { parallelism: 2, selector: { matchLabels: { job: 'x' } }, template: {} };
    const conversion = convertOne(v1('batch/v1', 'Job', { annotations: { [SELECTOR]: GOLD }, content: { spec } }));
    expect(specOf(conversion, 'FederatedJob')['placement']).toEqual({ clusters: [{ name: 'a' }, { name: 'b' }] });
    expect(lossesOf(conversion, 'Job.batch/shop/web')).toMatchObject([{ field: `metadata.annotations[${SELECTOR}]` }]);
  });

  it('federation-control-plane keeps a Namespace, and what is in it, out of the members', () => {
    const conversion = convert([
      ...CLUSTERS,
      v1('v1', 'Namespace', { name: 'shop', annotations: { [SELECTOR]: CONTROL_PLANE_ONLY } }),
      v1Workload('Deployment', 5),
    ]);
    expect(specOf(conversion, 'FederatedNamespace')['placement']).toEqual({ clusters: [] });
    expect(clustersWith(conversion, 'Deployment')).toEqual([]);
    expect(lossesOf(conversion, 'Namespace/shop')).toEqual([]);
  });

  it('federation-control-plane keeps the lock of a controller out of the members', () => {
    const conversion = convertOne(v1('v1', 'ConfigMap', { annotations: { [SELECTOR]: CONTROL_PLANE_ONLY } }));
    expect(specOf(conversion, 'FederatedConfigMap')['placement']).toEqual({ clusters: [] });
  });

  it.each([
    ['Deployment', { Names: ['b'] }],
    ['ReplicaSet', { names: ['b'] }],
  ])('hpa-target-cluster-list leaves the replicas of a %s to the listed clusters', (kind, list) => {
    const annotations = {
      'federation.kubernetes.io/hpa-target-cluster-list': stringifyJson(list),
      'federation.kubernetes.io/deployment-preferences': '{"clusters":{"a":{"weight":1}}}',
    };
    const conversion = convertOne(v1Workload(kind, 9, { annotations }));
    const spec = specOf(conversion, `Federated${kind}`);
    expect(spec).toMatchObject({ retainReplicas: true, placement: { clusters: [{ name: 'b' }] } });
    expect(spec['template']).not.toHaveProperty('spec.replicas');
    expect(manifestsOf(conversion, 'ReplicaSchedulingPreference')).toEqual([]);
  });

  it.each([
    ['no JSON', '["b"', []],
    ['no list', '{"Names":"b"}', []],
    ['a cluster that is not there', '{"Names":["b","z"]}', [{ name: 'b' }]],
  ])('hpa-target-cluster-list with %s is told of', (_, text, clusters) => {
    const annotations = { 'federation.kubernetes.io/hpa-target-cluster-list': text };
    const conversion = convertOne(v1Workload('Deployment', 9, { annotations }));
    expect(specOf(conversion, 'FederatedDeployment')['placement']).toEqual({ clusters });
    expect(lossesOf(conversion, 'Deployment.extensions/shop/web')).toMatchObject([
      { field: 'metadata.annotations[federation.kubernetes.io/hpa-target-cluster-list]' },
    ]);
  });

  it('service-ingresses is dropped, with the status that it was gathered from', () => {
    const conversion = convertOne(
      v1('v1', 'Service', {
        annotations: { 'federation.kubernetes.io/service-ingresses': '{"items":[]}' },
        content: { spec: {}, status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } },
      }),
    );
    expect(specOf(conversion, 'FederatedService')['template']).toEqual({ spec: {} });
    expect(lossesOf(conversion, 'Service/shop/web')).toMatchObject([
      { field: 'status.loadBalancer, metadata.annotations[federation.kubernetes.io/service-ingresses]' },
    ]);
  });

  it('first-cluster is lost, and the name of a reserved address stays', () => {
    const annotations = {
      'ingress.federation.kubernetes.io/first-cluster': 'a',
      'ingress.kubernetes.io/static-ip': '192.0.2.1',
      'kubernetes.io/ingress.global-static-ip-name': 'front',
    };
    const conversion = convertOne(v1('extensions/v1beta1', 'Ingress', { annotations, content: { spec: {} } }));
    expect(specOf(conversion, 'FederatedIngress')['template']).toEqual({
      metadata: { annotations: { 'kubernetes.io/ingress.global-static-ip-name': 'front' } },
      spec: {},
    });
    expect(lossesOf(conversion, 'Ingress.extensions/shop/web')[0]?.field).toContain('first-cluster');
  });

  it('ingress.uid of a Cluster is lost', () => {
    const conversion = convert([v1Cluster('a', { annotations: { 'kubernetes.io/ingress.uid': 'x', mine: 'y' } })]);
    expect(manifestOf(conversion, 'KubeFedCluster')['metadata']).toMatchObject({ annotations: { mine: 'y' } });
    expect(lossesOf(conversion, 'Cluster.federation/a').map(({ field }) => field)).toContain(
      'metadata.annotations[kubernetes.io/ingress.uid]',
    );
  });

  it.each(['federation.kubernetes.io/servive-account-name', 'federation.kubernetes.io/cluster-role-name'])(
    '%s of a Cluster says what kubefed left in the member',
    (key) => {
      const conversion = convert([v1Cluster('a', { annotations: { [key]: 'robot' } })]);
      expect(manifestOf(conversion, 'KubeFedCluster')['metadata']).not.toHaveProperty('annotations');
      const loss = lossesOf(conversion, 'Cluster.federation/a').find(({ field }) => field.includes(key));
      expect(loss?.reason).toContain('"robot"');
    },
  );
});

describe('a template', () => {
  it('has no label and no annotation of the federation, and all others', () => {
    const own = { note: 'x', 'example.com/federation': 'y' };
    const federation = {
      'federation.alpha.kubernetes.io/federation-name': 'fed',
      'federation.alpha.kubernetes.io/cluster-name': 'a',
      'federation.kubernetes.io/anything': 'z',
      'ingress.federation.kubernetes.io/anything': 'z',
    };
    const both = { ...own, ...federation };
    const conversion = convertOne(
      v1('v1', 'ConfigMap', { labels: both, annotations: both, content: { data: { a: 'b' } } }),
    );
    expect(specOf(conversion, 'FederatedConfigMap')['template']).toEqual({
      metadata: { labels: own, annotations: own },
      data: { a: 'b' },
    });
    expect(lossesOf(conversion, 'ConfigMap/shop/web').map(({ field }) => field)).toEqual([
      'metadata.annotations[federation.kubernetes.io/anything]',
      'metadata.annotations[ingress.federation.kubernetes.io/anything]',
    ]);
  });

  it('has no finalizers and nothing else that the API server wrote', () => {
    const finalizers = ['federation.kubernetes.io/delete-from-underlying-clusters', 'orphan'];
    const conversion = convertOne(v1('v1', 'ConfigMap', { finalizers, content: { data: {} } }));
    expect(specOf(conversion, 'FederatedConfigMap')['template']).toEqual({ data: {} });
    expect(manifestOf(conversion, 'FederatedConfigMap')['metadata']).toEqual({ name: 'web', namespace: 'shop' });
  });
});

function override(clusterName: string, values: Readonly<Record<string, number>>): object {
  return { clusterName, clusterOverrides: Object.entries(values).map(([path, value]) => ({ path, value })) };
}

function replicasOf(conversion: ReturnType<typeof convert>): object {
  const replicas = rendered(conversion).replicas.get('FederatedDeployment/shop/web') ?? new Map();
  return Object.fromEntries([...replicas].map(([name, count]) => [name, Number(count)]));
}

function clustersWith(conversion: ReturnType<typeof convert>, kind: string): readonly string[] {
  const { clusters } = rendered(conversion);
  return clusters.filter(({ objects }) => objects.some(({ id }) => id.kind === kind)).map(({ cluster }) => cluster);
}
