import type { ApiClient, Endpoint } from '../cluster/index.ts';
import { ConfigMalformedError, isApiError } from '../cluster/index.ts';
import { readTokenClaims, type TokenClaims } from '../cluster/token-claims.ts';
import { validUntil } from './join-context.ts';
import { readUserName } from './join-identity.ts';

/** As whom a member is reached. Never what proves it. */
export interface MemberCredential {
  /** As the API server says it, else as the token does. */
  readonly subject?: string;
  /** Absent where it does not say. */
  readonly expires?: Date | 'never';
  readonly state: 'Valid' | 'ExpiresSoon' | 'Expired';
}

interface Asking {
  /** Absent: it is not asked. */
  readonly client: ApiClient | undefined;
  readonly now: Date;
}

/** Reads what a credential says of itself, and asks the member where it says nothing. */
export async function readCredential(
  endpoint: Endpoint,
  { client, now }: Asking,
): Promise<MemberCredential | undefined> {
  const token = await tokenOf(endpoint);
  const claims = token === undefined ? undefined : readTokenClaims(token);
  const subject = claims?.subject ?? (client === undefined ? undefined : await askSubject(client));
  const { cert } = endpoint.tls;
  const certificateEnd = token === undefined && cert !== undefined ? validUntil(cert) : undefined;
  const expires = certificateEnd ?? dateOf(claims);
  if (subject === undefined && expires === undefined) return undefined;
  return {
    ...(subject === undefined ? {} : { subject }),
    ...(expires === undefined ? {} : { expires }),
    state: expires === undefined || expires === 'never' ? 'Valid' : expiryState(expires, claims?.issuedAt, now),
  };
}

async function tokenOf({ authenticate }: Endpoint): Promise<string | undefined> {
  try {
    const { Authorization = '' } = await authenticate();
    return /^Bearer (.+)$/s.exec(Authorization)?.[1];
  } catch (error) {
    if (error instanceof ConfigMalformedError) return undefined;
    throw error;
  }
}

async function askSubject(client: ApiClient): Promise<string | undefined> {
  try {
    return await readUserName(client);
  } catch (error) {
    if (isApiError(error) && error.failure === 'Status') return undefined;
    throw error;
  }
}

function dateOf(claims: TokenClaims | undefined): MemberCredential['expires'] {
  if (claims === undefined) return undefined;
  return claims.expiresAt === undefined ? 'never' : new Date(claims.expiresAt * 1000);
}

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * Soon is the last week, and of what lives shorter the last fifth: what is renewed by itself, as the tokens of pods and programs, is renewed
 * before. Pure.
 */
export function expiryState(expires: Date, issuedAt: number | undefined, now: Date): MemberCredential['state'] {
  const left = expires.getTime() - now.getTime();
  if (left <= 0) return 'Expired';
  const life = issuedAt === undefined ? Number.POSITIVE_INFINITY : expires.getTime() - issuedAt * 1000;
  return left < Math.min(WEEK_MS, life / 5) ? 'ExpiresSoon' : 'Valid';
}
