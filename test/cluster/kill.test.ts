import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import process from 'node:process';
import { expect, onTestFinished } from 'vitest';
import { type Cluster, describe, test } from '../controlplane/fixtures.ts';
import {
  type FaultProxy,
  isWrite,
  onNthWrite,
  type RequestMatch,
  startFaultProxy,
  type WriteMoment,
} from './fault-proxy.ts';
import {
  EVERYWHERE,
  federatedYaml,
  fleetRepository,
  get,
  grantFor,
  namespaceYaml,
  problems,
  requestsOf,
  syncOnce,
  type TestRepository,
  writeCredentials,
  writesOf,
} from './fleet.ts';

const MAIN = path.resolve(import.meta.dirname, '../../src/cli/main.ts');
const KILLS = 32;
const KILLS_BEFORE_A_REVERT = 8;
/** Deletions under way are told of, and are no problem. */
const LEAVING = /WaitingForRemoval/;

interface Member {
  readonly kind: string;
  /** Where the API server has the objects of its kind. */
  readonly collection: string;
  readonly name: string;
  readonly spec: object;
}

interface Numbered {
  readonly kind: string;
  readonly plural: string;
  readonly api?: string;
  readonly count: number;
  readonly spec: (name: string, step: string) => object;
}

const KINDS: readonly Numbered[] = [
  { kind: 'ConfigMap', plural: 'configmaps', count: 14, spec: (_name, step) => ({ data: { step } }) },
  {
    kind: 'Secret',
    plural: 'secrets',
    count: 6,
    spec: (_name, step) => ({ data: { step: Buffer.from(step).toString('base64') } }),
  },
  { kind: 'ServiceAccount', plural: 'serviceaccounts', count: 3, spec: () => ({}) },
  {
    kind: 'Service',
    plural: 'services',
    count: 4,
    spec: (_name, step) => ({ spec: { selector: { step }, ports: [{ port: 80 }] } }),
  },
  {
    kind: 'Deployment',
    plural: 'deployments',
    api: '/apis/apps/v1',
    count: 4,
    spec: (app, step) => ({
      spec: {
        selector: { matchLabels: { app } },
        template: {
          metadata: { labels: { app } },
          spec: { containers: [{ name: 'web', image: `web:${step}` }] },
        },
      },
    }),
  },
];

/** Of a kind that only odd steps have. */
const INGRESS = { spec: { defaultBackend: { service: { name: 'service-0', port: { number: 80 } } } } };

/** What there is at a step: every object changes, and for each kind one object of odd and one of even steps take turns. */
function members(namespace: string, step: number): readonly Member[] {
  const isOdd = step % 2 === 1;
  const collectionOf = (api: string, plural: string) => `${api}/namespaces/${namespace}/${plural}`;
  const numbered = KINDS.flatMap(({ kind, plural, api = '/api/v1', count, spec }) => {
    const numbers = Array.from({ length: count }, (_, index) => String(index));
    return [...numbers, isOdd ? 'odd' : 'even'].map((suffix) => {
      const name = `${kind.toLowerCase()}-${suffix}`;
      return { kind, collection: collectionOf(api, plural), name, spec: spec(name, String(step)) };
    });
  });
  const collection = collectionOf('/apis/networking.k8s.io/v1', 'ingresses');
  return isOdd ? [...numbered, { kind: 'Ingress', collection, name: 'ingress', spec: INGRESS }] : numbered;
}

function memberYaml({ kind, name, spec }: Omit<Member, 'collection'>, namespace: string, step: number): string {
  const metadata = { labels: { step: String(step) } };
  return federatedYaml(`Federated${kind}`, name, {
    namespace,
    spec: { template: { metadata, ...spec }, placement: EVERYWHERE },
  });
}

function memberFiles(namespace: string, step: number): Readonly<Record<string, string>> {
  const all = members(namespace, step).map((member) => memberYaml(member, namespace, step));
  return { 'objects.yaml': all.join('---\n') };
}

/** A namespace that lives for one step, with a ConfigMap in it. */
function passing(namespace: string, step: number): string {
  return `${namespace}-${step}`;
}

function passingFiles(namespace: string, step: number): Readonly<Record<string, string>> {
  const name = passing(namespace, step);
  const map = { kind: 'ConfigMap', name: 'passing', spec: { data: { step: String(step) } } };
  return { 'passing.yaml': [namespaceYaml(name), memberYaml(map, name, step)].join('---\n') };
}

/** `collection/name step` of what there should be. */
function expectedObjects(namespace: string, step: number): readonly string[] {
  return members(namespace, step)
    .map(({ collection, name }) => `${collection}/${name} ${step}`)
    .sort();
}

async function liveObjects(cluster: Cluster, namespace: string): Promise<readonly string[]> {
  const collections = new Set(members(namespace, 1).map(({ collection }) => collection));
  const lists = [...collections].map(async (collection) => {
    const { items } = await get(cluster, `${collection}?labelSelector=step`);
    return items.map(
      ({ metadata }: { metadata: { name: string; labels: { step: string } } }) =>
        `${collection}/${metadata.name} ${metadata.labels.step}`,
    );
  });
  return (await Promise.all(lists)).flat().sort();
}

/** `collection/name` of the members that a step has and another one has not. */
function difference(namespace: string, step: number, other: number): readonly string[] {
  const names = new Set(members(namespace, other).map(({ name }) => name));
  const surplus = members(namespace, step).filter(({ name }) => !names.has(name));
  return surplus.map(({ collection, name }) => `${collection}/${name}`);
}

/** `collection/name` of what a pass to `step` has to delete. */
function expectedDeletions(namespace: string, step: number): readonly string[] {
  const before = `/api/v1/namespaces/${passing(namespace, step - 1)}`;
  return [...difference(namespace, step - 1, step), `${before}/configmaps/passing`, before];
}

/** `collection/name` of what gitfed deleted below a namespace whose name begins so, and of such namespaces. */
async function deletions(cluster: Cluster, namespace: string): Promise<readonly string[]> {
  const writes = (await writesOf(cluster)).filter(({ verb }) => verb.startsWith('delete'));
  return writes
    .filter(({ objectRef }) => objectRef?.namespace?.startsWith(namespace))
    .filter(({ responseStatus }) => responseStatus?.code === 200)
    .map(({ requestURI }) => requestURI.replace(/\?.*/, ''))
    .sort();
}

/** Does what the namespace controller does in the end; without it a namespace never goes. */
async function finishNamespace(cluster: Cluster, name: string): Promise<void> {
  const namespace = await get(cluster, `/api/v1/namespaces/${name}`);
  expect(namespace.status.phase).toBe('Terminating');
  const target = `/api/v1/namespaces/${name}/finalize`;
  const { status } = await cluster.request('PUT', target, { ...namespace, spec: { finalizers: [] } });
  expect(status).toBe(200);
}

/** Renewing a Lease depends on the clock: it is not counted. */
const isCounted: RequestMatch = (request) => isWrite(request) && !request.path.includes('/leases');

interface Kill {
  readonly k: number;
  readonly when: WriteMoment;
}

/** Passes of gitfed in processes of their own, over one repository. */
class GitfedProcess {
  readonly #proxies: readonly FaultProxy[];
  readonly #args: readonly string[];
  readonly #grant: () => Promise<void>;

  constructor(proxies: readonly FaultProxy[], folder: string, credentials: string) {
    this.#proxies = proxies;
    this.#grant = () => grantFor(credentials, folder);
    this.#args = [MAIN, 'sync', folder, '--credentials-dir', credentials];
  }

  /** @returns the number of its writes. */
  async runToItsEnd(): Promise<number> {
    const { ended, writes } = await this.#run({ k: Number.POSITIVE_INFINITY, when: 'before' });
    expect(ended).toBe(0);
    return writes;
  }

  /** Returns when everything that it sent before it was killed has arrived. */
  async runAndKill(kill: Kill): Promise<void> {
    const { ended, writes } = await this.#run(kill);
    expect(ended, `killed ${kill.when} write ${kill.k}, there were ${writes}`).toBe('SIGKILL');
  }

  async #run(kill: Kill): Promise<{ readonly ended: unknown; readonly writes: number }> {
    await this.#grant();
    const child = spawn(process.execPath, this.#args, { stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    const exit = once(child, 'exit');
    const count = onNthWrite(this.#proxies, { ...kill, match: isCounted }, async () => {
      child.kill('SIGKILL');
      await exit;
    });
    const [code, signal] = await exit;
    for (const proxy of this.#proxies) await proxy.settled();
    for (const proxy of this.#proxies) await proxy.clear();
    return { ended: signal ?? code, writes: count() };
  }
}

async function startKilled(
  clusters: readonly Cluster[],
  namespace: string,
  files: Readonly<Record<string, string>>,
): Promise<{ readonly repository: TestRepository; readonly credentials: string; readonly gitfed: GitfedProcess }> {
  const proxies = await Promise.all(clusters.map(startFaultProxy));
  const registered = proxies.map((proxy) => [`clusters/${proxy.cluster.name}.yaml`, proxy.clusterYaml]);
  const repository = fleetRepository(clusters, namespace, { ...Object.fromEntries(registered), ...files });
  const credentials = writeCredentials(clusters);
  return { repository, credentials, gitfed: new GitfedProcess(proxies, repository.folder, credentials) };
}

/** `count` numbers of writes, spread evenly over a pass. */
function spread(count: number, writes: number): readonly Kill[] {
  return Array.from({ length: count }, (_, index) => ({
    k: 1 + Math.round((index * (writes - 1)) / (count - 1)),
    when: index % 2 === 0 ? 'before' : 'after',
  }));
}

describe('gitfed that is killed at any write', () => {
  test('is caught up with by one more pass, and deletes nothing it should not', { timeout: 600_000 }, async ({
    clusters: [first, second],
  }) => {
    const namespace = 'kill';
    const clusters = [first, second];
    const files = (step: number) => ({ ...memberFiles(namespace, step), ...passingFiles(namespace, step) });
    const { repository, credentials, gitfed } = await startKilled(clusters, namespace, files(0));
    const converge = async (step: number): Promise<void> => {
      const result = await syncOnce(repository, credentials);
      expect(problems(result).filter((line) => !LEAVING.test(line))).toEqual([]);
      expect(result.ok).toBe(true);
      for (const cluster of clusters) {
        await finishNamespace(cluster, passing(namespace, step - 1));
        expect(await liveObjects(cluster, namespace)).toEqual(expectedObjects(namespace, step));
      }
    };
    await syncOnce(repository, credentials);
    repository.commit(files(1));
    const writes = await gitfed.runToItsEnd();
    await converge(1);

    const kills = spread(KILLS, writes);
    for (const [index, kill] of kills.entries()) {
      repository.commit(files(index + 2));
      await gitfed.runAndKill(kill);
      await converge(index + 2);
    }

    const steps = Array.from({ length: KILLS + 1 }, (_, index) => index + 1);
    const expected = steps.flatMap((step) => expectedDeletions(namespace, step)).sort();
    const before = await Promise.all(clusters.map(async (cluster) => (await requestsOf(cluster)).length));
    expect((await syncOnce(repository, credentials)).ok).toBe(true);
    for (const [index, cluster] of clusters.entries()) {
      expect(await deletions(cluster, namespace)).toEqual(expected);
      expect(await writesOf(cluster, before[index])).toEqual([]);
    }
  });

  test('leaves nothing behind where its commit is reverted before the next pass', { timeout: 300_000 }, async ({
    clusters: [, , cluster],
  }) => {
    const namespace = 'revert';
    const { repository, credentials, gitfed } = await startKilled([cluster], namespace, memberFiles(namespace, 0));
    const revert = async (): Promise<void> => {
      repository.commit(memberFiles(namespace, 0));
      expect(problems(await syncOnce(repository, credentials))).toEqual([]);
      expect(await liveObjects(cluster, namespace)).toEqual(expectedObjects(namespace, 0));
    };
    await syncOnce(repository, credentials);
    repository.commit(memberFiles(namespace, 1));
    const writes = await gitfed.runToItsEnd();
    await revert();

    for (const kill of spread(KILLS_BEFORE_A_REVERT, writes)) {
      repository.commit(memberFiles(namespace, 1));
      await gitfed.runAndKill(kill);
      await revert();
    }
    const turns = [...difference(namespace, 0, 1), ...difference(namespace, 1, 0)].sort();
    expect([...new Set(await deletions(cluster, namespace))].sort()).toEqual(turns);
  });
});
