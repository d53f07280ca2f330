import { expect } from 'vitest';
import { gitfed, type Run } from '../cli/run-gitfed.ts';
import { type Cluster, describe, test } from '../controlplane/fixtures.ts';
import {
  changes,
  EVERYWHERE,
  federatedYaml,
  fleetRepository,
  get,
  problems,
  requestsOf,
  syncOnce,
  type TestRepository,
  writeCredentials,
  writesOf,
} from './fleet.ts';

/** As a person writes it, with comments where edits are made. */
function webYaml(namespace: string, more = ''): string {
  return `# The shop's front.
apiVersion: types.kubefed.io/v1beta1
kind: FederatedDeployment
metadata: {name: web, namespace: ${namespace}}
spec:
  placement: {clusterSelector: {}}
  template:
    spec:
      replicas: 2   # enough at night
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec:
          containers:
            # The one that matters.
            - name: web
              image: 'web:1' # pinned
              args: [--listen, ":8080"]
${more}---
apiVersion: types.kubefed.io/v1beta1
kind: FederatedConfigMap
metadata: {name: map, namespace: ${namespace}}
spec:
  placement: {clusterSelector: {}}
  template:
    data:
      a: "1"
      b: "2" # going
`;
}

const deployment = (namespace: string): string => `/apis/apps/v1/namespaces/${namespace}/deployments/web`;
const configMap = (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps/map`;

/** Changes an object as kubectl does. */
async function change(cluster: Cluster, target: string, patch: unknown): Promise<void> {
  const type = 'application/strategic-merge-patch+json';
  const { status, body } = await cluster.request('PATCH', `${target}?fieldManager=kubectl-edit`, patch, type);
  expect(status, JSON.stringify(body)).toBe(200);
}

const withContainer = (container: unknown) => ({ spec: { template: { spec: { containers: [container] } } } });

/** A fleet in order, and how drift of it is accepted. */
class Shop {
  readonly repository: TestRepository;
  readonly credentials: string;
  readonly #clusters: readonly Cluster[];

  static async synced(
    clusters: readonly Cluster[],
    name: string,
    files: Readonly<Record<string, string>>,
  ): Promise<Shop> {
    const shop = new Shop(clusters, name, files);
    expect(problems(await shop.sync())).toEqual([]);
    return shop;
  }

  private constructor(clusters: readonly Cluster[], name: string, files: Readonly<Record<string, string>>) {
    this.#clusters = clusters;
    this.repository = fleetRepository(clusters, name, files);
    this.credentials = writeCredentials(clusters);
  }

  sync(): ReturnType<typeof syncOnce> {
    return syncOnce(this.repository, this.credentials);
  }

  async accept(...args: readonly string[]): Promise<Run> {
    const called = ['drift', 'accept', ...args, '--credentials-dir', this.credentials, '--no-color'];
    return await gitfed(called, this.repository.folder);
  }

  /** Commits what was accepted: a sync takes the fields over as they are, and the next one has nothing to do. */
  async expectInOrder(namespace: string): Promise<void> {
    this.repository.commit({}, 'Accept');
    expect(await this.#drift()).toMatchObject({ code: 0 });
    const before = await this.#specs(namespace);
    const result = await this.sync();
    expect(problems(result)).toEqual([]);
    const types = result.clusters.flatMap(({ objects }) =>
      objects.flatMap(({ drift = [] }) => drift.map(({ type }) => type)),
    );
    expect(types.filter((type) => type !== 'taken')).toEqual([]);
    expect(await this.#specs(namespace)).toEqual(before);
    const requests = await Promise.all(this.#clusters.map(async (cluster) => (await requestsOf(cluster)).length));
    expect(await this.#drift()).toMatchObject({ code: 0 });
    expect(changes(await this.sync())).toEqual([]);
    for (const [index, cluster] of this.#clusters.entries())
      expect(await writesOf(cluster, requests[index])).toEqual([]);
  }

  async #drift(): Promise<Run> {
    return await gitfed(['drift', '--credentials-dir', this.credentials], this.repository.folder);
  }

  async #specs(namespace: string): Promise<readonly unknown[]> {
    const objects = this.#clusters.map(async (cluster) => {
      const [web, map] = [await get(cluster, deployment(namespace)), await get(cluster, configMap(namespace))];
      return [web.spec, map.data];
    });
    return await Promise.all(objects);
  }
}

describe('drift that is accepted', () => {
  test('of one cluster becomes its override, and stays there', async ({ clusters: [one, two] }) => {
    const shop = await Shop.synced([one, two], 'accept-one', { 'web.yaml': webYaml('accept-one') });
    await change(one, deployment('accept-one'), { spec: { replicas: 5 } });
    await change(one, deployment('accept-one'), withContainer({ name: 'web', image: 'web:2' }));
    await change(one, deployment('accept-one'), withContainer({ name: 'debug', image: 'busybox:1' }));
    await change(one, deployment('accept-one'), { metadata: { labels: { 'shop.example/a': 'x' } } });
    await change(one, configMap('accept-one'), { data: { b: null, c: '3' } });

    const dry = await shop.accept('deploy/web', '--dry-run');
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    expect(dry.stdout).toMatch(/^\+ {8}- path: \/spec\/replicas$/m);
    expect(shop.repository.git('status', '--porcelain')).toBe('');

    const run = await shop.accept('deploy/web', '-n', 'accept-one');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/\.spec\.replicas is 5 in cluster1: an override, web\.yaml:\d+/);
    expect(await shop.accept('cm/map')).toMatchObject({ code: 0 });
    const [before, after] = [webYaml('accept-one').split('\n'), shop.repository.read('web.yaml').split('\n')];
    expect(before.filter((line) => !after.includes(line))).toEqual([]);
    expect(after.filter((line) => line.includes('path:')).map((line) => line.trim())).toEqual([
      '- path: /metadata/labels',
      '- path: /spec/replicas',
      '- path: /spec/template/spec/containers/0/image',
      // Where it stands in the cluster: another order would be a rollout.
      '- path: /spec/template/spec/containers/0',
      '- path: /data/b',
      '- path: /data/c',
    ]);
    await shop.expectInOrder('accept-one');
    const { spec, metadata } = await get(one, deployment('accept-one'));
    expect(spec.replicas).toBe(5);
    expect(spec.template.spec.containers.map(({ image }: { image: string }) => image)).toEqual(['busybox:1', 'web:2']);
    expect(metadata.labels).toMatchObject({ 'shop.example/a': 'x' });
    expect((await get(one, configMap('accept-one'))).data).toEqual({ a: '1', c: '3' });
    expect((await get(two, deployment('accept-one'))).spec.replicas).toBe(2);

    await change(one, deployment('accept-one'), { spec: { replicas: 6 } });
    expect(await shop.accept('deploy/web')).toMatchObject({ code: 0 });
    expect(shop.repository.git('diff', '--numstat')).toBe('1\t1\tweb.yaml');
    await shop.expectInOrder('accept-one');
  });

  test('everywhere becomes the template, in which nothing else changes', async ({ clusters: [one, two] }) => {
    const shop = await Shop.synced([one, two], 'accept-all', { 'web.yaml': webYaml('accept-all') });
    for (const cluster of [one, two]) {
      await change(cluster, deployment('accept-all'), { spec: { replicas: 4 } });
      await change(
        cluster,
        deployment('accept-all'),
        withContainer({ name: 'web', image: 'web:2', args: ['--quiet'] }),
      );
      await change(cluster, configMap('accept-all'), { data: { b: null, c: '3' } });
    }
    expect(await shop.accept('deploy/web')).toMatchObject({ code: 0, stderr: '' });
    expect(await shop.accept('cm/map')).toMatchObject({ code: 0, stderr: '' });
    expect(shop.repository.read('web.yaml')).toBe(
      webYaml('accept-all')
        .replace('replicas: 2 ', 'replicas: 4 ')
        .replace("'web:1'", "'web:2'")
        .replace('[--listen, ":8080"]', '["--quiet"]')
        .replace('      b: "2" # going\n', '      c: "3"\n'),
    );
    await shop.expectInOrder('accept-all');
  });

  test('goes where it is asked to: a field, a cluster, the template', async ({ clusters: [one, two] }) => {
    const shop = await Shop.synced([one, two], 'accept-some', { 'web.yaml': webYaml('accept-some') });
    await change(one, deployment('accept-some'), { spec: { replicas: 7 } });
    await change(one, deployment('accept-some'), withContainer({ name: 'web', image: 'web:2' }));
    const image = '/spec/template/spec/containers/0/image';
    const run = await shop.accept('deploy/web', '--field', image, '--template', '-o', 'json');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(run.stdout)).toMatchObject({
      object: 'FederatedDeployment/accept-some/web',
      written: true,
      file: 'web.yaml',
      accepted: [{ clusters: ['cluster1'], others: ['cluster2'], into: 'template', value: 'web:2', line: 17 }],
      notAccepted: [],
    });
    expect(shop.repository.read('web.yaml')).toBe(webYaml('accept-some').replace("'web:1'", "'web:2'"));
    shop.repository.commit({}, 'Accept the image');
    expect(problems(await shop.sync())).toEqual([]);

    for (const cluster of [one, two]) await change(cluster, deployment('accept-some'), { spec: { replicas: 7 } });
    expect(await shop.accept('deploy/web', '--cluster', 'cluster2')).toMatchObject({ code: 0 });
    expect(shop.repository.read('web.yaml')).toContain('  - clusterName: cluster2\n');
    expect(await shop.accept('deploy/web', '--field', 'spec.paused')).toMatchObject({ code: 2 });
    shop.repository.git('checkout', '--quiet', 'web.yaml');
    const unmatched = await shop.accept('deploy/web', '--field', 'spec.paused');
    expect(unmatched).toMatchObject({ code: 1 });
    expect(unmatched.stdout).toContain('.spec.paused: It has not drifted');
  });
});

describe('drift that is not accepted', () => {
  test('is told with the reason, and no file is written', async ({ clusters: [one, two] }) => {
    const secret = federatedYaml('FederatedSecret', 'key', {
      namespace: 'accept-not',
      spec: { template: { stringData: { token: 'canary-old' } }, placement: EVERYWHERE },
    });
    const preference = `apiVersion: scheduling.kubefed.io/v1alpha1
kind: ReplicaSchedulingPreference
metadata: {name: web, namespace: accept-not}
spec: {targetKind: FederatedDeployment, totalReplicas: 4, clusters: {"*": {weight: 1}}}
`;
    const shop = await Shop.synced([one, two], 'accept-not', {
      'web.yaml': webYaml('accept-not'),
      'secret.yaml': secret,
      'preference.yaml': preference,
    });
    await change(one, deployment('accept-not'), { spec: { replicas: 5 } });
    const planned = await shop.accept('deploy/web');
    expect(planned).toMatchObject({ code: 1, stderr: '' });
    expect(planned.stdout).toMatch(
      /\.spec\.replicas in cluster1: ReplicaSchedulingPreference accept-not\/web plans it/,
    );

    await change(one, '/api/v1/namespaces/accept-not/secrets/key', { stringData: { token: 'canary-new' } });
    const hidden = await shop.accept('secret/key');
    expect(hidden).toMatchObject({ code: 2, stdout: '' });
    expect(hidden.stderr).toContain('values of Secrets are never written into the repository');
    expect(hidden.stderr).not.toContain('canary');

    await two.request('DELETE', configMap('accept-not'));
    const deleted = await shop.accept('cm/map');
    expect(deleted).toMatchObject({ code: 1 });
    expect(deleted.stdout).toContain('it in cluster2: It is not there. To leave it so, take the cluster out');

    expect(await shop.accept('cm/map', '--cluster', 'cluster1')).toMatchObject({ code: 0 });
    expect(shop.repository.git('status', '--porcelain')).toBe('');
  });

  test('is what a sync has still to bring, and what is not committed', async ({ clusters: [one] }) => {
    const shop = await Shop.synced([one], 'accept-new', { 'web.yaml': webYaml('accept-new') });
    await change(one, deployment('accept-new'), { spec: { replicas: 5 } });
    const text = webYaml('accept-new').replace("'web:1'", "'web:3'");
    shop.repository.commit({ 'web.yaml': text });
    const run = await shop.accept('deploy/web');
    expect(run).toMatchObject({ code: 1, stderr: '' });
    expect(run.stdout).toMatch(/image in cluster1: The last commit of the object is not applied there yet/);
    expect(shop.repository.read('web.yaml')).toBe(text.replace('replicas: 2', 'replicas: 5'));

    const dirty = await shop.accept('deploy/web');
    expect(dirty).toMatchObject({ code: 2, stdout: '' });
    expect(dirty.stderr).toMatch(/in the work tree \(web\.yaml\) is not what HEAD has/);
    shop.repository.write('web.yaml', `# A comment is no other object.\n${text}`);
    expect(await shop.accept('deploy/web', '--field', '/spec/replicas')).toMatchObject({ code: 0 });
    expect(shop.repository.read('web.yaml')).toMatch(/^# A comment[\s\S]*replicas: 5/);
  });
});
