import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Io, Output } from '../../src/cli/io.ts';
import { runProgram } from '../../src/cli/program.ts';
import { temporaryFolder } from '../helpers/git-repository.ts';
import { gitfed, ROOT, type Run } from './run-gitfed.ts';

const DUMP = path.join(ROOT, 'test/cluster/testdata/kubefed-live');
const GOLDEN = path.join(import.meta.dirname, 'testdata', 'import-kubefed');

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .toSorted();
}

/** A copy of the dump, to be changed. */
function dumpWith(files: Readonly<Record<string, string>> = {}): string {
  const folder = path.join(temporaryFolder(), 'dump');
  cpSync(DUMP, folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

/** Replaces text in a file of a dump. */
function edit(folder: string, name: string, before: string, after: string): void {
  const file = path.join(folder, name);
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(before);
  writeFileSync(file, text.replace(before, after));
}

interface Imported extends Run {
  readonly folder: string;
}

async function importDump(dump: string, ...args: readonly string[]): Promise<Imported> {
  const cwd = temporaryFolder();
  const run = await gitfed(['import', 'kubefed', '--from-dump', dump, '--output-dir', 'fleet', ...args], cwd);
  return { ...run, folder: path.join(cwd, 'fleet') };
}

/** What is left of a folder that nothing may be written to. */
function rest(folder: string): readonly string[] {
  return filesBelow(path.dirname(folder));
}

describe('The dump of a live installation', () => {
  it('becomes a repository that renders what its members have', async () => {
    const { code, stdout, folder } = await importDump(DUMP, '--secrets', 'plain', '--inventory', 'shop');
    expect(code).toBe(0);
    expect(
      stdout.slice(stdout.indexOf('CLUSTER')),
    ).toBe(`CLUSTER  IDENTICAL  DIFFERENT  MISSING  REFUSED  KEPT  LEFT OVER
m1               9          0        0        0     0          0
m2               7          0        0        0     0          0
m3               7          0        0        0     0          0

Everything is in the repository, and every member has it as it would be applied.
`);
    const files = filesBelow(folder);
    for (const file of files) {
      await expect(readFileSync(path.join(folder, file), 'utf8')).toMatchFileSnapshot(path.join(GOLDEN, file));
    }
    expect(files).toEqual(filesBelow(GOLDEN));
  });

  it('keeps Secrets in the members with --secrets omit', async () => {
    const { code, stdout, folder } = await importDump(DUMP, '--secrets', 'omit');
    expect(code).toBe(0);
    expect(stdout).toContain('m1: Secret/shop/db stays as it is (keepLive)');
    const text = filesBelow(folder).map((file) => readFileSync(path.join(folder, file), 'utf8'));
    expect(text.join('')).not.toContain('CANARY');
    expect(readFileSync(path.join(folder, 'gitfed.yaml'), 'utf8')).toContain(
      'keepLive:\n- group: ""\n  kind: Secret\n  name: db\n  namespace: shop\n',
    );
  });

  it('has encrypted Secrets and credentials with --secrets encrypt, which --check decrypts', async () => {
    const { generateIdentity, identityToRecipient } = await import('age-encryption');
    const identity = await generateIdentity();
    const recipient = await identityToRecipient(identity);
    const { code, folder } = await importDump(DUMP, '--secrets', 'encrypt', '--age-recipient', recipient);
    expect(code).toBe(0);
    const texts = filesBelow(folder).map((file) => readFileSync(path.join(folder, file), 'utf8'));
    expect(texts.join('')).not.toMatch(/CANARY|dG9r/);
    expect(filesBelow(folder)).toContain('credentials/m1-secret.yaml');
    const key = path.join(temporaryFolder(), 'key.txt');
    writeFileSync(key, `${identity}\n`);
    const check = ['import', 'kubefed', '--from-dump', DUMP, '--output-dir', folder, '--check', '-o', 'json'];
    const open = await gitfed([...check, '--age-key-file', key], folder);
    expect([open.code, JSON.parse(open.stdout).clusters.m3]).toEqual([
      0,
      { compared: true, identical: 7, objects: [] },
    ]);
    const closed = await gitfed(check, folder);
    expect(closed.code).toBe(1);
    expect(JSON.parse(closed.stdout).notImportable).toEqual([
      expect.objectContaining({ object: 'FederatedSecret/shop/db', reason: expect.stringContaining('--age-key-file') }),
    ]);
  });

  it('gives its credentials to a folder that only its owner reads', async () => {
    const { code, folder } = await importDump(DUMP, '--secrets', 'omit', '--credentials-dir', 'credentials');
    expect(code).toBe(0);
    const credentials = path.join(path.dirname(folder), 'credentials');
    expect(filesBelow(credentials)).toEqual(['m1-secret/token', 'm2-secret/token', 'm3-secret/token']);
    const token = path.join(credentials, 'm1-secret/token');
    expect(readFileSync(token, 'utf8')).toBe('tok');
    expect(statSync(token).mode & 0o077).toBe(0);
  });

  it('is compared again after the repository was changed', async () => {
    const { folder } = await importDump(DUMP, '--secrets', 'plain');
    edit(folder, 'shop/ConfigMap-settings.yaml', '"0644"', 'strict');
    edit(folder, 'shop/Secret-db.yaml', 'CANARY-s3cr3t', 'CANARY-other');
    const args = ['import', 'kubefed', '--from-dump', DUMP, '--output-dir', folder, '--check'];
    const { code, stdout, stderr } = await gitfed(args, folder);
    expect(code).toBe(1);
    expect(stdout).toContain('m1: ConfigMap/shop/settings differs\n    .data.mode: "0644", should be "strict"');
    expect(stdout).toContain('m1: Secret/shop/db differs\n    .data.password: "***", should be "***"');
    expect(stdout).toContain('m1               7          2');
    expect(stdout + stderr).not.toContain('CANARY');
  });

  it('is imported without members, which is told', async () => {
    const dump = path.join(temporaryFolder(), 'dump');
    mkdirSync(dump);
    for (const name of ['host-core.yaml', 'host-federated.yaml']) cpSync(path.join(DUMP, name), path.join(dump, name));
    const { code, stdout } = await importDump(dump, '--secrets', 'omit');
    expect(code).toBe(0);
    expect(stdout).toContain('No member was compared: the dump has none.');
    expect(stdout).toContain(
      'KubeFedCluster/kube-federation-system/m1 has no credential: its Secret m1-secret was not found.',
    );
  });

  it('has members in folders, and lists of any kind as JSON', async () => {
    const dump = dumpWith();
    const { readYaml, stringifyJson } = await import('../../src/core/index.ts');
    const text = readFileSync(path.join(dump, 'member-m2.yaml'), 'utf8');
    const [read] = readYaml('', text, { documentNodes: 1_000_000, depth: 100 });
    if (read?.ok !== true) throw new Error('the dump cannot be read');
    mkdirSync(path.join(dump, 'members', 'm2'), { recursive: true });
    writeFileSync(path.join(dump, 'members', 'm2', 'all.json'), stringifyJson(read.document.value));
    writeFileSync(path.join(dump, 'member-m2.yaml'), '');
    const { code, stdout } = await importDump(dump, '--secrets', 'plain');
    expect([code, stdout.includes('m2               7')]).toEqual([0, true]);
  });
});

describe('The report of an import', () => {
  it('tells what differs in a member, and what KubeFed noted of it', async () => {
    const dump = dumpWith();
    edit(
      dump,
      'member-m1.yaml',
      '    generation: 1\n    labels:\n      app: web',
      '    generation: 2\n    labels:\n      app: web',
    );
    edit(dump, 'member-m1.yaml', 'image: nginx:1.25', 'image: nginx:1.27');
    edit(dump, 'member-m3.yaml', 'Q0FOQVJZLW0z', 'Q0FOQVJZLW90aGVy');
    const { code, stdout } = await importDump(dump, '--secrets', 'plain');
    expect(code).toBe(1);
    expect(stdout).toContain(
      'm1: Deployment.apps/shop/web differs: It was changed there since KubeFed wrote it last.\n    .spec.template.spec.containers[name="c"].image: "nginx:1.27", should be "nginx:1.25"',
    );
    expect(stdout).toContain('m3: Secret/shop/db differs\n    .data.password: "***", should be "***"');
    expect(stdout).not.toContain('Q0FOQVJ');
  });

  it('tells of a cluster that KubeFed planned without', async () => {
    const dump = dumpWith();
    edit(dump, 'host-core.yaml', 'status: "True"\n      type: Ready', 'status: "True"\n      type: Offline');
    edit(dump, 'member-m2.yaml', '    replicas: 3', '    replicas: 6');
    const { stdout } = await importDump(dump, '--secrets', 'plain');
    expect(stdout).toContain(
      'm2: Deployment.apps/shop/web differs: KubeFed planned without m1, which it did not count as ready;',
    );
  });

  it('tells what is not there, what is left over, and which member has no dump', async () => {
    const dump = dumpWith({
      'members/m2/more.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: old, namespace: shop, labels: {kubefed.io/managed: "true"}}\n',
    });
    rmSync(path.join(dump, 'member-m3.yaml'));
    edit(dump, 'member-m1.yaml', 'kind: ConfigMap', 'kind: Elsewhere');
    const { code, stdout } = await importDump(dump, '--secrets', 'plain');
    expect(code).toBe(1);
    expect(stdout).toContain('m1: ConfigMap/shop/settings is not there: It would be created.');
    expect(stdout).toContain('m2: ConfigMap/shop/old has the label of KubeFed and is not in the repository');
    expect(stdout).toContain('m3: not compared: There is no dump of it: member-m3.yaml');
  });

  it('tells what cannot be imported, and goes on with the rest', async () => {
    const dump = dumpWith();
    edit(
      dump,
      'host-federated.yaml',
      '    name: settings\n',
      '    name: settings\n    deletionTimestamp: 2026-11-21T00:38:24Z\n',
    );
    edit(dump, 'host-federated.yaml', 'path: /spec/template/spec/containers/0/image', 'path: /spec/nowhere/image');
    const { code, stdout, folder } = await importDump(dump, '--secrets', 'plain', '-o', 'json');
    expect(code).toBe(1);
    const report = JSON.parse(stdout);
    expect(report.notImportable).toEqual([
      {
        object: 'FederatedConfigMap/shop/settings',
        where: expect.stringMatching(/^host-federated\.yaml:\d+$/),
        reason: expect.stringMatching(/^is being deleted/),
      },
      {
        object: 'FederatedDeployment/shop/web',
        where: 'shop/Deployment.apps-web.yaml:10',
        cluster: 'm2',
        reason: expect.stringMatching(/^OverrideFailed: spec\.overrides\[0\]/),
      },
    ]);
    expect(report.clusters.m1.objects).toEqual([
      expect.objectContaining({ state: 'leftover', kind: 'ConfigMap', name: 'settings' }),
    ]);
    expect(filesBelow(folder)).not.toContain('shop/ConfigMap-settings.yaml');
  });

  it('tells of an object that is too large for a repository', async () => {
    const large = `apiVersion: types.kubefed.io/v1beta1\nkind: FederatedConfigMap\nmetadata: {name: large, namespace: shop, uid: x}\nspec: {template: {data: {a: ${'x'.repeat(6_000_000)}}}}\n`;
    const { code, stdout } = await importDump(dumpWith({ 'large.yaml': large }), '--secrets', 'plain', '-o', 'json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout).notImportable).toEqual([
      {
        object: 'FederatedConfigMap/shop/large',
        where: 'shop/ConfigMap-large.yaml:1',
        reason: expect.stringMatching(/^FileTooLarge: /),
      },
    ]);
  });

  it.each([
    [
      'that are being deleted there',
      '    name: settings',
      '    name: settings\n    deletionTimestamp: 2026-11-21T00:38:24Z',
      /It is being deleted there/,
    ],
    [
      'of another ApplySet',
      "      kubefed.io/managed: 'true'\n    managedFields:\n    - apiVersion: v1\n      fieldsType: FieldsV1\n      fieldsV1:\n        f:data:\n          .: {}\n          f:mode",
      "      kubefed.io/managed: 'true'\n      applyset.kubernetes.io/part-of: applyset-x\n    managedFields:\n    - apiVersion: v1\n      fieldsType: FieldsV1\n      fieldsV1:\n        f:data:\n          .: {}\n          f:mode",
      /belongs to another ApplySet/,
    ],
  ])('tells of objects %s, which gitfed would not take', async (_, before, after, message) => {
    const dump = dumpWith();
    edit(dump, 'member-m1.yaml', before, after);
    const { code, stdout } = await importDump(dump, '--secrets', 'plain');
    expect(code).toBe(1);
    expect(stdout).toMatch(/m1: ConfigMap\/shop\/settings would be refused: /);
    expect(stdout).toMatch(message);
  });

  it('does not let gitfed act on a preference that KubeFed never acted on', async () => {
    const dump = dumpWith();
    edit(
      dump,
      'host-federated.yaml',
      'targetKind: FederatedDeployment\n    total',
      'targetKind: FederatedJob\n    total',
    );
    const { folder } = await importDump(dump, '--secrets', 'plain');
    expect(readFileSync(path.join(folder, 'gitfed.yaml'), 'utf8')).toContain('scheduling:\n  anyReplicasKind: false\n');
  });
});

describe('Nothing is written', () => {
  it('where nobody says what becomes of Secrets', async () => {
    const { code, stderr, folder } = await importDump(DUMP);
    expect([code, rest(folder)]).toEqual([2, []]);
    expect(stderr).toMatch(
      /FederatedSecret\/shop\/db\. .*--secrets encrypt --age-recipient.*--secrets omit.*--secrets plain/,
    );
    expect(stderr).not.toContain('CANARY');
  });

  const CLUSTER =
    'apiVersion: core.kubefed.io/v1beta1\nkind: KubeFedCluster\nmetadata: {name: m1, namespace: kube-federation-system, uid: x}\nspec: {}\n';

  const SECRET = CLUSTER.replace('core.kubefed.io/v1beta1', 'v1')
    .replace('KubeFedCluster', 'Secret')
    .replace('m1', 'm1-secret');
  const PAGE = '{"apiVersion": "v1", "kind": "SecretList", "metadata": {"continue": "x"}, "items": []}';

  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    [
      'where a dump has two clusters of one name',
      { 'other.yaml': CLUSTER },
      /KubeFedCluster\/kube-federation-system\/m1: host-core\.yaml:3 and other\.yaml:1/,
    ],
    [
      'where KubeFed is there twice',
      { 'other.yaml': CLUSTER.replace('kube-federation-system', 'second') },
      /more than one namespace: kube-federation-system, second\. .*--kubefed-namespace/,
    ],
    [
      'where a dump has two Secrets of one name',
      { 'other.yaml': SECRET },
      /Secret\/kube-federation-system\/m1-secret: host-secrets\.yaml:\d+ and other\.yaml:1/,
    ],
    [
      'where a file is cut off',
      { 'cut.yaml': 'apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Secret\n' },
      /cut\.yaml:1 of the dump is no object of Kubernetes, or the file is cut off/,
    ],
    [
      'where a list is one page of a longer one',
      { 'page.json': PAGE },
      /page\.json:1 of the dump is one page of a longer list/,
    ],
    ['where a file cannot be read', { 'broken.yaml': 'a: [\n' }, /broken\.yaml:\d+ of the dump: .*Dump it again/],
  ])('%s', async (_, files, message) => {
    const { code, stderr, folder } = await importDump(dumpWith(files), '--secrets', 'omit');
    expect([code, rest(folder)]).toEqual([2, []]);
    expect(stderr).toMatch(message);
  });

  it.each<[string, readonly string[], RegExp]>([
    [
      'where the namespace has no KubeFed',
      ['--kubefed-namespace', 'shop'],
      /no KubeFed in the namespace shop\. It is in: kube-federation-system/,
    ],
    [
      'where credentials would be committed',
      ['--credentials-dir', 'fleet/tokens'],
      /inside of a git repository, where its tokens would be committed/,
    ],
    ['where a dump and a host are named', ['--host-context', 'host'], /--from-dump asks no cluster/],
    ['where nobody is named to encrypt for', ['--secrets', 'encrypt'], /--secrets encrypt needs whom it is for/],
    ['where a name is no name of an inventory', ['--inventory', 'A fleet'], /no name of an inventory/],
    ['where there is no repository to compare', ['--check'], /--check compares a repository that is there/],
  ])('%s', async (_, args, message) => {
    const secrets = args.includes('--secrets') || args.includes('--check') ? [] : ['--secrets', 'omit'];
    const { code, stderr, folder } = await importDump(DUMP, ...secrets, ...args);
    expect([code, rest(folder)]).toEqual([2, []]);
    expect(stderr).toMatch(message);
  });

  it.each<[string, string, RegExp]>([
    ['where the dump is no folder', 'host-core.yaml', /is not a folder/],
    ['where the dump has no files', 'empty', /holds no \*\.yaml/],
    ['where the dump has no KubeFed', 'plain', /has no KubeFed in use/],
    ['where the dump has no types', 'half', /has no FederatedTypeConfig in the namespace kube-federation-system/],
  ])('%s', async (_, name, message) => {
    const dump = dumpWith({
      'empty/x.txt': '',
      'plain/a.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\n',
      'half/a.yaml': CLUSTER,
    });
    const { code, stderr, folder } = await importDump(path.join(dump, name), '--secrets', 'omit');
    expect([code, rest(folder)]).toEqual([2, []]);
    expect(stderr).toMatch(message);
  });

  it('where a file of the dump is a link', async () => {
    const dump = dumpWith();
    symlinkSync('host-core.yaml', path.join(dump, 'linked.yaml'));
    const { code, stderr, folder } = await importDump(dump, '--secrets', 'omit');
    expect([code, rest(folder)]).toEqual([2, []]);
    expect(stderr).toContain('linked.yaml of the dump is no plain file');
  });

  it('into a folder that is not empty', async () => {
    const cwd = temporaryFolder();
    mkdirSync(path.join(cwd, 'fleet'));
    writeFileSync(path.join(cwd, 'fleet', 'mine.txt'), 'mine');
    const run = await gitfed(
      ['import', 'kubefed', '--from-dump', DUMP, '--output-dir', 'fleet', '--secrets', 'omit'],
      cwd,
    );
    expect(run).toMatchObject({ code: 2, stderr: expect.stringMatching(/fleet is not empty: it holds mine\.txt\./) });
    expect(filesBelow(cwd)).toEqual(['fleet/mine.txt']);
  });

  it('beside credentials that are there already', async () => {
    const cwd = temporaryFolder();
    mkdirSync(path.join(cwd, 'tokens', 'm2-secret'), { recursive: true });
    writeFileSync(path.join(cwd, 'tokens', 'm2-secret', 'token'), 'old');
    const args = ['--output-dir', 'fleet', '--secrets', 'omit', '--credentials-dir', 'tokens'];
    const run = await gitfed(['import', 'kubefed', '--from-dump', DUMP, ...args], cwd);
    expect(run).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/token is there already: nothing was written/),
    });
    expect(filesBelow(cwd)).toEqual(['tokens/m2-secret/token']);
    expect(readFileSync(path.join(cwd, 'tokens/m2-secret/token'), 'utf8')).toBe('old');
  });
});

describe('On a terminal', () => {
  /** Runs it with somebody who gives these answers. */
  async function asked(...answers: readonly string[]) {
    const cwd = temporaryFolder();
    const questions: string[] = [];
    const output = (): Output & { text: string } => ({
      text: '',
      isTTY: false,
      async write(text) {
        this.text += text;
      },
    });
    const [stdout, stderr] = [output(), output()];
    const ask = async (question: string): Promise<string> => {
      questions.push(question);
      return answers[questions.length - 1] ?? '';
    };
    const io: Io = { stdout, stderr, cwd, env: {}, ask, interruption: () => new AbortController().signal };
    const code = await runProgram(['import', 'kubefed', '--from-dump', DUMP, '--output-dir', 'fleet'], io);
    return { code, questions, stderr: stderr.text, files: filesBelow(cwd) };
  }

  it('it is asked what becomes of Secrets', async () => {
    const { code, questions, files } = await asked(' omit');
    expect([code, files.includes('fleet/shop/Secret-db.yaml')]).toEqual([0, false]);
    expect(questions).toEqual([expect.stringMatching(/^1 FederatedSecret would be readable .*omit.*encrypt.*plain/s)]);
  });

  it('it is asked for whom they are encrypted', async () => {
    const { generateIdentity, identityToRecipient } = await import('age-encryption');
    const { code, questions, files } = await asked('encrypt', await identityToRecipient(await generateIdentity()));
    expect([code, questions.length, files.includes('fleet/credentials/m1-secret.yaml')]).toEqual([0, 2, true]);
  });

  it.each([
    ['', ''],
    ['yes', ''],
    ['encrypt', ''],
  ])('nothing is written where the answer is %j', async (...answers) => {
    const { code, stderr, files } = await asked(...answers);
    expect([code, files]).toEqual([2, []]);
    expect(stderr).toContain('--secrets omit');
  });
});

describe('A folder of a repository', () => {
  it('whose files git ignores has none of what was written, which is told', async () => {
    const cwd = temporaryFolder();
    execFileSync('git', ['init', '--quiet', cwd]);
    writeFileSync(path.join(cwd, '.gitignore'), 'fleet/shop/\n');
    const args = ['import', 'kubefed', '--from-dump', DUMP, '--output-dir', 'fleet', '--secrets', 'omit', '-o', 'json'];
    const { code, stdout } = await gitfed(args, cwd);
    const { notImportable } = JSON.parse(stdout);
    expect(code).toBe(1);
    expect(notImportable).toHaveLength(9);
    expect(notImportable[0]).toMatchObject({
      where: expect.stringMatching(/^shop\//),
      reason: expect.stringContaining('ignore file'),
    });
  });
});

describe('A new git repository', () => {
  it('is a folder that is empty', async () => {
    const cwd = temporaryFolder();
    mkdirSync(path.join(cwd, 'fleet', '.git'), { recursive: true });
    const run = await gitfed(
      ['import', 'kubefed', '--from-dump', DUMP, '--output-dir', 'fleet', '--secrets', 'omit'],
      cwd,
    );
    expect(run.code).toBe(0);
    expect(filesBelow(path.join(cwd, 'fleet'))).toContain('gitfed.yaml');
  });
});
