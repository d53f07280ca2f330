import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { readYaml } from '../../src/core/index.ts';
import { prepareJoin } from '../../src/reconcile/join.ts';
import { gitfed } from '../cli/run-gitfed.ts';
import { type Cluster, describe, poll, test } from '../controlplane/fixtures.ts';
import { createAuthority } from './certificates.ts';
import { configMapYaml, filesBelow, get, namespaceYaml, requestsOf, writesOf } from './fleet.ts';
import { execPlugin, Joinable, kubeconfigOf, kubeconfigWith, startConnectProxy } from './joined.ts';
import { create } from './refused-passes.ts';

const AUTHORITY = createAuthority('people');
test.override(
  'sharedClusterOptions',
  { scope: 'file' },
  { controllerManager: true, clientAuthority: AUTHORITY.certificate },
);

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const NOTHING = /^(?:keep .*\n)+$/;

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** The status with which a cluster answers the holder of a token. */
async function answerTo(cluster: Cluster, token: string, target = '/api'): Promise<number> {
  const response = await fetchAs(cluster, token, target);
  return response.status;
}

async function fetchAs(cluster: Cluster, token: string, target: string): Promise<{ readonly status: number }> {
  const { request } = await import('node:https');
  return await new Promise((resolve, reject) => {
    const options = { ca: Buffer.from(cluster.caBundle, 'base64'), headers: { Authorization: `Bearer ${token}` } };
    const sent = request(new URL(target, cluster.url), options, (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode ?? 0 }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

function claimsOf(token: string): { readonly exp?: number; readonly iat: number } {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
}

describe('gitfed join on API servers', () => {
  test('joins a cluster with what KubeFed makes there, shows it first, and changes nothing again', async ({
    clusters: [cluster],
  }) => {
    const fleet = new Joinable(cluster, 'first', {
      files: { 'ns.yaml': namespaceYaml('first-app'), 'one.yaml': configMapYaml('first-app', 'one') },
    });
    const before = filesBelow(fleet.repository.folder);
    const dry = await fleet.join('--dry-run');
    expect(dry.code).toBe(0);
    expect(await get(cluster, '/api/v1/namespaces/first')).toBeUndefined();
    expect(filesBelow(fleet.repository.folder)).toEqual(before);
    expect(() => statSync(fleet.credentials)).toThrow('ENOENT');

    const run = await fleet.joined();
    expect(run.stdout).toBe(dry.stdout);
    expect(run.stdout).toBe(
      `create cluster1: Namespace first
create cluster1: ServiceAccount first/cluster1-first
create cluster1: ClusterRole gitfed:cluster1-first
create cluster1: ClusterRoleBinding gitfed:cluster1-first
create cluster1: Role first/gitfed:cluster1-first
create cluster1: RoleBinding first/gitfed:cluster1-first
create cluster1: Secret first/cluster1-first, a token for cluster1-first that lasts until it is rotated
create credentials: ${fleet.tokenFile}, the token
create repository: clusters/cluster1.yaml, KubeFedCluster cluster1
`,
    );
    const account = await get(cluster, '/api/v1/namespaces/first/serviceaccounts/cluster1-first');
    expect(account).toMatchObject({
      automountServiceAccountToken: false,
      metadata: { annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' } },
    });
    expect(statSync(fleet.credentials).mode & 0o777).toBe(0o700);
    expect(statSync(path.dirname(fleet.tokenFile)).mode & 0o777).toBe(0o700);
    expect(statSync(fleet.tokenFile).mode & 0o777).toBe(0o600);
    const token = readFileSync(fleet.tokenFile, 'utf8');
    expect(base64(token)).toBe((await get(cluster, '/api/v1/namespaces/first/secrets/cluster1-first')).data.token);
    expect(base64(readFileSync(path.join(path.dirname(fleet.tokenFile), 'ca.crt'), 'utf8'))).toBe(cluster.caBundle);
    expect(run.stdout + run.stderr).not.toContain(token);
    const [read] = readYaml('', fleet.repository.read('clusters/cluster1.yaml'), { documentNodes: 100, depth: 9 });
    expect(read?.ok === true && read.document.value).toEqual({
      apiVersion: 'core.kubefed.io/v1beta1',
      kind: 'KubeFedCluster',
      metadata: {
        name: 'cluster1',
        namespace: 'first',
        annotations: { 'gitfed.io/service-account': 'cluster1-first' },
      },
      spec: { apiEndpoint: cluster.url, caBundle: cluster.caBundle, secretRef: { name: 'cluster1-credentials' } },
    });

    const [files, writes] = [filesBelow(fleet.repository.folder), (await requestsOf(cluster)).length];
    const again = await fleet.joined();
    expect(again.stdout).toMatch(NOTHING);
    expect(again.stderr).not.toContain('is joined');
    expect(filesBelow(fleet.repository.folder)).toEqual(files);
    const asked = (await writesOf(cluster, writes)).map(({ objectRef }) => objectRef?.resource);
    expect([...new Set(asked)]).toEqual(['selfsubjectreviews']);

    expect(await fleet.sync()).toMatchObject({ code: 0 });
    expect(await get(cluster, '/api/v1/namespaces/first-app/configmaps/one')).toMatchObject({ data: { a: '1' } });
  });

  test('mends what is missing, and makes a binding anew that binds something else', async ({ clusters: [cluster] }) => {
    const fleet = new Joinable(cluster, 'mended', { files: { 'one.yaml': configMapYaml('default', 'one') } });
    await fleet.joined();
    const role = 'gitfed:cluster1-mended';
    const rules = (await get(cluster, `${RBAC}/clusterroles/${role}`)).rules;
    await cluster.request('PATCH', `${RBAC}/clusterroles/${role}`, { rules: [] }, 'application/merge-patch+json');
    const binding = await get(cluster, `${RBAC}/clusterrolebindings/${role}`);
    await cluster.request('DELETE', `${RBAC}/clusterrolebindings/${role}`);
    await create(cluster, `${RBAC}/clusterrolebindings`, {
      metadata: { name: role, annotations: binding.metadata.annotations },
      subjects: binding.subjects,
      roleRef: { ...binding.roleRef, name: 'view' },
    });
    await cluster.request('DELETE', `${RBAC}/namespaces/mended/rolebindings/${role}`);
    writeFileSync(fleet.tokenFile, 'nothing');
    rmSync(path.join(fleet.repository.folder, 'clusters/cluster1.yaml'));
    const run = await fleet.joined();
    expect(run.stdout.split('\n').filter((line) => !line.startsWith('keep '))).toEqual([
      `update cluster1: ClusterRole ${role}`,
      `recreate cluster1: ClusterRoleBinding ${role}, it binds another role`,
      `create cluster1: RoleBinding mended/${role}`,
      `update credentials: ${fleet.tokenFile}, the token`,
      'create repository: clusters/cluster1.yaml, KubeFedCluster cluster1',
      '',
    ]);
    expect((await get(cluster, `${RBAC}/clusterroles/${role}`)).rules).toEqual(rules);
    expect((await get(cluster, `${RBAC}/clusterrolebindings/${role}`)).roleRef.name).toBe(role);
    expect((await fleet.joined()).stdout).toMatch(NOTHING);
    // Another kind, and the role is no longer enough.
    fleet.repository.write('two.yaml', configMapYaml('default', 'two').replaceAll('ConfigMap', 'Secret'));
    expect((await fleet.joined()).stdout).toContain(`update cluster1: ClusterRole ${role}\n`);
  });

  test('is let in by a client certificate, a program, a proxy and without a check of the certificate', async ({
    clusters: [cluster],
  }) => {
    const token = { token: cluster.adminToken };
    const { cert, key } = AUTHORITY.issueFor('someone', 'system:masters');
    const proxy = await startConnectProxy();
    const command = execPlugin(cluster.adminToken);
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never' };
    const ways: readonly (readonly [name: string, kubeconfig: string, spec: object])[] = [
      [
        'by-certificate',
        kubeconfigWith(cluster, {
          user: { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) },
        }),
        { caBundle: cluster.caBundle },
      ],
      ['by-program', kubeconfigWith(cluster, { user: { exec } }), { caBundle: cluster.caBundle }],
      [
        'by-proxy',
        kubeconfigWith(cluster, { cluster: { 'proxy-url': proxy.url }, user: token }),
        { caBundle: cluster.caBundle, proxyURL: proxy.url },
      ],
      [
        'by-trust',
        kubeconfigWith(cluster, {
          cluster: { 'certificate-authority-data': '', 'insecure-skip-tls-verify': true },
          user: token,
        }),
        { disabledTLSValidations: ['*'] },
      ],
    ];
    for (const [name, kubeconfig, spec] of ways) {
      const fleet = new Joinable(cluster, name);
      fleet.kubeconfig = kubeconfig;
      await fleet.joined();
      const [read] = readYaml('', fleet.repository.read('clusters/cluster1.yaml'), { documentNodes: 100, depth: 9 });
      expect(read?.ok === true && read.document.value, name).toMatchObject({
        spec: { apiEndpoint: cluster.url, secretRef: { name: 'cluster1-credentials' }, ...spec },
      });
      expect(await fleet.sync(), name).toMatchObject({ code: 0 });
    }
    expect(new Set(proxy.targets)).toEqual(new Set([new URL(cluster.url).host]));
  });

  test('keeps the token in a host cluster, or encrypted in the repository', async ({ clusters: [cluster, host] }) => {
    const fleet = new Joinable(cluster, 'hosted');
    const both = kubeconfigOf(cluster);
    const KUBECONFIG = [both, kubeconfigOf(host)].join(path.delimiter);
    const join = ['join', 'cluster1', '--host-context', 'cluster2', '--secret-name', 'member-one'];
    const { folder } = fleet.repository;
    expect(await gitfed(join, folder, { KUBECONFIG })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no namespace hosted'),
    });
    await create(host, '/api/v1/namespaces', { metadata: { name: 'hosted' } });
    expect(await gitfed(join, folder, { KUBECONFIG })).toMatchObject({ code: 0 });
    const secret = await get(host, '/api/v1/namespaces/hosted/secrets/member-one');
    const token = Buffer.from(secret.data.token, 'base64').toString('utf8');
    expect(secret.data['ca.crt']).toBe(cluster.caBundle);
    expect(await answerTo(cluster, token)).toBe(200);
    expect((await gitfed(join, folder, { KUBECONFIG })).stdout).toMatch(NOTHING);
    const rotate = ['join', 'cluster1', '--rotate', '--host-context', 'cluster2'];
    expect(await gitfed(rotate, folder, { KUBECONFIG })).toMatchObject({ code: 0 });
    const rotated = await get(host, '/api/v1/namespaces/hosted/secrets/member-one');
    expect(rotated.data.token).not.toBe(secret.data.token);
    const leave = ['unjoin', 'cluster1', '--host-context', 'cluster2'];
    expect(await gitfed(leave, folder, { KUBECONFIG })).toMatchObject({ code: 0 });
    expect(await get(host, '/api/v1/namespaces/hosted/secrets/member-one')).toBeUndefined();
  });

  test('encrypts the token in the repository, and a sync reads it', async ({ clusters: [cluster] }) => {
    const fleet = new Joinable(cluster, 'sealed', {
      files: { 'ns.yaml': namespaceYaml('sealed-app'), 'one.yaml': configMapYaml('sealed-app', 'one') },
    });
    const keyFile = path.join(import.meta.dirname, '../../src/cluster/testdata/sops/key.txt');
    const recipient = /^# public key: (\S+)$/m.exec(readFileSync(keyFile, 'utf8'))?.[1] ?? '';
    const run = await fleet.run('join', '--age-recipient', recipient);
    expect(run, run.stderr).toMatchObject({ code: 0 });
    const text = fleet.repository.read('clusters/cluster1-credentials.yaml');
    const secret = await get(cluster, '/api/v1/namespaces/sealed/secrets/cluster1-sealed');
    expect(text).not.toContain(secret.data.token);
    expect(text).toContain('ENC[AES256_GCM');
    const sync = async () => {
      fleet.repository.commit({});
      return await gitfed(['sync', '--age-key-file', keyFile], fleet.repository.folder);
    };
    expect(await sync()).toMatchObject({ code: 0 });
    expect(await get(cluster, '/api/v1/namespaces/sealed-app/configmaps/one')).toBeDefined();

    const again = await fleet.run('join');
    expect(again.stdout).toMatch(NOTHING);
    expect((await fleet.run('join', '--age-key-file', keyFile)).stdout).toMatch(NOTHING);
    const rotated = await fleet.run('join', '--rotate');
    expect(rotated, rotated.stderr).toMatchObject({ code: 0 });
    expect(fleet.repository.read('clusters/cluster1-credentials.yaml')).not.toBe(text);
    expect(await sync()).toMatchObject({ code: 0 });
    const old = Buffer.from(secret.data.token, 'base64').toString('utf8');
    await poll(async () => (await answerTo(cluster, old)) === 401, { what: 'the old token has ended' });
    await cluster.request('DELETE', '/api/v1/namespaces/sealed/secrets/cluster1-sealed-2');
    const unknown = await fleet.run('join');
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('--age-key-file') });
    expect(await fleet.run('unjoin')).toMatchObject({ code: 0 });
    expect(Object.keys(filesBelow(fleet.repository.folder)).filter((file) => file.startsWith('clusters/'))).toEqual([]);
  });

  test('gets tokens that expire, and rotates them: the old one ends once the new one works', async ({
    clusters: [cluster],
  }) => {
    const fleet = new Joinable(cluster, 'expiring');
    const run = await fleet.joined('--token-duration', '2h');
    expect(run.stderr).toMatch(/expires on \d{4}-/);
    const first = readFileSync(fleet.tokenFile, 'utf8');
    const { exp = 0, iat } = claimsOf(first);
    expect(exp - iat).toBe(7200);
    expect((await fleet.joined('--token-duration', '2h')).stdout).toMatch(NOTHING);
    expect((await fleet.joined()).stdout).toMatch(NOTHING);

    const rotated = await fleet.joined('--rotate');
    expect(rotated.stdout).toContain('create cluster1: Secret expiring/cluster1-expiring-2');
    const second = readFileSync(fleet.tokenFile, 'utf8');
    expect(second).not.toBe(first);
    expect((claimsOf(second).exp ?? 0) - claimsOf(second).iat).toBe(7200);
    expect(await answerTo(cluster, second)).toBe(200);
    await poll(async () => (await answerTo(cluster, first)) === 401, { what: 'the old token has ended' });
    expect((await fleet.joined()).stdout).toMatch(NOTHING);
    await fleet.joined('--rotate', '--token-duration', '10m');
    const third = readFileSync(fleet.tokenFile, 'utf8');
    expect((claimsOf(third).exp ?? 0) - claimsOf(third).iat).toBe(600);
    const secrets = await get(cluster, '/api/v1/namespaces/expiring/secrets');
    expect(secrets.items.map((one: { metadata: { name: string } }) => one.metadata.name)).toEqual([
      'cluster1-expiring',
    ]);
  });

  test('breaks off a rotation with the old token in its place, and takes the new one back', async ({
    clusters: [, , cluster],
  }) => {
    const fleet = new Joinable(cluster, 'broken');
    await fleet.joined();
    const before = readFileSync(fleet.tokenFile, 'utf8');
    const folder = path.dirname(fleet.tokenFile);
    const prepared = await prepareJoin({
      cluster: cluster.name,
      folder: fleet.repository.folder,
      kubeconfigs: [fleet.kubeconfig],
      credential: { kind: 'directory', folder: fleet.credentials },
      dryRun: false,
      useExisting: false,
      admin: false,
      listEverything: false,
      rotate: true,
    });
    renameSync(folder, `${folder}.away`);
    writeFileSync(folder, '');
    await expect(prepared.run()).rejects.toThrow(
      /cannot be written .*No file was written, and Secret broken\/cluster3-broken-2, .* is deleted again/,
    );
    prepared.close();
    rmSync(folder);
    renameSync(`${folder}.away`, folder);
    expect(readFileSync(fleet.tokenFile, 'utf8')).toBe(before);
    expect(await answerTo(cluster, before)).toBe(200);
    expect((await fleet.joined()).stdout).toMatch(NOTHING);

    const rotated = await fleet.joined('--rotate');
    expect(rotated.stdout.match(/^delete cluster3: Secret .*$/gm)).toHaveLength(1);
    const token = readFileSync(fleet.tokenFile, 'utf8');
    expect(token).not.toBe(before);
    expect(await answerTo(cluster, token)).toBe(200);
    const secrets = await get(cluster, '/api/v1/namespaces/broken/secrets');
    expect(secrets.items.map((one: { metadata: { name: string } }) => one.metadata.name)).toEqual([
      'cluster3-broken-2',
    ]);
  });
});
