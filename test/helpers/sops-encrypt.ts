import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { armor, Encrypter } from 'age-encryption';

/** A Secret whose values are made by the test; `sops decrypt` reads what {@link encryptSecret} makes of it. */
export interface SecretObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly stringData: Readonly<Record<string, string>>;
}

/** YAML as sops writes it with `--encrypted-regex '^stringData$'`, for values that a file of the repository cannot have. */
export async function encryptSecret(secret: SecretObject, recipient: string): Promise<string> {
  const key = randomBytes(32);
  const seal = (text: string, place: string): string => {
    const iv = randomBytes(32);
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(place));
    const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]).toString('base64');
    return `ENC[AES256_GCM,data:${data},iv:${iv.toString('base64')},tag:${cipher.getAuthTag().toString('base64')},type:str]`;
  };
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  const { apiVersion, kind, metadata, stringData } = secret;
  const values = [apiVersion, kind, ...Object.values(metadata), ...Object.values(stringData)];
  const lastmodified = '2030-01-01T00:00:00Z';
  const checksum = createHash('sha512').update(values.join('')).digest('hex').toUpperCase();
  const sealed = Object.entries(stringData).map(([name, text]) => [name, seal(text, `stringData:${name}:`)]);
  const sops = {
    age: [{ recipient, enc: armor.encode(await encrypter.encrypt(key)) }],
    lastmodified,
    mac: seal(checksum, lastmodified),
    encrypted_regex: '^stringData$',
    version: '3.13.3',
  };
  const document = { apiVersion, kind, metadata, stringData: Object.fromEntries(sealed), sops };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
