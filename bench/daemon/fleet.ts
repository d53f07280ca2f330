import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatTable, median } from '../table.ts';
import type { DaemonProcess, DaemonProgram, Usage } from './daemon-process.ts';
import { FleetRepository } from './fleet-repository.ts';
import { type Latency, measureCommit, measureIdle } from './latency.ts';
import type { Memory } from './messages.ts';
import { publish, start } from './real-clusters.ts';
import type { SandboxAddress, SandboxOrder } from './sandboxes.ts';
import { duration, loadText, percentiles } from './table.ts';

export interface FleetInput {
  readonly clusters: number;
  readonly objects: number;
  readonly idleMs: number;
  /** Commits of each kind. */
  readonly rounds: number;
  readonly folder: string;
  readonly daemon: DaemonProgram;
  readonly heapSnapshot?: string;
}

export interface FleetResult {
  /** From nothing to everything applied and told. */
  readonly firstMs: number;
  readonly firstCpuMs: number;
  /** A process that finds everything in order. */
  readonly startMs: number;
  readonly startCpuMs: number;
  readonly started: Usage;
  readonly idled: Usage;
  readonly idle: number;
  readonly heapMb: number;
  readonly one: readonly Latency[];
  readonly nothing: readonly Latency[];
  /** Milliseconds until each of the other clusters has a commit. */
  readonly others: readonly number[];
  readonly othersBesideLost: readonly number[];
  readonly idleLoad: string;
}

/** Shorter than the default, so that measuring takes less long; longer than what results are waited for. */
const STATUS_INTERVAL = '2s';
const QUIET_MS = 2700;
/** Longer than it takes until a daemon with nothing to do has given memory back, which V8 follows up for some seconds. */
const GIVING_BACK_MS = 30_000;

/** A daemon beside a simulated fleet. */
export async function measureFleet(input: FleetInput): Promise<FleetResult> {
  const sandboxes = fork(resolve(import.meta.dirname, 'sandboxes.ts'), [`${input.clusters}`]);
  try {
    const [addresses] = (await once(sandboxes, 'message')) as [readonly SandboxAddress[]];
    return await measureWith(input, sandboxes, addresses);
  } finally {
    sandboxes.disconnect();
  }
}

async function measureWith(
  { objects, folder, daemon: program, idleMs, rounds, heapSnapshot }: FleetInput,
  sandboxes: ChildProcess,
  addresses: readonly SandboxAddress[],
): Promise<FleetResult> {
  const repository = new FleetRepository(folder, addresses, objects);
  repository.create();
  const flags = { ...publish(repository, folder), 'status-min-interval': STATUS_INTERVAL };
  const firstBegin = Date.now();
  const first = await start(program, flags, 'first');
  const applied = await first.until((told) => told.type === 'applied');
  const synced = await untilSynced(first, addresses.length);
  const told = await first.until((told) => told.type === 'status' && told.at >= Math.max(applied.at, synced));
  const firstMs = told.at - firstBegin;
  await first.quiet(QUIET_MS);
  const firstCpuMs = first.usage().cpuMs;
  console.log(`first sync: ${duration(firstMs)} (${loadText()}); passes: ${passesText(first)}`);
  await first.stop();

  const begin = Date.now();
  const daemon = await start(program, flags, 'fleet');
  try {
    const startMs = (await untilSynced(daemon, addresses.length)) - begin;
    await daemon.quiet(QUIET_MS);
    const started = daemon.usage();
    console.log(
      `started: ${duration(startMs)}, ${started.residentMb.toFixed(0)} MB (${loadText()}); passes: ${passesText(daemon)}`,
    );
    await sleep(GIVING_BACK_MS);
    const idle = await measureIdle(daemon, idleMs);
    const idled = daemon.usage();
    const idleLoad = loadText();
    console.log(`idle: ${(idle * 100).toFixed(1)} %, ${idled.residentMb.toFixed(0)} MB (${idleLoad})`);
    const before = await daemon.memory(false);
    const collected = await daemon.memory(true);
    console.log(`memory: ${memoryText(before)}; after a collection: ${memoryText(collected)}`);
    const heapMb = collected.usedMb;
    if (heapSnapshot !== undefined) await daemon.writeHeapSnapshot(heapSnapshot);
    const one: Latency[] = [];
    const nothing: Latency[] = [];
    const others: number[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      one.push(await measureCommit(daemon, repository.changeOne(`one ${round}`), { quietMs: QUIET_MS }));
      nothing.push(await measureCommit(daemon, repository.changeNothing(`nothing ${round}`), { quietMs: QUIET_MS }));
    }
    const lost = addresses.at(-1)?.name ?? '';
    for (let round = 1; round <= rounds; round += 1) {
      others.push(...(await measureOthers(daemon, repository.changeOne(`others ${round}`), lost)));
    }
    const othersBesideLost: number[] = [];
    sandboxes.send({ cluster: lost, isLost: true } satisfies SandboxOrder);
    for (let round = 1; round <= rounds; round += 1) {
      othersBesideLost.push(...(await measureOthers(daemon, repository.changeOne(`lost ${round}`), lost)));
    }
    const resident = daemon.usage();
    return {
      firstMs,
      firstCpuMs,
      startMs,
      startCpuMs: started.cpuMs,
      started,
      idled: { ...idled, peakMb: resident.peakMb },
      idle,
      heapMb,
      one,
      nothing,
      others,
      othersBesideLost,
      idleLoad,
    };
  } finally {
    await daemon.stop();
  }
}

function memoryText({ usedMb, heapMb, externalMb, residentMb }: Memory): string {
  const texts = [`used ${usedMb.toFixed(0)}`, `heap ${heapMb.toFixed(0)}`, `external ${externalMb.toFixed(0)}`];
  return `${texts.join(', ')}, resident ${residentMb.toFixed(0)} MB`;
}

/** Until the last pass of every cluster found it in order. A fleet in one process has not always time to answer. @returns when that was. */
async function untilSynced(daemon: DaemonProcess, count: number): Promise<number> {
  const synced = new Set<string>();
  const last = await daemon.until((told) => {
    if (told.type !== 'pass') return false;
    if (told.state === 'Synced') synced.add(told.cluster);
    else synced.delete(told.cluster);
    return synced.size === count;
  });
  return last.at;
}

function passesText({ told }: DaemonProcess): string {
  const passes = told.filter((one) => one.type === 'pass');
  const kinds = Map.groupBy(passes, ({ trigger, state, message }) =>
    [trigger, state, ...(message === undefined ? [] : [message])].join(' '),
  );
  const texts = [...kinds].map(([kind, all]) => {
    const requests = all.reduce((sum, one) => sum + one.requests, 0);
    return `${all.length} ${kind} with ${requests} requests`;
  });
  return texts.join(', ');
}

/** Until each cluster but one has the commit. */
async function measureOthers(daemon: DaemonProcess, commit: string, except: string): Promise<readonly number[]> {
  const since = daemon.told.length;
  const begin = Date.now();
  daemon.hint();
  const clusters = new Set(
    daemon.told.flatMap((told) => (told.type === 'pass' && told.cluster !== except ? [told.cluster] : [])),
  );
  const ends = new Map<string, number>();
  await daemon.until((told) => {
    if (told.type === 'pass' && told.commit === commit && told.cluster !== except && told.state === 'Synced') {
      ends.set(told.cluster, told.at - begin);
    }
    return ends.size === clusters.size;
  }, since);
  await sleep(QUIET_MS);
  return [...ends.values()];
}

const MEMORY_AIM_MB = 600;
const IDLE_AIM = 0.02;

/** Tables in Markdown. */
export function formatFleet(result: FleetResult): string {
  const { started, idled, idle, heapMb, one, nothing } = result;
  const aim = (isReached: boolean, text: string): string => `${text}: ${isReached ? 'reached' : 'not reached'}`;
  const memoryAim = (mb: number): string => aim(mb <= MEMORY_AIM_MB, '≤ 600 MB');
  const cost = formatTable(
    ['', 'measured', 'CPU', 'aim'],
    [
      ['first sync, until it is told', duration(result.firstMs), duration(result.firstCpuMs), '–'],
      [
        'start with everything in order, until all is compared',
        duration(result.startMs),
        duration(result.startCpuMs),
        '–',
      ],
      ['resident after the start', `${started.residentMb.toFixed(0)} MB`, '–', memoryAim(started.residentMb)],
      ['resident after idling', `${idled.residentMb.toFixed(0)} MB`, '–', memoryAim(idled.residentMb)],
      ['highest of all', `${idled.peakMb.toFixed(0)} MB`, '–', '–'],
      ['in use after a collection', `${heapMb.toFixed(0)} MB`, '–', '–'],
      [`idle (${result.idleLoad})`, '–', `${(idle * 100).toFixed(1)} % of a core`, aim(idle <= IDLE_AIM, '≤ 2 %')],
    ],
  );
  const commits = formatTable(
    ['one file changed, with it', 'applied (p50, p95)', 'told (p50, p95)', 'CPU', 'requests', 'status commits'],
    [commitRow('one object in every cluster', one), commitRow('nothing that is rendered', nothing)],
  );
  const lost = formatTable(
    ['one object changed', 'each of the others has it after (p50, p95)'],
    [
      ['every cluster answers', percentiles(result.others)],
      ['one accepts connections and never answers', percentiles(result.othersBesideLost)],
    ],
  );
  return [cost, commits, lost].join('\n\n');
}

function commitRow(title: string, latencies: readonly Latency[]): readonly string[] {
  const middle = (of: (latency: Latency) => number): number => median(latencies.map(of));
  return [
    title,
    percentiles(latencies.map(({ appliedMs }) => appliedMs)),
    percentiles(latencies.flatMap(({ statusMs }) => statusMs ?? [])),
    duration(middle(({ cpuMs }) => cpuMs)),
    `${middle(({ requests }) => requests)}`,
    `${middle(({ statusCommits }) => statusCommits)}`,
  ];
}
