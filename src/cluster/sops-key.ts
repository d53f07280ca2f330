import { armor, Decrypter } from 'age-encryption';
import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';
import type { AgeIdentities } from './age-identities.ts';
import { SopsError } from './sops-value.ts';

const KEY_BYTES = 32;
/** Far more people than share one file; each costs a decryption. */
const MAX_RECIPIENTS = 100;

/**
 * The key that the values of a file are encrypted with: any of the identities opens it.
 *
 * @throws {SopsError}
 */
export async function decryptDataKey(metadata: JsonObject, identities: AgeIdentities): Promise<Uint8Array> {
  const sealed = sealedKeys(metadata);
  const decrypter = new Decrypter();
  for (const identity of identities.texts) decrypter.addIdentity(identity);
  for (const text of sealed) {
    const key = await decrypter.decrypt(dearmor(text)).catch(() => undefined);
    if (key !== undefined && key.length === KEY_BYTES) return key;
  }
  throw new SopsError('none of the identities in the --age-key-file can decrypt it');
}

function sealedKeys(metadata: JsonObject): readonly string[] {
  const recipients = list(metadata, 'age').flatMap((entry) => (isJsonObject(entry) ? [entry] : []));
  const texts = recipients.flatMap(({ enc }) => (typeof enc === 'string' ? [enc] : []));
  if (texts.length > 0) return texts.slice(0, MAX_RECIPIENTS);
  if (list(metadata, 'key_groups').length > 0) {
    throw new SopsError(
      'it needs keys of several groups (sops.key_groups), which gitfed does not support: use age alone',
    );
  }
  throw new SopsError('it is not encrypted for age (sops.age), and gitfed decrypts with age only');
}

function list(metadata: JsonObject, name: string): readonly JsonValue[] {
  const value = Object.hasOwn(metadata, name) ? metadata[name] : undefined;
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

function dearmor(text: string): Uint8Array {
  try {
    return armor.decode(text);
  } catch {
    throw new SopsError('its encrypted data key (sops.age) is not in the format of age');
  }
}
