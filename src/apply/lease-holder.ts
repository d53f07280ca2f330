import { randomBytes } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { parseJsonObject } from '../core/index.ts';

/** Who holds a Lease. One for each Lease that is asked for: two that share one do not exclude each other. */
export interface LeaseHolder {
  /** For people and for the Lease: `<hostname>_<pid>_<random>`. */
  readonly identity: string;
  /** Absent where the system has no /proc: then only time tells that the holder is gone. */
  readonly process?: HolderProcess;
  /** As what it shares the work with other processes, which may know sooner that it is gone. */
  readonly member?: string;
}

/** Names one process among all that ever ran, to those that can see it. */
export interface HolderProcess {
  /** Boot id, pid namespace, time namespace and host name. Only where all are the same is the pid the same process. */
  readonly machine: string;
  readonly pid: number;
  /** In clock ticks since boot, as /proc writes it. */
  readonly startTime: string;
}

/** What /proc/PID/stat says of a process. */
export interface ProcessStat {
  readonly pid: number;
  readonly state: string;
  readonly startTime: string;
}

export async function createLeaseHolder(): Promise<LeaseHolder> {
  const host = hostname().replaceAll(/[^A-Za-z0-9.-]/g, '-');
  const identity = `${host.slice(0, 63)}_${process.pid}_${randomBytes(4).toString('hex')}`;
  const own = await ownProcess(host);
  return own === undefined ? { identity } : { identity, process: own };
}

async function ownProcess(host: string): Promise<HolderProcess | undefined> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    const pids = await readlink('/proc/self/ns/pid');
    const times = await readlink('/proc/self/ns/time').catch(() => '');
    const stat = parseProcessStat(await readFile('/proc/self/stat', 'utf8'));
    // A /proc of another pid namespace counts in other numbers.
    if (stat === undefined || stat.pid !== process.pid) return undefined;
    const machine = [boot.trim(), pids, times, host].join(' ');
    return { machine, pid: stat.pid, startTime: stat.startTime };
  } catch {
    return undefined;
  }
}

/** Reads a line of /proc/PID/stat, `undefined` where it is none. The name in it may hold spaces and parentheses. */
export function parseProcessStat(line: string): ProcessStat | undefined {
  const [, pid] = /^(\d{1,10}) \(/.exec(line) ?? [];
  const fields = line.slice(line.lastIndexOf(')') + 1).trim();
  // The third field of the line comes first here, the start time is the 22nd.
  const [state, startTime] = [0, 19].map((index) => fields.split(' ')[index]);
  if (pid === undefined || state === undefined || startTime === undefined) return undefined;
  if (!/^[A-Za-z]$/.test(state) || !/^\d{1,20}$/.test(startTime)) return undefined;
  return { pid: Number(pid), state, startTime };
}

/** The annotation that lets others on this machine see that we are gone, `undefined` where nothing can be said. */
export function processAnnotation({ identity, process: own }: LeaseHolder): string | undefined {
  if (own === undefined) return undefined;
  const { machine, pid, startTime } = own;
  return JSON.stringify({ holder: identity, machine, pid, startTime });
}

/** The annotation that lets those that share the work see whose it is, `undefined` where it is shared with nobody. */
export function memberAnnotation({ identity, member }: LeaseHolder): string | undefined {
  return member === undefined ? undefined : JSON.stringify({ holder: identity, member });
}

/** As what `holder` shares the work, where its annotation says that, and not that of an earlier holder. */
export function memberOf(annotation: string | undefined, holder: string): string | undefined {
  const value = annotation === undefined ? undefined : parseJsonObject(annotation);
  return value?.['holder'] === holder && typeof value['member'] === 'string' ? value['member'] : undefined;
}

/** Holders of this process whose passes are over, and whose Leases could not be freed. */
const ended = new Set<string>();

/** The pass is over and its Lease could not be freed: the next pass of this process need not wait for it. */
export function endHolder({ identity }: Pick<LeaseHolder, 'identity'>): void {
  ended.add(identity);
}

/**
 * Whether `annotation` says that `holder` is a process of this machine which runs no more. `false` wherever that is not certain.
 *
 * @param holder who holds the Lease: an annotation that an earlier holder left behind says nothing of this one.
 */
export async function isHolderGone(
  annotation: string | undefined,
  holder: string,
  own: HolderProcess | undefined,
): Promise<boolean> {
  if (ended.has(holder)) return true;
  const other = annotation === undefined ? undefined : parseAnnotation(annotation, holder);
  if (other === undefined || own === undefined || other.machine !== own.machine) return false;
  return !(await isRunning(other));
}

function parseAnnotation(text: string, holder: string): HolderProcess | undefined {
  const value = parseJsonObject(text);
  if (value === undefined || value['holder'] !== holder) return undefined;
  const { machine, pid, startTime } = value;
  if (typeof machine !== 'string' || typeof startTime !== 'string') return undefined;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1) return undefined;
  return { machine, pid, startTime };
}

/** Processes of other users may be hidden in /proc, so that it is not enough that they are not seen there. */
async function isRunning({ pid, startTime }: HolderProcess): Promise<boolean> {
  if (!hasProcess(pid)) return false;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').then(parseProcessStat, () => undefined);
  if (stat === undefined) return hasProcess(pid);
  return stat.startTime === startTime && stat.state !== 'Z' && stat.state !== 'X';
}

function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
