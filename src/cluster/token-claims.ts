import { isJsonObject, type JsonObject, type JsonValue, parseJsonObject } from '../core/index.ts';

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
  const claims = payloadOf(token);
  if (claims === undefined) return undefined;
  const subject = own(claims, 'sub');
  return {
    ...(typeof subject === 'string' && subject !== '' ? { subject } : {}),
    ...time(claims, 'iat', 'issuedAt'),
    ...time(claims, 'exp', 'expiresAt'),
  };
}

/** The Secret that a token of Kubernetes hangs on, as it says itself. */
export interface ClaimedSecret {
  readonly namespace: JsonValue | undefined;
  readonly name: JsonValue | undefined;
  /** Absent in the token that a cluster puts into a Secret. */
  readonly uid: JsonValue | undefined;
}

const IN_A_SECRET = 'kubernetes.io/serviceaccount';

/** As {@link readTokenClaims}; `undefined` also where it hangs on none. */
export function readClaimedSecret(token: string): ClaimedSecret | undefined {
  const claims = payloadOf(token);
  if (claims === undefined) return undefined;
  const bound = own(claims, 'kubernetes.io');
  if (!isJsonObject(bound)) {
    const [namespace, name] = [own(claims, `${IN_A_SECRET}/namespace`), own(claims, `${IN_A_SECRET}/secret.name`)];
    return { namespace, name, uid: undefined };
  }
  const secret = own(bound, 'secret');
  if (!isJsonObject(secret)) return undefined;
  return { namespace: own(bound, 'namespace'), name: own(secret, 'name'), uid: own(secret, 'uid') ?? '' };
}

function payloadOf(token: string): JsonObject | undefined {
  const parts = token.trim().split('.');
  const [, payload = ''] = parts;
  if (parts.length !== 3 || payload === '' || payload.length > 65_536) return undefined;
  return parseJsonObject(Buffer.from(payload, 'base64url').toString('utf8'));
}

function own(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Of a size that a date can hold. */
const LATEST = 8_640_000_000_000;

function time<K extends string>(claims: JsonObject, claim: string, name: K): { readonly [key in K]?: number } {
  const value = own(claims, claim);
  const isTime = typeof value === 'number' && value >= 0 && value <= LATEST;
  return (isTime ? { [name]: value } : {}) as { readonly [key in K]?: number };
}
