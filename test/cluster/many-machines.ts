import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Sandbox } from '../../src/sandbox/index.ts';
import type { Cluster } from '../controlplane/fixtures.ts';
import { FaultyFleet } from '../faults/faulty-fleet.ts';
import { temporaryFolder } from './credentials.ts';
import { DaemonProcess, type LogLine } from './daemon-process.ts';

export const LEASE_MS = 6_000;
/** One look at the others, give or take, the hand-over, and what a busy machine adds. */
export const BOUND_MS = 4_000;

/** What a process sent before it was killed may be carried out a moment later. */
const UNDER_WAY_MS = 1_000;
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases';

interface LeaseList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly holderIdentity?: string };
  }[];
}

/** When something of a daemon wrote to a cluster, or might have. */
interface Span {
  readonly daemon: string;
  readonly from: number;
  readonly to: number;
}

/** Daemons as processes of their own, a dozen clusters in this process, and a real cluster as their home. */
export class ManyMachines {
  readonly fleet: FaultyFleet;
  readonly home: Cluster;
  readonly daemons = new Map<string, DaemonProcess>();
  readonly #tokens: Readonly<Record<string, string>>;
  /** When a daemon was killed, or had stopped. */
  readonly #ends = new Map<string, number>();
  /** When a daemon was stopped in its tracks. */
  readonly #pauses = new Map<string, number>();

  private constructor(fleet: FaultyFleet, home: Cluster, tokens: Readonly<Record<string, string>>) {
    this.fleet = fleet;
    this.home = home;
    this.#tokens = tokens;
  }

  static async start(home: Cluster, clusters: number): Promise<ManyMachines> {
    const names = Array.from({ length: clusters }, (_, index) => `c${String(index + 1).padStart(2, '0')}`);
    const tokens = Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => [`token-of-${name}`, name]));
    const fleet = await FaultyFleet.start(names, { users: tokens });
    const { work, bare } = fleet.repository;
    work.git('--git-dir', bare, 'config', 'receive.denyNonFastForwards', 'true');
    return new ManyMachines(fleet, home, tokens);
  }

  /** Several that have their clusters, and a status branch that says so. */
  async runAll(names: readonly string[]): Promise<void> {
    for (const name of names) this.run(name);
    await this.settle(names);
    await this.fleet.reports(this.fleet.repository.work.git('rev-parse', 'HEAD'));
  }

  /** Each daemon shows its own token to the members, so that their logs tell who it was. */
  run(name: string): DaemonProcess {
    const folder = temporaryFolder();
    const token = Object.entries(this.#tokens).find(([, user]) => user === name)?.[0] ?? '';
    const contexts = this.fleet.sandboxes.map((one) => JSON.parse(one.kubeconfig().replaceAll(one.token, token)));
    const joined = (key: string): unknown[] => contexts.flatMap((config) => config[key]);
    const kubeconfig = path.join(folder, 'kubeconfig');
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: joined('clusters'),
        users: joined('users'),
        contexts: joined('contexts'),
      }),
    );
    const homeKubeconfig = path.join(folder, 'home');
    writeFileSync(homeKubeconfig, this.home.kubeconfig('admin'));
    const daemon = new DaemonProcess({
      source: this.fleet.url,
      dataDir: path.join(folder, 'data'),
      kubeconfig,
      pollInterval: '1s',
      home: { kubeconfig: homeKubeconfig, leaseDuration: `${LEASE_MS}ms` },
    });
    this.daemons.set(name, daemon);
    return daemon;
  }

  daemon(name: string): DaemonProcess {
    const found = this.daemons.get(name);
    if (found === undefined) throw new Error(`there is no daemon ${name}`);
    return found;
  }

  /** Who has each cluster by now, as the daemons say. */
  owners(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries(
      this.fleet.sandboxes.map(({ name }) => {
        const open = this.#spans(name).filter(({ to }) => to === Number.POSITIVE_INFINITY);
        return [name, open.map(({ daemon }) => daemon)];
      }),
    );
  }

  clustersOf(daemon: string): readonly string[] {
    return Object.entries(this.owners()).flatMap(([cluster, owners]) => (owners.includes(daemon) ? [cluster] : []));
  }

  /** Until every cluster has one of these, and all of them see each other. */
  async settle(daemons: readonly string[]): Promise<void> {
    const state = (): unknown => {
      const all = Object.values(this.owners());
      const isEach = all.every((owners) => owners.length === 1 && daemons.includes(owners[0] ?? ''));
      const members = daemons.map((name) => this.#lastOf(name, 'daemons that share the work')?.['members']);
      const isAll = members.every((count) => count === daemons.length);
      return isEach && isAll ? 'settled' : { members, owners: this.owners() };
    };
    await expect.poll(state, { timeout: 60_000, interval: 100 }).toBe('settled');
  }

  #lastOf(name: string, msg: string): LogLine | undefined {
    return this.daemon(name)
      .lines()
      .findLast((line) => line['msg'] === msg);
  }

  /** The numbers of replicas that a daemon came to, in clusters where they are not those of its first plan. */
  plannedBy(name: string): Readonly<Record<string, number>> {
    const moves = this.daemon(name)
      .lines()
      .filter(({ msg }) => msg === 'a cluster gets another number of replicas');
    return Object.fromEntries(moves.map(({ cluster, to }) => [cluster, to]));
  }

  /** What daemons said last, without what they say all the time. */
  lastLines(names: readonly string[]): readonly string[] {
    return names.flatMap((name) => {
      const lines = this.daemon(name)
        .lines()
        .filter(({ level }) => level !== 'debug');
      return lines.slice(-12).map((line) => `${name} ${JSON.stringify(line)}`);
    });
  }

  leader(): string {
    const found = [...this.daemons].filter(([name]) => !this.#ends.has(name)).filter(([, daemon]) => isLeader(daemon));
    expect(found).toHaveLength(1);
    return found[0]?.[0] ?? '';
  }

  /** As when its machine burns: nothing there tells that the process is gone. */
  async kill(name: string): Promise<void> {
    const pid = this.daemon(name).child.pid;
    const { body } = await this.home.request<LeaseList>('GET', LEASES);
    const lease = body.items.find(({ spec }) => spec.holderIdentity?.includes(`_${pid}_`) === true);
    const metadata = { annotations: { 'gitfed.io/process': null } };
    const target = `${LEASES}/${lease?.metadata.name}`;
    expect((await this.home.request('PATCH', target, { metadata }, 'application/merge-patch+json')).status).toBe(200);
    await this.daemon(name).signal('SIGKILL');
    this.#ends.set(name, Date.now() + UNDER_WAY_MS);
  }

  /** Stops it in its tracks. */
  pause(name: string): void {
    this.daemon(name).child.kill('SIGSTOP');
    this.#pauses.set(name, Date.now() + UNDER_WAY_MS);
  }

  resume(name: string): void {
    this.daemon(name).child.kill('SIGCONT');
  }

  async stop(name: string): Promise<void> {
    expect(await this.daemon(name).signal('SIGTERM')).toEqual([0, null]);
    this.#ends.set(name, Date.now());
  }

  /** How many writes of daemons the clusters have carried out. */
  get writes(): number {
    return this.fleet.sandboxes.flatMap(({ requestLog }) => requestLog.filter(isWrite)).length;
  }

  /** Every commit of the status branch has one parent, but the first. Pushes with force were refused. */
  expectLinearStatus(): void {
    const { work, bare } = this.fleet.repository;
    const parents = work.git('--git-dir', bare, 'log', '--format=%P', 'gitfed/status').split('\n');
    expect(parents.slice(0, -1).filter((line) => !/^[0-9a-f]{40}$/.test(line))).toEqual([]);
  }

  /** Until all of them are members, or none is. */
  async areMembers(daemons: readonly string[], isMember: boolean): Promise<void> {
    for (const name of daemons) {
      const last = (): unknown =>
        this.daemon(name)
          .lines()
          .findLast(({ msg }) => `${msg}`.startsWith('the work is shared') || `${msg}`.startsWith('no member of'))?.msg;
      const wanted = isMember ? /^the work is shared/ : /^no member of the home/;
      await expect.poll(last, { timeout: 60_000 }).toMatch(wanted);
    }
  }

  /**
   * Holds the logs of the clusters against what the daemons say: what is written is written by whoever has the cluster, and no two have it at
   * the same time. @returns how many writes that were.
   */
  expectOneWriter(): number {
    let count = 0;
    for (const sandbox of this.fleet.sandboxes) {
      const spans = this.#spans(sandbox.name);
      for (const [index, span] of spans.entries()) {
        for (const other of spans.slice(index + 1)) {
          const isApart = span.daemon === other.daemon || span.to <= other.from || other.to <= span.from;
          expect(isApart, `${sandbox.name}: ${JSON.stringify([span, other])}`).toBe(true);
        }
      }
      for (const { method, url, user, at } of sandbox.requestLog.filter(isWrite)) {
        const isTheirs = spans.some(({ daemon, from, to }) => daemon === user && from <= at && at <= to);
        expect(isTheirs, `${sandbox.name}: ${user} ${method} ${url} at ${at}, ${JSON.stringify(spans)}`).toBe(true);
        count += 1;
      }
    }
    return count;
  }

  /** When a daemon had a cluster. One that was killed had it until then; one that lost its Lease until it said so. */
  #spans(cluster: string): readonly Span[] {
    return [...this.daemons].flatMap(([daemon, process]) => {
      const spans: Span[] = [];
      let from: number | undefined;
      for (const line of process.lines()) {
        const at = Date.parse(String(line['time']));
        if (line['msg'] === TAKEN && line['cluster'] === cluster) from = at;
        const isOver = line['msg'] === RELEASED && line['cluster'] === cluster;
        const isEnd = isOver || line['msg'] === 'stopped';
        if (from === undefined || !isEnd) continue;
        // It could not say it before it went on.
        const pause = this.#pauses.get(daemon) ?? Number.POSITIVE_INFINITY;
        spans.push({ daemon, from, to: pause > from ? Math.min(at, pause) : at });
        from = undefined;
      }
      const pause = this.#pauses.get(daemon) ?? Number.POSITIVE_INFINITY;
      const end = this.#ends.get(daemon) ?? Number.POSITIVE_INFINITY;
      if (from === undefined) return spans;
      return [...spans, { daemon, from, to: pause > from ? Math.min(end, pause) : end }];
    });
  }
}

/** Something that a daemon wrote. Not its Lease in the cluster, which it may give back at any time while it is its own. */
function isWrite({ method, url, status, user }: Sandbox['requestLog'][number]): boolean {
  return method !== 'GET' && status < 300 && /^[a-g]$/.test(user) && !url.startsWith('/apis/coordination.k8s.io/');
}

const TAKEN = 'a cluster is seen to here from now on';
const RELEASED = 'a cluster is left to others';

function isLeader(daemon: DaemonProcess): boolean {
  const last = daemon.lines().findLast(({ msg }) => /daemons that share the work|no member of the home/.test(`${msg}`));
  return last?.['isLeader'] === true;
}

/** Somebody who changes an object in every cluster by hand, again as soon as it is put back; and how long that took. */
export class Meddler {
  readonly #fleet: FaultyFleet;
  readonly #since = new Map<string, number>();
  readonly #longest = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(fleet: FaultyFleet) {
    this.#fleet = fleet;
    this.#timer = setInterval(() => this.#look(), 100);
    onTestFinished(() => this.stop());
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The longest time, by cluster, that a change stayed; one that is there still counts. */
  longestMs(): number {
    const now = Date.now();
    const open = [...this.#since.values()].map((since) => now - since);
    return Math.max(0, ...open, ...this.#longest.values());
  }

  /** From now on. */
  forget(): void {
    this.#longest.clear();
  }

  #look(): void {
    for (const { name } of this.#fleet.sandboxes) {
      if (this.#fleet.maps(name).one === undefined) continue;
      const now = Date.now();
      const since = this.#since.get(name);
      if (since !== undefined) this.#longest.set(name, Math.max(now - since, this.#longest.get(name) ?? 0));
      this.#since.set(name, now);
      this.#fleet.remove(name);
    }
  }
}
