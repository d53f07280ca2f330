import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DaemonOptions } from '../../src/daemon/daemon.ts';
import type { DaemonEvent } from '../../src/daemon/events.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { TestRepository, temporaryFolder } from '../helpers/git-repository.ts';
import { runDaemon } from './daemon-run.ts';

const SOPS = path.resolve(import.meta.dirname, '../../src/cluster/testdata/sops');
const ENCRYPTED = readFileSync(path.join(SOPS, 'encrypted', 'federated-secret.yaml'), 'utf8');

const CLUSTER = `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata: {name: eu-1, namespace: kube-federation-system}
spec: {apiEndpoint: "https://127.0.0.1:1", secretRef: {name: eu-1}}
`;

function federated(kind: string, name: string, namespace: string, template = '{}'): string {
  return `apiVersion: types.kubefed.io/v1beta1
kind: Federated${kind}
metadata: {name: ${name}, namespace: ${namespace}}
spec: {template: ${template}, placement: {clusterSelector: {}}}
`;
}

const map = (value: string): string => federated('ConfigMap', 'map', 'shop', `{data: {a: "${value}"}}`);

type EventOf<Type extends DaemonEvent['type']> = Extract<DaemonEvent, { readonly type: Type }>;

/** One sandbox cluster, and a repository of its own for it. */
class Cluster {
  readonly repository = new TestRepository();
  readonly sandbox: Sandbox;
  readonly kubeconfig = path.join(temporaryFolder(), 'kubeconfig');

  private constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
    writeFileSync(this.kubeconfig, sandbox.kubeconfig());
  }

  static async start(): Promise<Cluster> {
    const sandbox = await startSandbox({ name: 'eu-1', namespaces: ['kube-federation-system'] });
    onTestFinished(() => sandbox.stop());
    return new Cluster(sandbox);
  }

  commit(files: Readonly<Record<string, string>>): string {
    return this.repository.write(files).commit();
  }

  /** `undefined` where there is no such object. */
  get(target: string): Record<string, unknown> | undefined {
    const { status, body } = this.sandbox.request({ method: 'GET', path: target });
    return status === 200 ? body : undefined;
  }

  edit(target: string, body: object): void {
    const contentType = 'application/merge-patch+json';
    const request = { method: 'PATCH', path: `${target}?fieldManager=kubectl-edit`, body: JSON.stringify(body) };
    expect(this.sandbox.request({ ...request, contentType }).status).toBe(200);
  }
}

async function run(cluster: Cluster, options: Partial<DaemonOptions> = {}) {
  const { events, stop } = await runDaemon({
    source: cluster.repository.folder,
    kubeconfig: cluster.kubeconfig,
    status: { minIntervalMs: 100 },
    ...options,
  });
  const of = <Type extends DaemonEvent['type']>(type: Type) =>
    events.filter((event): event is EventOf<Type> => event.type === type);
  const applied = (commit: string): Promise<void> =>
    expect.poll(() => of('revisionApplied').map((event) => event.commit), { timeout: 30_000 }).toContain(commit);
  const findings = (commit: string): readonly string[] =>
    of('revisionAccepted')
      .filter((event) => event.commit === commit)
      .flatMap((event) => event.findings.map(({ severity, code }) => `${severity} ${code}`));
  return { of, applied, findings, stop };
}

const SECRET = '/api/v1/namespaces/shop/secrets/database';
const MAP = '/api/v1/namespaces/shop/configmaps/map';

describe('what a daemon remembers between commits (security row 21)', () => {
  it('opens nothing that the key does not open which is there now', async () => {
    const cluster = await Cluster.start();
    const ageKeyFile = path.join(temporaryFolder(), 'key.txt');
    const use = (key: string): void => copyFileSync(path.join(SOPS, key), ageKeyFile);
    use('key.txt');
    const first = cluster.commit({
      'gitfed.yaml': 'inventory: shop\n',
      'cluster.yaml': CLUSTER,
      'namespace.yaml': federated('Namespace', 'shop', 'shop'),
      'secret.yaml': ENCRYPTED,
      'map.yaml': map('1'),
    });
    const { applied, findings } = await run(cluster, { ageKeyFile });
    await applied(first);
    expect(findings(first)).toEqual([]);
    const secret = cluster.get(SECRET);
    expect(secret).toBeDefined();

    use('other-key.txt');
    const second = cluster.commit({ 'map.yaml': map('2') });
    await applied(second);
    expect(findings(second)).toContainEqual(expect.stringMatching(/^error /));
    expect(cluster.get(MAP)).toMatchObject({ data: { a: '2' } });
    // Kept as it is: what cannot be read is not gone.
    expect(cluster.get(SECRET)).toEqual(secret);

    use('key.txt');
    const third = cluster.commit({ 'map.yaml': map('3') });
    await applied(third);
    expect(findings(third)).toEqual([]);
  });

  it('goes by the gitfed.yaml of the commit, where nothing but that is another', async () => {
    const cluster = await Cluster.start();
    const first = cluster.commit({
      'gitfed.yaml': 'inventory: shop\ndrift: {policy: Correct}\n',
      'cluster.yaml': CLUSTER,
      'namespace.yaml': federated('Namespace', 'shop', 'shop'),
      'map.yaml': map('1'),
    });
    const { applied, of } = await run(cluster);
    await applied(first);
    const configure = async (text: string): Promise<void> => {
      await applied(cluster.commit({ 'gitfed.yaml': `inventory: shop\n${text}` }));
    };
    const drift = (): unknown =>
      of('passFinished')
        .at(-1)
        ?.result.objects.find(({ id }) => id.kind === 'ConfigMap')
        ?.drift?.map(({ path: at }) => at.join('.'));

    await configure('drift: {policy: Report}\n');
    cluster.edit(MAP, { data: { a: 'hand' } });
    await expect.poll(drift, { timeout: 20_000 }).toEqual(['data.a']);
    expect(cluster.get(MAP)).toMatchObject({ data: { a: 'hand' } });

    await configure('ignoreDifferences: [{kind: ConfigMap, name: map, jsonPointers: [/data/a]}]\n');
    expect(drift() ?? []).toEqual([]);
    expect(cluster.get(MAP)).toMatchObject({ data: { a: 'hand' } });

    await configure('drift: {policy: Correct}\n');
    expect(cluster.get(MAP)).toMatchObject({ data: { a: '1' } });

    await configure('limits: {fileBytes: 100}\n');
    expect(of('revisionAccepted').at(-1)?.findings.length).toBeGreaterThan(0);
    await configure('');
    expect(of('revisionAccepted').at(-1)?.findings).toEqual([]);
    expect(cluster.get(MAP)).toMatchObject({ data: { a: '1' } });
  });

  it('of one folder of a repository says nothing of another one, with the same data folder', async () => {
    const cluster = await Cluster.start();
    const files = (folder: string): Readonly<Record<string, string>> => ({
      [`${folder}/gitfed.yaml`]: `inventory: ${folder}\n`,
      [`${folder}/cluster.yaml`]: CLUSTER,
      [`${folder}/all.yaml`]: `${federated('Namespace', folder, folder)}---\n${federated('ConfigMap', 'map', folder, `{data: {of: ${folder}}}`)}`,
    });
    const commit = cluster.commit({ ...files('shop'), ...files('blog') });
    const source = `file://${cluster.repository.folder}`;
    const dataDir = temporaryFolder();
    for (const folder of ['shop', 'blog', 'shop']) {
      const { applied, stop } = await run(cluster, { source, dataDir, path: folder });
      await applied(commit);
      await stop();
      expect(cluster.get(`/api/v1/namespaces/${folder}/configmaps/map`)).toMatchObject({ data: { of: folder } });
      const tells = cluster.repository.git('show', `gitfed/status-${folder}:objects/eu-1.yaml`);
      expect(tells).toContain(`namespace: ${folder}`);
      expect(tells).not.toContain(`namespace: ${folder === 'shop' ? 'blog' : 'shop'}`);
    }
    expect(cluster.get('/api/v1/namespaces/shop/configmaps/map')).toMatchObject({ data: { of: 'shop' } });
  });
});
