import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ApiClient } from '../cluster/index.ts';
import { KeptLease } from './held-lease.ts';
import { isHolderGone } from './lease-holder.ts';
import { parseLease } from './lease-record.ts';
import { LeaseStore } from './lease-store.ts';

it('a Lease that a member took longer to give than it lasts until it is renewed is renewed at once, without a warning', async () => {
  const warnings: string[] = [];
  const note = ({ name }: Error): void => void warnings.push(name);
  process.on('warning', note);
  onTestFinished(() => void process.off('warning', note));
  const url = new URL('http://127.0.0.1:1');
  const client = new ApiClient({ url, tls: {}, authenticate: async () => ({}) });
  // Whatever is asked fails at once.
  client.close();
  const durations = { leaseMs: 60_000, renewMs: 10_000, renewDeadlineMs: 20_000, retryMs: 60_000 };
  const record = parseLease({
    kind: 'Lease',
    metadata: { uid: 'u', resourceVersion: '1' },
    spec: { holderIdentity: 'me' },
  });
  const lease = new KeptLease(new LeaseStore(client, 'gitfed-system', 'gitfed-shop'), record, {
    durations,
    waited: false,
    begin: performance.now() - 30_000,
  });
  await expect.poll(() => lease.lost.aborted).toBe(true);
  await lease.release();
  expect(String(lease.lost.reason)).toMatch(/was not renewed for 20 s/);
  expect(warnings).toEqual([]);
});

describe('a Lease that is released', () => {
  /** Of a member that answers so, held by `identity`. */
  async function heldLease(identity: string, answer: RequestListener): Promise<KeptLease> {
    const server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const client = new ApiClient({ url, tls: {}, authenticate: async () => ({}) });
    onTestFinished(() => {
      client.close();
      server.closeAllConnections();
      server.close();
    });
    const record = parseLease({
      kind: 'Lease',
      metadata: { uid: 'u', resourceVersion: '1' },
      spec: { holderIdentity: identity },
    });
    return new KeptLease(new LeaseStore(client, 'gitfed-system', 'gitfed-shop'), record, {
      durations: { leaseMs: 60_000, renewMs: 40_000, renewDeadlineMs: 50_000, retryMs: 60_000 },
      waited: false,
      begin: performance.now(),
    });
  }

  const asWritten = async (request: IncomingMessage): Promise<string> =>
    JSON.stringify({ metadata: { uid: 'u', resourceVersion: '2' }, ...JSON.parse(await text(request)) });

  it('is nothing that anybody has to know of', async () => {
    const lease = await heldLease('freed', async (request, response) => response.end(await asWritten(request)));
    await lease.release();
    expect(await isHolderGone(undefined, 'freed', undefined)).toBe(false);
  });

  it('in vain, because others change it again and again, is not waited for by this process', async () => {
    const lease = await heldLease('outrun', ({ method }, response) => {
      if (method === 'PUT') return void response.writeHead(409).end('{}');
      const metadata = { uid: 'u', resourceVersion: '3' };
      response.end(JSON.stringify({ kind: 'Lease', metadata, spec: { holderIdentity: 'outrun' } }));
    });
    await lease.release();
    expect(await isHolderGone(undefined, 'outrun', undefined)).toBe(true);
  });

  it('in vain, because the member refuses it, is not waited for by this process', async () => {
    const lease = await heldLease('refused', (_request, response) => void response.writeHead(403).end('{}'));
    await lease.release();
    expect(await isHolderGone(undefined, 'refused', undefined)).toBe(true);
  });
});
