import { formatYaml } from '../core/index.ts';
import type { SecretsPolicy } from './federate-options.ts';
import { SYSTEM_NAMESPACE } from './federation-v1-clusters.ts';
import type { DraftFile } from './federation-v1-prove.ts';
import type { Loss, V1Credential } from './federation-v1-types.ts';
import { fileName } from './import-files.ts';

/** What becomes of the credentials of the members: never a plain text in the repository. */
export interface PlacedCredentials {
  /** Encrypted files of the repository. */
  readonly encrypted: readonly DraftFile[];
  /** For `--credentials-dir`. */
  readonly outside: readonly DraftFile[];
  readonly losses: readonly Loss[];
}

/** Puts credentials where they were asked for: into a folder, else encrypted into the repository, else nowhere. */
export async function placeCredentials(
  all: readonly V1Credential[],
  {
    credentialsDir,
    secrets,
  }: { readonly credentialsDir: string | undefined; readonly secrets: SecretsPolicy | undefined },
): Promise<PlacedCredentials> {
  const nothing = { encrypted: [], outside: [], losses: [] };
  // Clusters may share a Secret.
  const credentials = [...new Map(all.map((one) => [one.secretName, one])).values()];
  if (credentialsDir !== undefined) return { ...nothing, outside: credentials.flatMap(plainFiles) };
  if (typeof secrets !== 'object') return { ...nothing, losses: credentials.map(notWritten) };
  const { encryptForAge } = await import('../cluster/sops-encrypt.ts');
  const encrypted = credentials.map(async (one): Promise<DraftFile> => {
    const text = formatYaml(await encryptForAge(secretFor(one), secrets.ageRecipients));
    return { file: `credentials/${fileName(one.secretName)}.yaml`, text };
  });
  return { ...nothing, encrypted: await Promise.all(encrypted) };
}

function plainFiles({ secretName, token, certificateAuthority }: V1Credential): readonly DraftFile[] {
  return [
    { file: `${secretName}/token`, text: token },
    ...(certificateAuthority === undefined ? [] : [{ file: `${secretName}/ca.crt`, text: certificateAuthority }]),
  ];
}

function secretFor({ secretName, token, certificateAuthority }: V1Credential): {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly data: { readonly [key: string]: string };
} {
  const encode = (text: string): string => Buffer.from(text).toString('base64');
  const ca = certificateAuthority === undefined ? {} : { 'ca.crt': encode(certificateAuthority) };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: secretName, namespace: SYSTEM_NAMESPACE },
    data: { token: encode(token), ...ca },
  };
}

function notWritten({ cluster, secretName }: V1Credential): Loss {
  return {
    object: `Cluster.federation/${cluster}`,
    field: 'spec.secretRef',
    reason: `Its credential, the Secret "${secretName}", is not written: nothing says where to, and never into the repository in plain text.`,
    action: 'Import again with --credentials-dir DIR, or with --secrets encrypt.',
  };
}
