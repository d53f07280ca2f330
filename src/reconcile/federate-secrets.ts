import type { JsonObject } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { list } from '../report/wording.ts';
import { label } from './federate-cluster.ts';
import type { FederatedDraft } from './federate-draft.ts';
import type { Found, FoundObject, SecretsPolicy } from './federate-options.ts';

/** Whether an object is a Secret, whose values must not lie in git without a word. */
export function isSecretObject({ resource }: FoundObject): boolean {
  return resource.group === '' && resource.kind === 'Secret';
}

/** Leaves Secrets out where that is wanted. @throws {GitfedError} `USAGE` where nobody said what becomes of them. */
export function applySecretsPolicy({ objects, leftOut }: Found, policy: SecretsPolicy | undefined): Found {
  const secrets = objects
    .filter(isSecretObject)
    .map(({ resource, namespace, name }) => label(resource, namespace, name));
  if (secrets.length === 0) return { objects, leftOut };
  if (policy === undefined) {
    throw new GitfedError(
      'USAGE',
      `Say what becomes of Secrets, which everyone who can read the repository would have: ${list(secrets)}. Encrypt them with --secrets encrypt --age-recipient age1…, leave them out with --secrets omit, or write them as they are with --secrets plain. Nothing was written.`,
    );
  }
  if (policy !== 'omit') return { objects, leftOut };
  const omitted = secrets.map((object) => ({ object, reason: 'is a Secret (--secrets omit)' }));
  return { objects: objects.filter((one) => !isSecretObject(one)), leftOut: [...leftOut, ...omitted] };
}

/** What a new file holds: of a Secret, what was chosen. */
export async function sealed(draft: FederatedDraft, policy: SecretsPolicy | undefined): Promise<JsonObject> {
  if (typeof policy !== 'object' || !isSecretObject(draft.found)) return draft.manifest;
  const { encryptForAge } = await import('../cluster/sops-encrypt.ts');
  return await encryptForAge(draft.manifest, policy.ageRecipients);
}
