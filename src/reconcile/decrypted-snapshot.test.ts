import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FLEET, fileEntry, messages, places } from '../../test/helpers/model-of.ts';
import { buildModel, federatedObjectName, type Model, type RepositorySnapshot } from '../api/index.ts';
import { GitfedError } from '../errors.ts';
import { decryptSnapshot } from './decrypted-snapshot.ts';

const FOLDER = path.join(import.meta.dirname, '../cluster/testdata/sops');
const KEY = path.join(FOLDER, 'key.txt');

function encrypted(name: string): string {
  return readFileSync(path.join(FOLDER, 'encrypted', name), 'utf8');
}

function snapshotOf(files: Readonly<Record<string, string>>): RepositorySnapshot {
  const { 'gitfed.yaml': configuration, ...rest } = files;
  return {
    entries: [fileEntry('a-fleet.yaml', FLEET), ...Object.entries(rest).map(([name, text]) => fileEntry(name, text))],
    ...(configuration === undefined ? {} : { configuration: fileEntry('gitfed.yaml', configuration) }),
    complete: true,
  };
}

async function modelOf(files: Readonly<Record<string, string>>, ageKeyFile: string | undefined = KEY): Promise<Model> {
  return buildModel(await decryptSnapshot(snapshotOf(files), ageKeyFile));
}

function templateOf(model: Model, name: string): unknown {
  const template = model.objects.find((object) => federatedObjectName(object) === name)?.template;
  return template?.ok === true ? template.value : undefined;
}

describe('an encrypted credential', () => {
  it.each(['secret-values.yaml', 'secret-whole.yaml', 'secret.json'])('is decrypted and allowed: %s', async (name) => {
    const model = await modelOf({ [name]: encrypted(name) });
    expect(messages(model)).toEqual([]);
    expect(model.credentials).toEqual([
      {
        namespace: 'kube-federation-system',
        name: 'eu-1-credentials',
        object: expect.objectContaining({ stringData: { token: 'not-a-real-token' } }),
      },
    ]);
    expect(model.credentials?.[0]?.object).not.toHaveProperty('sops');
  });

  it('is refused as plain text where a part of it is', async () => {
    // Nothing is encrypted below stringData but what ends in _secret.
    const model = await modelOf({ 'mixed.yaml': encrypted('encrypted-suffix.yaml') });
    expect(places(model)).toEqual(['mixed.yaml:1:1 PlaintextCredential']);
    expect(model.credentials).toBeUndefined();
    const files = {
      'gitfed.yaml': 'credentials: {allowPlaintext: true}',
      'mixed.yaml': encrypted('encrypted-suffix.yaml'),
    };
    const allowed = await modelOf(files);
    expect(allowed.findings).toEqual([]);
    expect(allowed.credentials).toMatchObject([{ object: { stringData: { other_secret: 'hidden too' } } }]);
  });

  it('that cannot be decrypted says why, and holds nothing back', async () => {
    const model = await modelOf({ 'a.yaml': encrypted('secret-values.yaml') }, path.join(FOLDER, 'other-key.txt'));
    expect(messages(model)).toEqual([
      'EncryptedObject Secret/kube-federation-system/eu-1-credentials: it is encrypted, and none of the identities in the --age-key-file can decrypt it: the credential is not used',
    ]);
    expect(model.holds).toEqual([]);
    expect(model.credentials).toBeUndefined();
  });
});

describe('an encrypted FederatedSecret', () => {
  it.each(['federated-secret.yaml', 'federated-secret-values.yaml', 'comment-regex.yaml'])(
    'is decrypted without a warning of plain text: %s',
    async (name) => {
      const model = await modelOf({ [name]: encrypted(name) });
      const spared = name === 'comment-regex.yaml' ? ['PlaintextSecret'] : [];
      expect(model.findings.map(({ code }) => code)).toEqual(spared);
      expect(templateOf(model, 'FederatedSecret/shop/database')).toEqual({
        stringData: { password: 'correct horse battery staple', user: 'shop' },
      });
      expect(model.objects.find(({ id }) => id.name === 'database')?.overrides).toMatchObject({
        ok: true,
        value: [{ clusterName: 'eu-1', operations: [{ path: '/stringData/password', value: 'gelato' }] }],
      });
    },
  );

  it('keeps the places of its file in what is said about it, past encrypted comments in lists', async () => {
    const text = encrypted('federated-secret-values.yaml');
    const model = await modelOf({ 'b.yaml': text });
    const [override] = model.objects.flatMap(({ id, source }) =>
      id.name === 'database' ? [source.document.locate(['spec', 'overrides', 0, 'clusterOverrides', 0, 'value'])] : [],
    );
    const lines = text.split('\n');
    expect(lines[(override?.line ?? 0) - 1]).toMatch(/^ +value: ENC/);
  });

  it.each([
    ['with the wrong key', encrypted('federated-secret.yaml'), 'other-key.txt', 'none of the identities'],
    [
      'that was changed',
      encrypted('federated-secret-values.yaml').replace('clusterSelector: {}', 'clusters: [{name: eu-1}]'),
      'key.txt',
      'it was changed after it was encrypted',
    ],
  ])('%s is held back and says why', async (_title, text, key, why) => {
    const model = await modelOf({ 'b.yaml': text }, path.join(FOLDER, key));
    expect(messages(model)).toEqual([expect.stringContaining(why)]);
    expect(places(model)).toEqual([expect.stringMatching(/^b\.yaml:\d+:1 EncryptedObject$/)]);
    expect(templateOf(model, 'FederatedSecret/shop/database')).toBeUndefined();
    expect(model.holds).toEqual(key === 'key.txt' ? [] : [expect.objectContaining({ code: 'EncryptedObject' })]);
  });

  it('is not decrypted without a key file', async () => {
    const snapshot = snapshotOf({ 'b.yaml': encrypted('federated-secret-values.yaml') });
    expect(messages(buildModel(await decryptSnapshot(snapshot, undefined)))).toEqual([
      'EncryptedObject FederatedSecret/shop/database: it is encrypted, and --age-key-file was not given: it stays as it was last applied',
    ]);
    // Commands that need no key say so without an error.
    expect(messages(buildModel(snapshot))).toEqual([
      'NotDecrypted FederatedSecret/shop/database: it is encrypted, and only commands that talk to clusters decrypt it, with --age-key-file: it stays as it was last applied',
    ]);
  });
});

describe('a file of several documents', () => {
  it.each(['several.yaml', 'several-values.yaml'])('is decrypted as a whole: %s', async (name) => {
    const model = await modelOf({ [name]: encrypted(name) });
    expect(model.findings).toEqual([]);
    expect(model.credentials?.map(({ name: secret, object }) => [secret, object.stringData])).toEqual([
      ['eu-1-credentials', { token: 'first' }],
      ['us-1-credentials', { token: 'second' }],
    ]);
    expect(templateOf(model, 'FederatedSecret/shop/third')).toEqual({ stringData: { password: 'third' } });
  });

  it('may be joined from files that were encrypted one by one, with others between them', async () => {
    const plain = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n';
    const parts = [encrypted('federated-secret.yaml'), plain, encrypted('secret-values.yaml')];
    const model = await modelOf({ 'b.yaml': parts.join('---\n') });
    expect(model.findings).toEqual([]);
    expect(model.credentials).toHaveLength(1);
    expect(templateOf(model, 'FederatedSecret/shop/database')).toBeDefined();
  });
});

describe('a List', () => {
  it('is decrypted, past the comments between its items', async () => {
    const model = await modelOf({ 'b.yaml': encrypted('list.yaml') });
    expect(messages(model)).toEqual([]);
    expect(model.credentials).toMatchObject([
      { name: 'eu-1-credentials', object: { stringData: { token: 'in a list' } } },
    ]);
    expect(templateOf(model, 'FederatedSecret/shop/listed')).toEqual({ stringData: { password: 'in a list' } });
  });

  it('stays encrypted where it holds something else too', async () => {
    const model = await modelOf({ 'b.yaml': encrypted('list-with-others.yaml') });
    expect(messages(model)).toEqual([
      expect.stringMatching(/^EncryptedObject Secret.*gitfed decrypts Secrets and FederatedSecrets only/),
      expect.stringMatching(/^EncryptedObject FederatedConfigMap.*gitfed decrypts Secrets and FederatedSecrets only/),
    ]);
    expect(model.credentials).toBeUndefined();
    expect(templateOf(model, 'FederatedConfigMap/shop/listed')).toBeUndefined();
  });
});

describe('what does not become a Secret', () => {
  it('stays encrypted, even where its kind was changed', async () => {
    // The checksum of this file leaves out what is not encrypted.
    const text = encrypted('mac-only-encrypted.yaml')
      .replace('kind: Secret', 'kind: FederatedConfigMap')
      .replace('apiVersion: v1', 'apiVersion: types.kubefed.io/v1beta1')
      .replace('name: mixed', 'name: mixed\n    namespace: shop');
    const model = await modelOf({ 'b.yaml': text });
    expect(messages(model)).toEqual([expect.stringContaining('gitfed decrypts Secrets and FederatedSecrets only')]);
    expect(templateOf(model, 'FederatedConfigMap/shop/mixed')).toBeUndefined();
  });

  it('stays encrypted where a FederatedTypeConfig makes a FederatedSecret into something else', async () => {
    const typeConfig = `apiVersion: core.kubefed.io/v1beta1
kind: FederatedTypeConfig
metadata: {name: configmaps.other.example, namespace: kube-federation-system}
spec:
  federatedType: {group: other.example, version: v1, kind: FederatedSecret, pluralName: federatedsecrets, scope: Namespaced}
  targetType: {version: v1, kind: ConfigMap, pluralName: configmaps, scope: Namespaced}
  propagation: Enabled
`;
    const text = encrypted('mac-only-encrypted.yaml')
      .replace('kind: Secret', 'kind: FederatedSecret')
      .replace('apiVersion: v1', 'apiVersion: other.example/v1')
      .replace('name: mixed', 'name: mixed\n    namespace: shop');
    const model = await modelOf({ 'b.yaml': text, 'c.yaml': typeConfig });
    expect(messages(model)).toContainEqual(expect.stringMatching(/^EncryptedObject .* it does not make a Secret/));
    expect(templateOf(model, 'FederatedSecret/shop/mixed')).toBeUndefined();
  });
});

describe('a snapshot', () => {
  it('keeps everything that is not encrypted as it is', async () => {
    const snapshot = snapshotOf({
      'b.yaml': '# sops\n{}: {}',
      'c.yaml': 'sops: text',
      'd.yaml': 'a: &a [*a]\nsops: {}',
    });
    const entries = snapshot.entries.concat([{ kind: 'symlink', path: 'z.yaml', target: 'a-fleet.yaml' }]);
    const decrypted = await decryptSnapshot({ ...snapshot, entries }, KEY);
    expect(buildModel(decrypted)).toEqual(buildModel({ ...snapshot, entries }));
  });

  it('needs a key file that can be read', async () => {
    const missing = decryptSnapshot(snapshotOf({}), path.join(FOLDER, 'missing.txt'));
    await expect(missing).rejects.toThrow(GitfedError);
  });
});
