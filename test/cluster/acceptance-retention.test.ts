import { expect } from 'vitest';
import { type Cluster, describe, poll, test } from '../controlplane/fixtures.ts';
import { credentialsFor } from './acceptance-credentials.ts';
import { type AcceptanceKind, definitionSpec, typeConfigYaml } from './acceptance-kinds.ts';
import {
  changes,
  EVERYWHERE,
  federatedYaml,
  fleetRepository,
  get,
  problems,
  statusDocument,
  syncOnce,
} from './fleet.ts';

const MERGE = 'application/merge-patch+json';

function federated(namespace: string, kind: string, name: string, template: object, rest: object = {}): string {
  return federatedYaml(`Federated${kind}`, name, { namespace, spec: { template, placement: EVERYWHERE, ...rest } });
}

describe('an update', () => {
  test('of a Service leaves its addresses, its node ports and its health check port as the member gave them', async ({
    clusters,
  }) => {
    const services = '/api/v1/namespaces/ports/services';
    const balanced = (targetPort: number) => ({
      spec: {
        type: 'LoadBalancer',
        externalTrafficPolicy: 'Local',
        selector: { app: 'web' },
        // Without a protocol, which the API server fills in.
        ports: [{ name: 'http', port: 80, targetPort }],
      },
    });
    const plain = { spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }] } };
    // One has each of them already, with addresses and ports that the repository knows nothing of.
    const [first] = clusters;
    await first.request('POST', '/api/v1/namespaces', { metadata: { name: 'ports' } });
    const theirs = balanced(8080).spec;
    const ports = [{ ...theirs.ports[0], nodePort: 31_007 }];
    await first.request('POST', services, {
      metadata: { name: 'balanced' },
      spec: { ...theirs, ports, healthCheckNodePort: 31_008 },
    });
    await first.request('POST', services, { metadata: { name: 'plain' }, spec: { ...plain.spec, clusterIP: 'None' } });
    const repository = fleetRepository(clusters, 'ports', {
      'balanced.yaml': federated('ports', 'Service', 'balanced', balanced(8080)),
      'plain.yaml': federated('ports', 'Service', 'plain', plain),
    });
    const credentials = await credentialsFor(clusters, repository);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const given = async (cluster: Cluster, name: string) => {
      const { spec } = await get(cluster, `${services}/${name}`);
      const { clusterIP, clusterIPs, healthCheckNodePort } = spec;
      return { clusterIP, clusterIPs, healthCheckNodePort, nodePort: spec.ports[0].nodePort };
    };
    const all = () => Promise.all(clusters.flatMap((one) => [given(one, 'balanced'), given(one, 'plain')]));
    const before = await all();
    expect(before[0]).toMatchObject({ nodePort: 31_007, healthCheckNodePort: 31_008 });
    expect(before[1]).toMatchObject({ clusterIP: 'None', clusterIPs: ['None'] });
    expect(before[1]).toMatchObject({ healthCheckNodePort: undefined, nodePort: undefined });
    expect(before[2]?.healthCheckNodePort).toBeGreaterThan(0);
    expect(before[2]?.nodePort).toBeGreaterThan(0);
    expect(before[2]?.clusterIPs).toEqual([before[2]?.clusterIP]);

    const selector = { app: 'web-two' };
    const overrides = [{ clusterName: 'cluster2', clusterOverrides: [{ path: '/spec/selector', value: selector }] }];
    repository.commit({
      'balanced.yaml': federated('ports', 'Service', 'balanced', balanced(9090), { overrides }),
      'plain.yaml': federated('ports', 'Service', 'plain', plain, { overrides }),
    });
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    expect((await get(clusters[0], `${services}/balanced`)).spec.ports[0].targetPort).toBe(9090);
    expect((await get(clusters[1], `${services}/plain`)).spec.selector).toEqual(selector);
    expect(await all()).toEqual(before);
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);
  });

  test('of a ServiceAccount leaves the secrets that the member added', async ({ clusters }) => {
    const target = '/api/v1/namespaces/accounts/serviceaccounts/robot';
    const robot = (automountServiceAccountToken: boolean) =>
      federated('accounts', 'ServiceAccount', 'robot', { automountServiceAccountToken });
    const repository = fleetRepository(clusters, 'accounts', { 'robot.yaml': robot(true) });
    const credentials = await credentialsFor(clusters, repository);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const secrets = [{ name: 'robot-token' }];
    for (const cluster of clusters) {
      await cluster.request('PATCH', `${target}?fieldManager=token-controller`, { secrets }, MERGE);
    }
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);

    repository.commit({ 'robot.yaml': robot(false) });
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    for (const cluster of clusters) {
      expect(await get(cluster, target)).toMatchObject({ automountServiceAccountToken: false, secrets });
    }
  });

  test('of a workload leaves replicas to the member where retainReplicas is true, and nowhere else', async ({
    clusters: [first, second, third],
  }) => {
    const clusters = [first, second, third];
    const sets = '/apis/apps/v1/namespaces/retains/replicasets';
    const set = (name: string, image: string, retainReplicas?: boolean) => {
      const labels = { app: name };
      const pods = { metadata: { labels }, spec: { containers: [{ name: 'web', image }] } };
      const spec = { replicas: 2, selector: { matchLabels: labels }, template: pods };
      return federated('retains', 'ReplicaSet', name, { spec }, retainReplicas === undefined ? {} : { retainReplicas });
    };
    const files = (image: string) => ({
      'kept.yaml': set('kept', image, true),
      'reset.yaml': set('reset', image, false),
      'absent.yaml': set('absent', image),
    });
    const repository = fleetRepository(clusters, 'retains', files('web:1'));
    const credentials = await credentialsFor(clusters, repository);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    for (const name of ['kept', 'reset', 'absent']) {
      // One of them down to nothing, which is a number as well.
      await first.request('PATCH', `${sets}/${name}/scale`, { spec: { replicas: 7 } }, MERGE);
      await second.request('PATCH', `${sets}/${name}/scale`, { spec: { replicas: 0 } }, MERGE);
    }
    repository.commit(files('web:2'));
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const replicas = (name: string) =>
      Promise.all(clusters.map(async (cluster) => (await get(cluster, `${sets}/${name}`)).spec.replicas));
    expect(await replicas('kept')).toEqual([7, 0, 2]);
    expect(await replicas('reset')).toEqual([2, 2, 2]);
    expect(await replicas('absent')).toEqual([2, 2, 2]);
    expect((await get(first, `${sets}/kept`)).spec.template.spec.containers[0].image).toBe('web:2');
  });

  test('of a field that cannot change is UpdateFailed, and the object is not made anew', async ({ clusters }) => {
    const target = '/apis/batch/v1/namespaces/fixed/jobs/once';
    const job = (image: string, clusterName: string) => {
      const template = (text: string) => ({ containers: [{ name: 'web', image: text }], restartPolicy: 'Never' });
      const clusterOverrides = [{ path: '/spec/template/spec/containers/0/image', value: image }];
      const overrides = [{ clusterName, clusterOverrides }];
      return federated('fixed', 'Job', 'once', { spec: { template: { spec: template('web:1') } } }, { overrides });
    };
    const repository = fleetRepository(clusters, 'fixed', { 'once.yaml': job('web:1', 'cluster2') });
    const credentials = await credentialsFor(clusters, repository);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const { uid } = (await get(clusters[1], target)).metadata;

    repository.commit({ 'once.yaml': job('web:2', 'cluster2') });
    const result = await syncOnce(repository, credentials);
    expect(changes(result)).toEqual(['cluster2: Job/fixed/once skipped UpdateFailed']);
    const live = await get(clusters[1], target);
    expect([live.metadata.uid, live.spec.template.spec.containers[0].image]).toEqual([uid, 'web:1']);
    expect(statusDocument(repository, 'resources/fixed/Job.batch/once.yaml').status).toMatchObject({
      conditions: [{ type: 'Propagation', status: 'False', reason: 'CheckClusters' }],
      clusters: [{ name: 'cluster1' }, { name: 'cluster2', status: 'UpdateFailed' }, { name: 'cluster3' }],
    });
  });
});

describe('a FederatedTypeConfig', () => {
  test('that names another version of its kind has objects applied in that one, as the same objects', async ({
    clusters,
  }) => {
    const group = 'versions.example';
    const definition = {
      metadata: { name: `gauges.${group}` },
      spec: definitionSpec('Gauge', 'Namespaced', { group, versions: ['v1', 'v1beta1'] }),
    };
    for (const cluster of clusters) {
      await cluster.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
      const served = async () => (await cluster.request('GET', `/apis/${group}/v1beta1/gauges`)).status === 200;
      await poll(served, { what: `${cluster.name} serves gauges` });
    }
    const gauges = { kind: 'Gauge', group, plural: 'gauges', scope: 'Namespaced' } satisfies Partial<AcceptanceKind>;
    const gauge = (spec: object) => federated('gauges', 'Gauge', 'one', { spec });
    const repository = fleetRepository(clusters, 'gauges', {
      'type.yaml': typeConfigYaml({ ...gauges, version: 'v1beta1' }),
      'one.yaml': gauge({ size: 1, colour: 'red' }),
    });
    const credentials = await credentialsFor(clusters, repository);
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const target = `/apis/${group}/v1/namespaces/gauges/gauges/one`;
    const before = await Promise.all(clusters.map(async (one) => (await get(one, target)).metadata.uid));

    repository.commit({
      'type.yaml': typeConfigYaml({ ...gauges, version: 'v1' }),
      'one.yaml': gauge({ size: 2, colour: 'red' }),
    });
    expect(changes(await syncOnce(repository, credentials))).toEqual(
      clusters.map(({ name }) => `${name}: Gauge/gauges/one configured`),
    );
    for (const [index, cluster] of clusters.entries()) {
      const { metadata, spec } = await get(cluster, target);
      expect([metadata.uid, spec]).toEqual([before[index], { size: 2, colour: 'red' }]);
    }
    expect(changes(await syncOnce(repository, credentials))).toEqual([]);

    // What was first applied in the old version is still ours to take away.
    repository.commit({ 'one.yaml': gauge({ size: 2 }) });
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    for (const cluster of clusters) expect((await get(cluster, target)).spec).toEqual({ size: 2 });
  });
});
