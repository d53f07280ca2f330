import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, jsonEquals, readYaml, type SourceDocument } from '../core/index.ts';
import { readAgeIdentities } from './age-identities.ts';
import { decryptDocuments } from './sops.ts';
import { SopsError } from './sops-value.ts';

const FOLDER = path.join(import.meta.dirname, 'testdata/sops');
const LIMITS = { documentNodes: 10_000, depth: 50 };

function documentsOf(text: string): readonly SourceDocument[] {
  return readYaml('test.yaml', text, LIMITS).map((result) => {
    if (!result.ok) throw new Error(result.error.reason);
    return result.document;
  });
}

function fixture(name: string): string {
  return readFileSync(path.join(FOLDER, name), 'utf8');
}

async function decrypt(text: string, key = 'key.txt'): Promise<readonly JsonObject[]> {
  return await decryptDocuments(documentsOf(text), await readAgeIdentities(path.join(FOLDER, key)));
}

describe('what sops encrypted', () => {
  const own = readdirSync(path.join(FOLDER, 'encrypted')).filter(
    (name) => !/^(?:other-recipient|post-quantum|key-groups)/.test(name),
  );
  it.each(own)('is decrypted as sops does: %s', async (name) => {
    const expected = documentsOf(fixture(`decrypted/${name}`)).map(({ value }) => value);
    const found = await decrypt(fixture(`encrypted/${name}`));
    expect(found).toEqual(expected);
    for (const [index, value] of found.entries()) {
      expect(isJsonObject(value) && jsonEquals(value, expected[index])).toBe(true);
    }
  });

  it.each([
    ['for somebody else too', 'two-recipients.yaml', 'other-key.txt'],
    ['for a post-quantum identity', 'post-quantum.yaml', 'post-quantum-key.txt'],
  ])('is decrypted by any identity it was encrypted for: %s', async (_title, name, key) => {
    expect(await decrypt(fixture(`encrypted/${name}`), key)).toEqual([
      expect.objectContaining({ kind: 'Secret', stringData: { token: 'not-a-real-token' } }),
    ]);
  });

  it('keeps a key that JavaScript takes for something else', async () => {
    const [value] = await decrypt(fixture('encrypted/values.yaml'));
    const values = value?.values;
    expect(isJsonObject(values) && Object.hasOwn(values, '__proto__')).toBe(true);
    expect(values).toMatchObject({ large: 9007199254740993n, largest: 9223372036854775807n, nothing: null, empty: '' });
  });
});

/** Changes one place of a fixture, and fails where it is not there. */
function changed(name: string, what: RegExp, replacement: string): string {
  const text = fixture(`encrypted/${name}`);
  const result = text.replace(what, replacement);
  expect(result).not.toBe(text);
  return result;
}

const MOVED = 'an encrypted value in it was changed or moved after it was encrypted';
const MAC = 'it was changed after it was encrypted: its checksum (sops.mac) is not the one of its values';

describe('what was changed after sops encrypted it is refused', () => {
  it.each<[string, () => string, string]>([
    ['a ciphertext', () => changed('secret-values.yaml', /(token: ENC\[AES256_GCM,data:)./, '$1/'), MOVED],
    ['a value moved to another key', () => changed('secret-values.yaml', /^ {4}token:/m, '    other:'), MOVED],
    ['values that changed places', () => changed('several-values.yaml', /^ {4}name: eu-1/m, '    name: eu-2'), MAC],
    ['a readable value', () => changed('secret-values.yaml', /^kind: Secret/m, 'kind: FederatedSecret'), MAC],
    ['an added value', () => changed('secret-values.yaml', /^stringData:/m, 'stringData:\n    more: plain'), MAC],
    ['a removed value', () => changed('encrypted-regex.yaml', /^revision: 3\n/m, ''), MAC],
    ['a value in plain text', () => changed('secret-values.yaml', /token: ENC\S+/, 'token: other'), MAC],
    ['a removed document', () => changed('several.yaml', /\n---\n[\s\S]*?\n---\n/, '\n---\n'), MAC],
    ['documents in another order', () => changed('order.yaml', /^( {4}b: .*\n)( {4}"9": .*\n)/m, '$2$1'), MAC],
    ['the checksum', () => changed('secret-values.yaml', /(mac: ENC\[AES256_GCM,data:)./, '$1/'), MOVED],
    ['the time of the checksum', () => changed('secret-values.yaml', /lastmodified: "2/, 'lastmodified: "3'), MOVED],
    [
      'the checksum of another file',
      () => {
        const other = /mac: .*/.exec(fixture('encrypted/secret-whole.yaml'))?.[0] ?? '';
        return changed('secret-values.yaml', /mac: .*/, other);
      },
      MOVED,
    ],
    [
      'what the checksum covers',
      () => changed('secret-values.yaml', /^( {4})version:/m, '$1mac_only_encrypted: true\n$1version:'),
      MAC,
    ],
    ['a value of mac_only_encrypted', () => changed('mac-only-encrypted.yaml', /^ {4}other_secret: .*\n/m, ''), MAC],
  ])('%s', async (_title, text, message) => {
    await expect(decrypt(text())).rejects.toThrow(new SopsError(message));
  });

  it.each<[string, () => string, string]>([
    [
      'a short tag',
      () => changed('secret-values.yaml', /tag:[^,]+,type:str\]/, 'tag:AAAA,type:str]'),
      'an encrypted value in it is cut off or not in the format of SOPS',
    ],
    [
      'no tag',
      () => changed('secret-values.yaml', /,tag:[^,]+,type:str\]/, ',type:str]'),
      'an encrypted value in it is cut off or not in the format of SOPS',
    ],
    [
      'text behind the value',
      () => changed('secret-values.yaml', /(token: \S+)/, '$1more'),
      'an encrypted value in it is cut off or not in the format of SOPS',
    ],
    [
      'another type',
      () => changed('secret-values.yaml', /(token: \S+type:)str/, '$1int'),
      'an encrypted value in it is not of the type that is written beside it',
    ],
    [
      'no checksum',
      () => changed('secret-values.yaml', / {4}mac: .*\n/, ''),
      'it has no checksum (sops.mac), so that it cannot be told whether it was changed',
    ],
    [
      'a broken data key',
      () => changed('secret-values.yaml', /-----BEGIN AGE/, '-----BEGIN'),
      'its encrypted data key (sops.age) is not in the format of age',
    ],
    [
      'no key for age',
      () => changed('secret-values.yaml', / {4}age:/, '    pgp:'),
      'it is not encrypted for age (sops.age), and gitfed decrypts with age only',
    ],
  ])('%s', async (_title, text, message) => {
    await expect(decrypt(text())).rejects.toThrow(new SopsError(message));
  });

  it('what is free to change with mac_only_encrypted is not', async () => {
    const [value] = await decrypt(changed('mac-only-encrypted.yaml', /note: plain/, 'note: other'));
    expect(value).toMatchObject({ metadata: { annotations: { note: 'other' } }, stringData: { token: 'hidden' } });
  });
});

describe('what gitfed cannot decrypt says so', () => {
  const reason = 'none of the identities in the --age-key-file can decrypt it';

  it.each([
    ['for somebody else', 'other-recipient.yaml', reason],
    [
      'with groups of keys',
      'key-groups.yaml',
      'it needs keys of several groups (sops.key_groups), which gitfed does not support: use age alone',
    ],
  ])('%s', async (_title, name, message) => {
    await expect(decrypt(fixture(`encrypted/${name}`))).rejects.toThrow(new SopsError(message));
  });

  it('with keys that are whole numbers where the file does not tell their order', async () => {
    const documents = documentsOf(fixture('encrypted/order.json')).map((document) => ({
      file: document.file,
      value: document.value,
      locate: () => ({ line: 1, column: 1 }),
      scalar: () => undefined,
      key: () => undefined,
    }));
    const identities = await readAgeIdentities(path.join(FOLDER, 'key.txt'));
    await expect(decryptDocuments(documents, identities)).rejects.toThrow(/order of its keys cannot be told/);
  });
});
