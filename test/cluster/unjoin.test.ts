import { readFileSync, statSync } from 'node:fs';
import { expect } from 'vitest';
import { gitfed } from '../cli/run-gitfed.ts';
import { type Cluster, describe, poll, test } from '../controlplane/fixtures.ts';
import { configMaps, configMapYaml, filesBelow, get, namespaceYaml } from './fleet.ts';
import { Joinable, kubeconfigOf } from './joined.ts';
import { create } from './refused-passes.ts';

test.override('sharedClusterOptions', { scope: 'file' }, { controllerManager: true });

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const PART_OF = 'applyset.kubernetes.io/part-of';

/** Everything of the account that there may be. */
async function remains({ cluster, account, name }: Joinable): Promise<readonly string[]> {
  const paths = [
    `/api/v1/namespaces/${name}/serviceaccounts/${account}`,
    ...[account, `${account}-2`, `${account}-3`].map((secret) => `/api/v1/namespaces/${name}/secrets/${secret}`),
    `${RBAC}/clusterroles/gitfed:${account}`,
    `${RBAC}/clusterrolebindings/gitfed:${account}`,
    `${RBAC}/namespaces/${name}/roles/gitfed:${account}`,
    `${RBAC}/namespaces/${name}/rolebindings/gitfed:${account}`,
  ];
  const found = await Promise.all(paths.map(async (path) => ((await get(cluster, path)) === undefined ? [] : [path])));
  return found.flat();
}

async function isGone(cluster: Cluster, path: string): Promise<void> {
  await poll(async () => (await get(cluster, path)) === undefined, { what: `${path} is gone` });
}

/** Joined, and with two objects applied. */
async function applied(cluster: Cluster, name: string, files: Record<string, string> = {}): Promise<Joinable> {
  const one = configMapYaml(`${name}-app`, 'one');
  const fleet = new Joinable(cluster, name, {
    files: { 'ns.yaml': namespaceYaml(`${name}-app`), 'one.yaml': one, ...files },
  });
  await fleet.joined('--list-everything');
  const sync = await fleet.sync();
  expect(sync, sync.stderr + sync.stdout).toMatchObject({ code: 0 });
  return fleet;
}

describe('gitfed unjoin on API servers', () => {
  test('removes what the join made and nothing that was applied, and shows it first', async ({
    clusters: [cluster],
  }) => {
    const fleet = await applied(cluster, 'leaving');
    const files = filesBelow(fleet.repository.folder);
    const dry = await fleet.unjoin('--dry-run');
    expect(dry.code).toBe(0);
    expect(await remains(fleet)).toHaveLength(6);
    expect(filesBelow(fleet.repository.folder)).toEqual(files);
    const run = await fleet.unjoin();
    expect(run).toMatchObject({ code: 0, stdout: dry.stdout });
    expect(run.stdout).toBe(
      `delete cluster1: RoleBinding leaving/gitfed:cluster1-leaving
delete cluster1: ClusterRoleBinding gitfed:cluster1-leaving
delete cluster1: Secret leaving/cluster1-leaving
delete cluster1: ServiceAccount leaving/cluster1-leaving
delete cluster1: Role leaving/gitfed:cluster1-leaving
delete cluster1: ClusterRole gitfed:cluster1-leaving
keep cluster1: Secret leaving/gitfed-leaving, the inventory, and all objects in it: see --remove-applied and --release-applied
delete cluster1: Namespace leaving, once nothing else is in it
delete credentials: ${fleet.tokenFile}
delete repository: clusters/cluster1.yaml, KubeFedCluster cluster1
`,
    );
    expect(await remains(fleet)).toEqual([]);
    expect(() => statSync(fleet.tokenFile)).toThrow('ENOENT');
    expect(Object.keys(filesBelow(fleet.repository.folder))).not.toContain('clusters/cluster1.yaml');
    const map = await get(cluster, '/api/v1/namespaces/leaving-app/configmaps/one');
    expect(map.metadata.labels).toHaveProperty([PART_OF]);
    expect(await get(cluster, '/api/v1/namespaces/leaving')).toMatchObject({ status: { phase: 'Active' } });
    expect(await fleet.unjoin()).toMatchObject({ code: 2, stderr: expect.stringContaining('no cluster "cluster1"') });

    // Who comes back takes up what is there.
    await fleet.joined();
    const sync = await fleet.sync();
    expect(sync, sync.stderr).toMatchObject({ code: 0 });
    expect(await get(cluster, '/api/v1/namespaces/leaving-app/configmaps/one')).toEqual(map);
  });

  test('deletes what was applied through the inventory, its record and the namespace', async ({
    clusters: [cluster],
  }) => {
    const fleet = await applied(cluster, 'emptied', { 'two.yaml': configMapYaml('emptied-app', 'two') });
    await create(cluster, '/api/v1/namespaces/default/configmaps', { metadata: { name: 'foreign' } });
    const run = await fleet.unjoin('--remove-applied');
    expect(run, run.stderr).toMatchObject({ code: 0 });
    expect(run.stdout).toContain('delete cluster1: 2 objects of kind ConfigMap\n');
    expect(run.stdout).toContain('delete cluster1: 1 object of kind Namespace\n');
    expect(await remains(fleet)).toEqual([]);
    expect(await get(cluster, '/api/v1/namespaces/emptied-app')).toBeUndefined();
    expect(await get(cluster, '/api/v1/namespaces/default/configmaps/foreign')).toBeDefined();
    await isGone(cluster, '/api/v1/namespaces/emptied');
  });

  test('takes the labels off what was applied, and leaves it for others', async ({ clusters: [cluster] }) => {
    const fleet = await applied(cluster, 'released');
    const path = '/api/v1/namespaces/released-app/configmaps/one';
    await cluster.request(
      'PATCH',
      path,
      { metadata: { annotations: { 'gitfed.io/prune': 'false' } } },
      'application/merge-patch+json',
    );
    const { uid } = (await get(cluster, path)).metadata;
    const run = await fleet.unjoin('--release-applied');
    expect(run, run.stderr).toMatchObject({ code: 0 });
    expect(run.stdout).toContain('release cluster1: 1 object of kind ConfigMap, left there without our labels\n');
    const map = await get(cluster, path);
    expect(map).toMatchObject({ metadata: { uid }, data: { a: '1' } });
    expect(map.metadata.labels ?? {}).not.toHaveProperty([PART_OF]);
    expect((await get(cluster, '/api/v1/namespaces/released-app')).metadata.labels).not.toHaveProperty([PART_OF]);
    await isGone(cluster, '/api/v1/namespaces/released');
    const other = new Joinable(cluster, 'successor', { files: { 'one.yaml': configMapYaml('released-app', 'one') } });
    other.repository.commit({ 'ns.yaml': namespaceYaml('released-app') });
    await other.joined();
    const sync = await other.sync();
    expect(sync, sync.stdout + sync.stderr).toMatchObject({ code: 0 });
  });

  test('deletes no more than the guard lets through, and nothing while the repository is in error', async ({
    clusters: [, cluster],
  }) => {
    const fleet = await applied(cluster, 'guarded', { 'many.yaml': configMaps('guarded-app', 12) });
    const files = filesBelow(fleet.repository.folder);
    const blocked = await fleet.unjoin('--remove-applied');
    expect(blocked.code).toBe(2);
    expect(blocked.stderr).toContain('--allow-deletions 14');
    expect(await remains(fleet)).toHaveLength(6);
    fleet.repository.write('broken.yaml', 'kind: [');
    const held = await fleet.unjoin('--remove-applied', '--allow-deletions', '14');
    expect(held).toMatchObject({ code: 2, stderr: expect.stringContaining('broken.yaml:1') });
    expect(await remains(fleet)).toHaveLength(6);
    fleet.repository.commit({ 'broken.yaml': undefined });
    expect(filesBelow(fleet.repository.folder)['clusters/cluster2.yaml']).toBe(files['clusters/cluster2.yaml']);
    const run = await fleet.unjoin('--remove-applied', '--allow-deletions', '14');
    expect(run, run.stderr).toMatchObject({ code: 0 });
    expect(await get(cluster, '/api/v1/namespaces/guarded-app')).toBeUndefined();
  });

  test('leaves with --force what does not answer, and what was not made by the join', async ({ freshClusters }) => {
    const [cluster] = await freshClusters(1, { controllerManager: true });
    const fleet = new Joinable(cluster, 'gone');
    await fleet.joined();
    const account = '/api/v1/namespaces/gone/serviceaccounts/cluster1-gone';
    await cluster.request(
      'PATCH',
      account,
      { metadata: { annotations: { 'gitfed.io/joined-as': null } } },
      'application/merge-patch+json',
    );
    expect((await fleet.unjoin('--dry-run')).stdout).toContain(
      'keep cluster1: ServiceAccount gone/cluster1-gone, it is not of a join of this repository',
    );
    await cluster.stop();
    const files = filesBelow(fleet.repository.folder);
    const run = await fleet.unjoin('--request-timeout', '1s');
    expect(run).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('was not reached') });
    expect(filesBelow(fleet.repository.folder)).toEqual(files);
    const forced = await fleet.unjoin('--force', '--request-timeout', '1s');
    expect(forced).toMatchObject({ code: 1, stderr: expect.stringContaining('Nothing is removed in the member') });
    expect(Object.keys(filesBelow(fleet.repository.folder))).not.toContain('clusters/cluster1.yaml');
    expect(() => statSync(fleet.tokenFile)).toThrow('ENOENT');
    await cluster.start();
    // The files are gone: the rest is removed by the name of the cluster.
    const rest = await fleet.unjoin('--force');
    expect(rest, rest.stderr).toMatchObject({ code: 0 });
    expect(await get(cluster, `${RBAC}/clusterrolebindings/gitfed:cluster1-gone`)).toBeUndefined();
    expect(await get(cluster, account)).toBeDefined();
  });

  test('refuses another cluster, and files that hold more than the cluster', async ({ clusters: [one, two] }) => {
    const fleet = new Joinable(one, 'shared');
    await fleet.joined();
    fleet.kubeconfig = kubeconfigOf(two);
    const wrong = await fleet.unjoin('--cluster-context', 'cluster2');
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('is registered as') });
    fleet.kubeconfig = kubeconfigOf(one);
    const registration = fleet.repository.read('clusters/cluster1.yaml');
    fleet.repository.write('clusters/cluster1.yaml', `${registration}---\n${namespaceYaml('shared')}`);
    const more = await fleet.unjoin();
    expect(more).toMatchObject({ code: 2, stderr: expect.stringContaining('stands in a file with other objects') });
    expect(await remains(fleet)).toHaveLength(6);
    for (const flags of [
      ['--remove-applied', '--release-applied'],
      ['--allow-deletions', '3'],
      ['--credentials-dir', '.'],
    ]) {
      expect(await fleet.run('unjoin', ...flags)).toMatchObject({ code: 2 });
    }
  });
});

describe('gitfed clusters on API servers', () => {
  test('says as whom a member is reached and until when, and never the token', async ({ clusters: [cluster] }) => {
    const fleet = new Joinable(cluster, 'known');
    await fleet.joined();
    fleet.repository.commit({});
    const { folder } = fleet.repository;
    const clusters = async (...more: string[]) =>
      await gitfed(['clusters', '--credentials-dir', fleet.credentials, ...more], folder);
    const lasting = await clusters();
    expect(lasting.stdout).toMatch(/system:serviceaccount:known:cluster1-known +never$/m);
    await fleet.joined('--rotate', '--token-duration', '10m');
    const token = readFileSync(fleet.tokenFile, 'utf8');
    const json = await clusters('-o', 'json');
    expect(JSON.parse(json.stdout).clusters.cluster1.credential).toEqual({
      subject: 'system:serviceaccount:known:cluster1-known',
      expires: expect.stringMatching(/^\d{4}-.*Z$/),
      state: 'Valid',
    });
    expect(json.stdout + json.stderr).not.toContain(token);
    const opaque = await gitfed(['clusters', '--kubeconfig', kubeconfigOf(cluster)], folder);
    expect(opaque.stdout).toMatch(/^cluster1 +yes .* admin$/m);
  });
});
