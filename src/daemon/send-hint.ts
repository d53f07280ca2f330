import { createHmac } from 'node:crypto';
import { GitfedError } from '../errors.ts';
import type { RefUpdate } from '../git/index.ts';
import { plainText } from '../report/plain-text.ts';

export interface Hint {
  /** Of the daemon, or of its webhook. */
  readonly url: URL;
  readonly secret: string;
  readonly update: RefUpdate;
  readonly signal: AbortSignal;
}

/** What a daemon made of a hint, as a sentence. */
export interface HintAnswer {
  readonly ok: boolean;
  readonly text: string;
}

/** Where webhooks of a daemon are. An address with a path is taken as it is. @throws {GitfedError} `USAGE` for what is no address. */
export function webhookUrl(address: string, option: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || `${url.username}${url.password}` !== '') {
    throw new GitfedError(
      'USAGE',
      `${option} must be the URL of a daemon without a password, such as http://127.0.0.1:9090`,
    );
  }
  if (url.pathname === '/') url.pathname = '/webhook/generic';
  return url;
}

/**
 * Tells a daemon that a branch has moved. What goes over the wire is signed with the secret, which stays here.
 * Whatever goes wrong is an answer: the commit is there, and a daemon finds it by itself.
 */
export async function sendHint({ url, secret, update: { ref, before, after }, signal }: Hint): Promise<HintAnswer> {
  const body = JSON.stringify({ ref, before, after });
  const digest = createHmac('sha256', secret).update(body).digest('hex');
  const headers = {
    'content-type': 'application/json',
    'x-hub-signature-256': `sha256=${digest}`,
    // Of a daemon whose webhook for GitHub this is.
    'x-github-event': 'push',
  };
  try {
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
    await response.body?.cancel();
    return describe(response.status);
  } catch (error) {
    const failure = signal.aborted ? 'it gave no answer in time' : reasonOf(error);
    return { ok: false, text: `The daemon at ${url.host} was not told: ${failure}. ${BY_ITSELF}` };
  }

  function describe(status: number): HintAnswer {
    if (status === 202) return { ok: true, text: `The daemon at ${url.host} was told, and applies it now.` };
    if (status === 200)
      return { ok: true, text: `The daemon at ${url.host} follows another branch, and does nothing.` };
    const reason = REASONS.get(status) ?? `it answered ${status}`;
    return { ok: false, text: `The daemon at ${url.host} was not told: ${reason}. ${BY_ITSELF}` };
  }
}

const BY_ITSELF = 'It looks at git by itself every pollInterval.';

const REASONS: ReadonlyMap<number, string> = new Map([
  [401, 'it has another secret than this hook'],
  [404, 'there is no webhook at this address, or the daemon was given no secret'],
  [429, 'it has had too many wrong signatures from here'],
]);

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ECONNREFUSED') return 'nobody listens there';
  return plainText(cause instanceof Error ? cause.message : `${error}`);
}
