import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DaemonEvent } from './events.ts';
import { startHttpServer } from './http-server.ts';
import { createWebhook, type WebhookOptions } from './webhook.ts';
import { WEBHOOK_PROVIDERS, type WebhookProvider } from './webhook-signature.ts';

const SECRET = 'a secret of forges';

interface Receiver {
  readonly url: string;
  readonly port: number;
  /** Hints since the last look. */
  hints(): number;
  /** Outcomes since the last look. */
  outcomes(): readonly string[];
}

async function receive(options: Partial<WebhookOptions> = {}): Promise<Receiver> {
  let hints = 0;
  let events: DaemonEvent[] = [];
  const routes = createWebhook({
    secrets: () => [SECRET],
    branch: () => 'main',
    onHint: () => {
      hints += 1;
    },
    onEvent: (event) => events.push(event),
    ...options,
  });
  const server = await startHttpServer({ host: '127.0.0.1', port: 0 }, routes);
  onTestFinished(() => server.close());
  return {
    url: `http://127.0.0.1:${server.address.port}/webhook/`,
    port: server.address.port,
    hints() {
      const count = hints;
      hints = 0;
      return count;
    },
    outcomes() {
      const seen = events.map((event) => (event.type === 'webhook' ? event.outcome : event.type));
      events = [];
      return seen;
    },
  };
}

type Headers = Readonly<Record<string, string>>;

/** The headers of each forge, for a body that was signed with a secret. */
function signed(provider: WebhookProvider, body: string | Uint8Array, secret = SECRET): Headers {
  const hex = createHmac('sha256', secret).update(body).digest('hex');
  const headers: Readonly<Record<WebhookProvider, Headers>> = {
    github: { 'x-hub-signature-256': `sha256=${hex}`, 'x-github-event': 'push' },
    gitlab: { 'x-gitlab-token': secret, 'x-gitlab-event': 'Push Hook' },
    gitea: { 'x-gitea-signature': hex, 'x-gitea-event': 'push' },
    forgejo: { 'x-forgejo-signature': hex, 'x-forgejo-event': 'push' },
    bitbucket: { 'x-hub-signature': `sha256=${hex}`, 'x-event-key': 'repo:push' },
    generic: { authorization: `Bearer ${secret}` },
  };
  return headers[provider];
}

async function post(url: string, body: string | Uint8Array<ArrayBuffer>, headers: Headers): Promise<number> {
  const answer = await fetch(url, { method: 'POST', body, headers });
  await answer.text();
  return answer.status;
}

const PUSH = JSON.stringify({ ref: 'refs/heads/main', after: 'abc' });

describe.each(WEBHOOK_PROVIDERS)('a webhook of %s', (provider) => {
  it('that knows the secret has git looked at', async () => {
    const { url, hints, outcomes } = await receive();
    expect(await post(`${url}${provider}`, PUSH, signed(provider, PUSH))).toBe(202);
    expect([hints(), outcomes()]).toEqual([1, ['accepted']]);
  });

  it('sent again has git looked at again, and nothing else', async () => {
    const { url, hints } = await receive();
    for (let index = 0; index < 3; index++) await post(`${url}${provider}`, PUSH, signed(provider, PUSH));
    expect(hints()).toBe(3);
  });

  it.each<[string, (headers: Headers) => Headers]>([
    ['another secret', () => signed(provider, PUSH, `${SECRET}x`)],
    ['a secret that begins alike', () => signed(provider, PUSH, SECRET.slice(0, -1))],
    ['no secret', () => ({})],
    ['an empty one', (headers) => mapValues(headers, () => '')],
    ['one that is cut off', (headers) => mapValues(headers, (value) => value.slice(0, -2))],
    ['one that is no hexadecimal number', (headers) => mapValues(headers, (value) => value.replace(/.{4}$/, 'zzzz'))],
  ])('with %s is turned away', async (_title, change) => {
    const { url, hints, outcomes } = await receive();
    expect(await post(`${url}${provider}`, PUSH, change(signed(provider, PUSH)))).toBe(401);
    expect([hints(), outcomes()]).toEqual([0, ['unauthenticated']]);
  });

  it('knows the old secret and the new one while they are changed', async () => {
    const { url, hints } = await receive({ secrets: () => ['new', 'old'] });
    for (const secret of ['new', 'old']) {
      expect(await post(`${url}${provider}`, PUSH, signed(provider, PUSH, secret))).toBe(202);
    }
    expect(await post(`${url}${provider}`, PUSH, signed(provider, PUSH, 'older'))).toBe(401);
    expect(hints()).toBe(2);
  });

  it('is not there without a secret', async () => {
    const { url, hints, outcomes } = await receive({ secrets: () => [] });
    expect(await post(`${url}${provider}`, PUSH, signed(provider, PUSH, ''))).toBe(404);
    expect([hints(), outcomes()]).toEqual([0, []]);
  });

  it('is only there for POST', async () => {
    const { url } = await receive();
    expect((await fetch(`${url}${provider}`)).status).toBe(405);
  });
});

function mapValues(headers: Headers, change: (value: string) => string): Headers {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, change(value)]));
}

describe('the body of a webhook', () => {
  it.each<[string, WebhookProvider, unknown, Headers, boolean]>([
    ['the branch that is followed', 'github', { ref: 'refs/heads/main' }, {}, true],
    ['another branch', 'github', { ref: 'refs/heads/gitfed/status' }, {}, false],
    ['a ref that is no text', 'github', { ref: 5 }, {}, true],
    ['nothing that is known', 'github', { zen: 'x' }, {}, true],
    ['a ping', 'github', { zen: 'x' }, { 'x-github-event': 'ping' }, false],
    ['an issue', 'gitea', { ref: 'refs/heads/main' }, { 'x-gitea-event': 'issues' }, false],
    ['a merge request', 'gitlab', {}, { 'x-gitlab-event': 'Merge Request Hook' }, false],
    ['a tag', 'gitlab', { ref: 'refs/tags/v1' }, { 'x-gitlab-event': 'Tag Push Hook' }, false],
    ['a push as Bitbucket has it', 'bitbucket', { push: { changes: [{ new: { name: 'main' } }] } }, {}, true],
    [
      'a branch that Bitbucket deleted',
      'bitbucket',
      { push: { changes: [{ old: { name: 'x' }, new: null }] } },
      {},
      false,
    ],
    [
      'a push as Bitbucket Data Center has it',
      'bitbucket',
      { changes: [{ ref: { id: 'refs/heads/x' } }, { ref: { id: 'refs/heads/main' } }] },
      { 'x-event-key': 'repo:refs_changed' },
      true,
    ],
    ['a comment', 'bitbucket', {}, { 'x-event-key': 'repo:commit_comment_created' }, false],
    ['a list', 'generic', [], {}, true],
    ['another branch from a script', 'generic', { ref: 'other' }, {}, false],
  ])('that tells of %s from %s', async (_title, provider, payload, headers, isHint) => {
    const { url, hints, outcomes } = await receive();
    const body = JSON.stringify(payload);
    const status = await post(`${url}${provider}`, body, { ...signed(provider, body), ...headers });
    expect([status, hints(), outcomes()]).toEqual(isHint ? [202, 1, ['accepted']] : [200, 0, ['ignored']]);
  });

  it('may come as a form', async () => {
    const { url, hints } = await receive();
    for (const ref of ['refs/heads/main', 'refs/heads/other']) {
      const body = new URLSearchParams({ payload: JSON.stringify({ ref }) }).toString();
      await post(`${url}github`, body, signed('github', body));
    }
    expect(hints()).toBe(1);
  });

  it('matters less while it is not known which branch is followed', async () => {
    const { url, hints } = await receive({ branch: () => undefined });
    const body = JSON.stringify({ ref: 'refs/heads/anything' });
    expect(await post(`${url}github`, body, signed('github', body))).toBe(202);
    expect(hints()).toBe(1);
  });

  it('may be anything, and is never looked at before its sender is known (security row 20)', async () => {
    let now = 0;
    // Attempts come back faster than they are used up.
    const { url, hints } = await receive({ now: () => (now += 10_000) });
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 2000 }),
      fc.json().map((json) => new TextEncoder().encode(json)),
      fc.integer({ min: 1, max: 100_000 }).map((depth) => new TextEncoder().encode('['.repeat(depth))),
      fc.constant(new TextEncoder().encode('{"__proto__":{"ref":"refs/heads/other"},"ref":{"toString":1}}')),
    );
    await fc.assert(
      fc.asyncProperty(bodies, fc.boolean(), async (bytes, isSigned) => {
        const body = new Uint8Array(bytes);
        const status = await post(`${url}gitea`, body, signed('gitea', body, isSigned ? SECRET : 'wrong'));
        const said = hints();
        if (isSigned) expect([200, 202]).toContain(status);
        else expect(status).toBe(401);
        expect(said).toBe(status === 202 ? 1 : 0);
      }),
      { numRuns: 150, examples: [[new Uint8Array(), true]] },
    );
  });

  it('may have a mebibyte and not more, however long it says it is (security row 20)', async () => {
    const { url, hints, outcomes } = await receive();
    const most = new Uint8Array(1_048_576).fill(32);
    expect(await post(`${url}github`, most, signed('github', most))).toBe(202);
    const more = new Uint8Array(1_048_577).fill(32);
    expect(await post(`${url}github`, more, signed('github', more))).toBe(413);
    expect([hints(), outcomes()]).toEqual([1, ['accepted', 'malformed']]);
  });

  it('is not read on and on where it has no length (security row 20)', async () => {
    const { port, hints, outcomes } = await receive();
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
    const signature = signed('github', '')['x-hub-signature-256'];
    socket.write(
      `POST /webhook/github HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: ${signature}\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    const chunk = `10000\r\n${' '.repeat(0x1_00_00)}\r\n`;
    for (let index = 0; index < 18; index++) socket.write(chunk);
    expect(await text(socket)).toMatch(/^HTTP\/1.1 413 /);
    expect([hints(), outcomes()]).toEqual([0, ['malformed']]);
  });

  it('that is not sent to its end does nothing', async () => {
    const { port, hints, outcomes } = await receive();
    const socket = connect(port, '127.0.0.1');
    const head = ['POST /webhook/github HTTP/1.1', 'Host: x', 'Content-Length: 100'];
    const headers = Object.entries(signed('github', '')).map(([name, value]) => `${name}: ${value}`);
    socket.write(`${[...head, ...headers].join('\r\n')}\r\n\r\n{"ref"`, () => socket.destroy());
    await expect.poll(outcomes).toEqual(['malformed']);
    expect(hints()).toBe(0);
  });
});

describe('failed attempts', () => {
  it('by the thousand are not even looked at, and a minute later the sender may try again (security row 20)', async () => {
    let now = 0;
    const { url, hints, outcomes } = await receive({ now: () => now });
    const flood = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index++) await post(`${url}github`, PUSH, signed('github', PUSH, 'wrong'));
    };
    await Promise.all(Array.from({ length: 10 }, () => flood(200)));
    const counts = Map.groupBy(outcomes(), (outcome) => outcome);
    expect(counts.get('unauthenticated')?.length).toBeLessThan(25);
    expect(counts.get('limited')?.length).toBeGreaterThan(1975);
    expect(await post(`${url}github`, PUSH, signed('github', PUSH))).toBe(429);
    now = 60_000;
    expect(await post(`${url}github`, PUSH, signed('github', PUSH))).toBe(202);
    expect(hints()).toBe(1);
  });
});
