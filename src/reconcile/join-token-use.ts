import { readClaimedSecret, readTokenClaims } from '../cluster/token-claims.ts';
import { isJsonObject, type JsonObject } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { plainText } from '../report/plain-text.ts';
import type { OpenMember } from './join-member.ts';
import { type JoinNames, TOKEN_SECRETS } from './join-names.ts';
import { placeOf } from './join-objects.ts';
import type { Keeping } from './join-store.ts';
import type { Credential, TokenSecret } from './join-token.ts';

/** What is known of the credential that gitfed holds. */
export type Kept = Credential | 'unreadable' | undefined;

/**
 * The Secret that the token which gitfed holds hangs on: by its claims, and only where the Secret bears them out. `undefined` where it is of
 * none of these.
 */
export function secretInUse(names: JoinNames, found: readonly TokenSecret[], kept: Kept): TokenSecret | undefined {
  if (kept === undefined || kept === 'unreadable') return undefined;
  const token = kept.token.trim();
  if (readTokenClaims(token)?.subject !== names.user) return undefined;
  const claimed = readClaimedSecret(token);
  const secret = found.find(({ name, manifest }) => {
    return name === claimed?.name && placeOf(manifest).namespace === claimed.namespace;
  });
  if (secret === undefined || claimed === undefined) return undefined;
  const { live } = secret;
  const isBorneOut = claimed.uid === undefined ? tokenIn(live) === token : claimed.uid === live.metadata.uid;
  return isBorneOut ? secret : undefined;
}

function tokenIn({ data }: JsonObject): string | undefined {
  const text = isJsonObject(data) && Object.hasOwn(data, 'token') ? data['token'] : undefined;
  return typeof text === 'string' ? Buffer.from(text, 'base64').toString('utf8') : undefined;
}

/** The first name that no Secret of a token has. */
export function freeName(names: JoinNames, found: readonly TokenSecret[]): string | undefined {
  return names.tokenSecrets.find((name) => found.every((one) => one.name !== name));
}

/** What is said where none of the Secrets may be replaced. */
export function allTaken(
  member: OpenMember,
  found: readonly TokenSecret[],
  { why, next }: { readonly why: string; readonly next: string },
): GitfedError {
  return new GitfedError(
    'CLUSTER',
    `${member.name}: there are ${found.length} Secrets with tokens already, and ${why}: ${describeSecrets(found)}. Nothing was written: ${next}.`,
  );
}

/** Why it is not known which one is in use, and what to do about it. */
export function useUnknown(
  keeping: Keeping,
  kept: Kept,
  cluster: string,
): { readonly why: string; readonly next: string } {
  const place = plainText(keeping.kind === 'store' ? keeping.store.what : 'the repository');
  const unknown = 'which of them is in use is not known';
  if (kept === 'unreadable') {
    return {
      why: `${unknown}, as the credential in ${place} cannot be read`,
      next: 'name the key with --age-key-file',
    };
  }
  const reason =
    kept === undefined ? `there is no credential in ${place}` : `the credential in ${place} is of none of them`;
  return {
    why: `${unknown}, as ${reason}`,
    next: `say where the credential is that gitfed uses; or, if it is that, run gitfed join ${plainText(cluster)} without --rotate, which tries it; or delete one of them that is certainly not in use`,
  };
}

/** Of more than one. */
export function moreThanOne(names: JoinNames, found: readonly TokenSecret[], kept: Kept, cluster: string): string {
  const rotate = `gitfed join ${plainText(cluster)} --rotate`;
  const used = secretInUse(names, found, kept);
  if (used !== undefined) {
    return `More than one token is there, and that of Secret ${used.name} is in use. This makes a new one, and ends all others: ${rotate}`;
  }
  const list = `More than one token is there, and which of them is in use is not known: ${describeSecrets(found)}.`;
  return found.length < TOKEN_SECRETS
    ? `${list} This makes a new one, and ends all others: ${rotate}`
    : `${list} Delete those that are certainly not in use.`;
}

const LAST_USED = 'kubernetes.io/legacy-token-last-used';

/** What is known of each, but not its token. */
function describeSecrets(found: readonly TokenSecret[]): string {
  const described = found.map(({ name, expires, live: { metadata } }) => {
    const { creationTimestamp, labels = {} } = metadata;
    const used = Object.hasOwn(labels, LAST_USED) ? labels[LAST_USED] : undefined;
    const facts = [
      expires ? 'expires' : 'lasts',
      ...(creationTimestamp === undefined ? [] : [`made on ${creationTimestamp}`]),
      ...(used === undefined ? [] : [`last used on ${used}`]),
    ];
    return `${name} (${facts.join(', ')})`;
  });
  return plainText(described.join(', '));
}
