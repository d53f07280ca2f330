import type { CredentialSecret } from '../api/index.ts';
import { secretText } from '../cluster/index.ts';
import { formatYaml } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { plainText } from '../report/plain-text.ts';
import { list } from '../report/wording.ts';
import type { SecretsPolicy } from './federate-options.ts';
import { fileName } from './import-files.ts';
import { metadataOf, textIn } from './import-objects.ts';
import type { ImportOptions } from './import-options.ts';
import type { Conversion, ImportedObject, ImportNote, KeptObject } from './import-types.ts';

/** What becomes of the Secrets of these names. @throws {GitfedError} `USAGE` where there are some, and nobody says it. */
export async function secretsPolicy(
  names: readonly string[],
  asked: ImportOptions['secrets'],
): Promise<SecretsPolicy | undefined> {
  const said = typeof asked !== 'function' ? asked : names.length === 0 ? undefined : await asked(names);
  if (said !== undefined || names.length === 0) return said;
  throw new GitfedError(
    'USAGE',
    `Say what becomes of Secrets, which everyone who can read the repository would have: ${list(names.map(plainText))}. Encrypt them with --secrets encrypt --age-recipient age1…, leave them as they are in the members with --secrets omit, or write them as they are with --secrets plain. Nothing was written.`,
  );
}

/** What is written, and what the members keep instead. */
export interface ChosenObjects {
  readonly objects: readonly ImportedObject[];
  readonly keepLive: readonly KeptObject[];
  readonly notes: readonly ImportNote[];
}

/** Leaves Secrets out where that is wanted. Pure. */
export function withPolicy({ objects }: Conversion, policy: SecretsPolicy | undefined): ChosenObjects {
  if (policy !== 'omit') return { objects, keepLive: [], notes: [] };
  const omitted = objects.filter(({ isSecret }) => isSecret);
  return {
    objects: objects.filter(({ isSecret }) => !isSecret),
    keepLive: omitted.map(({ manifest }) => {
      const metadata = metadataOf(manifest);
      return { group: '', kind: 'Secret', namespace: textIn(metadata, 'namespace'), name: textIn(metadata, 'name') };
    }),
    notes: omitted.map(({ name }) => ({
      object: name,
      text: 'was left out (--secrets omit): the members keep it as it is, see keepLive in gitfed.yaml.',
    })),
  };
}

/** Where values stand in a FederatedSecret: in its template, and in the overrides of single clusters. */
const SECRET_KEYS = ['data', 'stringData', 'value'];

/** The text of a file. Secrets are encrypted where that is wanted. */
export async function textOf(
  { manifest, isSecret }: ImportedObject,
  policy: SecretsPolicy | undefined,
): Promise<string> {
  if (!isSecret || typeof policy !== 'object') return formatYaml(manifest);
  const { encryptForAge } = await import('../cluster/sops-encrypt.ts');
  return formatYaml(await encryptForAge(manifest, policy.ageRecipients, SECRET_KEYS));
}

/** Credentials as files of the repository, encrypted. */
export async function encryptedCredentials(
  credentials: readonly CredentialSecret[],
  recipients: readonly string[],
): Promise<readonly { readonly file: string; readonly text: string }[]> {
  const { encryptForAge } = await import('../cluster/sops-encrypt.ts');
  return await Promise.all(
    unique(credentials).map(async ({ name, object }) => {
      return { file: `credentials/${fileName(name)}.yaml`, text: formatYaml(await encryptForAge(object, recipients)) };
    }),
  );
}

/** Of clusters that share one Secret, once. */
function unique(credentials: readonly CredentialSecret[]): readonly CredentialSecret[] {
  return [...new Map(credentials.map((one) => [one.name, one])).values()];
}

/** Credentials as `--credentials-dir` has them: `SECRET-NAME/token` and `SECRET-NAME/ca.crt`. */
export function credentialFiles(
  credentials: readonly CredentialSecret[],
): readonly { readonly file: string; readonly text: string }[] {
  return unique(credentials).flatMap((credential) =>
    ['token', 'ca.crt'].flatMap((key) => {
      const text = secretText(credential, key) ?? '';
      return text === '' ? [] : [{ file: `${credential.name}/${key}`, text }];
    }),
  );
}
