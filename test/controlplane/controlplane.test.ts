import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, vi } from 'vitest';
import { kubernetesVersion } from './binary.ts';
import type { Cluster } from './fixtures.ts';
import {
  auditEvents,
  describe,
  ensureControlPlaneBinary,
  freshNamespace,
  poll,
  startControlPlane,
  test,
} from './fixtures.ts';
import { isFree } from './ports.ts';

/** Whether the tests run on somebody's own binaries, of which less is known. */
const givenAssets = Boolean(process.env.KUBEBUILDER_ASSETS);

interface Named {
  metadata: { name: string };
}

interface Pod extends Named {
  spec: { nodeName?: string };
  status: { conditions?: { type: string; status: string; reason?: string; message?: string }[] };
}

function configMap(name: string, data: Record<string, string> = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

describe('control plane', () => {
  test.skipIf(givenAssets)('is the version that go.mod asks for', async ({ clusters: [cluster] }) => {
    const { body } = await cluster.request<{ gitVersion: string }>('GET', '/version');
    expect(body.gitVersion).toBe(await kubernetesVersion());
  });

  test('has clusters that share nothing', async ({ clusters }) => {
    const [first, second] = clusters;
    const namespace = await freshNamespace(first);
    expect((await first.request('GET', `/api/v1/namespaces/${namespace}`)).status).toBe(200);
    expect((await second.request('GET', `/api/v1/namespaces/${namespace}`)).status).toBe(404);
    expect(new Set(clusters.map((cluster) => cluster.caBundle)).size).toBe(clusters.length);
    expect(new Set(clusters.flatMap((cluster) => [cluster.adminToken, cluster.gitfedToken])).size).toBe(6);
  });

  test('has one etcd per control plane', async ({ clusters: [shared], freshClusters }) => {
    const [fresh] = await freshClusters(1);
    const namespace = await freshNamespace(fresh);
    expect(fresh.name).toBe(shared.name);
    expect((await shared.request('GET', `/api/v1/namespaces/${namespace}`)).status).toBe(404);
  });

  test('describes itself in a kubeconfig', ({ clusters: [cluster] }) => {
    const kubeconfig = cluster.kubeconfig('gitfed');
    expect(kubeconfig).toContain(`server: ${cluster.url}\n`);
    expect(kubeconfig).toContain(`certificate-authority-data: ${cluster.caBundle}\n`);
    expect(kubeconfig).toContain(`token: ${cluster.gitfedToken}\n`);
    expect(kubeconfig).not.toContain(cluster.adminToken);
    const authority = Buffer.from(cluster.caBundle, 'base64').toString();
    expect(authority).toMatch(/^-----BEGIN CERTIFICATE-----\n[^-]+-----END CERTIFICATE-----\n$/);
  });

  test('lets pods in without a controller manager', async ({ clusters: [cluster] }) => {
    const namespace = await freshNamespace(cluster);
    const { status } = await cluster.request('POST', `/api/v1/namespaces/${namespace}/pods`, pod('lonely', '1'));
    expect(status).toBe(201);
  });
});

describe('an API server', () => {
  test('comes back on the same port with the same data', async ({ clusters: [cluster] }) => {
    const { url, caBundle } = cluster;
    const namespace = await freshNamespace(cluster);

    await cluster.stop();
    expect(cluster.responsive).toBe(false);
    await expect(cluster.request('GET', '/readyz')).rejects.toThrow('ECONNREFUSED');

    await cluster.restart();
    expect(cluster).toMatchObject({ url, caBundle });
    expect((await cluster.request('GET', `/api/v1/namespaces/${namespace}`)).status).toBe(200);
  });

  test('comes back after it was killed', async ({ clusters: [cluster] }) => {
    const namespace = await freshNamespace(cluster);
    await cluster.kill();
    await cluster.restart();
    expect((await cluster.request('GET', `/api/v1/namespaces/${namespace}`)).status).toBe(200);
  });

  test('answers nothing while it is frozen, and all of it once thawed', async ({ clusters: [cluster] }) => {
    cluster.freeze();
    const signal = AbortSignal.timeout(300);
    await expect(cluster.request('GET', '/readyz', undefined, undefined, { signal })).rejects.toThrow(/abort/);
    const pending = cluster.request('GET', '/version');
    cluster.thaw();
    expect((await pending).status).toBe(200);
  });

  test('can be stopped while it is frozen', async ({ clusters: [cluster] }) => {
    cluster.freeze();
    await cluster.stop();
    await cluster.restart();
    expect(cluster.responsive).toBe(true);
  });

  test('does not wait for watches when it is stopped', async ({ clusters: [cluster] }) => {
    const watch = cluster.request('GET', '/api/v1/namespaces?watch=true').catch(() => undefined);
    const watching = async () => (await requestsInFlight(cluster, 'WATCH')) > 0;
    await poll(watching, { what: 'the watch has begun' });

    const begin = performance.now();
    await cluster.stop();
    expect(performance.now() - begin).toBeLessThan(10_000);
    await watch;
    await cluster.restart();
  });
});

describe('the audit log', () => {
  test('has every write once, with its outcome', async ({ clusters: [cluster] }) => {
    const namespace = await freshNamespace(cluster);
    const collection = `/api/v1/namespaces/${namespace}/configmaps`;
    await cluster.request('POST', collection, configMap('counted'));
    await cluster.request('POST', collection, configMap('counted'));
    await cluster.request('PATCH', `${collection}/counted`, { data: { a: 'b' } }, 'application/merge-patch+json');

    const events = await auditEvents(cluster);
    const writes = events.filter(({ objectRef }) => objectRef?.namespace === namespace);
    expect(writes.map(({ verb, responseStatus }) => [verb, responseStatus?.code])).toEqual([
      ['create', 201],
      ['create', 409],
      ['patch', 200],
    ]);
    expect(writes[0]).toMatchObject({
      stage: 'ResponseComplete',
      requestURI: collection,
      userAgent: 'gitfed-test',
      user: { username: 'admin' },
      objectRef: { resource: 'configmaps', name: 'counted', apiVersion: 'v1' },
    });
  });

  test('can be read while the API server is down', async ({ clusters: [, cluster] }) => {
    const namespace = await freshNamespace(cluster);
    await cluster.stop();
    const events = await auditEvents(cluster);
    expect(events.filter(({ objectRef }) => objectRef?.name === namespace)).toHaveLength(1);
    await cluster.restart();
  });
});

describe('user gitfed', () => {
  test('has no rights until a test binds a role', async ({ clusters: [cluster] }) => {
    const namespace = await freshNamespace(cluster);
    const list = () =>
      cluster.request('GET', `/api/v1/namespaces/${namespace}/configmaps`, undefined, undefined, { as: 'gitfed' });
    expect((await list()).status).toBe(403);

    const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
    await cluster.request('POST', `${rbac}/roles`, {
      metadata: { name: 'reader' },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }],
    });
    await cluster.request('POST', `${rbac}/rolebindings`, {
      metadata: { name: 'gitfed' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'gitfed' }],
    });
    // The authorizer learns of the binding through a watch.
    await poll(async () => (await list()).status === 200, { what: 'gitfed may list' });
  });
});

describe('with a controller manager and a scheduler', () => {
  test('namespaces end and pods are scheduled', async ({ freshClusters }) => {
    const [cluster] = await freshClusters(1, { controllerManager: true, scheduler: true });
    await expectNamespaceToEnd(cluster);
    await expectPodsToBeScheduled(cluster);
  });
});

async function expectNamespaceToEnd(cluster: Cluster): Promise<void> {
  const namespace = await freshNamespace(cluster);
  const target = `/api/v1/namespaces/${namespace}`;
  await cluster.request('POST', `${target}/configmaps`, configMap('doomed'));
  await cluster.request('DELETE', target);
  const gone = async () => (await cluster.request('GET', target)).status === 404;
  await poll(gone, { what: 'the namespace is gone' });
}

async function expectPodsToBeScheduled(cluster: Cluster): Promise<void> {
  const resources = { cpu: '1', memory: '1Gi', pods: '10' };
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'small' }, status: { allocatable: resources } };
  expect((await cluster.request('POST', '/api/v1/nodes', node)).status).toBe(201);

  const namespace = await freshNamespace(cluster);
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  await cluster.request('POST', pods, pod('fits', '1'));
  const bound = async () => (await cluster.request<Pod>('GET', `${pods}/fits`)).body.spec.nodeName === 'small';
  await poll(bound, { what: 'the first pod is bound' });

  await cluster.request('POST', pods, pod('too-much', '1'));
  const refusal = async () => {
    const { body } = await cluster.request<Pod>('GET', `${pods}/too-much`);
    return body.status.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  };
  const condition = await poll(refusal, { what: 'the second pod is refused' });
  expect(condition).toMatchObject({ reason: 'Unschedulable', message: expect.stringContaining('Insufficient cpu') });
}

function pod(name: string, cpu: string): object {
  const container = { name: 'main', image: 'registry.example/none', resources: { requests: { cpu } } };
  // Nodes without a kubelet are tainted as not ready.
  const spec = { containers: [container], tolerations: [{ operator: 'Exists' }] };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec };
}

async function requestsInFlight(cluster: Cluster, verb: string): Promise<number> {
  const { body } = await cluster.request<string>('GET', '/metrics');
  const metric = new RegExp(
    `^apiserver_longrunning_requests\\{.*resource="namespaces".*verb="${verb}".*\\} (\\d+)$`,
    'm',
  );
  return Number(metric.exec(body)?.[1] ?? 0);
}

describe('KUBEBUILDER_ASSETS', () => {
  test.skipIf(givenAssets)('is used where it is set, as far as it goes', async ({ freshClusters }) => {
    const assets = await temporaryDirectory();
    await writeAssets(assets);
    vi.stubEnv('KUBEBUILDER_ASSETS', assets);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const [cluster] = await freshClusters(1);
    expect((await cluster.request('GET', '/version')).status).toBe(200);
    const withScheduler = startControlPlane({ clusters: 1, scheduler: true });
    await expect(withScheduler).rejects.toThrow('KUBEBUILDER_ASSETS has no kube-scheduler');

    await rm(path.join(assets, 'etcd'));
    await expect(startControlPlane({ clusters: 1 })).rejects.toThrow('has no etcd');
  });
});

/** Stands in for the archive of envtest, with the names that its binaries have there. */
async function writeAssets(directory: string): Promise<void> {
  const binary = await ensureControlPlaneBinary();
  for (const [name, component] of [
    ['etcd', 'etcd'],
    ['kube-apiserver', 'apiserver'],
  ] as const) {
    const script = `#!/bin/sh\nexec '${binary}' -exit-with-parent ${component} "$@"\n`;
    await writeFile(path.join(directory, name), script, { mode: 0o755 });
  }
}

/** A folder that is removed after the test. */
async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'gitfed-test-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

describe('the processes', () => {
  // The kernel ends frozen ones, which only Linux does; without the frozen one the end of stdin would do everywhere.
  // Programs in KUBEBUILDER_ASSETS do not watch for either.
  const watched = process.platform === 'linux' && !givenAssets;
  test.runIf(watched)('end with the test process, even when it is killed', async () => {
    const directory = await temporaryDirectory();
    const script = path.join(import.meta.dirname, 'testdata', 'orphan.ts');
    const parent = spawn(process.execPath, [script], {
      env: { ...process.env, TMPDIR: directory },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(createInterface(parent.stdout), 'line');
    const ports = JSON.parse(line) as number[];
    expect(ports).toHaveLength(2);

    parent.kill('SIGKILL');
    for (const port of ports) {
      await poll(() => isFree(port), { what: `nothing listens on ${port}`, timeoutMs: 10_000 });
    }
  });
});
