import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../test/controlplane/cluster.ts';
import { type Contender, kubectl } from '../apply/contenders.ts';
import { commitAll, Fleet, git } from '../apply/fleet.ts';
import { DaemonProcess, type DaemonProgram } from './daemon-process.ts';
import { type Latency, measureCommit } from './latency.ts';
import type { DaemonFlags, Told } from './messages.ts';

export interface RealInput {
  readonly clusters: readonly Cluster[];
  readonly objects: number;
  readonly commits: number;
  readonly folder: string;
  readonly daemon: DaemonProgram;
  /** The built command, for the manifests that kubectl gets. */
  readonly gitfed: string;
  readonly kubectl: string;
}

export interface RealResult {
  readonly all: readonly Latency[];
  readonly one: readonly Latency[];
  readonly none: readonly Latency[];
  /** With the interval between commits of the status that is the default. */
  readonly usual: readonly Latency[];
  /** Passes over all that no commit asked for, everything read anew. */
  readonly resyncs: readonly number[];
  readonly kubectlChanged: readonly number[];
  readonly kubectlUnchanged: readonly number[];
  readonly residentMb: number;
}

const QUIET_MS = 500;
/** Above the default of 10 s between two commits of the status. */
const USUAL_QUIET_MS = 10_500;
const USUAL_COMMITS = 3;
const RESYNCS = 12;

/** From a commit to the clusters and to the status, on real API servers, beside kubectl. */
export async function measureRealClusters(input: RealInput): Promise<RealResult> {
  const { clusters, objects, commits, folder, gitfed, daemon: program } = input;
  const fleet = new Fleet({
    name: 'daemon',
    clusters,
    objects,
    folder: join(folder, 'daemon'),
    program: { main: gitfed },
  });
  const peer = new Fleet({
    name: 'kubectl',
    clusters,
    objects,
    folder: join(folder, 'peer'),
    program: { main: gitfed },
  });
  const apply = kubectl(input.kubectl, join(folder, 'kubectl'));
  await fleet.prepare();
  await peer.prepare();
  fleet.change('first', objects);
  const flags = publish(fleet, folder);
  const result = { all: [], one: [], none: [], kubectlChanged: [], kubectlUnchanged: [] } as {
    all: Latency[];
    one: Latency[];
    none: Latency[];
    kubectlChanged: number[];
    kubectlUnchanged: number[];
  };
  const daemon = await start(program, { ...flags, 'status-min-interval': '0s' }, 'real');
  const measure = async (commit: string, quietMs = QUIET_MS): Promise<Latency> => {
    git(fleet.repository, 'push', '--quiet', 'origin', 'main');
    const measured = await measureCommit(daemon, commit, { quietMs });
    await fleet.verify();
    return measured;
  };
  try {
    await measureKubectl(apply, peer, 'first');
    for (let round = 1; round <= commits; round += 1) {
      result.all.push(await measure(fleet.change(`all ${round}`, objects)));
      result.one.push(await measure(fleet.change(`one ${round}`, 1)));
      result.none.push(await measure(readme(fleet, round)));
      const { changed, unchanged } = await measureKubectl(apply, peer, `round ${round}`);
      result.kubectlChanged.push(changed);
      result.kubectlUnchanged.push(unchanged);
    }
  } finally {
    await daemon.stop();
  }
  const { residentMb, resyncs } = await measureResyncs(program, flags);
  return { ...result, usual: await measureUsual(program, flags, fleet), residentMb, resyncs };
}

async function measureKubectl(
  apply: Contender,
  peer: Fleet,
  revision: string,
): Promise<{ readonly changed: number; readonly unchanged: number }> {
  peer.commit(revision);
  const changed = await apply.run(peer, 'changed');
  await peer.verify();
  return { changed, unchanged: await apply.run(peer, 'unchanged') };
}

async function measureUsual(program: DaemonProgram, flags: DaemonFlags, fleet: Fleet): Promise<readonly Latency[]> {
  const daemon = await start(program, flags, 'usual');
  const measured: Latency[] = [];
  try {
    await daemon.quiet(USUAL_QUIET_MS);
    for (let round = 1; round <= USUAL_COMMITS; round += 1) {
      const commit = fleet.change(`usual ${round}`, fleet.objects);
      git(fleet.repository, 'push', '--quiet', 'origin', 'main');
      measured.push(await measureCommit(daemon, commit, { quietMs: USUAL_QUIET_MS }));
    }
  } finally {
    await daemon.stop();
  }
  return measured;
}

async function measureResyncs(
  program: DaemonProgram,
  flags: DaemonFlags,
): Promise<{ readonly resyncs: readonly number[]; readonly residentMb: number }> {
  const daemon = await start(program, { ...flags, 'resync-interval': '10s' }, 'resync');
  const isResync = (told: Told): told is Told & { readonly type: 'pass' } =>
    told.type === 'pass' && told.trigger === 'resync';
  try {
    await daemon.until(() => daemon.told.filter(isResync).length >= RESYNCS);
    return {
      resyncs: daemon.told.filter(isResync).map(({ durationMs }) => durationMs),
      residentMb: daemon.usage().residentMb,
    };
  } finally {
    await daemon.stop();
  }
}

/** Until everything is as the last commit says. */
export async function start(program: DaemonProgram, flags: DaemonFlags, name: string): Promise<DaemonProcess> {
  const daemon = new DaemonProcess(program, flags, name);
  try {
    await daemon.until((told) => told.type === 'applied');
    await daemon.quiet(1000);
    return daemon;
  } catch (error) {
    await daemon.stop();
    throw error;
  }
}

/** A bare repository, as on a server: the daemon fetches from there. */
export function publish(
  { repository, credentials }: Pick<Fleet, 'repository' | 'credentials'>,
  folder: string,
): DaemonFlags {
  const bare = join(folder, 'origin.git');
  mkdirSync(bare, { recursive: true });
  git(bare, 'init', '--quiet', '--bare', '--initial-branch=main');
  git(repository, 'remote', 'add', 'origin', bare);
  git(repository, 'push', '--quiet', 'origin', 'main');
  return { source: `file://${bare}`, 'credentials-dir': credentials, 'data-dir': join(folder, 'data') };
}

function readme({ repository }: Fleet, round: number): string {
  writeFileSync(join(repository, 'README.md'), `# The fleet\n\nRead ${round} times.\n`);
  return commitAll(repository, `readme ${round}`);
}
