import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { buildModel } from '../../src/api/index.ts';
import type { JsonObject } from '../../src/core/index.ts';
import { readWorkingTree } from '../../src/git/index.ts';
import { render } from '../../src/render/index.ts';
import { gitfed } from '../cli/run-gitfed.ts';
import { auditEvents, type Cluster, describe, test } from '../controlplane/fixtures.ts';
import { TestRepository, temporaryFolder } from '../helpers/git-repository.ts';
import { grantFor, writeCredential } from './credentials.ts';

const EXAMPLE = path.join(import.meta.dirname, '../../examples/repo');
const MEMBERS = ['eu-1', 'us-1', 'ap-1'] as const;

/** `examples/repo` on three real clusters: two of its five are not registered here. */
class Shop {
  readonly repository = new TestRepository();
  readonly credentials = temporaryFolder();
  readonly clusters: readonly Cluster[];

  constructor(clusters: readonly Cluster[]) {
    this.clusters = clusters;
    cpSync(EXAMPLE, this.repository.folder, { recursive: true });
    for (const name of ['eu-2', 'us-2']) rmSync(this.path(`clusters/${name}.yaml`));
    for (const [index, name] of MEMBERS.entries()) this.#register(name, this.member(index));
    this.repository.commit('A shop');
  }

  member(index: number): Cluster {
    const cluster = this.clusters[index];
    if (cluster === undefined) throw new Error(`there is no cluster ${index}`);
    return cluster;
  }

  path(name: string): string {
    return path.join(this.repository.folder, name);
  }

  edit(name: string, change: (text: string) => string): this {
    const before = readFileSync(this.path(name), 'utf8');
    const after = change(before);
    expect(after).not.toBe(before);
    writeFileSync(this.path(name), after);
    return this;
  }

  async sync(...flags: readonly string[]): ReturnType<typeof gitfed> {
    await grantFor(this.credentials, this.repository.folder);
    return await gitfed(['sync', '--credentials-dir', this.credentials, ...flags], this.repository.folder);
  }

  /** The commits of the status branch, newest first. */
  statusLog(): string[] {
    const text = this.repository.git('for-each-ref', '--format=%(refname)', 'refs/heads/gitfed/status');
    return text === '' ? [] : this.repository.git('log', '--format=%H', 'gitfed/status').split('\n');
  }

  #register(name: string, cluster: Cluster): void {
    this.edit(`clusters/${name}.yaml`, (text) =>
      text.replace(/apiEndpoint: .*/, `apiEndpoint: ${cluster.url}\n  caBundle: ${cluster.caBundle}`),
    );
    writeCredential(this.credentials, cluster, name);
  }
}

interface Metadata {
  readonly metadata: { readonly labels?: Record<string, string>; readonly name: string; readonly namespace?: string };
}

async function get(
  cluster: Cluster,
  target: string,
): Promise<{ readonly status: number; readonly body: JsonObject & Metadata }> {
  return await cluster.request('GET', target);
}

/** Everything that carries the label of an inventory, as `Kind/namespace/name`. */
async function inventoried(cluster: Cluster, kinds: ReadonlyMap<string, string>): Promise<string[]> {
  const found: string[] = [];
  for (const [kind, target] of kinds) {
    const { body } = await cluster.request<{ items: readonly Metadata[] }>(
      'GET',
      `${target}?labelSelector=applyset.kubernetes.io/part-of`,
    );
    found.push(...body.items.map(({ metadata }) => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`));
  }
  return found.toSorted();
}

/** Writes of gitfed itself to a member: neither the test's own requests nor the components' of the control plane. */
async function writes(cluster: Cluster): Promise<string[]> {
  const events = await auditEvents(cluster);
  return events
    .filter(
      ({ verb, userAgent }) =>
        ['create', 'update', 'patch', 'delete', 'deletecollection'].includes(verb) && userAgent?.startsWith('gitfed/'),
    )
    .map(({ verb, objectRef }) => `${verb} ${objectRef?.resource}/${objectRef?.name}`);
}

const PLURALS: Readonly<Record<string, string>> = {
  Ingress: 'ingresses',
  NetworkPolicy: 'networkpolicies',
  PriorityClass: 'priorityclasses',
};

function collection({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string {
  const plural = PLURALS[kind] ?? `${kind.toLowerCase()}s`;
  return apiVersion.includes('/') ? `/apis/${apiVersion}/${plural}` : `/api/${apiVersion}/${plural}`;
}

describe('gitfed sync of examples/repo on three real clusters', () => {
  test('puts every object where it belongs, writes nothing twice, changes and removes what a commit says', async ({
    clusters,
  }) => {
    const shop = new Shop(clusters);
    const rendering = render(buildModel(await readWorkingTree(shop.repository.folder)));

    const first = await shop.sync();
    expect(first, first.stderr).toMatchObject({ code: 0 });
    expect(shop.statusLog()).toHaveLength(1);
    const kinds = new Map(
      rendering.clusters.flatMap(({ objects }) =>
        objects.map(({ id, manifest }) => [id.kind, collection(manifest as never)] as const),
      ),
    );
    for (const [index, member] of MEMBERS.entries()) {
      const objects = rendering.clusters.find(({ cluster }) => cluster === member)?.objects ?? [];
      expect(objects.length).toBeGreaterThan(20);
      const expected = objects.map(({ id }) => `${id.kind}/${id.namespace}/${id.name}`).toSorted();
      expect(await inventoried(shop.member(index), kinds)).toEqual(expected);
    }

    const before = await Promise.all(clusters.map(writes));
    const second = await shop.sync();
    expect(second).toMatchObject({ code: 0 });
    expect(shop.statusLog()).toHaveLength(1);
    expect(await Promise.all(clusters.map(writes))).toEqual(before);

    // One override edited: one object changes in one cluster.
    shop.edit('shop/web-settings.yaml', (text) => text.replace('value: SGD', 'value: NZD'));
    const placed = (await get(shop.member(2), '/api/v1/namespaces/shop/configmaps/web-settings')).body;
    expect(placed).toHaveProperty('data.CURRENCY', 'SGD');
    shop.repository.commit('New Zealand');
    expect(await shop.sync()).toMatchObject({ code: 0 });
    const after = await Promise.all(clusters.map(writes));
    expect(after[0]?.slice(before[0]?.length)).toEqual([]);
    expect(after[1]?.slice(before[1]?.length)).toEqual([]);
    expect(after[2]?.slice(before[2]?.length)).toContain('patch configmaps/web-settings');
    expect(
      after[2]?.slice(before[2]?.length).filter((write) => !/(?:secrets|leases)\/gitfed-/.test(write)),
    ).toHaveLength(1);
    expect(shop.statusLog()).toHaveLength(2);

    // A narrowed placement: one object leaves the members that it names no more.
    shop.edit('shop/web-settings.yaml', (text) =>
      text.replace('clusterSelector: {}', 'clusterSelector: {matchLabels: {region: ap}}'),
    );
    shop.repository.commit('Settings stay in the region');
    expect(await shop.sync()).toMatchObject({ code: 0 });
    const deletions = async (): Promise<string[][]> =>
      (await Promise.all(clusters.map(writes))).map((all) => all.filter((write) => write.startsWith('delete')));
    const settings = ['delete configmaps/web-settings'];
    expect(await deletions()).toEqual([settings, settings, []]);
    expect((await get(shop.member(0), '/api/v1/namespaces/shop/configmaps/web-settings')).status).toBe(404);

    // Renamed and broken in one commit: what the file held is unknown, so nothing is deleted.
    const web = readFileSync(shop.path('shop/web.yaml'), 'utf8');
    rmSync(shop.path('shop/web.yaml'));
    writeFileSync(shop.path('shop/storefront.yaml'), `broken: [\n${web}`);
    shop.repository.commit('Rename and break');
    const broken = await shop.sync();
    expect(broken.code).toBe(1);
    expect(broken.stderr).toMatch(/shop\/storefront\.yaml:\d+:\d+: error InvalidYAML/);
    expect(broken.stdout).toContain('PruneHeld');
    expect(await deletions()).toEqual([settings, settings, []]);
    writeFileSync(shop.path('shop/storefront.yaml'), web);
    shop.repository.commit('Mend');
    expect(await shop.sync()).toMatchObject({ code: 0 });

    // A broken cluster file moves no replica.
    const replicas = async (): Promise<unknown[]> =>
      Promise.all(
        clusters.map(
          async (cluster) => (await get(cluster, '/apis/apps/v1/namespaces/shop/deployments/web')).body.spec,
        ),
      );
    const planned = await replicas();
    const cluster = readFileSync(shop.path('clusters/us-1.yaml'), 'utf8');
    shop.edit('clusters/us-1.yaml', (text) => `${text}\n  broken`);
    shop.repository.commit('Break a cluster');
    expect(await shop.sync()).toMatchObject({ code: 1 });
    expect(await replicas()).toEqual(planned);
    writeFileSync(shop.path('clusters/us-1.yaml'), cluster);
    shop.repository.commit('Mend the cluster');
    expect(await shop.sync()).toMatchObject({ code: 0 });
    expect(await replicas()).toEqual(planned);

    // Most objects go: blocked, until a commit says that it is meant.
    const remaining = await inventoried(shop.member(0), kinds);
    for (const folder of ['shop', 'payments', 'monitoring']) rmSync(shop.path(folder), { recursive: true });
    shop.repository.commit('Remove most of it');
    const blocked = await shop.sync();
    expect(blocked.code).toBe(1);
    expect(blocked.stdout).toContain('PruneBlocked');
    expect(await inventoried(shop.member(0), kinds)).toEqual(remaining);
    shop.repository.git(
      'commit',
      '--quiet',
      '--allow-empty',
      '-m',
      'It is meant\n\nGitfed-Allow: maxDeletions the shop closes',
    );
    expect(await shop.sync()).toMatchObject({ code: 0 });
    const wanted = render(buildModel(await readWorkingTree(shop.repository.folder))).clusters;
    const kept = wanted.find(({ cluster: name }) => name === MEMBERS[0])?.objects ?? [];
    const names = kept.map(({ id }) => `${id.kind}/${id.namespace}/${id.name}`).toSorted();
    expect(names.length).toBeLessThan(remaining.length);
    expect(await inventoried(shop.member(0), kinds)).toEqual(names);

    // Each pass that changed something was one commit.
    const messages = shop.repository.git(
      'log',
      '--format=%s%n%(trailers:key=Source-Commit,valueonly)',
      'gitfed/status',
    );
    expect(messages).toContain(shop.repository.git('rev-parse', 'HEAD'));
    expect(shop.statusLog()).toHaveLength(9);
  });

  test('a cluster that is down leaves the others complete, and is caught up when it is back', async ({
    freshClusters,
  }) => {
    const clusters = await freshClusters(3);
    const shop = new Shop(clusters);
    await shop.member(1).stop();
    const first = await shop.sync('--request-timeout', '5s');
    expect(first.code).toBe(1);
    expect(first.stdout).toMatch(/us-1 +NotReady/);
    for (const index of [0, 2]) {
      expect((await get(shop.member(index), '/apis/apps/v1/namespaces/shop/deployments/web')).status).toBe(200);
    }
    expect(shop.statusLog()).toHaveLength(1);
    await shop.member(1).restart();
    expect(await shop.sync()).toMatchObject({ code: 0 });
    expect((await get(shop.member(1), '/apis/apps/v1/namespaces/shop/deployments/web')).status).toBe(200);
    expect(shop.statusLog()).toHaveLength(2);
  });
});
