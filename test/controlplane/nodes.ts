import type { Cluster } from './cluster.ts';

export interface NodeOptions {
  readonly name: string;
  /** How many pods fit. */
  readonly pods: number;
  /** By default more than pods of a test ask for. */
  readonly cpu?: string;
  readonly memory?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

const STRATEGIC = 'application/strategic-merge-patch+json';

/**
 * Adds a Node that is Ready and takes as many pods as it says, and no more.
 *
 * It stays Ready without anybody behind it. Pods that are bound to it run once a kubelet is simulated
 * (`simulateKubelet`).
 */
export async function addNode(cluster: Cluster, options: NodeOptions): Promise<void> {
  const { name, labels = {} } = options;
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, status: nodeStatus(options) };
  await expectStatus(cluster.request('POST', '/api/v1/nodes', node), 201, `node ${name} of ${cluster.name}`);
  // A new node is tainted by admission as not ready. Whoever would take it away, the controller manager, may not run.
  await changeNode(cluster, name, '', { spec: { taints: null } });
}

/** Changes how much a Node takes; pods that are there stay. */
export async function resizeNode(cluster: Cluster, options: NodeOptions): Promise<void> {
  await changeNode(cluster, options.name, '/status', { status: nodeStatus(options) });
}

async function changeNode(cluster: Cluster, name: string, subresource: string, patch: object): Promise<void> {
  const answer = cluster.request('PATCH', `/api/v1/nodes/${name}${subresource}`, patch, STRATEGIC);
  await expectStatus(answer, 200, `node ${name} of ${cluster.name}`);
}

function nodeStatus({ pods, cpu = '64', memory = '256Gi' }: NodeOptions): object {
  const resources = { pods: String(pods), cpu, memory };
  const now = new Date().toISOString();
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  };
  return { capacity: resources, allocatable: resources, conditions: [ready] };
}

async function expectStatus(answer: ReturnType<Cluster['request']>, wanted: number, what: string): Promise<void> {
  const { status, body } = await answer;
  if (status !== wanted) throw new Error(`${what}: ${status} ${JSON.stringify(body)}`);
}
