import { createSecureServer } from 'node:http2';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { ApiClient, type ApiRequest } from '../../src/cluster/index.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { changesOf, WarmLane } from '../cluster/warm-lane.ts';
import { TestRepository } from '../helpers/git-repository.ts';
import { listen, SERVING } from '../helpers/http2-server.ts';

const NAMESPACE = 'kube-federation-system';
const LEASES = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases`;
/** More than ever run at once. */
const NAMES = Array.from({ length: 100 }, (_, index) => `map-${index}`);
/** It is renewed at every opportunity, and never runs out. */
const LEASE = { durations: { leaseMs: 300_000, renewDeadlineMs: 200_000, renewMs: 5, retryMs: 5 } };

type Held = (request: { readonly method: string; readonly path: string }) => boolean;

class WatchedClient extends ApiClient {
  readonly answers: unknown[] = [];

  override async json(request: ApiRequest, parse?: (text: string) => unknown): Promise<unknown> {
    const answer = await super.json(request, parse);
    this.answers.push(answer);
    return answer;
  }
}

/** A cluster whose answers to some requests wait until somebody else has its Lease, and its client knows. */
class Member {
  readonly sandbox: Sandbox;
  readonly client: WatchedClient;
  /** What was to be written, but for Leases. */
  readonly writes: string[] = [];
  /** How many answers are held. */
  held = 0;
  /** Which answers are held. */
  holds: Held = () => false;
  /** Instead of doing what is held. */
  refusal: number | undefined;
  #arrived = 0;
  #released = Promise.withResolvers<void>();

  static async start(): Promise<Member> {
    const sandbox = await startSandbox({ name: 'eu-1', namespaces: [NAMESPACE] });
    onTestFinished(() => sandbox.stop());
    const server = createSecureServer(SERVING);
    const member = new Member(sandbox, await listen(server));
    server.on('request', async (request, response) => {
      const { method = '', url: path = '', headers } = request;
      const body = await text(request);
      const refusal = await member.#arrive(method, path);
      const { accept = '', 'content-type': contentType = '' } = headers;
      const answer =
        refusal === undefined
          ? sandbox.request({ method, path, body, accept, contentType })
          : { status: refusal, body: { kind: 'Status' } };
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
    });
    return member;
  }

  private constructor(sandbox: Sandbox, port: number) {
    this.sandbox = sandbox;
    const url = new URL(`https://127.0.0.1:${port}`);
    this.client = new WatchedClient(
      { url, tls: { insecure: true }, authenticate: async () => ({}) },
      { random: () => 0 },
    );
    onTestFinished(() => this.client.close());
  }

  async #arrive(method: string, path: string): Promise<number | undefined> {
    this.#arrived += 1;
    if (method !== 'GET' && !path.startsWith(LEASES)) this.writes.push(`${method} ${path.replace(/\?.*/, '')}`);
    if (!this.holds({ method, path })) return undefined;
    this.held += 1;
    await this.#released.promise;
    return this.refusal;
  }

  /** Once all that may run at once is held, somebody else takes the Lease; it goes on when the client has read that. */
  async takeOver(): Promise<void> {
    await expect.poll(() => this.held > 0 && this.#arrived === this.client.requests).toBe(true);
    const [lease] = this.#leases();
    const taken = this.sandbox.request({
      method: 'PATCH',
      path: `${LEASES}/${lease?.metadata.name}`,
      body: { spec: { holderIdentity: 'somebody' } },
      contentType: 'application/merge-patch+json',
    });
    expect(taken.status).toBe(200);
    await expect.poll(() => this.client.answers).toContainEqual(expect.objectContaining(HELD_BY_SOMEBODY));
    await new Promise(setImmediate);
    this.writes.length = 0;
    this.#released.resolve();
  }

  /** Nothing is held any more, and the Lease is free. */
  calm(): void {
    this.holds = () => false;
    this.held = 0;
    this.refusal = undefined;
    this.#released = Promise.withResolvers<void>();
    this.client.answers.length = 0;
    for (const { metadata } of this.#leases()) {
      this.sandbox.request({ method: 'DELETE', path: `${LEASES}/${metadata.name}` });
    }
  }

  #leases(): readonly { readonly metadata: { readonly name: string } }[] {
    return this.sandbox.request({ method: 'GET', path: LEASES }).body.items as never;
  }
}

const HELD_BY_SOMEBODY = { kind: 'Lease', spec: expect.objectContaining({ holderIdentity: 'somebody' }) };

const isMap: Held = ({ method, path }) => method !== 'GET' && path.includes('/configmaps/');

function shop(): TestRepository {
  const federated = (kind: string, name: string, template: object): string =>
    JSON.stringify({
      apiVersion: 'types.kubefed.io/v1beta1',
      kind,
      metadata: { name, namespace: 'shop' },
      spec: { template, placement: { clusterSelector: {} } },
    });
  const repository = new TestRepository().write({
    'gitfed.yaml': 'prune: {maxDeletions: {count: 1000, percent: 100}}\n',
    'cluster.yaml': `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata: {name: eu-1, namespace: ${NAMESPACE}}
spec: {apiEndpoint: "https://eu-1.example", secretRef: {name: eu-1}}
`,
    'shop.yaml': federated('FederatedNamespace', 'shop', {}),
    ...Object.fromEntries(
      NAMES.map((name) => [`${name}.yaml`, federated('FederatedConfigMap', name, { data: { a: '1' } })]),
    ),
  });
  repository.commit('A shop');
  return repository;
}

it.each([
  ['their answers are late', undefined],
  ['the server asked for time', 429],
  ['something in between could not reach the server', 503],
])('writes that wait when the Lease is lost are never made: %s', async (_why, refusal) => {
  const member = await Member.start();
  const lane = new WarmLane({ name: 'eu-1' }, shop(), member.client, undefined);
  member.holds = isMap;
  member.refusal = refusal;
  const [result] = await Promise.all([lane.run(LEASE), member.takeOver()]);
  expect(member.writes).toEqual([]);
  expect(result.state).toBe('Failed');
  expect(result.message).toMatch(/^The pass broke off here: the Lease .* was taken over by somebody\.$/);
  const locked = NAMES.map((name) => `ConfigMap/${name} skipped ClusterLocked`);
  expect(changesOf(result).toSorted()).toEqual([...locked, 'Namespace/shop created'].toSorted());
  expect(member.client.isDead).toBe(false);

  // The next pass over the same client has a Lease of its own.
  member.calm();
  expect(await lane.run(LEASE)).toMatchObject({ state: 'Synced' });
});

it('deletions that wait when the Lease is lost are never made', async () => {
  const member = await Member.start();
  const repository = shop();
  const lane = new WarmLane({ name: 'eu-1' }, repository, member.client, undefined);
  expect(await lane.run(LEASE)).toMatchObject({ state: 'Synced' });
  repository.write(Object.fromEntries(NAMES.slice(1).map((name) => [`${name}.yaml`, null])));
  repository.commit('Hardly a shop');
  member.calm();
  member.holds = isMap;
  const [result] = await Promise.all([lane.run(LEASE), member.takeOver()]);
  expect(member.writes).toEqual([]);
  expect(result.message).toMatch(/^The pass broke off here: /);
  expect(changesOf(result)).toHaveLength(NAMES.length - 1);
  // Their answers were awaited already.
  const gone = NAMES.map((name) => `/api/v1/namespaces/shop/configmaps/${name}`).filter(
    (path) => member.sandbox.request({ method: 'GET', path }).status === 404,
  );
  expect(gone).toHaveLength(member.held);
});

it('a Lease that is lost ahead of the first write leaves the cluster as it is, and every object is told so', async () => {
  const member = await Member.start();
  const lane = new WarmLane({ name: 'eu-1' }, shop(), member.client, undefined);
  // The inventory is read again once the Lease is ours.
  let reads = 0;
  member.holds = ({ method, path }) => {
    const isRead = method === 'GET' && path.includes('/secrets/');
    if (isRead) reads += 1;
    return isRead && reads === 2;
  };
  const [result] = await Promise.all([lane.run(LEASE), member.takeOver()]);
  expect(member.writes).toEqual([]);
  expect(result.message).toMatch(/^The pass broke off here: /);
  expect(new Set(result.objects.map(({ status }) => status))).toEqual(new Set(['ClusterLocked']));
  expect(result.objects).toHaveLength(NAMES.length + 1);
});
