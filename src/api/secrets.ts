import { isJsonObject, type JsonObject } from '../core/index.ts';
import type { RawObject } from './documents.ts';
import { groupBy, reportDuplicates } from './duplicates.ts';
import { field } from './fields.ts';
import type { FindingCollector } from './finding-collector.ts';
import { describeObject } from './metadata.ts';
import type { Configuration, CredentialSecret, FederatedObject, FederatedType } from './model.ts';
import { nameOf, namespaceOf } from './system-namespace.ts';

/**
 * The `v1` Secrets of a repository, which are credentials for its clusters. One in plain text is an error unless the configuration
 * allows it: everyone who reads the repository has it.
 *
 * @returns those that are allowed and there once.
 */
export function readCredentials(
  raws: readonly RawObject[],
  configuration: Configuration,
  collector: FindingCollector,
): readonly CredentialSecret[] {
  const plain = raws.filter((raw) => !raw.isEncrypted && hasSecretData(raw.object));
  if (!configuration.credentials.allowPlaintext) {
    for (const raw of plain) reportPlaintext(raw, collector);
    return [];
  }
  const { unique, repeated } = groupBy(plain, (raw) => `${namespaceOf(raw)}/${nameOf(raw)}`);
  for (const group of repeated) reportDuplicates(group, collector, false);
  return unique.flatMap((raw) => {
    const name = nameOf(raw);
    return name === undefined ? [] : [{ namespace: namespaceOf(raw) ?? '', name, object: raw.object }];
  });
}

function reportPlaintext(raw: RawObject, collector: FindingCollector): void {
  const label = describeObject(raw);
  const message = `${label}: a credential lies in the repository in plain text and is not used. Encrypt it with SOPS, keep it outside with --credentials-dir, or set credentials.allowPlaintext in gitfed.yaml. Everyone who can read the repository may know it: replace it.`;
  collector.add('PlaintextCredential', raw.source, [], message, { object: label });
}

export function isSecretType({ target }: FederatedType): boolean {
  return target.group === '' && target.kind === 'Secret';
}

/** Whether a FederatedSecret carries data, in its template or in an override. */
export function isPlaintextSecret({ type, template, overrides }: FederatedObject): boolean {
  if (!isSecretType(type)) return false;
  if (template.ok && hasSecretData(template.value)) return true;
  const operations = overrides.ok ? overrides.value.flatMap((override) => override.operations) : [];
  return operations.some(({ path, hasValue }) => hasValue && /^[^/]*\/(?:data|stringData)(?:\/|$)/.test(path));
}

function hasSecretData(secret: JsonObject): boolean {
  return ['data', 'stringData'].some((name) => {
    const value = field(secret, name);
    return value !== undefined && !(isJsonObject(value) && Object.keys(value).length === 0);
  });
}
