import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { prepareJoin } from '../../src/reconcile/join.ts';
import { gitfed } from '../cli/run-gitfed.ts';
import { describe, test } from '../controlplane/fixtures.ts';
import { createAuthority } from './certificates.ts';
import { clusterYaml, filesBelow, get, requestsOf, temporaryFolder, writesOf } from './fleet.ts';
import { Joinable, kubeconfigOf, kubeconfigWith } from './joined.ts';
import { create } from './refused-passes.ts';

const AUTHORITY = createAuthority('people');
test.override(
  'sharedClusterOptions',
  { scope: 'file' },
  { controllerManager: true, clientAuthority: AUTHORITY.certificate },
);

const EXPIRED = AUTHORITY.issueFor('someone', 'system:masters', 'expired');

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Joins that are refused, and a part of what is said. */
const REFUSALS: readonly {
  readonly title: string;
  readonly words: RegExp;
  readonly flags?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly cluster?: string;
  readonly kubeconfig?: Parameters<typeof kubeconfigWith>[1];
}[] = [
  { title: 'a context that is not there', cluster: 'nowhere', words: /no context "nowhere".* which has cluster1/ },
  { title: 'a name that is none', cluster: 'eu_1', words: /no name of a cluster/ },
  { title: 'a name that leaves its folder', cluster: '../eu', words: /no name of a cluster/ },
  {
    title: 'an authority that is not there',
    kubeconfig: { cluster: { 'certificate-authority-data': '', 'certificate-authority': '/no/ca.crt' }, user: {} },
    words: /authority \/no\/ca\.crt, which cannot be read/,
  },
  {
    title: 'an authority that is no certificate',
    kubeconfig: { cluster: { 'certificate-authority-data': base64('x') }, user: {} },
    words: /is no certificate/,
  },
  {
    title: 'an authority of somebody else',
    kubeconfig: {
      cluster: { 'certificate-authority-data': base64(AUTHORITY.certificate) },
      user: { token: 'x' },
    },
    words: /cannot be reached: the API server was not reached: [A-Z_]+/,
  },
  {
    title: 'a client certificate that has expired',
    kubeconfig: {
      user: { 'client-certificate-data': base64(EXPIRED.cert), 'client-key-data': base64(EXPIRED.key) },
    },
    words: /client certificate of the context cluster1 expired on \d{4}-/,
  },
  {
    title: 'a token that is not valid any more',
    kubeconfig: { user: { token: 'nobody' } },
    words: /does not accept the credential, which may have expired/,
  },
  { title: 'nobody', kubeconfig: { user: {} }, words: /gives no credential/ },
  {
    title: 'a server that is not there',
    kubeconfig: { cluster: { server: 'https://127.0.0.1:1' }, user: { token: 'x' } },
    words: /cannot be reached: the API server was not reached: ECONNREFUSED/,
  },
  {
    title: 'a proxy with a password',
    kubeconfig: { cluster: { 'proxy-url': 'http://robot:swordfish@127.0.0.1:1' }, user: { token: 'x' } },
    words: /has a proxy with a password/,
  },
  {
    title: 'a name of its certificate',
    kubeconfig: { cluster: { 'tls-server-name': 'kubernetes' }, user: { token: 'x' } },
    words: /has a tls-server-name/,
  },
  { title: 'a host with a slash', flags: ['--host-cluster-name', 'a/b'], words: /slash or a colon/ },
  {
    title: 'a host with capitals and spaces',
    flags: ['--host-cluster-name', 'A b'],
    words: /Kubernetes does not take/,
  },
  {
    title: 'the name of the inventory for its token',
    flags: ['--cluster-context', 'cluster1'],
    cluster: 'gitfed',
    words: /as the inventory of this repository is/,
  },
  {
    title: 'the name of its token for the Secret',
    flags: ['--secret-name', 'cluster1-refused'],
    words: /is the name of the Secret in the member/,
  },
  { title: 'a Secret that is none', flags: ['--secret-name', '../x'], words: /not a valid name of a Secret/ },
  { title: 'a folder for files elsewhere', flags: ['--output-dir', '..'], words: /is not in the repository/ },
  { title: 'another system namespace', flags: ['--kubefed-namespace', 'b'], words: /is not the system namespace/ },
  {
    title: 'a cluster that is registered under another name',
    files: { 'twin.yaml': 'TWIN' },
    words: /is registered already, as cluster twin/,
  },
  {
    title: 'a file in the place of its own',
    files: { 'clusters/cluster1.yaml': '# nothing yet\n' },
    words: /clusters\/cluster1\.yaml is there already and does not hold KubeFedCluster cluster1/,
  },
  {
    title: 'a Secret in plain text',
    flags: ['--age-recipient', 'age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq'],
    files: {
      's.yaml':
        'apiVersion: v1\nkind: Secret\nmetadata: {name: cluster1-credentials}\nstringData: {token: swordfish}\n',
    },
    words: /in plain text/,
  },
  { title: 'a recipient that is none', flags: ['--age-recipient', 'me'], words: /no recipient of age/ },
  { title: 'no place for the token', flags: [], words: /Say where the token is kept/ },
  {
    title: 'a folder of credentials in the repository',
    flags: ['--credentials-dir', 'credentials'],
    words: /is inside the repository/,
  },
  {
    title: 'two places for the token',
    flags: ['--credentials-dir', '/tmp', '--host-context', 'x'],
    words: /both say where the token is kept/,
  },
  { title: 'a rotation of what is not joined', flags: ['--rotate'], words: /no cluster "cluster1".*Join it first/ },
  { title: 'a token of a minute', flags: ['--token-duration', '1m'], words: /between 10m/ },
  { title: 'all rights and the least', flags: ['--admin', '--list-everything'], words: /--admin has no use for/ },
  {
    title: 'rights with a rotation',
    flags: ['--rotate', '--admin'],
    words: /--rotate has no use for --admin/,
  },
  { title: 'a dry run of manifests', flags: ['-o', 'yaml', '--dry-run'], words: /-o yaml prints/ },
  {
    title: 'a broken configuration',
    files: { 'gitfed.yaml': 'inventory: [' },
    words: /gitfed\.yaml:1:/,
  },
];

describe('gitfed join refuses', () => {
  test('what cannot be, and writes nothing anywhere', async ({ clusters: [cluster] }) => {
    for (const { title, words, flags, files = {}, cluster: name = cluster.name, kubeconfig } of REFUSALS) {
      const twin = clusterYaml(cluster, 'twin').replace('kube-federation-system', 'refused');
      const fleet = new Joinable(cluster, 'refused', {
        files: Object.fromEntries(Object.entries(files).map(([file, text]) => [file, text.replace('TWIN', twin)])),
      });
      const { folder } = fleet.repository;
      const before = filesBelow(folder);
      const place = flags === undefined || !flags.some(isPlace) ? ['--credentials-dir', fleet.credentials] : [];
      const config = kubeconfig === undefined ? fleet.kubeconfig : kubeconfigWith(cluster, kubeconfig);
      const where = title === 'no place for the token' ? [] : place;
      const run = await gitfed(['join', name, '--kubeconfig', config, ...where, ...(flags ?? [])], folder);
      expect(run, title).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(words) });
      expect(run.stderr, title).not.toContain('swordfish');
      expect(filesBelow(folder), title).toEqual(before);
      expect(() => readFileSync(fleet.tokenFile), title).toThrow('ENOENT');
    }
    const writes = (await writesOf(cluster)).filter(({ requestURI }) => !/selfsubject|dryRun=All/.test(requestURI));
    expect(writes).toEqual([]);
  });

  test('a folder that is not there, and one that is no repository', async ({ clusters: [cluster] }) => {
    const empty = temporaryFolder();
    const join = ['join', 'cluster1', '--kubeconfig', kubeconfigOf(cluster), '--credentials-dir', temporaryFolder()];
    expect(await gitfed([...join, '/no/such/folder'], empty)).toMatchObject({ code: 2, stdout: '' });
    expect(await gitfed([...join.slice(0, 2), empty, ...join.slice(2)], empty)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is not in a git repository'),
    });
    expect(await gitfed(['join'], empty)).toMatchObject({ code: 2 });
  });

  test('a namespace that is being deleted', async ({ clusters: [cluster] }) => {
    const fleet = new Joinable(cluster, 'ending');
    const finalizers = { metadata: { name: 'ending' } };
    await create(cluster, '/api/v1/namespaces', finalizers);
    const held = { metadata: { name: 'held', finalizers: ['example.com/held'] } };
    await create(cluster, '/api/v1/namespaces/ending/configmaps', held);
    await cluster.request('DELETE', '/api/v1/namespaces/ending');
    const run = await fleet.join();
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('Namespace ending is being deleted') });
    await cluster.request(
      'PATCH',
      '/api/v1/namespaces/ending/configmaps/held',
      { metadata: { finalizers: null } },
      'application/merge-patch+json',
    );
  });

  test('what somebody else made, unless it is told to take it over', async ({ clusters: [, cluster] }) => {
    const fleet = new Joinable(cluster, 'foreign');
    await create(cluster, '/api/v1/namespaces', { metadata: { name: 'foreign' } });
    const accounts = '/api/v1/namespaces/foreign/serviceaccounts';
    await create(cluster, accounts, { metadata: { name: 'cluster2-foreign' } });
    const refused = await fleet.join();
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('--error-on-existing=false') });
    const strict = await fleet.join('--error-on-existing');
    expect(strict).toMatchObject({ code: 2, stderr: expect.stringContaining('is there already. Nothing') });
    const run = await fleet.joined('--error-on-existing=false');
    expect(run.stdout).toContain('update cluster2: ServiceAccount foreign/cluster2-foreign\n');
    expect(await fleet.join('--error-on-existing')).toMatchObject({ code: 2 });
    const other = new Joinable(cluster, 'foreign', {});
    other.repository.commit({ 'gitfed.yaml': 'inventory: foreign-two\n' });
    expect((await other.joined()).stdout).toContain('create cluster2: ServiceAccount foreign/cluster2-foreign-two\n');
    expect(await fleet.unjoin()).toMatchObject({ code: 0 });
    expect(await get(cluster, `${accounts}/cluster2-foreign-two`)).toBeDefined();
    expect(await other.sync()).toMatchObject({ code: 0 });
  });

  test('the credential of somebody else in the place of its own', async ({ clusters: [, cluster] }) => {
    const fleet = new Joinable(cluster, 'occupied');
    mkdirSync(path.dirname(fleet.tokenFile), { recursive: true });
    writeFileSync(fleet.tokenFile, cluster.gitfedToken);
    const run = await fleet.join();
    expect(run).toMatchObject({ code: 2, stderr: expect.stringMatching(/has a credential that works, of gitfed/) });
    expect(readFileSync(fleet.tokenFile, 'utf8')).toBe(cluster.gitfedToken);
    await fleet.joined('--no-error-on-existing');
    expect(readFileSync(fleet.tokenFile, 'utf8')).not.toBe(cluster.gitfedToken);
  });

  test('nothing half: says what is done and goes on the next time', async ({ clusters: [, , cluster] }) => {
    const fleet = new Joinable(cluster, 'half', { files: { '.gitfedignore': 'clusters/\n' } });
    const before = filesBelow(fleet.repository.folder);
    const run = await fleet.join();
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/would not be read.*What was done in cluster3 stays, and no file was written/s);
    expect(run.stderr).not.toContain('Nothing was written');
    expect(filesBelow(fleet.repository.folder)).toEqual(before);
    expect(() => readFileSync(fleet.tokenFile)).toThrow('ENOENT');
    fleet.repository.commit({ '.gitfedignore': undefined });
    const again = await fleet.joined();
    expect(again.stdout).toContain('keep cluster3: ServiceAccount half/cluster3-half\n');
    expect(again.stdout).toContain('keep cluster3: Secret half/cluster3-half, a token');
    expect(await fleet.sync()).toMatchObject({ code: 0 });
  });

  test('to wait for ever: a frozen server, and a token that nobody makes', async ({ freshClusters }) => {
    const [cluster] = await freshClusters(1);
    const fleet = new Joinable(cluster, 'slow');
    cluster.freeze();
    const frozen = await fleet.join('--request-timeout', '500ms');
    expect(frozen).toMatchObject({ code: 2, stderr: expect.stringContaining('did not answer in time') });
    cluster.thaw();
    const before = (await requestsOf(cluster)).length;
    const prepared = await prepareJoin({
      cluster: cluster.name,
      folder: fleet.repository.folder,
      kubeconfigs: [fleet.kubeconfig],
      credential: { kind: 'directory', folder: fleet.credentials },
      dryRun: false,
      useExisting: false,
      admin: false,
      listEverything: false,
      rotate: false,
      tokenWaitMs: 200,
    });
    await expect(prepared.run()).rejects.toThrow(/no token came into Secret slow\/cluster1-slow.*--token-duration/s);
    prepared.close();
    expect((await requestsOf(cluster)).length).toBeGreaterThan(before);
    expect(() => readFileSync(fleet.tokenFile)).toThrow('ENOENT');
    // It asks for one that needs no controller.
    const run = await fleet.joined('--token-duration', '1h');
    expect(run.stdout).toContain('create cluster1: Secret slow/cluster1-slow-2, a token');
    expect(await fleet.sync()).toMatchObject({ code: 0 });
  });
});

function isPlace(flag: string): boolean {
  return ['--credentials-dir', '--host-context', '--age-recipient'].includes(flag);
}
