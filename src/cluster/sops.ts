import { createHash } from 'node:crypto';
import { isCiphertext } from '../api/index.ts';
import { isJsonObject, type JsonObject, type JsonValue, type SourceDocument } from '../core/index.ts';
import type { AgeIdentities } from './age-identities.ts';
import { decryptDataKey } from './sops-key.ts';
import { decryptValue, type PlainValue, plainBytes, SopsError } from './sops-value.ts';

/** What SOPS begins the checksum with when `mac_only_encrypted` is set: SHA-256 of "sops". */
const ENCRYPTED_ONLY = createHash('sha256').update('sops').digest();

/**
 * The documents of one file that SOPS encrypted together, decrypted, without the key data. Nothing of them is used unless the checksum over
 * all of them is right.
 *
 * Which values are encrypted is told by the values themselves, not by the rules in the file (`encrypted_regex` and the like): the checksum
 * does not cover the rules, and a hostile regular expression could take forever.
 *
 * @param documents all of them, in their order: the checksum is one over the whole file.
 * @throws {SopsError}
 */
export async function decryptDocuments(
  documents: readonly SourceDocument[],
  identities: AgeIdentities,
): Promise<readonly JsonObject[]> {
  const [first] = documents;
  const metadata = first === undefined ? undefined : keyData(first);
  if (metadata === undefined) throw new SopsError('its key data ("sops") cannot be read');
  return decryptWithKey(documents, await decryptDataKey(metadata, identities));
}

/** As {@link decryptDocuments}, by whoever has the data key. @throws {SopsError} */
export function decryptWithKey(documents: readonly SourceDocument[], key: Uint8Array): readonly JsonObject[] {
  const [first] = documents;
  const metadata = (first === undefined ? undefined : keyData(first)) ?? {};
  const walk = new DecryptingWalk(key, member(metadata, 'mac_only_encrypted') === true);
  const values = documents.map((document) => walk.document(document));
  if (walk.checksum() !== decryptChecksum(metadata, key)) {
    throw new SopsError('it was changed after it was encrypted: its checksum (sops.mac) is not the one of its values');
  }
  return values;
}

/** Which documents of a file belong together: SOPS writes the same key data into each. */
export function sopsGroup(document: SourceDocument): string {
  const mac = member(keyData(document) ?? {}, 'mac');
  return typeof mac === 'string' ? mac : '';
}

function keyData({ value }: SourceDocument): JsonObject | undefined {
  const metadata = isJsonObject(value) ? member(value, 'sops') : undefined;
  return isJsonObject(metadata) ? metadata : undefined;
}

function decryptChecksum(metadata: JsonObject, key: Uint8Array): string {
  const mac = member(metadata, 'mac');
  const time = member(metadata, 'lastmodified');
  if (typeof mac !== 'string' || typeof time !== 'string') {
    throw new SopsError('it has no checksum (sops.mac), so that it cannot be told whether it was changed');
  }
  return String(decryptValue(mac, key, time.replace(/\.\d+/, '')).value);
}

/** One walk over all values in the order in which they stand in the file. */
class DecryptingWalk {
  readonly #key: Uint8Array;
  readonly #encryptedOnly: boolean;
  readonly #hash = createHash('sha512');

  constructor(key: Uint8Array, encryptedOnly: boolean) {
    this.#key = key;
    this.#encryptedOnly = encryptedOnly;
    if (encryptedOnly) this.#hash.update(ENCRYPTED_ONLY);
  }

  checksum(): string {
    return this.#hash.digest('hex').toUpperCase();
  }

  document(document: SourceDocument): JsonObject {
    const { value } = document;
    if (!isJsonObject(value)) throw new SopsError('it is not a mapping');
    const order = orderOf(document);
    const entries = order(value, [])
      .filter((name) => name !== 'sops')
      .map((name): Entry => [name, this.#visit(value[name] ?? null, [name], [name], order)]);
    return Object.fromEntries(entries.filter(isPresent));
  }

  /** @param keys the way without list indices: what SOPS binds a value to. */
  #visit(value: JsonValue, way: Way, keys: readonly string[], order: Order): JsonValue | undefined {
    if (Array.isArray(value)) {
      const items = (value as readonly JsonValue[]).map((item, index) =>
        this.#visit(item, [...way, index], keys, order),
      );
      // SOPS writes a comment between the items of a list as an item.
      return items.filter((item) => item !== undefined);
    }
    if (isJsonObject(value)) {
      const entries = order(value, way).map(
        (name): Entry => [name, this.#visit(value[name] ?? null, [...way, name], [...keys, name], order)],
      );
      return Object.fromEntries(entries.filter(isPresent));
    }
    return value === null ? null : this.#leaf(value as Leaf, keys);
  }

  #leaf(value: Leaf, keys: readonly string[]): JsonValue | undefined {
    if (typeof value !== 'string' || !isCiphertext(value)) {
      if (!this.#encryptedOnly) this.#hash.update(plainBytes(value));
      return value;
    }
    const plain: PlainValue = decryptValue(value, this.#key, `${keys.join(':')}:`);
    this.#hash.update(plain.bytes);
    return plain.value;
  }
}

type Leaf = string | number | bigint | boolean;
type Way = readonly (string | number)[];
type Entry = readonly [string, JsonValue | undefined];

function isPresent(entry: Entry): entry is readonly [string, JsonValue] {
  return entry[1] !== undefined;
}

/** The keys of a mapping in the order of the file. */
export type Order = (mapping: JsonObject, way: Way) => readonly string[];

/** JavaScript moves keys that look like integers to the front: for those the file itself is asked. */
export function orderOf(document: SourceDocument): Order {
  return (mapping, way) => {
    const keys = Object.keys(mapping);
    if (keys.length < 2 || !keys.some((key) => /^(?:0|[1-9]\d{0,9})$/.test(key))) return keys;
    const placed = keys.map((key) => ({ key, ...document.locate([...way, key]) }));
    placed.sort((a, b) => a.line - b.line || a.column - b.column);
    const isCertain = placed.every(({ line, column }, index) => {
      const before = placed[index - 1];
      return before === undefined || before.line !== line || before.column !== column;
    });
    if (!isCertain) {
      throw new SopsError('the order of its keys cannot be told because some are whole numbers: write it as YAML');
    }
    return placed.map(({ key }) => key);
  };
}

function member(mapping: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(mapping, name) ? mapping[name] : undefined;
}
