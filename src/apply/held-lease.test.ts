import { expect, it, onTestFinished } from 'vitest';
import { ApiClient } from '../cluster/index.ts';
import { KeptLease } from './held-lease.ts';
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
