import { isJsonObject, type JsonValue, type NodePath, type SourceRef } from '../core/index.ts';
import type { RawObject } from './documents.ts';
import { groupBy, reportDuplicates } from './duplicates.ts';
import { hasReadableValue, isSopsDocument } from './encrypted-document.ts';
import type { FindingCollector } from './finding-collector.ts';
import { valueAt } from './lint-input.ts';
import { describeObject } from './metadata.ts';
import type { Configuration, CredentialSecret, FederatedObject, FederatedType } from './model.ts';
import { nameOf, namespaceOf } from './system-namespace.ts';

/**
 * The `v1` Secrets of a repository, which are credentials for its clusters. One in plain text, in part or whole, is an error unless the
 * configuration allows it: everyone who reads the repository has it. One that was to be decrypted and could not be is an error too.
 *
 * @returns those that are allowed and there once.
 */
export function readCredentials(
  raws: readonly RawObject[],
  configuration: Configuration,
  collector: FindingCollector,
): readonly CredentialSecret[] {
  for (const raw of raws) reportObstacle(raw, collector);
  const known = raws.filter(({ encryption }) => encryption !== 'Encrypted');
  const plain = new Set(known.filter(({ source }) => SECRET_FIELDS.some((name) => isReadable(source, [name]))));
  const { allowPlaintext } = configuration.credentials;
  if (!allowPlaintext) for (const raw of plain) reportPlaintext(raw, collector);
  const allowed = known.filter((raw) => (plain.has(raw) ? allowPlaintext : raw.encryption === 'Decrypted'));
  const { unique, repeated } = groupBy(allowed, (raw) => `${namespaceOf(raw)}/${nameOf(raw)}`);
  for (const group of repeated) reportDuplicates(group, collector, false);
  return unique.flatMap((raw) => {
    const name = nameOf(raw);
    return name === undefined ? [] : [{ namespace: namespaceOf(raw) ?? '', name, object: raw.object }];
  });
}

function reportObstacle(raw: RawObject, collector: FindingCollector): void {
  if (raw.encryption !== 'Encrypted' || raw.obstacle === undefined) return;
  const label = describeObject(raw);
  const message = `${label}: it is encrypted, and ${raw.obstacle}: the credential is not used`;
  collector.add('EncryptedObject', raw.source, [], message, { object: label });
}

function reportPlaintext(raw: RawObject, collector: FindingCollector): void {
  const label = describeObject(raw);
  const message = `${label}: a credential lies in the repository in plain text and is not used. Encrypt it with SOPS, keep it outside with --credentials-dir, or set credentials.allowPlaintext in gitfed.yaml. Everyone who can read the repository may know it: replace it.`;
  collector.add('PlaintextCredential', raw.source, [], message, { object: label });
}

export function isSecretType({ target }: FederatedType): boolean {
  return target.group === '' && target.kind === 'Secret';
}

/** Whether a FederatedSecret carries data that everyone can read in its file, in its template or in an override. */
export function isPlaintextSecret({ type, template, overrides, source }: FederatedObject): boolean {
  if (!isSecretType(type)) return false;
  if (template.ok && SECRET_FIELDS.some((name) => isReadable(source, ['spec', 'template', name]))) return true;
  if (!overrides.ok) return false;
  return overrides.value.some(({ operations, index }) =>
    operations.some(({ path, hasValue }, at) => {
      if (!hasValue || !/^[^/]*\/(?:data|stringData)(?:\/|$)/.test(path)) return false;
      const place = ['spec', 'overrides', index, 'clusterOverrides', at, 'value'];
      return !isSopsDocument(source.document.value) || isReadable(source, place);
    }),
  );
}

const SECRET_FIELDS = ['data', 'stringData'] as const;

/** Whether the file holds something below a path that is not encrypted. */
function isReadable(source: SourceRef, path: NodePath): boolean {
  const written: JsonValue | undefined = valueAt(source, path);
  if (written === undefined) return false;
  if (isSopsDocument(source.document.value)) return hasReadableValue(written);
  return !(isJsonObject(written) && Object.keys(written).length === 0);
}
