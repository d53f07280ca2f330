import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Whose webhooks are understood; each has a path of its own. */
export const WEBHOOK_PROVIDERS = ['github', 'gitlab', 'gitea', 'forgejo', 'bitbucket', 'generic'] as const;
export type WebhookProvider = (typeof WEBHOOK_PROVIDERS)[number];

/** How a sender proves that it knows the secret. */
export type Proof =
  /** Of the body: HMAC-SHA256 with the secret. */
  | { readonly type: 'signature'; readonly digest: Buffer }
  /** The secret itself. */
  | { readonly type: 'token'; readonly token: string };

/** Headers with which each provider signs or authenticates. */
const SIGNATURES: Readonly<Record<WebhookProvider, (headers: IncomingHttpHeaders) => Proof | undefined>> = {
  github: (headers) => signature(headers['x-hub-signature-256'], 'sha256='),
  bitbucket: (headers) => signature(headers['x-hub-signature'], 'sha256='),
  gitea: (headers) => signature(headers['x-gitea-signature'], ''),
  forgejo: (headers) => signature(headers['x-forgejo-signature'] ?? headers['x-gitea-signature'], ''),
  gitlab: (headers) => token(headers['x-gitlab-token'], ''),
  generic: (headers) => signature(headers['x-hub-signature-256'], 'sha256=') ?? token(headers.authorization, 'Bearer '),
};

/** What a request gives as proof; `undefined` where there is nothing that could be one. */
export function readProof(provider: WebhookProvider, headers: IncomingHttpHeaders): Proof | undefined {
  return SIGNATURES[provider](headers);
}

function signature(header: string | string[] | undefined, prefix: string): Proof | undefined {
  if (typeof header !== 'string' || !header.startsWith(prefix)) return undefined;
  const hex = header.slice(prefix.length);
  return /^[0-9a-fA-F]{64}$/.test(hex) ? { type: 'signature', digest: Buffer.from(hex, 'hex') } : undefined;
}

function token(header: string | string[] | undefined, prefix: string): Proof | undefined {
  if (typeof header !== 'string' || !header.startsWith(prefix)) return undefined;
  const text = header.slice(prefix.length);
  return text === '' ? undefined : { type: 'token', token: text };
}

/** Makes tokens of any length comparable, and their digests worth nothing elsewhere. */
const KEY = randomBytes(32);

/** Whether a proof fits one of the secrets. Takes as long for a wrong one as for a right one, and tries them all. */
export function isProven(proof: Proof, body: Buffer, secrets: readonly string[]): boolean {
  return secrets.reduce((isRight, secret) => fits(proof, body, secret) || isRight, false);
}

function fits(proof: Proof, body: Buffer, secret: string): boolean {
  if (proof.type === 'signature') return timingSafeEqual(digest(secret, body), proof.digest);
  return timingSafeEqual(digest(KEY, proof.token), digest(KEY, secret));
}

function digest(key: string | Buffer, data: string | Buffer): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
