import { Agent, request } from 'node:http';
import { expect, it } from 'vitest';
import { startDaemonProcess } from './daemon-process.ts';
import { FaultyFleet } from './faulty-fleet.ts';

const REQUESTS = 10_000;
const AT_ONCE = 40;

it('ten thousand webhooks with a wrong signature delay no commit, and fill neither memory nor log', async () => {
  const fleet = await FaultyFleet.start();
  const { folder } = fleet.repository.work;
  const args = [folder, '--kubeconfig', fleet.kubeconfig, '--poll-interval', '1s'];
  const daemon = startDaemonProcess(args, { GITFED_WEBHOOK_SECRET: 'canary-secret' });
  await fleet.converges('1');
  await daemon.says(/status was committed/);
  const before = await memoryOf(daemon.url());

  const answers = new Map<number, number>();
  const flood = attack(`${daemon.url()}/webhook/github`, answers);
  await expect.poll(() => [...answers.values()].reduce((a, b) => a + b, 0), { timeout: 20_000 }).toBeGreaterThan(500);
  fleet.change('2');
  await fleet.converges('2');
  expect(
    [...answers.values()].reduce((a, b) => a + b, 0),
    'the flood goes on',
  ).toBeLessThan(REQUESTS);
  fleet.meddle('west');
  await fleet.converges('2');
  await flood;

  expect([...answers.keys()].sort()).toEqual([401, 429]);
  const told = daemon.lines.filter(({ msg }) => msg === 'requests to webhooks were turned away');
  expect(told.length).toBeGreaterThan(0);
  expect(told.length).toBeLessThan(10);
  expect(daemon.lines.length).toBeLessThan(60);
  expect((await memoryOf(daemon.url())) - before).toBeLessThan(150);
  expect(JSON.stringify(daemon.lines)).not.toContain('canary-secret');
  expect(fleet.deletions()).toEqual([]);
  expect(await daemon.stop()).toBe(0);
});

async function attack(url: string, answers: Map<number, number>): Promise<void> {
  let left = REQUESTS;
  const agent = new Agent({ keepAlive: false });
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const status = await post(url, agent);
      answers.set(status, (answers.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function post(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}`, 'x-github-event': 'push' };
    const sent = request(url, { method: 'POST', headers, agent }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    });
    sent.once('error', reject);
    sent.end('{"ref":"refs/heads/main"}');
  });
}

/** In megabytes. */
async function memoryOf(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]) / 1_048_576;
}
