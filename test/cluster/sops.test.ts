import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { gitfed, spawnGitfed } from '../cli/run-gitfed.ts';
import { type Cluster, describe, test } from '../controlplane/fixtures.ts';
import { encryptSecret } from '../helpers/sops-encrypt.ts';
import {
  changes,
  clusterYaml,
  fleetRepository,
  get,
  grant,
  namespaceYaml,
  problems,
  requestsOf,
  syncOnce,
  type TestRepository,
  temporaryFolder,
  writeCredentials,
  writesOf,
} from './fleet.ts';

const FOLDER = path.join(import.meta.dirname, '../../src/cluster/testdata/sops');
const KEY = path.join(FOLDER, 'key.txt');
const OTHER_KEY = path.join(FOLDER, 'other-key.txt');
const PASSWORD = 'correct horse battery staple';
const OTHER_PASSWORD = 'gelato';
const TARGET = '/api/v1/namespaces/shop/secrets/database';

function recipientOf(keyFile: string): string {
  return /^# public key: (\S+)$/m.exec(readFileSync(keyFile, 'utf8'))?.[1] ?? '';
}

async function credentialOf({ name, gitfedToken }: Cluster, keyFile = KEY): Promise<string> {
  const metadata = { name: `${name}-credentials`, namespace: 'kube-federation-system' };
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { token: gitfedToken } };
  return await encryptSecret(secret, recipientOf(keyFile));
}

/** What sops made of a FederatedSecret whose password is another one in `eu-1`. */
function encrypted(name: 'federated-secret.yaml' | 'federated-secret-values.yaml'): string {
  return readFileSync(path.join(FOLDER, 'encrypted', name), 'utf8');
}

function password(secret: { readonly data: Readonly<Record<string, string>> } | undefined): string {
  return Buffer.from(secret?.data.password ?? '', 'base64').toString('utf8');
}

/** Every file, message and tree that was ever committed to the status branch. */
function statusHistory(repository: TestRepository): string {
  return repository.git('log', '--patch', 'gitfed/status');
}

function expectNoSecretIn(text: string, ...more: readonly string[]): void {
  const values = [PASSWORD, OTHER_PASSWORD, ...more];
  const forms = values.flatMap((value) => [
    value,
    Buffer.from(value).toString('base64').replace(/=+$/, '').slice(0, -1),
    Buffer.from(value).toString('hex'),
  ]);
  expect(text).not.toBe('');
  for (const form of forms) expect(text.toLowerCase()).not.toContain(form.toLowerCase());
}

describe('an encrypted credential', () => {
  test('in the repository opens its cluster, and only with a key for it', async ({ clusters: [one, two] }) => {
    const repository = fleetRepository([one, two], 'sops-credentials', {
      'credentials/one.yaml': await credentialOf(one),
      'credentials/two.yaml': await credentialOf(two, OTHER_KEY),
    });
    await grant([one, two], repository.folder);
    const result = await syncOnce(repository, temporaryFolder(), { ageKeyFile: KEY });
    expect(result.clusters.map(({ cluster, state, health }) => [cluster, state, health])).toEqual([
      [one.name, 'Synced', undefined],
      [two.name, 'NotReady', 'ConfigMalformed'],
    ]);
    expect(result.findings.map(({ code, file, message }) => [code, file, message])).toEqual([
      ['EncryptedObject', 'credentials/two.yaml', expect.stringContaining('none of the identities')],
    ]);
    expect(await get(one, '/api/v1/namespaces/sops-credentials')).toBeDefined();
    expect(await get(two, '/api/v1/namespaces/sops-credentials')).toBeUndefined();
    expectNoSecretIn(JSON.stringify(result) + statusHistory(repository), one.gitfedToken, two.gitfedToken);
  });

  test('is not looked into without --age-key-file', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'sops-closed', { 'credential.yaml': await credentialOf(cluster) });
    const result = await syncOnce(repository, temporaryFolder());
    expect(result.clusters).toMatchObject([{ state: 'NotReady', health: 'ConfigMalformed' }]);
    expect(result.findings).toEqual([]);
  });
});

describe('an encrypted FederatedSecret', () => {
  test('is applied, and its values are in no output', async ({ freshClusters }) => {
    const [cluster] = await freshClusters(1);
    const repository = fleetRepository([cluster], 'sops-secret', {
      'shop.yaml': namespaceYaml('shop'),
      'database.yaml': encrypted('federated-secret.yaml'),
    });
    const temporary = temporaryFolder();
    const flags = ['--credentials-dir', writeCredentials([cluster]), '--age-key-file', KEY];
    await grant([cluster], repository.folder, KEY);
    const url = repository.publish();
    const first = spawnGitfed(['sync', url, ...flags], temporary, { TMPDIR: temporary });
    // Its override names a cluster that is not registered here.
    expect(first).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^database.yaml:16:11: warning UnregisteredCluster.*\n1 warning\n$/),
    });
    expect(password(await get(cluster, TARGET))).toBe(PASSWORD);
    expect(readdirSync(temporary)).toEqual([]);

    // Somebody changes it by hand: what is put back is not shown either.
    const patch = 'application/merge-patch+json';
    await cluster.request('PATCH', TARGET, { data: { password: 'eA==' } }, patch);
    const second = spawnGitfed(['sync', url, '-o', 'json', ...flags], temporary, { TMPDIR: temporary });
    expect(second).toMatchObject({ code: 0 });
    expect(password(await get(cluster, TARGET))).toBe(PASSWORD);

    repository.git('fetch', '--quiet', 'origin', 'gitfed/status:gitfed/status');
    const said = [first.stdout, first.stderr, second.stdout, second.stderr, statusHistory(repository)].join('\n');
    expect(said).toContain('database');
    expectNoSecretIn(said);
  });

  test('is unchanged in the next pass, and another one in a cluster with an override', async ({ freshClusters }) => {
    const [cluster] = await freshClusters(1);
    const repository = fleetRepository([], 'sops-override', {
      'shop.yaml': namespaceYaml('shop'),
      'database.yaml': encrypted('federated-secret-values.yaml'),
      'eu-1.yaml': clusterYaml(cluster, 'eu-1'),
      'credential.yaml': await credentialOf({ ...cluster, name: 'eu-1' } as Cluster),
    });
    const options = { ageKeyFile: KEY };
    await grant([cluster], repository.folder);
    const result = await syncOnce(repository, temporaryFolder(), options);
    expect(problems(result)).toEqual([]);
    expect(changes(result)).toContain('eu-1: Secret/shop/database created');
    expect(password(await get(cluster, TARGET))).toBe(OTHER_PASSWORD);
    const before = (await writesOf(cluster)).length;
    expect(changes(await syncOnce(repository, temporaryFolder(), options))).toEqual([]);
    expect((await writesOf(cluster)).length).toBe(before);
  });

  test('that cannot be decrypted any more keeps its last state, and nothing is deleted', async ({
    clusters: [cluster],
  }) => {
    const repository = fleetRepository([cluster], 'sops-held', {
      'shop.yaml': namespaceYaml('shop'),
      'database.yaml': encrypted('federated-secret.yaml'),
    });
    const credentials = writeCredentials([cluster]);
    await syncOnce(repository, credentials, { ageKeyFile: KEY });
    const { uid } = (await get(cluster, TARGET)).metadata;

    const text = encrypted('federated-secret.yaml').replace(/(password: ENC\[AES256_GCM,data:)./, '$1/');
    repository.commit({ 'database.yaml': text });
    const tampered = await syncOnce(repository, credentials, { ageKeyFile: KEY });
    expect(tampered.ok).toBe(false);
    expect(tampered.findings.map(({ code, message }) => [code, message])).toEqual([
      ['EncryptedObject', expect.stringContaining('was changed or moved after it was encrypted')],
    ]);
    expect(password(await get(cluster, TARGET))).toBe(PASSWORD);

    const closed = await syncOnce(repository, credentials);
    expect(closed.findings.map(({ code }) => code)).toEqual(['EncryptedObject']);
    expect((await get(cluster, TARGET)).metadata.uid).toBe(uid);
    expectNoSecretIn(JSON.stringify([tampered, closed]) + statusHistory(repository));
  });

  test('is not decrypted by render, diff and validate', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'sops-render', {
      'shop.yaml': namespaceYaml('shop'),
      'database.yaml': encrypted('federated-secret-values.yaml'),
    });
    for (const command of ['render', 'diff', 'validate']) {
      const { code, stdout, stderr } = await gitfed([command], repository.folder);
      expect(code).toBe(0);
      expect(stderr + stdout).toContain('NotDecrypted');
      expectNoSecretIn(stdout + stderr);
    }
  });
});

describe('--age-key-file', () => {
  test('that cannot be used stops sync before anything is read from a cluster', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'sops-usage', {});
    const before = (await requestsOf(cluster)).length;
    const flags = ['sync', '--credentials-dir', writeCredentials([cluster])];
    const missing = await gitfed([...flags, '--age-key-file', path.join(FOLDER, 'missing.txt')], repository.folder);
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no such file') });
    const wrong = await gitfed([...flags, '--age-key-file', path.join(FOLDER, 'README.md')], repository.folder);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringMatching(/line \d+ is not an age identity/) });
    expect((await requestsOf(cluster)).length).toBe(before);
  });
});
