import { createHmac } from 'node:crypto';
import { GitfedError } from '../errors.ts';
import { plainJson } from '../report/plain-text.ts';
import { VERSION } from '../version.ts';
import type { PostRequest } from './forge.ts';
import { type Notification, notificationText } from './notification.ts';

/** Keys that a receiver may know; more than one while they are changed. */
export type SigningKeys = readonly Buffer[];

const PREFIX = 'whsec_';
const [LEAST_BYTES, MOST_BYTES] = [24, 64];

/** Reads secrets as Standard Webhooks writes them: `whsec_` and base64. @throws {GitfedError} `USAGE` for one that is none. */
export function readSigningKeys(secrets: readonly string[]): SigningKeys {
  return secrets.map((secret) => {
    const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : undefined;
    const key = text !== undefined && /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined;
    if (key !== undefined && key.length >= LEAST_BYTES && key.length <= MOST_BYTES) return key;
    // What is wrong with it stays unsaid: it may be a good one for something else.
    throw new GitfedError(
      'USAGE',
      `the secret for notifications must be ${PREFIX} and ${LEAST_BYTES} to ${MOST_BYTES} bytes in base64. Make one with: echo "${PREFIX}$(openssl rand -base64 32)"`,
    );
  });
}

/** Which repository a notification is about. */
export interface NotificationSource {
  /** Without credentials. */
  readonly repository: string;
  readonly inventory?: string;
}

/** The body of a webhook: stable, and the same for each attempt. */
export function webhookBody(notification: Notification, source: NotificationSource, at: Date): string {
  const { type, ...about } = notification;
  const data = { message: notificationText(notification), ...source, ...about };
  // Numbers of replicas are exact integers here, and far from where that would matter.
  const toJson = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value);
  return plainJson(JSON.stringify({ type, timestamp: at.toISOString(), data }, toJson));
}

/**
 * The request of one attempt: the id stays, the time is that of the attempt, and there is a signature for each key.
 *
 * @see https://www.standardwebhooks.com
 */
export function webhookRequest(
  url: string,
  { id, body, keys, at }: { readonly id: string; readonly body: string; readonly keys: SigningKeys; readonly at: Date },
): PostRequest {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signatures = keys.map((key) => {
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return {
    url,
    headers: {
      'content-type': 'application/json',
      'user-agent': `gitfed/${VERSION}`,
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signatures.join(' '),
    },
    body,
  };
}
