import { isSopsDocument } from '../api/index.ts';
import { secretText } from '../cluster/index.ts';
import { encryptForAge } from '../cluster/sops-encrypt.ts';
import { isJsonObject, type JsonObject, type JsonValue, readYaml, type SourceRef } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { placeOfNew } from './join-registration.ts';
import type { Membership } from './join-repository.ts';
import { type Credential, dataOf } from './join-token.ts';
import type { FileDrafts } from './type-repository.ts';

/** A credential in the repository. */
export interface SecretFile {
  readonly source: SourceRef;
  readonly manifest: JsonObject;
  /** Of age; empty for one that is encrypted for others, or not at all. */
  readonly recipients: readonly string[];
  readonly isEncrypted: boolean;
  /** It can be decrypted with keys that are not of age, too. */
  readonly hasOtherKeys: boolean;
}

/** The Secret of this name in the repository; only files that mention it are parsed. */
export function findSecretFile(
  { repository: { snapshot, state }, systemNamespace }: Membership,
  secretName: string,
): SecretFile | undefined {
  for (const entry of snapshot.entries) {
    if (entry.kind !== 'file') continue;
    const content = Buffer.from(entry.content);
    if (!content.includes(secretName) || !content.includes('Secret')) continue;
    for (const read of readYaml(entry.path, content.toString('utf8'), state.model.configuration.limits)) {
      const value = read.ok ? read.document.value : null;
      if (!read.ok || !isJsonObject(value) || !isSecretNamed(value, secretName, systemNamespace)) continue;
      return {
        source: { document: read.document, path: [] },
        manifest: value,
        recipients: recipientsOf(value),
        isEncrypted: isSopsDocument(value),
        hasOtherKeys: hasOtherKeys(value),
      };
    }
  }
  return undefined;
}

function isSecretNamed({ apiVersion, kind, metadata }: JsonObject, name: string, systemNamespace: string): boolean {
  if (apiVersion !== 'v1' || kind !== 'Secret' || !isJsonObject(metadata ?? null)) return false;
  const { name: own, namespace = systemNamespace } = metadata as JsonObject;
  return own === name && namespace === systemNamespace;
}

function recipientsOf(value: JsonObject): readonly string[] {
  const { sops } = value;
  const age = isJsonObject(sops ?? null) ? (sops as JsonObject)['age'] : undefined;
  if (!Array.isArray(age)) return [];
  return (age as readonly JsonValue[]).flatMap((one) => {
    const recipient = isJsonObject(one) ? one['recipient'] : undefined;
    return typeof recipient === 'string' ? [recipient] : [];
  });
}

const OTHER_KEYS = ['kms', 'gcp_kms', 'azure_kv', 'hc_vault', 'pgp', 'key_groups', 'hckms'] as const;

function hasOtherKeys({ sops }: JsonObject): boolean {
  if (sops === undefined || !isJsonObject(sops)) return false;
  return OTHER_KEYS.some((name) => Array.isArray(sops[name]) && sops[name].length > 0);
}

/** What the repository says of a credential, where it could be decrypted. */
export function decryptedCredential(
  { model, systemNamespace }: Membership,
  secretName: string,
): Credential | undefined {
  const secret = model.credentials?.find(
    ({ name, namespace }) => name === secretName && (namespace === '' || namespace === systemNamespace),
  );
  if (secret === undefined) return undefined;
  const [token, ca] = [secretText(secret, 'token'), secretText(secret, 'ca.crt')];
  return token === undefined ? undefined : { token, ...(ca === undefined ? {} : { ca }) };
}

/** Refuses what would be refused only after a token was made. @throws {GitfedError} `USAGE` */
export async function checkSecretFile(
  existing: SecretFile | undefined,
  recipients: readonly string[],
  secretName: string,
): Promise<readonly string[]> {
  if (existing !== undefined && !existing.isEncrypted) {
    throw new GitfedError(
      'USAGE',
      `${existing.source.document.file} has the Secret ${secretName} in plain text: remove it, and replace its token. Nothing was written.`,
    );
  }
  if (existing?.hasOtherKeys === true) {
    throw new GitfedError(
      'USAGE',
      `${existing.source.document.file} is encrypted for keys that are not of age, which would be lost: write the token with sops. Nothing was written.`,
    );
  }
  const chosen = recipients.length > 0 ? recipients : (existing?.recipients ?? []);
  if (chosen.length === 0) {
    throw new GitfedError(
      'USAGE',
      `For whom is the token to be encrypted? Name a recipient of age with --age-recipient age1…, or keep it elsewhere with --credentials-dir or --host-context.`,
    );
  }
  await encryptForAge(secretManifest(secretName, '', { token: 'x' }), chosen);
  return chosen;
}

function secretManifest(name: string, namespace: string, credential: Credential): JsonObject {
  const metadata = { name, ...(namespace === '' ? {} : { namespace }) };
  return { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data: dataOf(credential) };
}

/** Drafts the file of an encrypted credential. @throws {GitfedError} `USAGE` where a file is in the way. */
export async function draftSecretFile(
  membership: Membership,
  drafts: FileDrafts,
  {
    secretName,
    credential,
    recipients,
    existing,
    outputDir,
  }: {
    readonly secretName: string;
    readonly credential: Credential;
    readonly recipients: readonly string[];
    readonly existing: SecretFile | undefined;
    readonly outputDir: string;
  },
): Promise<void> {
  const manifest = secretManifest(secretName, membership.systemNamespace, credential);
  const encrypted = await encryptForAge(manifest, recipients);
  if (existing === undefined) drafts.create(placeOfNew(membership.repository, secretName, outputDir), encrypted);
  else drafts.replace(existing.source, encrypted);
}
