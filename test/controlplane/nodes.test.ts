import { expect } from 'vitest';
import { addNode, type Cluster, describe, freshNamespace, resizeNode, simulateKubelet, test } from './fixtures.ts';

test.override('sharedClusterOptions', { scope: 'file' }, { controllerManager: true, scheduler: true });

interface Pod {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly phase: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[];
  };
}

async function createDeployment(cluster: Cluster, namespace: string, replicas: number): Promise<string> {
  const labels = { app: 'web' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web:1' }] } };
  const deployment = { metadata: { name: 'web' }, spec: { replicas, selector: { matchLabels: labels }, template } };
  const collection = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  expect((await cluster.request('POST', collection, deployment)).status).toBe(201);
  return `${collection}/web`;
}

async function statusOf(cluster: Cluster, target: string): Promise<Readonly<Record<string, unknown>>> {
  const { body } = await cluster.request<{ status: Record<string, unknown> }>('GET', target);
  return body.status;
}

async function podsOf(cluster: Cluster, namespace: string): Promise<readonly Pod[]> {
  const { body } = await cluster.request<{ items: Pod[] }>('GET', `/api/v1/namespaces/${namespace}/pods`);
  return body.items;
}

/** `phase reason`, of what each pod lacks. */
async function phasesOf(cluster: Cluster, namespace: string): Promise<readonly string[]> {
  const pods = await podsOf(cluster, namespace);
  const phases = pods.map(({ status: { phase, conditions = [] } }) => {
    const scheduled = conditions.find(({ type }) => type === 'PodScheduled');
    return scheduled?.status === 'False' ? `${phase} ${scheduled.reason}` : phase;
  });
  return phases.sort();
}

async function scale(cluster: Cluster, target: string, replicas: number): Promise<void> {
  const merge = 'application/merge-patch+json';
  expect((await cluster.request('PATCH', target, { spec: { replicas } }, merge)).status).toBe(200);
}

describe('a node with room for three pods', () => {
  test('gets three of five, which run, and two are Unschedulable until there is room', async ({ clusters }) => {
    const [cluster] = clusters;
    await addNode(cluster, { name: 'small', pods: 3 });
    simulateKubelet(cluster);
    const namespace = await freshNamespace(cluster);
    const target = await createDeployment(cluster, namespace, 5);
    const full = ['Pending Unschedulable', 'Pending Unschedulable', 'Running', 'Running', 'Running'];
    await expect.poll(() => phasesOf(cluster, namespace)).toEqual(full);
    await expect
      .poll(() => statusOf(cluster, target))
      .toMatchObject({ replicas: 5, readyReplicas: 3, availableReplicas: 3, unavailableReplicas: 2 });

    await resizeNode(cluster, { name: 'small', pods: 4 });
    await expect.poll(() => statusOf(cluster, target)).toMatchObject({ replicas: 5, readyReplicas: 4 });
    await scale(cluster, target, 1);
    await expect.poll(() => phasesOf(cluster, namespace)).toEqual(['Running']);
    await expect.poll(() => statusOf(cluster, target)).toMatchObject({ replicas: 1, readyReplicas: 1 });
  });

  test('has pods that become what a test decides', async ({ clusters: [, cluster] }) => {
    await addNode(cluster, { name: 'small', pods: 3 });
    const kubelet = simulateKubelet(cluster, () => 'pending');
    const namespace = await freshNamespace(cluster);
    const target = await createDeployment(cluster, namespace, 2);
    await expect.poll(() => kubelet.pods.length).toBe(2);
    expect(await phasesOf(cluster, namespace)).toEqual(['Pending', 'Pending']);

    const [first] = kubelet.pods;
    kubelet.decide(({ metadata: { uid } }) => (uid === first?.metadata.uid ? 'ready' : 'unready'));
    await expect.poll(() => phasesOf(cluster, namespace)).toEqual(['Running', 'Running']);
    await expect.poll(() => statusOf(cluster, target)).toMatchObject({ readyReplicas: 1 });

    kubelet.decide(({ metadata: { uid } }) => (uid === first?.metadata.uid ? 'crashing' : 'ready'));
    const ready = async (): Promise<readonly (string | undefined)[]> => {
      const pods = await podsOf(cluster, namespace);
      return pods
        .filter(({ status }) => status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'))
        .map(({ metadata }) => metadata.name);
    };
    const second = kubelet.pods[1]?.metadata.name;
    await expect.poll(ready).toEqual([second]);

    kubelet.silence();
    await scale(cluster, target, 3);
    await expect.poll(() => kubelet.pods.length).toBe(3);
    await scale(cluster, target, 0);
    await expect.poll(() => kubelet.pods.every(({ metadata }) => metadata.deletionTimestamp !== undefined)).toBe(true);
    expect((await podsOf(cluster, namespace)).length).toBe(3);
    kubelet.speak();
    await expect.poll(() => podsOf(cluster, namespace)).toEqual([]);
  });

  test('lives through a restart of its API server', async ({ clusters: [, , cluster] }) => {
    await addNode(cluster, { name: 'small', pods: 3 });
    simulateKubelet(cluster);
    const namespace = await freshNamespace(cluster);
    const target = await createDeployment(cluster, namespace, 2);
    await expect.poll(() => statusOf(cluster, target)).toMatchObject({ readyReplicas: 2 });
    await cluster.restart();
    await scale(cluster, target, 3);
    await expect.poll(() => statusOf(cluster, target), { timeout: 60_000 }).toMatchObject({ readyReplicas: 3 });
  });
});
