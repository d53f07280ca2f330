import type { IncomingHttpHeaders } from 'node:http';
import { isJsonObject, type JsonValue } from '../core/index.ts';
import type { WebhookProvider } from './webhook-signature.ts';

const EVENT_HEADERS: Readonly<Record<WebhookProvider, string | undefined>> = {
  github: 'x-github-event',
  gitlab: 'x-gitlab-event',
  gitea: 'x-gitea-event',
  forgejo: 'x-forgejo-event',
  bitbucket: 'x-event-key',
  generic: undefined,
};

/** What forges call it when a branch has moved. */
const PUSHES: ReadonlySet<string> = new Set([
  'push',
  'Push Hook',
  'Tag Push Hook',
  // Says in its body what it is.
  'System Hook',
  'create',
  'repo:push',
  'repo:refs_changed',
]);

/**
 * Whether a message of a known sender may mean that the branch has moved. Of what is not understood it may: looking at git once more costs
 * little, and nothing else is done with a payload.
 *
 * @param branch that is followed; `undefined` where that is not known yet.
 */
export function mayHaveMoved(
  provider: WebhookProvider,
  headers: IncomingHttpHeaders,
  body: Buffer,
  branch: string | undefined,
): boolean {
  const name = EVENT_HEADERS[provider];
  const event = name === undefined ? undefined : headers[name];
  if (typeof event === 'string' && !PUSHES.has(event)) return false;
  if (branch === undefined || branch === 'HEAD') return true;
  const refs = refsOf(readPayload(body));
  return refs.length === 0 || refs.some((ref) => isSameRef(ref, branch));
}

/** JSON, bare or in a form, as some forges send it; `null` for anything else. */
function readPayload(body: Buffer): JsonValue {
  const text = body.toString('utf8');
  try {
    const json = text.startsWith('payload=') ? (new URLSearchParams(text).get('payload') ?? '') : text;
    return JSON.parse(json) as JsonValue;
  } catch {
    return null;
  }
}

/** Every ref that a payload says has moved: `ref` of most forges, `changes` of Bitbucket's two kinds. */
function refsOf(payload: JsonValue): readonly string[] {
  const changes = [...listAt(payload, 'changes'), ...listAt(valueAt(payload, 'push'), 'changes')];
  const candidates = [
    valueAt(payload, 'ref'),
    ...changes.flatMap((change) => [
      valueAt(valueAt(change, 'ref'), 'id'),
      valueAt(valueAt(change, 'new'), 'name'),
      valueAt(valueAt(change, 'old'), 'name'),
    ]),
  ];
  return candidates.filter((ref) => typeof ref === 'string');
}

function valueAt(value: JsonValue | undefined, key: string): JsonValue | undefined {
  return value !== undefined && isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function listAt(value: JsonValue | undefined, key: string): readonly JsonValue[] {
  const list = valueAt(value, key);
  return Array.isArray(list) ? list : [];
}

function isSameRef(a: string, b: string): boolean {
  return withoutPrefix(a) === withoutPrefix(b);
}

function withoutPrefix(ref: string): string {
  return ref.replace(/^refs\/(?:heads|tags)\//, '');
}
