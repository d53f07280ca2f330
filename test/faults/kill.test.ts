import { expect, it } from 'vitest';
import type { Authorize } from '../../src/sandbox/index.ts';
import { temporaryFolder } from '../helpers/git-repository.ts';
import { countingGit } from './counting-git.ts';
import { type DaemonProcess, startDaemonProcess } from './daemon-process.ts';
import { configMap, FaultyFleet } from './faulty-fleet.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const WRITING = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
const KILLS_IN_CLUSTERS = 10;
const KILLS_IN_GIT = 10;

/** What there is at a step: every object changes, and `odd` and `even` take turns. */
function mapsOf(step: number): Readonly<Record<string, { readonly a: string }>> {
  const names = ['one', ...NAMES, step % 2 === 1 ? 'odd' : 'even'];
  return Object.fromEntries([...names.map((name) => [name, { a: String(step) }]), ['two', { a: '1' }]]);
}

/** A daemon that is killed again and again, and its successors on the same folder. */
class Killed {
  readonly fleet: FaultyFleet;
  readonly #dataDir = temporaryFolder();
  readonly #env: Readonly<Record<string, string>>;
  #daemon: DaemonProcess;
  #step = 0;

  constructor(fleet: FaultyFleet, env: Readonly<Record<string, string>> = {}) {
    this.fleet = fleet;
    this.#env = env;
    this.#daemon = this.#start();
  }

  get daemon(): DaemonProcess {
    return this.#daemon;
  }

  /** Commits the next step. @returns what waits until everything is there. */
  next(): () => Promise<void> {
    this.#step += 1;
    const step = this.#step;
    const files = Object.entries(mapsOf(step)).map(([name, data]) => [`${name}.yaml`, configMap(name, data)]);
    const commit = this.fleet.commit({
      ...(step === 1 ? {} : { [`${step % 2 === 1 ? 'even' : 'odd'}.yaml`]: null }),
      ...Object.fromEntries(files),
    });
    return async () => {
      await this.fleet.holds(mapsOf(step));
      await this.fleet.reports(commit);
    };
  }

  /** Until it was killed, and a successor has caught up. */
  async caughtUp(converged: () => Promise<void>, before: () => void): Promise<void> {
    await expect.poll(() => this.#daemon.child.signalCode, { timeout: 30_000 }).toBe('SIGKILL');
    before();
    this.#daemon = this.#start();
    await converged();
  }

  /** Each step but the first deletes one object from each cluster, once. */
  expectDeletions(): void {
    const deleted = this.fleet.sandboxes.flatMap(({ name }) =>
      Array.from({ length: this.#step - 1 }, (_, index) => {
        return `${name} DELETE /api/v1/namespaces/shop/configmaps/${index % 2 === 0 ? 'odd' : 'even'}`;
      }),
    );
    expect([...this.fleet.deletions()].sort()).toEqual(deleted.sort());
  }

  /** The branch is whole, and nobody forked it. */
  expectWholeBranch(): void {
    const { work, bare } = this.fleet.repository;
    const merges = work.git('--git-dir', bare, 'rev-list', '--min-parents=2', '--count', 'gitfed/status');
    const roots = work.git('--git-dir', bare, 'rev-list', '--max-parents=0', '--count', 'gitfed/status');
    expect([merges, roots]).toEqual(['0', '1']);
    work.git('--git-dir', bare, 'fsck', '--strict', '--no-dangling');
    work.git('--git-dir', `${this.#dataDir}/repository`, 'rev-list', '--objects', '--all', '--quiet');
  }

  #start(): DaemonProcess {
    const { fleet } = this;
    const args = [fleet.url, '--kubeconfig', fleet.kubeconfig, '--poll-interval', '1s'];
    return startDaemonProcess([...args, '--data-dir', this.#dataDir], this.#env);
  }
}

/** Numbers from 1 to `most`, spread evenly. */
function spread(count: number, most: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => 1 + Math.round((index * (most - 1)) / (count - 1)));
}

it('a daemon that is killed at any write to a cluster is caught up with by its successor', {
  timeout: 240_000,
}, async () => {
  let writes = 0;
  let killAt = Number.POSITIVE_INFINITY;
  let kill = (): void => undefined;
  const authorize: Authorize = ({ verb, resource, user }) => {
    if (user !== 'admin' || !WRITING.has(verb) || resource === 'leases') return true;
    writes += 1;
    if (writes !== killAt) return true;
    kill();
    // Of two deaths one comes before the write, the other after it.
    return killAt % 2 === 0;
  };
  const fleet = await FaultyFleet.start(['east', 'west'], { authorize });
  const killed = new Killed(fleet);
  await killed.next()();
  kill = () => void killed.daemon.child.kill('SIGKILL');
  writes = 0;
  await killed.next()();
  const most = writes;
  expect(most).toBeGreaterThan(12);
  for (const k of spread(KILLS_IN_CLUSTERS, most)) {
    writes = 0;
    killAt = k;
    const converged = killed.next();
    await killed.caughtUp(converged, () => {
      killAt = Number.POSITIVE_INFINITY;
    });
  }
  killed.expectDeletions();
  await killed.daemon.says(/"msg":"started"/);
  expect(await killed.daemon.stop()).toBe(0);
  killed.expectWholeBranch();
});

it('a daemon that is killed at any write to git is caught up with by its successor', { timeout: 240_000 }, async () => {
  const fleet = await FaultyFleet.start();
  const git = countingGit();
  const killed = new Killed(fleet, git.env);
  await killed.next()();
  git.arm(1000, 'before');
  await killed.next()();
  await killed.daemon.says(/"pushed":true/);
  // Where it waits for the slower cluster, there are two commits of the status, and more writes than here.
  const most = git.count();
  expect(most).toBeGreaterThan(4);
  for (const [index, k] of spread(KILLS_IN_GIT, Math.min(most, 6)).entries()) {
    git.arm(k, index % 2 === 0 ? 'before' : 'after');
    await killed.caughtUp(killed.next(), () => git.disarm());
  }
  killed.expectDeletions();
  await killed.daemon.says(/"msg":"started"/);
  expect(await killed.daemon.stop()).toBe(0);
  killed.expectWholeBranch();
});
