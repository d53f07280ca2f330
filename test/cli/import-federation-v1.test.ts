import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { runProgram } from '../../src/cli/program.ts';
import { readAgeIdentities } from '../../src/cluster/age-identities.ts';
import { decryptDocuments } from '../../src/cluster/sops.ts';
import { formatYaml, type JsonObject, readYaml } from '../../src/core/index.ts';
import { v1, v1Cluster, v1Workload } from '../helpers/federation-v1.ts';
import { createFolder, gitfed, ROOT, type Run, spawnGitfed } from './run-gitfed.ts';

const TESTDATA = path.join(ROOT, 'test/cli/testdata/federation-v1');
const DUMP = path.join(TESTDATA, 'dump');

/** Every file of a folder, as a path in it. */
function namesOf(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return files.map((file) => path.relative(folder, file)).toSorted();
}

/** Every file of a folder, by its path in it. */
function filesOf(folder: string): Record<string, string> {
  return Object.fromEntries(namesOf(folder).map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]));
}

function importDump(folder: string, ...args: readonly string[]): Promise<Run> {
  return gitfed(['import', 'federation-v1', '--output-dir', 'fleet', ...args], folder);
}

function dumpOf(...objects: readonly JsonObject[]): string {
  return objects.map((object) => `---\n${formatYaml(object)}`).join('');
}

describe('gitfed import federation-v1', () => {
  it('makes the same repository of a dump with everything in it, which is valid', async () => {
    const folder = createFolder();
    const credentials = path.join(createFolder(), 'credentials');
    const args = ['--from-dump', DUMP, '--secrets', 'plain', '--dns-zone', 'example.com'];
    const { code, stdout } = await importDump(folder, ...args, '--credentials-dir', credentials);
    expect(code).toBe(0);
    const expected = path.join(TESTDATA, 'expected');
    const files = filesOf(path.join(folder, 'fleet'));
    for (const [file, text] of Object.entries(files)) {
      // A file of this name would count for the repository that the test is in.
      const name = file === '.gitfedignore' ? 'gitfedignore' : file;
      await expect(text).toMatchFileSnapshot(path.join(expected, name));
    }
    const names = Object.keys(files).map((name) => (name === '.gitfedignore' ? 'gitfedignore' : name));
    expect(namesOf(expected), 'files that are no longer written: remove them, if that is meant').toEqual(
      names.toSorted(),
    );
    await expect(stdout).toMatchFileSnapshot(path.join(TESTDATA, 'output.txt'));

    expect(filesOf(credentials)).toEqual({
      'asia/ca.crt': '-----BEGIN CERTIFICATE-----\nasia\n-----END CERTIFICATE-----\n',
      'asia/token': 'token-of-asia',
    });
    expect(statSync(path.join(credentials, 'asia/token')).mode & 0o777).toBe(0o600);
    const validated = await gitfed(['validate', 'fleet', '-o', 'json'], folder);
    expect(validated.code).toBe(0);
    const codes = JSON.parse(validated.stdout).findings.map(({ code }: { readonly code: string }) => code);
    // What Federation v1 placed nowhere, what it could not plan, and a Secret that was wanted in plain text.
    expect([...new Set(codes)].toSorted()).toEqual(['EmptyPlacement', 'PlaintextSecret', 'ReplicasLost']);
  });

  it('prints what the report in the repository says as JSON, too', async () => {
    const folder = createFolder();
    const { stdout } = await importDump(folder, '--from-dump', DUMP, '--secrets', 'omit', '-o', 'json');
    const { outputDir, files, credentialFiles, ...report } = JSON.parse(stdout);
    expect(outputDir).toBe(path.join(folder, 'fleet'));
    expect(credentialFiles).toEqual([]);
    expect(files).toEqual(namesOf(path.join(folder, 'fleet')));
    expect(JSON.parse(readFileSync(path.join(folder, 'fleet/IMPORT-REPORT.json'), 'utf8'))).toEqual(report);
  });
});

/** A Deployment with preferences, in clusters of these names. */
function planned(replicas: number, preferences: object | undefined, name: string, clusters: readonly string[]): string {
  const [namespace = '', workload = ''] = name.split('/');
  const key = 'federation.kubernetes.io/deployment-preferences';
  const annotations = preferences === undefined ? {} : { annotations: { [key]: JSON.stringify(preferences) } };
  return dumpOf(
    ...clusters.map((cluster) => v1Cluster(cluster)),
    v1('v1', 'Namespace', { name: namespace }),
    v1Workload('Deployment', replicas, { name: workload, namespace, ...annotations }),
  );
}

interface Running {
  readonly specReplicas: number;
  readonly readyReplicas: number;
  readonly runningAndReadyPods: number;
  readonly unschedulablePods: number;
}

function steady(replicas: number): Running {
  return { specReplicas: replicas, readyReplicas: replicas, runningAndReadyPods: replicas, unschedulablePods: 0 };
}

/** Two run, and three find no place: there is room for two. */
const FULL: Running = { specReplicas: 5, readyReplicas: 2, runningAndReadyPods: 2, unschedulablePods: 3 };

function observed(name: string, clusters: Readonly<Record<string, Running>>): string {
  const [namespace = '', workload = ''] = name.split('/');
  const entries = Object.entries(clusters).map(([cluster, running]) => [
    cluster,
    { ready: true, workloads: [{ kind: 'Deployment', namespace, name: workload, ...running }] },
  ]);
  return formatYaml({
    apiVersion: 'gitfed.io/v1alpha1',
    kind: 'Observations',
    clusters: Object.fromEntries(entries),
  });
}

const EVEN = { clusters: { A: { weight: 1 }, B: { weight: 1 } } };
const MOVED = { rebalance: true, ...EVEN };
const BOUNDED = {
  clusters: { A: { minReplicas: 4, maxReplicas: 6, weight: 1 }, B: { minReplicas: 4, maxReplicas: 8, weight: 2 } },
};
const [AB, ABC] = [
  ['A', 'B'],
  ['A', 'B', 'C'],
];

describe('a repository that was imported plans what Federation v1 planned:', () => {
  it.each<[string, string, string, Readonly<Record<string, Running>>, Readonly<Record<string, number>>]>([
    [
      'P1, by weights',
      'test-ns/test-deployment',
      planned(9, { clusters: { A: { weight: 1 }, B: { weight: 2 } } }, 'test-ns/test-deployment', AB),
      {},
      { A: 3, B: 6 },
    ],
    [
      'P2, evenly and rounded up',
      'ns/web',
      planned(10, { clusters: { '*': { weight: 1 } } }, 'ns/web', ABC),
      {},
      { A: 4, B: 4, C: 2 },
    ],
    ['P2, evenly without an annotation', 'ns/web', planned(10, undefined, 'ns/web', ABC), {}, { A: 4, B: 4, C: 2 }],
    [
      'P3, one by the hash',
      'ns/web',
      planned(1, { clusters: { '*': { weight: 1 } } }, 'ns/web', ABC),
      {},
      { A: 0, B: 1, C: 0 },
    ],
    ['P4, up to the maximums', 'ns/web', planned(50, BOUNDED, 'ns/web', ABC), {}, { A: 6, B: 8, C: 0 }],
    ['P5, where they run', 'ns/web', planned(10, EVEN, 'ns/web', AB), { A: steady(8), B: steady(2) }, { A: 8, B: 2 }],
    ['P5, moved', 'ns/web', planned(10, MOVED, 'ns/web', AB), { A: steady(8), B: steady(2) }, { A: 5, B: 5 }],
    ['P6, where there is room', 'ns/web', planned(10, EVEN, 'ns/web', AB), { A: steady(5), B: FULL }, { A: 8, B: 2 }],
    [
      'P6, moved, with what has no room on top',
      'ns/web',
      planned(10, MOVED, 'ns/web', AB),
      { A: steady(5), B: FULL },
      { A: 8, B: 5 },
    ],
    ['no clusters, nobody', 'ns/web', planned(10, {}, 'ns/web', AB), {}, { A: 0, B: 0 }],
  ])('%s', async (_, name, dump, running, replicas) => {
    const folder = createFolder({ 'dump/all.yaml': dump, 'observed.yaml': observed(name, running) });
    expect(await importDump(folder, '--from-dump', 'dump')).toMatchObject({ code: 0 });
    const { code, stdout } = await gitfed(['render', 'fleet', '--observed', 'observed.yaml', '-o', 'json'], folder);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).replicas).toEqual({ [`FederatedDeployment/${name}`]: replicas });
  });
});

const CLUSTERS = dumpOf(v1Cluster('a'), v1Cluster('b'));
const NAMESPACE = dumpOf(v1('v1', 'Namespace', { name: 'shop' }));
const SECRET = dumpOf(v1('v1', 'Secret', { name: 'password', content: { data: { password: 'c3dvcmRmaXNo' } } }));
const CREDENTIAL = dumpOf(
  v1('v1', 'Secret', {
    name: 'a-secret',
    namespace: 'federation-system',
    content: { data: { token: 'dG9rZW4tb2YtYQ==', 'ca.crt': 'UEVN' } },
  }),
);

describe('Secrets', () => {
  const files = { 'dump/all.yaml': CLUSTERS + NAMESPACE + SECRET + CREDENTIAL };

  it('are an error where nobody says what becomes of them', async () => {
    const folder = createFolder(files);
    const { code, stderr } = await importDump(folder, '--from-dump', 'dump');
    expect(code).toBe(2);
    expect(stderr).toContain('Secret/shop/password');
    expect(stderr).not.toContain('c3dvcmRmaXNo');
    expect(readdirSync(folder)).toEqual(['dump']);
  });

  it('need no word where there are only the credentials of clusters, which are not written', async () => {
    const folder = createFolder({ 'dump/all.yaml': CLUSTERS + CREDENTIAL });
    expect(await importDump(folder, '--from-dump', 'dump')).toMatchObject({ code: 0 });
    const report = JSON.parse(readFileSync(path.join(folder, 'fleet/IMPORT-REPORT.json'), 'utf8'));
    const [loss] = report.losses.filter(({ object }: { readonly object: string }) => object.endsWith('/a'));
    expect(loss.reason).toContain('is not written');
    expect(JSON.stringify(filesOf(path.join(folder, 'fleet')))).not.toMatch(/dG9rZW4|token-of-a/);
  });

  it('are left out where that is wanted', async () => {
    const folder = createFolder(files);
    expect(await importDump(folder, '--from-dump', 'dump', '--secrets', 'omit')).toMatchObject({ code: 0 });
    expect(JSON.stringify(filesOf(path.join(folder, 'fleet')))).not.toContain('c3dvcmRmaXNo');
  });

  it('are encrypted where that is wanted, with the credentials of the members', async () => {
    const { generateIdentity, identityToRecipient } = await import('age-encryption');
    const identity = await generateIdentity();
    const key = path.join(createFolder({ key: `${identity}\n` }), 'key');
    const folder = createFolder(files);
    const args = ['--secrets', 'encrypt', '--age-recipient', await identityToRecipient(identity)];
    expect(await importDump(folder, '--from-dump', 'dump', ...args)).toMatchObject({ code: 0 });
    const written = filesOf(path.join(folder, 'fleet'));
    expect(JSON.stringify(written)).not.toMatch(/c3dvcmRmaXNo|dG9rZW4|UEVN"/);
    expect(await decrypted(written['shop/Secret-password.yaml'], key)).toMatchObject({
      kind: 'FederatedSecret',
      spec: { template: { data: { password: 'c3dvcmRmaXNo' } } },
    });
    expect(await decrypted(written['credentials/a-secret.yaml'], key)).toMatchObject({
      metadata: { name: 'a-secret', namespace: 'kube-federation-system' },
      data: { token: 'dG9rZW4tb2YtYQ==', 'ca.crt': 'UEVN' },
    });
    expect((await gitfed(['validate', 'fleet'], folder)).code).toBe(0);
  });

  it.each([
    ['omit', ['omit'], 0],
    ['plain', [' plain '], 0],
    ['nothing', [''], 2],
    ['encrypt, and for nobody', ['encrypt', ''], 2],
  ])('are asked about on a terminal, where the answer is %s', async (_, answers, wanted) => {
    const folder = createFolder(files);
    const asked: string[] = [];
    const ask: Io['ask'] = async (question) => {
      asked.push(question);
      return answers[asked.length - 1] ?? '';
    };
    const silent = { isTTY: true, write: async () => undefined };
    const io: Io = {
      stdout: silent,
      stderr: silent,
      cwd: folder,
      env: {},
      ask,
      interruption: () => new AbortController().signal,
    };
    const code = await runProgram(['import', 'federation-v1', '--from-dump', 'dump', '--output-dir', 'fleet'], io);
    expect({ code, asked: asked.length }).toEqual({ code: wanted, asked: answers.length });
    expect(asked[0]).toContain('1 Secret ');
  });
});

async function decrypted(text: string | undefined, key: string): Promise<unknown> {
  const [read] = readYaml('', text ?? '', { documentNodes: 10_000, depth: 50 });
  if (read?.ok !== true) throw new Error('it is no document');
  const [value] = await decryptDocuments([read.document], await readAgeIdentities(key));
  return value;
}

describe('bad input', () => {
  const refusedRows: readonly (readonly [string, Parameters<typeof createFolder>[0], readonly string[], string])[] = [
    ['no folder', {}, ['--from-dump', 'none'], 'is not a folder'],
    ['an empty folder', { 'dump/README': '' }, ['--from-dump', 'dump'], 'holds no *.yaml'],
    ['a dump without clusters', { 'dump/a.yaml': NAMESPACE }, ['--from-dump', 'dump'], 'has no Cluster'],
    [
      'two clusters of one name',
      { 'dump/a.yaml': CLUSTERS, 'dump/b.yaml': dumpOf(v1Cluster('a', { labels: { other: 'x' } })) },
      ['--from-dump', 'dump'],
      'Cluster.federation/a is there twice, with different contents: a.yaml:2 and b.yaml:2',
    ],
    ['broken YAML', { 'dump/a.yaml': `${CLUSTERS}---\na: [` }, ['--from-dump', 'dump'], 'a.yaml:'],
    ['what is no text', { 'dump/a.yaml': Uint8Array.of(0xff, 0xfe, 0x00) }, ['--from-dump', 'dump'], 'not UTF-8'],
    ['what is no object', { 'dump/a.yaml': `${CLUSTERS}---\nkind: Config` }, ['--from-dump', 'dump'], 'is no object'],
    ['a file beyond all bounds', { 'dump/a.yaml': { size: 500_000_000 } }, ['--from-dump', 'dump'], 'bytes'],
    ['a folder that is full', { 'dump/a.yaml': CLUSTERS, 'fleet/x': '' }, ['--from-dump', 'dump'], 'is not empty'],
    ['a file for a folder', { 'dump/a.yaml': CLUSTERS, fleet: '' }, ['--from-dump', 'dump'], 'is not a folder'],
    [
      'credentials in the repository',
      { 'dump/a.yaml': CLUSTERS },
      ['--from-dump', 'dump', '--credentials-dir', 'fleet/secrets'],
      'inside of a git repository',
    ],
    [
      'credentials that are there already',
      { 'dump/a.yaml': CLUSTERS + CREDENTIAL, 'credentials/a-secret/token': 'mine' },
      ['--from-dump', 'dump', '--credentials-dir', 'credentials'],
      'is there already',
    ],
    ['two sources', {}, ['--from-dump', 'dump', '--host-context', 'x'], 'use one of them'],
    ['a name of an inventory that is none', {}, ['--from-dump', 'dump', '--inventory', 'A b'], '--inventory'],
    ['a recipient without encryption', {}, ['--from-dump', 'dump', '--age-recipient', 'age1'], '--age-recipient'],
  ];

  it.each(refusedRows)('of %s is refused, and nothing is written', async (_, files, args, reason) => {
    const folder = createFolder(files);
    const before = namesOf(folder);
    const { code, stdout, stderr } = await importDump(folder, ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(reason);
    expect(namesOf(folder)).toEqual(before);
  });

  it('of no folder to write to is refused', async () => {
    const { code, stderr } = await gitfed(['import', 'federation-v1', '--from-dump', DUMP], createFolder());
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('--output-dir') });
  });

  it('of objects that cannot be leaves those out, and imports the rest', async () => {
    const large = v1('v1', 'ConfigMap', { name: 'large', content: { data: { a: 'x'.repeat(6_000_000) } } });
    const list = v1('v1', 'ConfigMap', { name: 'list', labels: { a: ['b'] as unknown as string } });
    const owned = v1('v1', 'ConfigMap', { name: 'owned', annotations: { 'applyset.kubernetes.io/x': 'y' } });
    const cluster = v1Cluster('c', { content: { spec: { serverAddressByClientCIDRs: [] } } });
    const fine = v1('v1', 'ConfigMap', { name: 'fine', content: { data: {} } });
    const folder = createFolder({ 'dump/a.yaml': CLUSTERS + NAMESPACE + dumpOf(cluster, large, list, owned, fine) });
    const { code } = await importDump(folder, '--from-dump', 'dump');
    const report = JSON.parse(readFileSync(path.join(folder, 'fleet/IMPORT-REPORT.json'), 'utf8'));
    const objects = report.losses.map(({ object }: { readonly object: string }) => object);
    expect(objects).toEqual(expect.arrayContaining(['Cluster.federation/c', 'ConfigMap/shop/large']));
    expect({ code, ok: report.ok }).toEqual({ code: 1, ok: false });
    expect(namesOf(path.join(folder, 'fleet/shop'))).toContain('ConfigMap-fine.yaml');
    expect(namesOf(path.join(folder, 'fleet/shop'))).not.toContain('ConfigMap-large.yaml');
    expect((await gitfed(['validate', 'fleet'], folder)).code).toBe(0);
  });

  it('of a dump of a member that there is not is told of', async () => {
    const folder = createFolder({ 'dump/a.yaml': CLUSTERS, 'dump/members/z/hpa.yaml': NAMESPACE });
    const { stdout } = await importDump(folder, '--from-dump', 'dump');
    expect(stdout).toContain('members/z');
  });

  it('of the same object twice is no harm, in whatever group it is shown', async () => {
    const one = v1Workload('Deployment', 3);
    const metadata = { ...(one['metadata'] as JsonObject), resourceVersion: '7' };
    const shown = { ...one, metadata };
    const moved = { ...one, apiVersion: 'apps/v1', metadata, spec: { ...(one['spec'] as JsonObject), paused: false } };
    const folder = createFolder({ 'dump/a.yaml': CLUSTERS + CLUSTERS + NAMESPACE + dumpOf(shown, moved) });
    expect(await importDump(folder, '--from-dump', 'dump')).toMatchObject({ code: 0 });
  });

  it('that a terminal could act on is shown, and not acted on', async () => {
    const annotations = { 'federation.kubernetes.io/\u001b[2J': 'x' };
    const dump = CLUSTERS + NAMESPACE + dumpOf(v1('v1', 'ConfigMap', { annotations, content: { data: {} } }));
    const folder = createFolder({ 'dump/a.yaml': dump });
    const { stdout, stderr } = await importDump(folder, '--from-dump', 'dump');
    expect(stdout).toContain('\\u{1b}[2J');
    expect(stdout + stderr).not.toContain('\u001b');
    expect(readFileSync(path.join(folder, 'fleet/IMPORT-REPORT.md'), 'utf8')).not.toContain('\u001b');
  });
});

it('gitfed import federation-v1 --help runs as a process', () => {
  const { code, stdout } = spawnGitfed(['import', 'federation-v1', '--help'], createFolder());
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('--keep-orphan-default') });
});
