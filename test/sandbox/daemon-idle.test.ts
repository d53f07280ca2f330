import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type DaemonOptions, startDaemon } from '../../src/daemon/daemon.ts';
import type { DaemonEvent } from '../../src/daemon/events.ts';
import { startGitServer } from '../git-server/git-server.ts';
import { temporaryFolder } from '../helpers/git-repository.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { MEMBERS, Shop } from './shop.ts';

/** A timer of each cluster's lane, and one of whoever follows the branch. */
const RESTING = MEMBERS.length + 1;
const TEN_MINUTES = 600_000;
const POLL_MS = 30_000;

/** A daemon whose time a test lets go on. */
class ClockedDaemon {
  readonly clock = new ManualClock();
  readonly events: DaemonEvent[] = [];
  readonly #control = new AbortController();
  readonly #started: ReturnType<typeof startDaemon>;

  constructor(options: Pick<DaemonOptions, 'source' | 'dataDir' | 'kubeconfig'>) {
    this.#started = startDaemon({
      ...options,
      pollIntervalMs: POLL_MS,
      resyncIntervalMs: 3_600_000,
      allowRewind: false,
      clock: this.clock,
      random: () => 0.5,
      onEvent: (event) => this.events.push(event),
      signal: this.#control.signal,
    });
    onTestFinished(() => this.stop());
  }

  /** What happened, but for looking at the branch. */
  loud(): readonly string[] {
    return this.events.map(({ type }) => type).filter((type) => type !== 'sourceRead');
  }

  async applied(): Promise<void> {
    await expect.poll(() => this.loud(), { timeout: 30_000 }).toContain('revisionApplied');
  }

  /** Lets time go on, and waits for what that brought about. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    while (this.clock.now() < end) {
      this.clock.advance(Math.min(this.clock.nextInMs ?? ms, end - this.clock.now()));
      await expect.poll(() => this.clock.waiting, { interval: 2, timeout: 20_000 }).toBeGreaterThanOrEqual(RESTING);
    }
  }

  async stop(): Promise<void> {
    this.#control.abort();
    await (await this.#started).finished;
  }
}

it('a daemon with nothing to do asks ten minutes long for nothing but health and the tip of the branch', async () => {
  const shop = await Shop.start();
  const bare = path.join(temporaryFolder(), 'fleet.git');
  execFileSync('git', ['clone', '--quiet', '--bare', shop.repository.folder, bare]);
  await using server = await startGitServer({ folder: path.dirname(bare) });
  const refs = (): string => execFileSync('git', ['-C', bare, 'for-each-ref'], { encoding: 'utf8' });
  const options = { source: `${server.url}/fleet.git`, dataDir: temporaryFolder(), kubeconfig: shop.kubeconfig };

  const first = new ClockedDaemon(options);
  await first.applied();
  // What the controllers make of Deployments is told too.
  const happened = async (): Promise<number> => {
    const before = first.loud().length;
    for (const sandbox of shop.sandboxes.values()) await sandbox.settled();
    await first.pass(POLL_MS);
    return first.loud().length - before;
  };
  await expect.poll(happened, { timeout: 40_000 }).toBe(0);
  await first.stop();
  expect(first.loud()).toContain('statusCommitted');

  // One that comes to what is in order already has nothing to tell.
  const before = refs();
  const daemon = new ClockedDaemon(options);
  await daemon.applied();
  // Nobody runs the StatefulSet of the shop here: so long its replicas are waited for.
  await daemon.pass(TEN_MINUTES + 2 * POLL_MS);
  expect(daemon.clock.waiting).toBe(RESTING);
  const [told, begin] = [daemon.loud().length, daemon.clock.now()];
  for (const sandbox of shop.sandboxes.values()) sandbox.clearRequestLog();
  server.log.length = 0;
  await daemon.pass(TEN_MINUTES);
  expect(daemon.clock.now() - begin).toBe(TEN_MINUTES);
  expect(daemon.loud().slice(told)).toEqual([]);
  for (const [name, { requestLog }] of shop.sandboxes) {
    const asked = new Set(requestLog.map(({ method, url }) => `${method} ${url}`));
    expect([name, [...asked].sort()]).toEqual([name, ['GET /healthz', 'GET /version']]);
  }
  const asked = server.log.map(({ method, path: at }) => `${method} ${at}`);
  // `git ls-remote` asks twice: what the server can do, and for its refs. A fetch would ask once more.
  const once = ['GET /fleet.git/info/refs', 'POST /fleet.git/git-upload-pack'];
  expect(asked).toEqual(Array.from({ length: TEN_MINUTES / POLL_MS }, () => once).flat());
  await daemon.stop();
  expect(daemon.loud()).not.toContain('statusCommitted');
  expect(refs()).toBe(before);
});
