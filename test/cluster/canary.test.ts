import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, onTestFinished, vi } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import { spawnGitfed } from '../cli/run-gitfed.ts';
import { type Cluster, describe, test } from '../controlplane/fixtures.ts';
import { encryptSecret } from '../helpers/sops-encrypt.ts';
import { base64, Canaries } from './canaries.ts';
import { startFaultProxy } from './fault-proxy.ts';
import {
  clusterYaml,
  filesBelow,
  fleetRepository,
  get,
  grant,
  namespaceYaml,
  type TestRepository,
  temporaryFolder,
  writeCredentials,
} from './fleet.ts';
import { secretYaml, wrongSecrets } from './wrong-secrets.ts';

const SOPS = path.join(import.meta.dirname, '../../src/cluster/testdata/sops');
const KEY_FILE = path.join(SOPS, 'key.txt');
const MERGE = 'application/merge-patch+json';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

interface Said {
  readonly what: string;
  readonly text: string;
}

/** Everything that gitfed said and wrote in a test. */
class Watch {
  readonly canaries = new Canaries();
  readonly #said: Said[] = [];
  readonly #temporary = temporaryFolder();
  readonly #members: readonly Cluster[];

  /** @param members where gitfed has the rights that a repository needs, before each of its commands. */
  constructor(members: readonly Cluster[] = []) {
    this.#members = members;
  }

  note(what: string, text: string): void {
    this.#said.push({ what, text });
  }

  /** At a terminal, in colour and with progress. The manifests of `render` are meant to be whole, and are left out. */
  async run(args: readonly string[], cwd: string, repository: string = cwd): Promise<number> {
    if (args[0] !== 'rbac' && existsSync(path.join(repository, '.git'))) await grant(this.#members, repository);
    const pieces: Record<'stdout' | 'stderr', string> = { stdout: '', stderr: '' };
    const output = (name: keyof typeof pieces) => ({
      isTTY: true,
      write: async (text: string) => {
        pieces[name] += text;
      },
    });
    const interruption = () => new AbortController().signal;
    vi.stubEnv('TMPDIR', this.#temporary);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const io = { stdout: output('stdout'), stderr: output('stderr'), cwd, env: {}, interruption };
    const code = await runProgram(args, io);
    vi.unstubAllEnvs();
    this.#note(args, pieces);
    return code;
  }

  /** As a process of its own, with its output in files. */
  spawn(args: readonly string[], cwd: string): number | null {
    const { code, ...pieces } = spawnGitfed(args, cwd, { TMPDIR: this.#temporary });
    this.#note(args, pieces);
    return code;
  }

  #note(args: readonly string[], { stdout, stderr }: Readonly<Record<'stdout' | 'stderr', string>>): void {
    const isJson = args.includes('json');
    const shown = args[0] !== 'render' ? stdout : isJson ? stdout.slice(stdout.lastIndexOf('"findings":')) : '';
    const text = shown + stderr;
    if (args[0] !== 'render') expect([args, text]).not.toEqual([args, '']);
    // Of what was typed only what is no place or password.
    this.note(args.filter((one) => !one.includes('/')).join(' '), text);
  }

  /** Every command in every format. */
  async runAll(folder: string, access: readonly string[]): Promise<void> {
    const members = [...access, '--request-timeout', '4s'];
    const outputs = (args: readonly string[], formats: readonly string[]) =>
      formats.map((format) => [...args, '-o', format]);
    const commands = [
      ...outputs(['validate'], ['text', 'json', 'github']),
      ...outputs(['render'], ['yaml', 'json']),
      ...outputs(['diff', '--against', 'HEAD^'], ['text', 'json', 'markdown']),
      ...outputs(['diff', '--live', ...members], ['text', 'json', 'markdown']),
      ['diff', '--live', '--stat', ...members],
      ...outputs(['drift', ...members], ['text', 'json']),
      ...outputs(['clusters', ...members], ['text', 'json']),
      ...outputs(['rbac', ...members.filter((_, at) => !isKeyFile(members, at))], ['yaml', 'json']),
      ...outputs(['sync', '--dry-run', ...members], ['text', 'json']),
      ['sync', '--wait', '--wait-timeout', '2s', ...members],
      ['sync', '-o', 'json', ...members],
    ];
    // What stops at its first step says nothing, and would be found clean.
    for (const args of commands) expect([args, await this.run(args, folder)]).not.toEqual([args, 2]);
    for (const args of [
      ['sync', '--color', ...members],
      ['drift', ...members],
    ]) {
      expect([args, this.spawn(args, folder)]).not.toEqual([args, 2]);
    }
  }

  /** What is left in the repository's status branch, in the members and in temporary folders. */
  async look(git: TestRepository['git'], clusters: readonly Cluster[]): Promise<void> {
    this.note('status branch', git('log', '--patch', '--format=fuller', '--notes', 'gitfed/status'));
    this.note('files of the status branch', git('grep', '-I', '', 'gitfed/status'));
    for (const cluster of clusters) {
      for (const list of ['secrets', 'configmaps', 'namespaces', 'events']) {
        const { items } = await get<{ items: readonly Listed[] }>(cluster, `/api/v1/${list}`).then(listed);
        for (const item of items) this.#lookAt(`${cluster.name} ${list} ${item.metadata.name}`, item);
      }
      const leases = await get<{ items: readonly Listed[] }>(cluster, '/apis/coordination.k8s.io/v1/leases');
      this.note(`${cluster.name} leases`, JSON.stringify(leases));
    }
    expect(filesBelow(this.#temporary)).toEqual({});
  }

  #lookAt(what: string, { data, metadata, ...rest }: Listed): void {
    const { annotations = {}, name } = metadata;
    const isInventory = annotations['applyset.kubernetes.io/tooling'] !== undefined;
    if (isInventory) {
      for (const [key, text] of Object.entries(data ?? {})) this.canaries.add(`${what} ${key}`, text);
      this.note(`inventory ${what}`, JSON.stringify({ metadata, rest }));
      return;
    }
    const own = Object.entries(annotations).filter(([key]) => /^(gitfed\.io|applyset)/.test(key));
    this.note(`annotations of ${what}`, JSON.stringify([name, own, metadata.labels]));
  }

  /** Nothing of what was planted, and not nothing at all. */
  expectNoCanary(atLeast = 10): void {
    expect(this.#said.length).toBeGreaterThanOrEqual(atLeast);
    const found = this.#said.flatMap(({ what, text }) => this.canaries.in(text).map((name) => `${what}: ${name}`));
    expect(found).toEqual([]);
  }
}

interface Listed {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
}

function listed<T>(list: T | undefined): T {
  if (list === undefined) throw new Error('there is no such list');
  return list;
}

/** `gitfed rbac` decrypts nothing. */
function isKeyFile(args: readonly string[], at: number): boolean {
  return args[at] === '--age-key-file' || args[at - 1] === '--age-key-file';
}

/** What an API server says of an object that it quotes. */
function quotingBody(status: number, quoted: string): string {
  const message = `Secret "x" is invalid: data[k]: Invalid value: "${quoted}": .data.${quoted}: field not declared in schema`;
  const causes = [{ reason: 'FieldValueInvalid', message, field: `data.${quoted}` }];
  const details = { name: quoted, kind: quoted, causes };
  return JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    reason: 'Invalid',
    code: status,
    message,
    details,
  });
}

describe('values that nobody may see', () => {
  test('row 11: no value of a malformed or refused Secret is in any output', { timeout: 300_000 }, async ({
    clusters: [cluster],
  }) => {
    const watch = new Watch([cluster]);
    const proxy = await startFaultProxy(cluster);
    const repository = fleetRepository([cluster], 'canary', {
      [`clusters/${cluster.name}.yaml`]: proxy.clusterYaml,
      ...wrongSecrets('canary', cluster, watch.canaries),
    });
    repository.commit({ 'more.yaml': namespaceYaml('canary-more') });
    const access = ['--credentials-dir', writeCredentials([cluster])];
    await watch.runAll(repository.folder, access);
    // The search would find them where they are.
    expect(watch.canaries.in(Object.values(filesBelow(repository.folder)).join('\n')).length).toBeGreaterThan(30);
    const statuses = repository.status('objects/cluster1.yaml');
    expect(statuses).toMatch(/name: fine\n/);
    for (const name of ['list', 'number', 'nested', 'text', 'plain', 'tls', 'docker', 'key']) {
      expect([name, statuses]).toEqual([
        name,
        expect.stringMatching(new RegExp(`name: ${name}\\n(?! *-)[^]*?CreationFailed`)),
      ]);
    }

    // Other values: of the immutable one it is refused, and the working tree has still others than the commit.
    repository.commit(wrongSecrets('canary', cluster, watch.canaries), 'Other values');
    for (const [name, text] of Object.entries(wrongSecrets('canary', cluster, watch.canaries))) {
      writeFileSync(path.join(repository.folder, name), text);
    }
    await watch.runAll(repository.folder, access);
    expect(repository.status('objects/cluster1.yaml')).toContain('UpdateFailed');

    for (const status of [403, 409, 422, 500]) {
      repository.commit(wrongSecrets('canary', cluster, watch.canaries), `Answered with ${status}`);
      const body = quotingBody(status, watch.canaries.plantToken(`quoted by a ${status}`));
      proxy.fault({ kind: 'answer', status, body }, { match: ({ path: asked }) => /\/secrets[/?]/.test(asked) });
      for (const command of ['sync', 'drift', 'clusters']) {
        await watch.run([command, '-o', 'json', ...access], repository.folder);
        await watch.run([command, ...access], repository.folder);
      }
      await proxy.clear();
    }

    const names = Object.keys(wrongSecrets('canary', cluster, watch.canaries));
    repository.commit(Object.fromEntries(names.map((name) => [name, undefined])), 'Gone');
    for (const args of [
      ['diff', '--against', 'HEAD^'],
      ['drift', ...access],
      ['sync', ...access],
    ]) {
      await watch.run(args, repository.folder);
    }
    await watch.look((...args) => repository.git(...args), [cluster]);
    watch.expectNoCanary();
  });

  test('row 11: no value that stands where a flag of a Secret belongs is in a difference', async ({
    clusters: [cluster],
  }) => {
    const watch = new Watch([cluster]);
    const flag = (place: string) => secretYaml('flag', 'flag', { immutable: watch.canaries.plant(place) });
    const repository = fleetRepository([cluster], 'flag', { 'flag.yaml': flag('immutable before') });
    repository.commit({ 'flag.yaml': flag('immutable after') });
    for (const format of ['text', 'json'])
      expect(await watch.run(['diff', '--against', 'HEAD^', '-o', format], repository.folder)).toBe(1);
    watch.expectNoCanary(2);
  });

  test('row 12: no value that only a member or last-applied-configuration has is in any output', {
    timeout: 300_000,
  }, async ({ clusters: [cluster] }) => {
    const watch = new Watch([cluster]);
    const name = 'live';
    const secret = (one: string) => `/api/v1/namespaces/${name}/secrets/${one}`;
    const ours = ['edited', 'ruled', 'surplus', 'retyped'];
    const theirs = ['adopted', 'unmanaged', 'foreign'];
    const files = Object.fromEntries(
      [...ours, ...theirs].map((one) => [
        `${one}.yaml`,
        secretYaml(name, one, { data: { k: base64(watch.canaries.plant(`desired ${one}`)) } }),
      ]),
    );
    const rules = `ignoreDifferences: [{kind: Secret, name: ruled, jsonPointers: [/data/k]}]\n`;
    const repository = fleetRepository([cluster], name, { ...files, 'gitfed.yaml': `inventory: live\n${rules}` });
    const access = ['--credentials-dir', writeCredentials([cluster])];
    await cluster.request('POST', '/api/v1/namespaces', { metadata: { name } });
    const labels: Readonly<Record<string, Record<string, string>>> = {
      adopted: {},
      unmanaged: { 'kubefed.io/managed': 'false' },
      foreign: { 'applyset.kubernetes.io/part-of': 'applyset-of-somebody-else-v1' },
      leftover: { 'kubefed.io/managed': 'true' },
    };
    for (const [one, own] of Object.entries(labels)) {
      const body = liveSecret(one, watch.canaries, own);
      await cluster.request('POST', `${secret('')}?fieldManager=kubectl-client-side-apply`.replace('/?', '?'), body);
    }
    for (const command of ['diff --live', 'drift', 'sync --dry-run']) {
      await watch.run([...command.split(' '), ...access], repository.folder);
    }
    await watch.run(['sync', ...access], repository.folder);
    expect(repository.status('objects/cluster1.yaml')).toMatch(/AlreadyExists|InventoryConflict|ManagedLabelFalse/);

    repository.commit({ 'surplus.yaml': undefined });
    const edit = async (round: string): Promise<void> => {
      for (const one of [...ours, 'adopted']) {
        const { metadata, ...fields } = liveSecret(`${one} ${round}`, watch.canaries, {});
        const { name: _name, ...rest } = metadata;
        const target = `${secret(one)}?fieldManager=kubectl-edit`;
        const patch = { ...fields, metadata: { ...rest, finalizers: null } };
        const { status } = await cluster.request('PATCH', target, patch, MERGE);
        expect([one, status]).toEqual([one, one === 'surplus' && round !== 'at first' ? 404 : 200]);
      }
    };
    await edit('at first');
    const live = JSON.stringify(await get(cluster, secret('edited')));
    expect(watch.canaries.in(live).length).toBeGreaterThan(5);

    const policy = (one: string) => `inventory: live\n${rules}drift: {policy: ${one}}\n`;
    repository.commit({ 'gitfed.yaml': policy('Report') });
    await watch.runAll(repository.folder, access);
    repository.commit({ 'gitfed.yaml': policy('Correct') });
    await edit('again');
    await watch.runAll(repository.folder, access);
    // Often enough to be a fight.
    for (let round = 0; round < 7; round += 1) {
      await edit(`round ${round}`);
      await watch.run(['sync', ...(round % 2 === 0 ? ['-o', 'json'] : []), ...access], repository.folder);
    }
    await edit('at last');
    await watch.run(['drift', ...access], repository.folder);
    await watch.run(['diff', '--live', ...access], repository.folder);
    await watch.look((...args) => repository.git(...args), [cluster]);
    watch.expectNoCanary();
  });

  test('row 13: no credential of a member is in any output', { timeout: 300_000 }, async ({ clusters }) => {
    const watch = new Watch(clusters);
    const { canaries } = watch;
    const [one, two, three] = clusters;
    for (const { name, gitfedToken } of clusters) canaries.add(`token of ${name}`, gitfedToken);
    canaries.add('age key', /^AGE-SECRET-KEY-1(.*)$/m.exec(readFileSync(KEY_FILE, 'utf8'))?.[1] ?? '');
    const credentials = writeCredentials([one]);
    const write = (secretName: string, file: string, text: string) => {
      mkdirSync(path.join(credentials, secretName), { recursive: true });
      writeFileSync(path.join(credentials, secretName, file), text);
    };
    write('wrong-dir-credentials', 'token', canaries.plantToken('wrong token of a folder'));
    write('lines-credentials', 'token', `${canaries.plantToken('first line')}\n${canaries.plantToken('second line')}`);
    write('program-credentials', 'kubeconfig', kubeconfigOf(one, { exec: execOf(canaries.plantToken('argument')) }));
    write('key-credentials', 'kubeconfig', kubeconfigOf(one, wrongKey(canaries)));
    write('proxy-credentials', 'token', canaries.plantToken('token behind a proxy'));

    const program = path.join(temporaryFolder(), 'login');
    const spoken = canaries.plantToken('what a program says');
    writeFileSync(program, `#!/bin/sh\necho ${spoken}\necho ${spoken} >&2\nexit 1\n`, { mode: 0o755 });
    const kubeconfig = path.join(temporaryFolder(), 'config');
    writeFileSync(
      kubeconfig,
      mergedKubeconfig(one, {
        [two.name]: [two, { token: two.gitfedToken }],
        'wrong-kube': [one, { token: canaries.plantToken('wrong token of a kubeconfig') }],
        'wrong-basic': [one, { username: 'robot', password: canaries.plantToken('password of a kubeconfig') }],
        failing: [one, { exec: execOf(program) }],
      }),
    );

    const plain = (cluster: string, token: string) => JSON.stringify(secretOf(cluster, token));
    const sealed = (cluster: string, token: string) => encryptSecret(secretOf(cluster, token), recipient());
    const as = (name: string, change = (yaml: string) => yaml) => ({
      [`clusters/${name}.yaml`]: change(clusterYaml(one, name)),
    });
    const password = (place: string) => canaries.plantToken(place);
    const repository = fleetRepository(clusters, 'keys', {
      'gitfed.yaml': 'inventory: keys\ncredentials: {allowPlaintext: true}\n',
      ...Object.assign({}, ...['wrong-dir', 'lines', 'program', 'key'].map((name) => as(name))),
      ...Object.assign(
        {},
        ...['wrong-kube', 'wrong-basic', 'failing', 'wrong-repo', 'wrong-sops', 'tampered'].map((name) => as(name)),
      ),
      ...as('proxy', (yaml) => `${yaml}  proxyURL: http://robot:${password('password of a proxy')}@127.0.0.1:1\n`),
      'three.yaml': plain(three.name, three.gitfedToken),
      'wrong-repo.yaml': plain('wrong-repo', canaries.plantToken('wrong token of the repository')),
      'wrong-sops.yaml': await sealed('wrong-sops', canaries.plantToken('wrong token, encrypted')),
      'tampered.yaml': (await sealed('tampered', canaries.plantToken('tampered'))).replace(
        /(token": "ENC\[AES256_GCM,data:)./,
        '$1/',
      ),
    });
    repository.commit({ 'more.yaml': namespaceYaml('keys-more') });
    const access = ['--credentials-dir', credentials, '--kubeconfig', kubeconfig, '--age-key-file', KEY_FILE];
    await watch.runAll(repository.folder, access);
    await watch.run(['sync', ...access], repository.folder);
    const states = JSON.parse(repository.status('status.json') ?? '{}');
    watch.note('states', JSON.stringify(states));
    expect(JSON.stringify(states)).toContain('NotReady');
    for (const { name } of clusters) expect(repository.status(`clusters/${name}.yaml`)).toMatch(/type: Ready/);

    write('wrong-dir-credentials', 'kubeconfig', `{"users": "${canaries.plantToken('broken YAML')}" "`);
    rmSync(path.join(credentials, 'wrong-dir-credentials', 'token'));
    for (const command of ['sync', 'clusters', 'drift']) await watch.run([command, ...access], repository.folder);

    // Without the permission, and with the credentials that are encrypted alone.
    repository.commit({
      'gitfed.yaml': 'inventory: keys\n',
      'one.yaml': await sealed(one.name, one.gitfedToken),
      'two.yaml': await sealed(two.name, two.gitfedToken),
    });
    await watch.runAll(repository.folder, ['--age-key-file', KEY_FILE]);
    for (const text of ['AGE-SECRET-KEY-1WRONG', canaries.plantToken('a key file of something else')]) {
      const file = path.join(temporaryFolder(), 'key');
      writeFileSync(file, `${text}\n${canaries.plantToken('second line of a key file')}\n`);
      for (const command of ['sync', 'clusters', 'drift']) {
        expect(await watch.run([command, '--age-key-file', file], repository.folder)).toBe(2);
      }
    }
    const broken = path.join(temporaryFolder(), 'config');
    writeFileSync(broken, `{"users": [{"user": {"token": "${canaries.plantToken('broken kubeconfig')}" "`);
    for (const command of ['sync', 'clusters', 'drift', 'rbac']) {
      expect(await watch.run([command, '--kubeconfig', broken], repository.folder)).toBe(2);
    }
    await watch.look((...args) => repository.git(...args), clusters);
    watch.expectNoCanary();
  });

  test('row 13: no password of an endpoint is in any output', async ({ clusters: [cluster] }) => {
    const watch = new Watch([cluster]);
    const password = watch.canaries.plantToken('password of an endpoint');
    const repository = fleetRepository([cluster], 'endpoint', {
      [`clusters/${cluster.name}.yaml`]: clusterYaml(cluster).replace('https://', `https://robot:${password}@`),
    });
    repository.commit({ 'more.yaml': namespaceYaml('endpoint-more') });
    await watch.runAll(repository.folder, ['--credentials-dir', writeCredentials([cluster])]);
    await watch.look((...args) => repository.git(...args), [cluster]);
    watch.expectNoCanary();
  });

  test('row 13: no password in the URL of a repository is in any output, or kept', { timeout: 300_000 }, async ({
    clusters: [cluster],
  }) => {
    const watch = new Watch([cluster]);
    const { canaries } = watch;
    const password = canaries.plantToken('password of a URL');
    const repository = fleetRepository([cluster], 'urls', {
      'secret.yaml': secretYaml('urls', 'one', { data: { k: base64(canaries.plant('data')) } }),
    });
    repository.publish();
    const server = await serveGit(path.dirname(repository.bare), `robot:${password}`);
    const urlWith = (userinfo: string, name = 'fleet.git') => `http://${userinfo}@127.0.0.1:${server}/${name}`;
    const access = ['--credentials-dir', writeCredentials([cluster]), '--request-timeout', '4s'];
    const folder = temporaryFolder();
    const dataDir = temporaryFolder();
    const runOn = async (url: string): Promise<readonly number[]> => {
      const codes = [];
      for (const command of ['sync', 'sync -o json', 'drift', 'clusters -o json']) {
        codes.push(await watch.run([...command.split(' '), url, ...access], folder, repository.folder));
      }
      return codes;
    };

    expect(await runOn(urlWith(`robot:${password}`))).toEqual([0, 0, 0, 0]);
    expect(
      await watch.run(
        ['sync', urlWith(`robot:${password}`), '--data-dir', dataDir, ...access],
        folder,
        repository.folder,
      ),
    ).toBe(0);
    const parent = await get(cluster, '/api/v1/namespaces/kube-federation-system/secrets/gitfed-urls');
    expect(JSON.stringify(parent.metadata.annotations)).toContain(`127.0.0.1:${server}/fleet.git`);

    const wrong = canaries.plantToken('wrong password of a URL');
    const alone = canaries.plantToken('token in the place of a user');
    const failing = [
      ...[`robot:${wrong}`, alone, `${alone}:`, `:${wrong}`].map((one) => urlWith(one)),
      urlWith(`robot:${password}`, 'nothing.git'),
      `https://robot:${wrong}@127.0.0.1:1/fleet.git`,
      `ssh://robot:${wrong}@127.0.0.1:1/fleet.git`,
      `ftp://robot:${wrong}@127.0.0.1:1/fleet.git`,
      `file://robot:${wrong}@/nowhere/fleet.git`,
      `HTTP://robot:${wrong}@127.0.0.1:1/fleet.git`,
    ];
    for (const url of failing) expect([url, await runOn(url)]).toEqual([url, [2, 2, 2, 2]]);

    // A push that is refused passes on what the remote says, which may repeat whatever it was told.
    const hook = path.join(repository.bare, 'hooks', 'pre-receive');
    const said = `refused: ${urlWith(`robot:${password}`)}`;
    writeFileSync(hook, `#!/bin/sh\necho "${said}" >&2\nexit 1\n`, { mode: 0o755 });
    repository.git('remote', 'set-url', 'origin', urlWith(`robot:${password}`));
    repository.git('config', 'branch.main.remote', 'origin');
    repository.git('config', 'branch.main.merge', 'refs/heads/main');
    repository.commit({ 'more.yaml': namespaceYaml('urls-more') });
    expect(await watch.run(['sync', '--push', ...access], repository.folder)).toBe(1);
    repository.git('remote', 'set-url', 'origin', urlWith(`robot:${wrong}`));
    repository.commit({ 'another.yaml': namespaceYaml('urls-another') });
    expect(await watch.run(['sync', '--push', '-o', 'json', ...access], repository.folder)).toBe(1);

    for (const prefix of ['https://robot:', '-https://robot:', ' https://robot:']) {
      const status = `{repository: "${prefix}${canaries.plantToken(`status.repository ${prefix}`)}@127.0.0.1:1/s.git"}`;
      repository.commit({ 'gitfed.yaml': `inventory: urls\nstatus: ${status}\n` });
      for (const command of ['validate', 'validate -o json', 'sync', 'sync -o json', 'drift', 'clusters']) {
        const members = command.startsWith('validate') ? [] : access;
        await watch.run([...command.split(' '), ...members], repository.folder);
      }
    }
    await watch.look((...args) => repository.git(...args), [cluster]);
    watch.note('what is kept of a URL', Object.values(filesBelow(dataDir)).join('\n'));
    const history = ['-C', repository.bare, 'log', '--patch', 'gitfed/status'];
    watch.note('status branch of the remote', execFileSync('git', history, { encoding: 'utf8' }));
    watch.expectNoCanary();
  });

  test('row 13: no password that a URL cannot hold as it is written is in any output', async () => {
    const watch = new Watch();
    for (const sign of [' ', '@', ':', '?', '#', '/', '%', '\\']) {
      const password = watch.canaries.plantToken(`password with ${sign}`);
      for (const scheme of ['http', 'https', 'ssh', 'ftp']) {
        const url = `${scheme}://robot:a${sign}${password}@127.0.0.1:1/fleet.git`;
        expect([url, await watch.run(['sync', url], temporaryFolder())]).toEqual([url, 2]);
      }
    }
    watch.expectNoCanary();
  });

  test('row 11: the search finds a value in every form', () => {
    const canaries = new Canaries();
    const value = canaries.plant('one place');
    const hash = createHash('sha256').update(value).digest();
    const written = [
      `x${value}x`,
      value.slice(6, 24),
      JSON.stringify({ k: JSON.stringify(value) }),
      encodeURIComponent(value),
      ...['', 'a', 'ab', 'abc'].flatMap((before) => {
        const text = base64(`${before}${value}${before}`);
        return [text, base64(text), Buffer.from(`${before}${value}`).toString('base64url')];
      }),
      Buffer.from(value).toString('hex').toUpperCase(),
      hash.toString('hex'),
      hash.toString('base64'),
    ];
    for (const text of written) expect([text, canaries.in(text)]).not.toEqual([text, []]);
    expect(canaries.in(value.slice(0, 3))).toEqual([]);
    expect(canaries.in(randomBytes(1_000).toString('hex'))).toEqual([]);
  });
});

/** A Secret with values in every place where kubectl and people leave them. */
function liveSecret(name: string, canaries: Canaries, labels: Readonly<Record<string, string>>) {
  const value = (place: string) => canaries.plant(`${place} of live ${name}`);
  const remembered = {
    apiVersion: 'v1',
    kind: 'Secret',
    data: { k: base64(value('last-applied data')) },
    stringData: { t: value('last-applied stringData') },
  };
  return {
    metadata: { name, labels, annotations: { [LAST_APPLIED]: JSON.stringify(remembered) } },
    data: { k: base64(value('data')), extra: base64(value('another key')) },
    stringData: { t: value('stringData') },
  };
}

function recipient(): string {
  return /^# public key: (\S+)$/m.exec(readFileSync(KEY_FILE, 'utf8'))?.[1] ?? '';
}

function secretOf(cluster: string, token: string) {
  const metadata = { name: `${cluster}-credentials`, namespace: 'kube-federation-system' };
  return { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { token } };
}

function execOf(command: string): object {
  return { apiVersion: 'client.authentication.k8s.io/v1', command, args: [command], interactiveMode: 'Never' };
}

function wrongKey(canaries: Canaries): object {
  const pem = `-----BEGIN PRIVATE KEY-----\n${canaries.plantToken('private key')}\n-----END PRIVATE KEY-----\n`;
  return { 'client-certificate-data': base64(pem), 'client-key-data': base64(pem) };
}

function kubeconfigOf(cluster: Cluster, user: object): string {
  return mergedKubeconfig(cluster, { [cluster.name]: [cluster, user] });
}

/** The first cluster's context is the current one. */
function mergedKubeconfig(current: Cluster, contexts: Readonly<Record<string, readonly [Cluster, object]>>): string {
  const all = Object.entries(contexts).map(([name, [{ url, caBundle }, user]]) => ({ name, url, caBundle, user }));
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: all.map(({ name, url, caBundle }) => ({
      name,
      cluster: { server: url, 'certificate-authority-data': caBundle },
    })),
    users: all.map(({ name, user }) => ({ name, user })),
    contexts: all.map(({ name }) => ({ name, context: { cluster: name, user: name } })),
    'current-context': Object.keys(contexts)[0] ?? current.name,
  });
}

/** Repositories below a folder by HTTP, for one user. The port. */
async function serveGit(root: string, user: string): Promise<number> {
  const server = createServer((request, response) => {
    const isKnown = request.headers.authorization === `Basic ${base64(user)}`;
    if (isKnown) void answerGit(root, request, response);
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="fleet"' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** As a web server does that runs `git http-backend`. */
async function answerGit(root: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, search } = new URL(request.url ?? '/', 'http://127.0.0.1');
  const child = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      ...process.env,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      REMOTE_USER: 'robot',
      REQUEST_METHOD: request.method,
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      CONTENT_TYPE: request.headers['content-type'],
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
  });
  child.stdin.on('error', () => undefined).end(await buffer(request));
  const output = await buffer(child.stdout);
  const end = output.indexOf('\r\n\r\n');
  const lines = output.subarray(0, end).toString('utf8').split('\r\n');
  const headers = lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const);
  const status = headers.find(([name]) => name === 'Status')?.[1] ?? '200';
  response.writeHead(Number.parseInt(status, 10), Object.fromEntries(headers.filter(([name]) => name !== 'Status')));
  response.end(output.subarray(end + 4));
}
