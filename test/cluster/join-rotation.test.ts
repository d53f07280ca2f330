import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { prepareJoin } from '../../src/reconcile/join.ts';
import type { JoinOptions, PreparedMembership } from '../../src/reconcile/join-options.ts';
import { gitfed } from '../cli/run-gitfed.ts';
import { type Cluster, describe, test } from '../controlplane/fixtures.ts';
import { createAuthority } from './certificates.ts';
import { clientOf } from './client-of.ts';
import { get } from './fleet.ts';
import { Joinable, kubeconfigWith } from './joined.ts';
import { create } from './refused-passes.ts';

const AUTHORITY = createAuthority('people');
test.override(
  'sharedClusterOptions',
  { scope: 'file' },
  { controllerManager: true, clientAuthority: AUTHORITY.certificate },
);

const RBAC = '/apis/rbac.authorization.k8s.io/v1';

/** Names of the Secrets that tokens hang on. */
async function tokenSecrets({ cluster, name, account }: Joinable): Promise<readonly string[]> {
  const { items } = await get(cluster, `/api/v1/namespaces/${name}/secrets`);
  const names = items.map((one: { metadata: { name: string } }) => one.metadata.name);
  return names.filter((one: string) => one.startsWith(account)).toSorted();
}

/** Makes Secrets as a rotation does that is killed before it writes the token. */
async function leaveBehind(fleet: Joinable, names: readonly string[], mark = `${fleet.name}/${fleet.account}`) {
  for (const name of names) {
    await create(fleet.cluster, `/api/v1/namespaces/${fleet.name}/secrets`, {
      metadata: {
        name,
        annotations: { 'gitfed.io/joined-as': mark, 'kubernetes.io/service-account.name': fleet.account },
      },
      type: 'kubernetes.io/service-account-token',
    });
  }
}

async function expectWorking(cluster: Cluster, token: string): Promise<void> {
  await expect(clientOf(cluster, token).json({ method: 'GET', path: '/apis' })).resolves.toBeDefined();
}

/** Registers a proxy that is not there, so that no token works on the way that a sync takes. */
function breakRegistration({ repository, cluster }: Joinable, proxy = 'http://127.0.0.1:1'): () => void {
  const file = `clusters/${cluster.name}.yaml`;
  const before = repository.read(file);
  repository.write(file, before.replace('spec:\n', `spec:\n  proxyURL: ${proxy}\n`));
  return () => repository.write(file, before);
}

/** Somebody who may rotate, but delete nothing. */
async function keeper({ cluster, name }: Joinable): Promise<string> {
  const metadata = { name: 'keeper' };
  const rules = [
    { apiGroups: [''], resources: ['secrets', 'serviceaccounts'], verbs: ['get', 'create'] },
    { apiGroups: ['authorization.k8s.io'], resources: ['*'], verbs: ['create'] },
  ];
  await create(cluster, `${RBAC}/namespaces/${name}/roles`, { metadata, rules });
  await create(cluster, `${RBAC}/namespaces/${name}/rolebindings`, {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'keeper' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'keeper' }],
  });
  const { cert, key } = AUTHORITY.issueFor('keeper', 'people');
  const encode = (text: string): string => Buffer.from(text).toString('base64');
  const user = { 'client-certificate-data': encode(cert), 'client-key-data': encode(key) };
  return kubeconfigWith(cluster, { user });
}

async function prepareRotation(fleet: Joinable, more: Partial<JoinOptions>): Promise<PreparedMembership> {
  const prepared = await prepareJoin({
    cluster: fleet.cluster.name,
    folder: fleet.repository.folder,
    kubeconfigs: fleet.kubeconfig.split(path.delimiter),
    credential: { kind: 'directory', folder: fleet.credentials },
    dryRun: false,
    useExisting: false,
    admin: false,
    listEverything: false,
    rotate: true,
    ...more,
  });
  onTestFinished(() => prepared.close());
  return prepared;
}

/** A proxy that lets nobody through, once something else has happened. */
async function startClosedProxy(before: () => Promise<void>): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    void before().finally(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a rotation that fails', () => {
  test('takes back what it made, however often it fails', async ({ clusters: [cluster] }) => {
    const fleet = new Joinable(cluster, 'failing');
    await fleet.joined();
    const before = readFileSync(fleet.tokenFile, 'utf8');
    const mend = breakRegistration(fleet);
    for (const flags of [[], ['--token-duration', '1h'], [], []]) {
      const run = await fleet.join('--rotate', ...flags);
      expect(run).toMatchObject({ code: 2 });
      expect(run.stderr).toMatch(
        /does not work at .*No file was written, and Secret failing\/cluster1-failing-2, which was made for it, is deleted again/,
      );
      expect(await tokenSecrets(fleet)).toEqual(['cluster1-failing']);
    }
    expect(readFileSync(fleet.tokenFile, 'utf8')).toBe(before);
    await expectWorking(cluster, before);
    mend();
    await fleet.joined('--rotate');
    expect(await tokenSecrets(fleet)).toEqual(['cluster1-failing-2']);
    await expectWorking(cluster, readFileSync(fleet.tokenFile, 'utf8'));
  });

  test('says what it could not take back, and the next one does without', async ({ clusters: [cluster] }) => {
    const fleet = new Joinable(cluster, 'kept');
    await fleet.joined();
    const mend = breakRegistration(fleet);
    const admin = fleet.kubeconfig;
    fleet.kubeconfig = await keeper(fleet);
    for (const name of ['cluster1-kept-2', 'cluster1-kept-3']) {
      const run = await fleet.join('--rotate');
      expect(run).toMatchObject({ code: 2 });
      expect(run.stderr).toContain(`Secret kept/${name}, which was made for it, is not in use, and cannot be deleted`);
    }
    // Before anything else is done.
    const refused = await fleet.join('--rotate');
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/may not delete secrets.*Nothing was/) });
    expect(await tokenSecrets(fleet)).toHaveLength(3);
    mend();
    fleet.kubeconfig = admin;
    await fleet.joined('--rotate');
    expect(await tokenSecrets(fleet)).toEqual(['cluster1-kept-2']);
    await expectWorking(cluster, readFileSync(fleet.tokenFile, 'utf8'));
  });
});

describe('a rotation that is broken off', () => {
  test('takes back what it made while the new token is tried', async ({ clusters: [, , cluster] }) => {
    const fleet = new Joinable(cluster, 'stopped');
    await fleet.joined();
    const interruption = new AbortController();
    let made: readonly string[] = [];
    const proxy = await startClosedProxy(async () => {
      made = await tokenSecrets(fleet);
      interruption.abort();
    });
    breakRegistration(fleet, proxy);
    const prepared = await prepareRotation(fleet, { signal: interruption.signal });
    await expect(prepared.run()).rejects.toThrow();
    expect(interruption.signal.aborted).toBe(true);
    expect(made).toEqual(['cluster3-stopped', 'cluster3-stopped-2']);
    expect(await tokenSecrets(fleet)).toEqual(['cluster3-stopped']);
  });

  test('leaves what may have been written already', async ({ clusters: [cluster], freshClusters }) => {
    const [host] = await freshClusters(1);
    const context = 'host';
    const fleet = new Joinable(cluster, 'lost');
    fleet.kubeconfig = [fleet.kubeconfig, kubeconfigWith(host, { user: { token: host.adminToken }, context })].join(
      path.delimiter,
    );
    await create(host, '/api/v1/namespaces', { metadata: { name: 'lost' } });
    const join = ['join', 'cluster1', '--host-context', context];
    const run = async (...flags: string[]) =>
      await gitfed([...join, ...flags], fleet.repository.folder, { KUBECONFIG: fleet.kubeconfig });
    expect(await run()).toMatchObject({ code: 0 });
    const prepared = await prepareRotation(fleet, { credential: { kind: 'host', context }, requestTimeoutMs: 500 });
    host.freeze();
    await expect(prepared.run()).rejects.toThrow(
      /did not answer in time.*may be in Secret lost\/cluster1-credentials all the same, so that Secret lost\/cluster1-lost-2 stays/,
    );
    host.thaw();
    expect(await tokenSecrets(fleet)).toEqual(['cluster1-lost', 'cluster1-lost-2']);
    expect(await run('--rotate')).toMatchObject({ code: 0 });
    expect(await tokenSecrets(fleet)).toEqual(['cluster1-lost-3']);
  });
});

describe('a rotation where every name is taken', () => {
  test.for([
    ['a token that lasts', 'lasting', []],
    ['a token that expires', 'bound', ['--token-duration', '1h']],
  ] as const)('replaces what is not in use: %s', async ([, name, flags], { clusters: [cluster] }) => {
    const fleet = new Joinable(cluster, name);
    await fleet.joined(...flags);
    const [first, second, third] = [fleet.account, `${fleet.account}-2`, `${fleet.account}-3`];
    for (const [used, replaced] of [
      [first, second],
      [second, first],
    ] as const) {
      await leaveBehind(
        fleet,
        [first, second, third].filter((one) => one !== used),
      );
      const before = readFileSync(fleet.tokenFile, 'utf8');
      const joined = await fleet.joined();
      expect(joined.stderr).toContain(`More than one token is there, and that of Secret ${used} is in use.`);
      const dry = await fleet.joined('--rotate', '--dry-run');
      expect(dry.stdout).toContain(
        `delete cluster1: Secret ${name}/${replaced}, it is not in use: ${used} is\ncreate cluster1: Secret ${name}/${replaced}, a token`,
      );
      expect(await tokenSecrets(fleet)).toEqual([first, second, third]);
      // What fails does not touch the one that is in use.
      const mend = breakRegistration(fleet);
      expect(await fleet.join('--rotate')).toMatchObject({ code: 2 });
      expect(await tokenSecrets(fleet)).toEqual([first, second, third].filter((one) => one !== replaced));
      await expectWorking(cluster, before);
      mend();
      await leaveBehind(fleet, [replaced]);
      const run = await fleet.joined('--rotate');
      expect(run.stdout).toBe(dry.stdout);
      expect(await tokenSecrets(fleet)).toEqual([replaced]);
      const token = readFileSync(fleet.tokenFile, 'utf8');
      expect(token).not.toBe(before);
      await expectWorking(cluster, token);
    }
  });

  test('is refused where it is not known which is in use, and says what is known of each', async ({
    clusters: [, cluster],
  }) => {
    const fleet = new Joinable(cluster, 'unknown');
    await fleet.joined();
    const token = readFileSync(fleet.tokenFile, 'utf8');
    await leaveBehind(fleet, ['cluster2-unknown-2', 'cluster2-unknown-3']);
    const each = /cluster2-unknown \(lasts, made on \d{4}-.*\), cluster2-unknown-2 \(.*\), cluster2-unknown-3 \(/;
    const refusedAs = async (reason: RegExp): Promise<void> => {
      const run = await fleet.join('--rotate');
      expect(run).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(each) });
      expect(run.stderr).toMatch(reason);
      expect(run.stderr).not.toContain(token);
      expect(await tokenSecrets(fleet)).toHaveLength(3);
    };
    rmSync(fleet.tokenFile);
    await refusedAs(/no credential in .*token/);
    writeFileSync(fleet.tokenFile, cluster.gitfedToken);
    await refusedAs(/the credential in .*token is of none of them/);
    // Once what is kept works, it is known.
    await fleet.joined('--no-error-on-existing');
    await fleet.joined('--rotate');
    expect(await tokenSecrets(fleet)).toHaveLength(1);
  });

  test('names the key that an encrypted credential is read with', async ({ clusters: [, cluster] }) => {
    const fleet = new Joinable(cluster, 'sealed');
    const keyFile = path.join(import.meta.dirname, '../../src/cluster/testdata/sops/key.txt');
    const recipient = /^# public key: (\S+)$/m.exec(readFileSync(keyFile, 'utf8'))?.[1] ?? '';
    expect(await fleet.run('join', '--age-recipient', recipient)).toMatchObject({ code: 0 });
    await leaveBehind(fleet, ['cluster2-sealed-2', 'cluster2-sealed-3']);
    const run = await fleet.run('join', '--rotate');
    expect(run).toMatchObject({ code: 2, stderr: expect.stringMatching(/cannot be read.*--age-key-file/) });
    expect(await tokenSecrets(fleet)).toHaveLength(3);
    const rotate = ['join', 'cluster2', '--kubeconfig', fleet.kubeconfig, '--rotate', '--age-key-file', keyFile];
    expect(await gitfed(rotate, fleet.repository.folder)).toMatchObject({ code: 0 });
    expect(await tokenSecrets(fleet)).toEqual(['cluster2-sealed-2']);
  });

  test('never replaces what is of somebody else', async ({ clusters: [, , cluster] }) => {
    const fleet = new Joinable(cluster, 'foreign');
    await fleet.joined();
    await leaveBehind(fleet, ['cluster3-foreign-2'], 'somebody/else');
    await leaveBehind(fleet, ['cluster3-foreign-3']);
    const run = await fleet.join('--rotate');
    expect(run).toMatchObject({ code: 2, stderr: expect.stringMatching(/foreign-2 is there already, and not of a/) });
    expect(await tokenSecrets(fleet)).toHaveLength(3);
  });
});
