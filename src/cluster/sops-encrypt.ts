import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import {
  formatYaml,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  jsonEquals,
  readYaml,
  type SourceDocument,
} from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { decryptWithKey, orderOf } from './sops.ts';
import { plainBytes } from './sops-value.ts';

/** The keys below which values are encrypted. */
const SECRET_KEYS: readonly string[] = ['data', 'stringData'];
/** The version of SOPS whose format this is. */
const FORMAT_VERSION = '3.9.0';
const KEY_BYTES = 32;
const LIMITS = { documentNodes: 1_000_000, depth: 200 };

/**
 * Encrypts what is below `data` and `stringData`, or below other keys, as SOPS does it for recipients of age. The result is decrypted again and must be what it
 * was. It is to be written with `formatYaml`: the checksum is over the values in that order.
 *
 * @throws {GitfedError} `USAGE` for a recipient that is none.
 */
export async function encryptForAge(
  manifest: JsonObject,
  recipients: readonly string[],
  keys: readonly string[] = SECRET_KEYS,
): Promise<JsonObject> {
  const key = randomBytes(KEY_BYTES);
  const walk = new EncryptingWalk(key, parse(manifest), new Set(keys));
  const encrypted = walk.encrypt();
  const lastmodified = `${new Date().toISOString().slice(0, 19)}Z`;
  const sops = {
    age: await Promise.all(recipients.map(async (recipient) => ({ recipient, enc: await sealKey(key, recipient) }))),
    encrypted_regex: `^(${keys.join('|')})$`,
    lastmodified,
    mac: seal(walk.checksum(), key, lastmodified, 'str'),
    version: FORMAT_VERSION,
  };
  const result = { ...encrypted, sops };
  const [decrypted] = decryptWithKey([parse(result)], key);
  if (!jsonEquals(decrypted, manifest)) throw new TypeError('what was encrypted does not decrypt to what it was');
  return result;
}

function parse(manifest: JsonObject): SourceDocument {
  const [read] = readYaml('', formatYaml(manifest), LIMITS);
  if (read?.ok !== true)
    throw new GitfedError('USAGE', 'A Secret is too large, or nested too deeply, to be encrypted.');
  return read.document;
}

async function sealKey(key: Uint8Array, recipient: string): Promise<string> {
  const { armor, Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  try {
    encrypter.addRecipient(recipient);
  } catch {
    throw new GitfedError(
      'USAGE',
      '--age-recipient is no recipient of age: it looks like age1…, as age-keygen prints it',
    );
  }
  return armor.encode(await encrypter.encrypt(key));
}

type Leaf = string | number | bigint | boolean;

class EncryptingWalk {
  readonly #key: Uint8Array;
  readonly #document: SourceDocument;
  readonly #hash = createHash('sha512');
  readonly #secretKeys: ReadonlySet<string>;

  constructor(key: Uint8Array, document: SourceDocument, secretKeys: ReadonlySet<string>) {
    this.#secretKeys = secretKeys;
    this.#key = key;
    this.#document = document;
  }

  encrypt(): JsonObject {
    return this.#visit(this.#document.value, [], []) as JsonObject;
  }

  checksum(): string {
    return this.#hash.digest('hex').toUpperCase();
  }

  #visit(value: JsonValue, way: readonly (string | number)[], keys: readonly string[]): JsonValue {
    if (Array.isArray(value)) {
      return (value as readonly JsonValue[]).map((item, index) => this.#visit(item, [...way, index], keys));
    }
    if (isJsonObject(value)) {
      const names = orderOf(this.#document)(value, way);
      return Object.fromEntries(
        names.map((name) => [name, this.#visit(value[name] ?? null, [...way, name], [...keys, name])]),
      );
    }
    if (value === null) return null;
    const leaf = value as Leaf;
    this.#hash.update(plainBytes(leaf));
    // SOPS leaves empty text as it is.
    const isEncrypted = leaf !== '' && keys.some((key) => this.#secretKeys.has(key));
    return isEncrypted ? seal(Buffer.from(plainBytes(leaf)), this.#key, `${keys.join(':')}:`, typeOf(leaf)) : leaf;
  }
}

function typeOf(leaf: Leaf): string {
  if (typeof leaf === 'string') return 'str';
  if (typeof leaf === 'boolean') return 'bool';
  return typeof leaf === 'bigint' || Number.isInteger(leaf) ? 'int' : 'float';
}

function seal(plain: string | Uint8Array, key: Uint8Array, place: string, type: string): string {
  const iv = randomBytes(KEY_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(place, 'utf8'));
  const bytes = typeof plain === 'string' ? Buffer.from(plain, 'utf8') : plain;
  const data = Buffer.concat([cipher.update(bytes), cipher.final()]).toString('base64');
  const [nonce, tag] = [iv.toString('base64'), cipher.getAuthTag().toString('base64')];
  return `ENC[AES256_GCM,data:${data},iv:${nonce},tag:${tag},type:${type}]`;
}
