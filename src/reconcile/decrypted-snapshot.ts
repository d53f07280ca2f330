import {
  type Decryption,
  isSopsDocument,
  type RepositoryEntry,
  type RepositorySnapshot,
  readConfiguration,
} from '../api/index.ts';
import type { AgeIdentities } from '../cluster/age-identities.ts';
import { isJsonObject, type JsonObject, type JsonValue, readYaml, type SourceDocument } from '../core/index.ts';

type FileEntry = Extract<RepositoryEntry, { kind: 'file' }>;
type Limits = ReturnType<typeof readConfiguration>['configuration']['limits'];

/**
 * The snapshot with what its encrypted documents hold, as far as the identities in the file open them. Only Secrets and FederatedSecrets are
 * decrypted: values of other kinds are shown in reports. Nothing is written anywhere.
 *
 * @param ageKeyFile without one, what should be applied and cannot be read is told so. Encrypted credentials are not missed: they may come
 * from elsewhere.
 * @throws {GitfedError} `USAGE` when the file cannot be used.
 */
export async function decryptSnapshot(
  snapshot: RepositorySnapshot,
  ageKeyFile: string | undefined,
): Promise<RepositorySnapshot> {
  const identities = ageKeyFile === undefined ? undefined : await readIdentities(ageKeyFile);
  const { limits } = readConfiguration(snapshot.configuration).configuration;
  const entries: RepositoryEntry[] = [];
  for (const entry of snapshot.entries) entries.push(await decryptEntry(entry, identities, limits));
  return { ...snapshot, entries };
}

async function readIdentities(file: string): Promise<AgeIdentities> {
  const { readAgeIdentities } = await import('../cluster/age-identities.ts');
  return await readAgeIdentities(file);
}

const NO_KEY: Decryption = { ok: false, reason: '--age-key-file was not given' };

function isCredential({ value }: SourceDocument): boolean {
  return isJsonObject(value) && value.apiVersion === 'v1' && value.kind === 'Secret';
}

async function decryptEntry(
  entry: RepositoryEntry,
  identities: AgeIdentities | undefined,
  limits: Limits,
): Promise<RepositoryEntry> {
  if (entry.kind !== 'file' || !mayBeEncrypted(entry, limits)) return entry;
  const documents = readYaml(entry.path, new TextDecoder().decode(entry.content), limits).map((result) =>
    result.ok && isSopsDocument(result.document.value) ? result.document : undefined,
  );
  if (identities === undefined) {
    const missed = documents.map((one) => (one === undefined || isCredential(one) ? undefined : NO_KEY));
    return missed.every((one) => one === undefined) ? entry : { ...entry, decryptions: missed };
  }
  const decryptions = await decryptFile(documents, identities);
  return { ...entry, decryptions };
}

/** Most files are not, and are read once only. */
function mayBeEncrypted({ content }: FileEntry, limits: Limits): boolean {
  if (content.byteLength > limits.fileBytes) return false;
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength).includes('sops');
}

/** Files that were encrypted one by one may have been joined: those that share a checksum were encrypted together. */
async function decryptFile(
  documents: readonly (SourceDocument | undefined)[],
  identities: AgeIdentities,
): Promise<readonly (Decryption | undefined)[]> {
  const { decryptDocuments, sopsGroup } = await import('../cluster/sops.ts');
  const { SopsError } = await import('../cluster/sops-value.ts');
  const encrypted = documents.filter((document) => document !== undefined);
  const decryptions = new Map<SourceDocument, Decryption>();
  for (const group of Map.groupBy(encrypted, sopsGroup).values()) {
    try {
      const values = await decryptDocuments(group, identities);
      for (const [index, document] of group.entries()) decryptions.set(document, judge(values[index] ?? {}));
    } catch (error) {
      if (!(error instanceof SopsError)) throw error;
      for (const document of group) decryptions.set(document, { ok: false, reason: error.message });
    }
  }
  return documents.map((document) => (document === undefined ? undefined : decryptions.get(document)));
}

function judge(value: JsonObject): Decryption {
  return holdsSecretsOnly(value) ? { ok: true, value } : { ok: false, reason: NOT_A_SECRET };
}

const NOT_A_SECRET = 'gitfed decrypts Secrets and FederatedSecrets only';

function holdsSecretsOnly(value: JsonValue, inheritedKind?: string): boolean {
  if (!isJsonObject(value)) return false;
  const kind = Object.hasOwn(value, 'kind') ? value.kind : inheritedKind;
  if (kind === 'FederatedSecret') return true;
  if (kind === 'Secret') return !Object.hasOwn(value, 'apiVersion') || value.apiVersion === 'v1';
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(value.items)) return false;
  const items: readonly JsonValue[] = value.items;
  return items.every((item) => holdsSecretsOnly(item, kind.slice(0, -'List'.length)));
}
