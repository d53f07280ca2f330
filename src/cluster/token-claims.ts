import { type JsonObject, parseJsonObject } from '../core/index.ts';

/** What a token of Kubernetes says of itself. Nobody vouches for it here: only an API server knows whether it is true. */
export interface TokenClaims {
  /** `system:serviceaccount:NAMESPACE:NAME`. */
  readonly subject?: string;
  /** In seconds since 1970. */
  readonly issuedAt?: number;
  /** In seconds since 1970; absent for a token that lasts. */
  readonly expiresAt?: number;
}

/** Reads the claims of a JSON Web Token; `undefined` for a token that is none. Pure, and never throws. */
export function readTokenClaims(token: string): TokenClaims | undefined {
  const parts = token.trim().split('.');
  const [, payload = ''] = parts;
  if (parts.length !== 3 || payload === '' || payload.length > 65_536) return undefined;
  const claims = parseJsonObject(Buffer.from(payload, 'base64url').toString('utf8'));
  if (claims === undefined) return undefined;
  const subject = Object.hasOwn(claims, 'sub') ? claims['sub'] : undefined;
  return {
    ...(typeof subject === 'string' && subject !== '' ? { subject } : {}),
    ...time(claims, 'iat', 'issuedAt'),
    ...time(claims, 'exp', 'expiresAt'),
  };
}

/** Of a size that a date can hold. */
const LATEST = 8_640_000_000_000;

function time<K extends string>(claims: JsonObject, claim: string, name: K): { readonly [key in K]?: number } {
  const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  const isTime = typeof value === 'number' && value >= 0 && value <= LATEST;
  return (isTime ? { [name]: value } : {}) as { readonly [key in K]?: number };
}
