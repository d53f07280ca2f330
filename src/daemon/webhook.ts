import type { IncomingMessage, ServerResponse } from 'node:http';
import { Attempts } from './attempts.ts';
import type { DaemonEvent } from './events.ts';
import { type Route, sendText } from './http-server.ts';
import { mayHaveMoved } from './webhook-payload.ts';
import { isProven, readProof, WEBHOOK_PROVIDERS, type WebhookProvider } from './webhook-signature.ts';

type Outcome = Extract<DaemonEvent, { type: 'webhook' }>['outcome'];

export interface WebhookOptions {
  /** Secrets that are good now; none: there is no endpoint. Asked for each request, for they rotate. */
  readonly secrets: () => readonly string[];
  /** The branch that is followed, when it is known. */
  readonly branch: () => string | undefined;
  /** Something may be new. Called for what was proven, and for nothing else. */
  readonly onHint: () => void;
  readonly onEvent: (event: DaemonEvent) => void;
  /** Milliseconds of a clock that goes evenly. Default: that of the process. */
  readonly now?: () => number;
}

const MOST_BYTES = 1_048_576;
/** A body that nobody will read must not be taken for the next request. */
const CLOSE = { connection: 'close' };

/**
 * The endpoints `/webhook/PROVIDER`. Who sends proves to know the secret before anything of the body is looked at; the body then only says
 * whether it is worth to look at git. Sending it twice, or again tomorrow, does nothing but that.
 */
export function createWebhook(options: WebhookOptions): (path: string) => Route | undefined {
  const attempts = new Attempts(options.now ?? (() => performance.now()));
  const routes = new Map(
    WEBHOOK_PROVIDERS.map((provider): [string, Route] => [
      `/webhook/${provider}`,
      { methods: ['POST'], handle: (request, response) => receive(provider, request, response, options, attempts) },
    ]),
  );
  return (path) => (options.secrets().length === 0 ? undefined : routes.get(path));
}

async function receive(
  provider: WebhookProvider,
  request: IncomingMessage,
  response: ServerResponse,
  options: WebhookOptions,
  attempts: Attempts,
): Promise<void> {
  const finish = (outcome: Outcome, status: number, text: string, headers = {}): void => {
    options.onEvent({ type: 'webhook', provider, outcome });
    sendText(response, status, text, headers);
  };
  const address = request.socket.remoteAddress ?? '';
  const deny = (): void => {
    attempts.fail(address);
    finish('unauthenticated', 401, 'the signature or token is missing or wrong', CLOSE);
  };
  if (attempts.isExhausted(address)) {
    return finish('limited', 429, 'too many failed attempts', { ...CLOSE, 'retry-after': '10' });
  }
  const proof = readProof(provider, request.headers);
  if (proof === undefined) return deny();
  // A token does not depend on the body, which then need not be waited for.
  if (proof.type === 'token' && !isProven(proof, Buffer.alloc(0), options.secrets())) return deny();
  const body = await readBody(request);
  if (body === 'tooLarge') {
    // Who sends so much without being known does so once.
    if (proof.type === 'signature') attempts.fail(address);
    return finish('malformed', 413, `a body may have ${MOST_BYTES} bytes`, CLOSE);
  }
  if (body === 'incomplete') return options.onEvent({ type: 'webhook', provider, outcome: 'malformed' });
  if (!isProven(proof, body, options.secrets())) return deny();
  if (!mayHaveMoved(provider, request.headers, body, options.branch())) {
    return finish('ignored', 200, 'ignored: not a push to the branch that is followed');
  }
  options.onHint();
  return finish('accepted', 202, 'accepted');
}

/** The body as it was sent, which is what was signed. */
async function readBody(request: IncomingMessage): Promise<Buffer | 'tooLarge' | 'incomplete'> {
  if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) return 'tooLarge';
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      bytes += (chunk as Buffer).length;
      if (bytes > MOST_BYTES) return 'tooLarge';
      chunks.push(chunk as Buffer);
    }
  } catch {
    return 'incomplete';
  }
  return request.complete ? Buffer.concat(chunks, bytes) : 'incomplete';
}
