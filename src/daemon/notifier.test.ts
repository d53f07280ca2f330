import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ManualClock } from '../../test/helpers/manual-clock.ts';
import type { ClusterResult } from '../apply/types.ts';
import type { DaemonConfiguration } from './configuration.ts';
import type { DaemonEvent } from './events.ts';
import { Notifier } from './notifier.ts';
import { readSigningKeys } from './standard-webhook.ts';

const COMMIT = 'a'.repeat(40);
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** Waits until so many requests came. */
  until(count: number): Promise<readonly Received[]>;
}

type Answer = (response: ServerResponse, index: number) => void;

/** A real server that keeps what it gets. */
async function receiver(answer: Answer = (response) => response.writeHead(204).end()): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const index = received.push({
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    });
    answer(response, index - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    async until(count) {
      await expect.poll(() => received.length, { timeout: 10_000 }).toBe(count);
      return received;
    },
  };
}

/** Where nobody listens any more. */
async function deadUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return `http://127.0.0.1:${port}`;
}

type Outcome = Extract<DaemonEvent, { type: 'notification' }>;

interface Told {
  readonly notifier: Notifier;
  readonly clock: ManualClock;
  readonly outcomes: readonly Outcome[];
  /** Waits until so many outcomes were told. */
  until(count: number): Promise<readonly Outcome[]>;
}

function notifying(
  notify: DaemonConfiguration['notify'],
  secrets: { keys?: readonly string[]; token?: string } = {},
): Told {
  const outcomes: Outcome[] = [];
  const clock = new ManualClock();
  const { keys = [SECRET], token } = secrets;
  const notifier = new Notifier({
    configuration: { notify, source: 'https://user:canary@git.example/platform/fleet.git' },
    secrets: { keys: readSigningKeys(keys), token },
    clock,
    random: () => 0.5,
    onEvent: (event) => {
      if (event.type === 'notification') outcomes.push(event);
      notifier.observe(event);
    },
  });
  onTestFinished(() => {
    const closed = notifier.close();
    clock.advance(3000);
    return closed;
  });
  return {
    notifier,
    clock,
    outcomes,
    async until(count) {
      await expect.poll(() => outcomes.length, { timeout: 10_000 }).toBe(count);
      return outcomes;
    },
  };
}

function pass(cluster: string, state: ClusterResult['state']): DaemonEvent {
  const result: ClusterResult = { cluster, state, objects: [], message: 'canary' };
  return { type: 'passFinished', cluster, commit: COMMIT, trigger: 'resync', durationMs: 1, requests: 1, result };
}

const ACCEPTED: DaemonEvent = {
  type: 'revisionAccepted',
  commit: COMMIT,
  committedAt: 0,
  clusters: 2,
  objects: 1,
  findings: [],
  durationMs: 1,
  inventory: 'shop',
};
const APPLIED: DaemonEvent = { type: 'revisionApplied', commit: COMMIT, committedAt: 0 };

/** As a receiver verifies, from what the specification says: not with our code. */
function isSigned({ headers, body }: Received, secret = SECRET): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key)
    .update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`)
    .digest();
  return String(headers['webhook-signature'])
    .split(' ')
    .map((part) => part.split(','))
    .some(([version, text = '']) => {
      const given = Buffer.from(text, 'base64');
      return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
    });
}

describe('the webhook', () => {
  it('tells what begins and what is over, signed, and without what servers said', async () => {
    const server = await receiver();
    const { notifier, until } = notifying({ webhookUrl: `${server.url}/hook` });
    for (const event of [ACCEPTED, pass('eu-1', 'Failed'), pass('us-1', 'Synced'), pass('eu-1', 'Synced')]) {
      notifier.observe(event);
    }
    const received = await server.until(2);
    expect(received.map(({ path }) => path)).toEqual(['/hook', '/hook']);
    expect(received.every((one) => isSigned(one))).toBe(true);
    expect(received.map(({ body }) => JSON.parse(body))).toMatchObject([
      {
        type: 'cluster.failed',
        data: { cluster: 'eu-1', inventory: 'shop', repository: 'https://git.example/platform/fleet.git' },
      },
      { type: 'cluster.recovered', timestamp: '2026-01-01T00:00:00.000Z' },
    ]);
    expect(JSON.stringify(received)).not.toContain('canary');
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(2);
    expect(await until(2)).toMatchObject(Array(2).fill({ target: 'webhook', outcome: 'delivered' }));
  });

  it('tries again with the same id, the time of the attempt and a new signature', async () => {
    const server = await receiver((response, index) => response.writeHead(index < 2 ? 503 : 200).end());
    const { notifier, clock, until } = notifying({ webhookUrl: server.url });
    notifier.observe(pass('eu-1', 'Failed'));
    await until(1);
    // 2 s and 4 s: doubled each time.
    clock.advance(1999);
    expect(server.received).toHaveLength(1);
    clock.advance(1);
    await until(2);
    clock.advance(4000);
    const [first, second, third] = await server.until(3);
    expect(await until(3)).toMatchObject([
      { outcome: 'delayed', why: 'HTTP 503' },
      { outcome: 'delayed', why: 'HTTP 503' },
      { outcome: 'delivered' },
    ]);
    expect([second?.headers['webhook-id'], third?.headers['webhook-id']]).toEqual(
      Array(2).fill(first?.headers['webhook-id']),
    );
    expect([second?.body, third?.body]).toEqual([first?.body, first?.body]);
    expect(Number(third?.headers['webhook-timestamp']) - Number(first?.headers['webhook-timestamp'])).toBe(6);
    expect(server.received.every((one) => isSigned(one))).toBe(true);
  });

  it.each<[title: string, headers: Readonly<Record<string, string>>, status: number, waitMs: number]>([
    ['seconds', { 'retry-after': '120' }, 429, 120_000],
    ['a date', { 'retry-after': 'Thu, 01 Jan 2026 00:05:00 GMT' }, 503, 300_000],
    ['a limit of GitHub', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1767225700' }, 403, 100_000],
    ['more than anybody may ask for', { 'retry-after': '999999999' }, 429, 3_600_000],
    ['something that is none', { 'retry-after': 'soon' }, 429, 2000],
    ['less than is waited anyway', { 'retry-after': '0' }, 429, 2000],
  ])('waits as long as it is asked to, in %s', async (_title, headers, status, waitMs) => {
    const server = await receiver((response, index) => response.writeHead(index === 0 ? status : 200, headers).end());
    const { notifier, clock, until } = notifying({ webhookUrl: server.url });
    notifier.observe(pass('eu-1', 'Failed'));
    await until(1);
    expect(clock.nextInMs).toBe(waitMs);
    clock.advance(waitMs);
    await server.until(2);
    expect(await until(2)).toMatchObject([{ outcome: 'delayed' }, { outcome: 'delivered' }]);
  });

  it.each<[status: number]>([[400], [401], [404], [422]])('gives up at once after %i', async (status) => {
    const server = await receiver((response) => response.writeHead(status).end('canary: something that a server says'));
    const { notifier, until } = notifying({ webhookUrl: server.url });
    notifier.observe(pass('eu-1', 'Failed'));
    const [outcome] = await until(1);
    expect(outcome).toEqual({
      type: 'notification',
      target: 'webhook',
      what: 'cluster.failed',
      outcome: 'dropped',
      why: `HTTP ${status}`,
    });
  });

  it('says nothing more to a receiver that is gone for good', async () => {
    const server = await receiver((response) => response.writeHead(410).end());
    const { notifier, until } = notifying({ webhookUrl: server.url });
    for (const cluster of ['a', 'b', 'c']) notifier.observe(pass(cluster, 'Failed'));
    expect(await until(3)).toMatchObject(Array(3).fill({ outcome: 'dropped', why: 'HTTP 410' }));
    notifier.observe(pass('d', 'Failed'));
    await until(4);
    expect(server.received).toHaveLength(1);
  });

  it('is not led elsewhere', async () => {
    const other = await receiver();
    const server = await receiver((response) => response.writeHead(307, { location: other.url }).end());
    const { notifier, until } = notifying({ webhookUrl: server.url });
    notifier.observe(pass('eu-1', 'Failed'));
    expect(await until(1)).toMatchObject([{ outcome: 'dropped', why: 'HTTP 307' }]);
    expect(other.received).toEqual([]);
  });

  it('is signed with the keys of the time', async () => {
    const server = await receiver((response, index) => response.writeHead(index === 0 ? 500 : 200).end());
    const second = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
    const outcomes: DaemonEvent[] = [];
    const clock = new ManualClock();
    const secrets = { keys: readSigningKeys([SECRET]), token: undefined };
    const notifier = new Notifier({
      configuration: { notify: { webhookUrl: server.url }, source: '/srv/fleet' },
      secrets,
      clock,
      random: () => 0.5,
      onEvent: (event) => outcomes.push(event),
    });
    onTestFinished(() => notifier.close());
    notifier.observe(pass('eu-1', 'Failed'));
    await expect.poll(() => outcomes.length).toBe(1);
    secrets.keys = readSigningKeys([second]);
    clock.advance(2000);
    const [before, after] = await server.until(2);
    expect(before !== undefined && isSigned(before, SECRET)).toBe(true);
    expect(after !== undefined && isSigned(after, second) && !isSigned(after, SECRET)).toBe(true);
  });

  it('goes on where nobody listens, where nobody answers, and where an answer never ends', async () => {
    const silent = await receiver(() => undefined);
    const endless = await receiver((response) => {
      response.writeHead(200);
      response.write('x'.repeat(1000));
    });
    const nobody = notifying({ webhookUrl: await deadUrl() });
    nobody.notifier.observe(pass('eu-1', 'Failed'));
    const [outcome] = await nobody.until(1);
    expect(outcome).toMatchObject({ outcome: 'delayed', why: 'ECONNREFUSED' });
    const waiting = notifying({ webhookUrl: silent.url });
    // Each of these returns at once, although the first one is never answered.
    for (let index = 0; index < 2000; index += 1) waiting.notifier.observe(pass(`c${index}`, 'Failed'));
    await silent.until(1);
    const dropped = waiting.outcomes.filter((one) => one.outcome === 'dropped');
    expect(dropped).toHaveLength(2000 - 1 - 256);
    expect(dropped.every(({ why }) => why === 'too many wait')).toBe(true);
    const reading = notifying({ webhookUrl: endless.url });
    reading.notifier.observe(pass('eu-1', 'Failed'));
    expect(await reading.until(1)).toMatchObject([{ outcome: 'delivered' }]);
  });

  it('gives up after many attempts', async () => {
    const server = await receiver((response) => response.writeHead(500).end());
    const { notifier, clock, outcomes, until } = notifying({ webhookUrl: server.url });
    notifier.observe(pass('eu-1', 'Failed'));
    for (let attempt = 1; attempt < 20; attempt += 1) {
      await until(attempt);
      clock.advance(clock.nextInMs ?? 0);
    }
    await until(20);
    expect(outcomes.at(-1)).toMatchObject({ outcome: 'dropped', why: 'HTTP 500' });
    expect(server.received).toHaveLength(20);
  });

  it('tells of others while one waits for its next attempt, and of each cluster in the order in which it was', async () => {
    const server = await receiver((response, index) => response.writeHead(index === 0 ? 500 : 200).end());
    const { notifier, clock, until } = notifying({ webhookUrl: server.url });
    notifier.observe(pass('eu-1', 'Failed'));
    await until(1);
    for (const event of [pass('eu-1', 'Synced'), pass('us-1', 'Failed')]) notifier.observe(event);
    clock.advance(1000);
    await until(2);
    clock.advance(1000);
    await until(4);
    const told = server.received.map(({ body }) => JSON.parse(body));
    expect(told.map(({ type, data }) => `${type} ${data.cluster}`)).toEqual([
      'cluster.failed eu-1',
      'cluster.failed us-1',
      'cluster.failed eu-1',
      'cluster.recovered eu-1',
    ]);
  });

  it('ends with one more attempt for what waits', async () => {
    const server = await receiver((response, index) => response.writeHead(index === 0 ? 500 : 200).end());
    const { notifier, outcomes, until } = notifying({ webhookUrl: server.url });
    notifier.observe(pass('a', 'Failed'));
    notifier.observe(pass('b', 'Failed'));
    await until(1);
    await notifier.close();
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['delayed', 'delivered', 'delivered']);
  });

  it('ends although nobody answers', async () => {
    const server = await receiver(() => undefined);
    const { notifier, clock, outcomes } = notifying({ webhookUrl: server.url });
    notifier.observe(pass('a', 'Failed'));
    notifier.observe(pass('b', 'Failed'));
    await server.until(1);
    const closed = notifier.close();
    clock.advance(3000);
    await closed;
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['dropped', 'dropped']);
  });
});

describe('commit statuses', () => {
  it('say how a commit is doing, to the forge', async () => {
    const server = await receiver((response) => response.writeHead(201).end('{}'));
    const notify = {
      repository: `${server.url}/platform/fleet`,
      forge: 'gitea',
      targetUrl: 'https://grafana.example',
    } as const;
    const { notifier, clock, until } = notifying(notify, { token: 'secret-token' });
    notifier.observe(ACCEPTED);
    clock.advance(2000);
    await until(1);
    notifier.observe(pass('eu-1', 'Failed'));
    await until(2);
    for (const event of [pass('eu-1', 'Synced'), pass('us-1', 'Synced'), APPLIED]) notifier.observe(event);
    await until(3);
    expect(server.received.map(({ path, headers, body }) => [path, headers.authorization, JSON.parse(body)])).toEqual(
      [
        ['pending', 'Being applied to 2 clusters'],
        ['failure', 'Failed in 1 of 2 clusters: eu-1'],
        ['success', 'Applied to 2 clusters'],
      ].map(([state, description]) => [
        `/api/v1/repos/platform/fleet/statuses/${COMMIT}`,
        'token secret-token',
        { state, description, context: 'gitfed/shop', target_url: 'https://grafana.example' },
      ]),
    );
  });

  it('are set to the last one only, where the forge was away', async () => {
    const server = await receiver((response, index) => response.writeHead(index === 0 ? 502 : 201).end('{}'));
    const notify = { repository: `${server.url}/platform/fleet`, forge: 'github', context: 'fleet' } as const;
    const { notifier, clock, until } = notifying(notify, { token: 'secret-token' });
    for (const event of [ACCEPTED, pass('eu-1', 'Failed')]) notifier.observe(event);
    await until(1);
    for (const event of [APPLIED, pass('eu-1', 'Synced')]) notifier.observe(event);
    clock.advance(2000);
    await until(2);
    const [, second] = await server.until(2);
    expect(second?.path).toBe(`/api/v3/repos/platform/fleet/statuses/${COMMIT}`);
    expect(JSON.parse(second?.body ?? '')).toEqual({
      state: 'success',
      description: 'Applied to 2 clusters',
      context: 'fleet',
    });
  });

  it('are fine with GitLab saying that it is so already', async () => {
    const server = await receiver((response) => response.writeHead(400).end('{"message":"Cannot transition status"}'));
    const notify = { repository: `${server.url}/platform/fleet`, forge: 'gitlab' } as const;
    const { notifier, clock, until } = notifying(notify, { token: 'secret-token' });
    notifier.observe(ACCEPTED);
    clock.advance(2000);
    expect(await until(1)).toMatchObject([{ target: 'forge', what: 'commit.pending', outcome: 'delivered' }]);
    notifier.observe(pass('eu-1', 'Failed'));
    expect(await until(2)).toMatchObject([{}, { what: 'commit.failure', outcome: 'dropped', why: 'HTTP 400' }]);
  });

  it('do not tell GitLab the same state in other words', async () => {
    const server = await receiver((response) => response.writeHead(201).end('{}'));
    const notify = { repository: `${server.url}/platform/fleet`, forge: 'gitlab' } as const;
    const { notifier, until } = notifying(notify, { token: 'secret-token' });
    for (const event of [ACCEPTED, pass('eu-1', 'Failed')]) notifier.observe(event);
    await until(1);
    notifier.observe(pass('us-1', 'Failed'));
    for (const event of [pass('eu-1', 'Synced'), pass('us-1', 'Synced'), APPLIED]) notifier.observe(event);
    await until(2);
    expect(server.received.map(({ body }) => JSON.parse(body).state)).toEqual(['failed', 'success']);
    expect(server.received[0]?.path).toBe(`/api/v4/projects/platform%2Ffleet/statuses/${COMMIT}`);
  });

  it('are set without a webhook, and a webhook is sent without them', async () => {
    const [forge, hook] = [await receiver(), await receiver()];
    const repository = { repository: `${forge.url}/platform/fleet`, forge: 'github' } as const;
    const one = notifying(repository, { token: 'secret-token' });
    const other = notifying({ webhookUrl: hook.url });
    for (const { notifier } of [one, other])
      for (const event of [ACCEPTED, pass('eu-1', 'Failed')]) notifier.observe(event);
    await Promise.all([one.until(1), other.until(1)]);
    expect([forge.received.length, hook.received.length]).toEqual([1, 1]);
  });
});
