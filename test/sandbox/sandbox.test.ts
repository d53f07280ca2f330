import { expect, it, onTestFinished } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts';
import { configMap, deployment } from './contract-case.ts';
import { ContractClient } from './contract-client.ts';

async function start(options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ name: 'member', namespaces: ['shop'], ...options });
  onTestFinished(() => sandbox.stop());
  return sandbox;
}

const clientOf = (sandbox: Sandbox, token = sandbox.token): ContractClient =>
  new ContractClient({ url: sandbox.url, token }, 'shop');

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}

const codeOf = (error: NodeJS.ErrnoException): string => error.code ?? error.message;

it('answers nobody without a token, but for its health and version', async () => {
  const sandbox = await start({ users: { 'second-token': 'reader' } });
  const statuses = async (token: string): Promise<number[]> =>
    Promise.all(
      ['/api/v1/namespaces', '/healthz', '/version'].map(
        async (path) => (await clientOf(sandbox, token).get(path)).status,
      ),
    );
  expect(await statuses('')).toEqual([401, 200, 200]);
  expect(await statuses('wrong')).toEqual([401, 200, 200]);
  expect(await statuses('second-token')).toEqual([200, 200, 200]);
  const inPath = JSON.parse(sandbox.kubeconfig()).clusters[0].cluster.server;
  expect(await (await fetch(`${inPath}/api/v1/namespaces/shop`)).json()).toMatchObject({ kind: 'Namespace' });
  expect(sandbox.requestLog.at(-1)).toMatchObject({ method: 'GET', url: '/api/v1/namespaces/shop', user: 'admin' });
});

it('asks whether a user may, when it was given somebody to ask', async () => {
  const sandbox = await start({
    users: { 'second-token': 'reader' },
    authorize: ({ user, verb }) => user === 'admin' || ['get', 'list', 'watch'].includes(verb),
  });
  const reader = clientOf(sandbox, 'second-token');
  expect(await reader.get(`${reader.core}/configmaps`)).toMatchObject({ status: 200 });
  expect(await reader.post(`${reader.core}/configmaps`, configMap('a'))).toMatchObject({
    status: 403,
    body: {
      reason: 'Forbidden',
      message: expect.stringContaining(
        'User "reader" cannot create resource "configmaps" in API group "" in the namespace "shop"',
      ),
    },
  });
});

it('is lost by refusing connections or by saying nothing, and comes back where it was', async () => {
  const sandbox = await start();
  const client = clientOf(sandbox);
  await client.post(`${client.core}/configmaps`, configMap('a'));
  await sandbox.pause('refusing');
  expect(await client.get('/readyz').catch(codeOf)).toBe('ECONNREFUSED');
  await sandbox.resume();
  expect(await client.get(`${client.core}/configmaps/a`)).toMatchObject({ status: 200 });

  await sandbox.pause('hanging');
  const begun = sandbox.requestLog.length;
  const unanswered = client.get('/readyz').catch(codeOf);
  const control = AbortSignal.timeout(200);
  await expect(fetch(`${sandbox.url}/readyz`, { signal: control })).rejects.toThrow(/timeout/);
  expect(sandbox.requestLog).toHaveLength(begun);
  await sandbox.resume();
  expect(await unanswered).toBe('ECONNRESET');
  expect(await client.get('/readyz')).toMatchObject({ status: 200 });
});

it('answers what is no request of an API server, and goes on', async () => {
  const sandbox = await start();
  const client = clientOf(sandbox);
  const statuses = await Promise.all(
    ['/api/v1/%zz', '/api/v1/namespaces/shop/configmaps?dryRun=%zz', '/nothing', '/apis/apps/v1/a/b/c/d/e'].map(
      async (path) => (await client.get(path)).status,
    ),
  );
  expect(statuses).toEqual([400, 422, 404, 404]);
  const deep = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":${'['.repeat(100_000)}`;
  expect(await client.send('POST', `${client.core}/configmaps`, { body: deep })).toMatchObject({ status: 400 });
  expect(await client.get('/readyz')).toMatchObject({ status: 200 });
});

it('tells watches nothing while it hangs', async () => {
  const sandbox = await start();
  const client = clientOf(sandbox);
  const path = `${client.core}/configmaps?watch=1&resourceVersion=${sandbox.resourceVersion}`;
  const watch = client.watch(path, () => true).catch(codeOf);
  await until(() => sandbox.watches === 1);
  await sandbox.pause('hanging');
  sandbox.request({ method: 'POST', path: `${client.core}/configmaps`, body: { metadata: { name: 'unseen' } } });
  await sandbox.resume();
  expect(await watch).toBe('ECONNRESET');
  await until(() => sandbox.watches === 0);
});

it('ends watches when it stops', async () => {
  const sandbox = await start();
  const client = clientOf(sandbox);
  const watch = client.watch(`${client.core}/configmaps?watch=1&fieldSelector=metadata.name=none`, () => false);
  await until(() => sandbox.watches === 1);
  await sandbox.stop();
  expect(await watch.catch(() => [])).toEqual([]);
  expect(sandbox.watches).toBe(0);
});

it('says that a watch begins too far back, and that a list went on for too long', async () => {
  const sandbox = await start({ historyLimit: 5 });
  const client = clientOf(sandbox);
  for (let index = 0; index < 12; index += 1) await client.post(`${client.core}/configmaps`, configMap(`c${index}`));
  const page = await client.get(`${client.core}/configmaps?limit=2`);
  const old = `${client.core}/configmaps?watch=1&resourceVersion=3`;
  const expired = [{ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } }];
  expect(await client.watch(old, () => false)).toMatchObject(expired);
  const now = `${client.core}/configmaps?watch=1&resourceVersion=${sandbox.resourceVersion}`;
  sandbox.expireHistory();
  await client.post(`${client.core}/configmaps`, configMap('later'));
  expect(await client.watch(now, () => true)).toMatchObject([
    { type: 'ADDED', object: { metadata: { name: 'later' } } },
  ]);
  expect(await client.get(`${client.core}/configmaps?limit=2&continue=${page.body.metadata.continue}`)).toMatchObject({
    status: 410,
    body: { reason: 'Expired' },
  });
});

it('sends bookmarks to those that asked for them', async () => {
  const sandbox = await start();
  const client = clientOf(sandbox);
  const from = `watch=1&resourceVersion=${sandbox.resourceVersion}&fieldSelector=metadata.name=none`;
  const path = `${client.core}/configmaps?${from}&allowWatchBookmarks=true`;
  const watch = client.watch(path, ({ type }) => type === 'BOOKMARK');
  await until(() => sandbox.watches === 1);
  await client.post(`${client.core}/configmaps`, configMap('a'));
  sandbox.sendBookmarks();
  const { resourceVersion } = sandbox;
  expect(await watch).toMatchObject([
    { type: 'BOOKMARK', object: { kind: 'ConfigMap', metadata: { resourceVersion } } },
  ]);
});

it('runs as many pods as fit, and more when there is more room', async () => {
  const sandbox = await start({ capacity: 3 });
  const client = clientOf(sandbox);
  const phases = async (): Promise<Record<string, number>> => {
    await sandbox.settled();
    const { body } = await client.get(`${client.core}/pods`);
    const all: string[] = body.items.map(({ status }: { status: { phase: string } }) => status.phase);
    return Object.fromEntries([...Map.groupBy(all, (phase) => phase)].map(([phase, { length }]) => [phase, length]));
  };
  const status = async (name: string): Promise<unknown> =>
    (await client.get(`${client.apps}/deployments/${name}`)).body.status;
  await client.post(`${client.apps}/deployments`, deployment('first', { replicas: 2 }));
  await sandbox.settled();
  await client.post(`${client.apps}/deployments`, deployment('second', { replicas: 2 }));
  expect(await phases()).toEqual({ Running: 3, Pending: 1 });
  expect(await status('first')).toMatchObject({ readyReplicas: 2, observedGeneration: 1 });
  expect(await status('second')).toMatchObject({ readyReplicas: 1, unavailableReplicas: 1 });

  // Room that one leaves is taken by the other.
  await client.merge(`${client.apps}/deployments/first/scale`, { spec: { replicas: 1 } });
  expect(await phases()).toEqual({ Running: 3 });
  await client.merge(`${client.apps}/deployments/first/scale`, { spec: { replicas: 5 } });
  expect(await phases()).toEqual({ Running: 3, Pending: 4 });
  sandbox.setCapacity(10);
  expect(await phases()).toEqual({ Running: 7 });
  sandbox.setCapacity(4);
  expect(await phases()).toEqual({ Running: 4, Pending: 3 });

  await client.delete(`${client.apps}/deployments/first`);
  await client.delete(`${client.apps}/deployments/second`);
  expect(await phases()).toEqual({});
});

it('keeps every digit of a number, and a key that others stumble over', async () => {
  const sandbox = await start();
  const client = clientOf(sandbox);
  const body =
    '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"__proto__":"1","constructor":"2"}}';
  await client.send('POST', `${client.core}/configmaps`, { body });
  const patched = await client.merge(`${client.core}/configmaps/a`, { data: { more: '3' } });
  expect(Object.entries(patched.body.data)).toEqual([
    ['__proto__', '1'],
    ['constructor', '2'],
    ['more', '3'],
  ]);
  const probe = deployment('a', { replicas: 0, minReadySeconds: 1 });
  const text = JSON.stringify(probe).replace('"minReadySeconds":1', '"progressDeadlineSeconds":9007199254740993');
  await client.send('POST', `${client.apps}/deployments`, { body: text });
  const response = await fetch(`${sandbox.url}${client.apps}/deployments/a`, {
    headers: { Authorization: `Bearer ${sandbox.token}` },
  });
  expect(await response.text()).toContain('"progressDeadlineSeconds":9007199254740993');
});

it('tells times by the clock that it is given', async () => {
  const sandbox = await start({ now: () => new Date('2026-03-01T12:00:00.500Z') });
  const { body } = sandbox.request({ method: 'GET', path: '/api/v1/namespaces/shop' });
  expect(body).toMatchObject({ metadata: { creationTimestamp: '2026-03-01T12:00:00Z' } });
});
