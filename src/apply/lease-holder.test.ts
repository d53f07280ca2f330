import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  createLeaseHolder,
  isHolderGone,
  type LeaseHolder,
  memberAnnotation,
  memberOf,
  parseProcessStat,
  processAnnotation,
} from './lease-holder.ts';

const TAIL = '1 1 1 0 -1 4194304 98 0 0 0 0 0 0 0 20 0 1 0';

describe('a line of /proc/PID/stat', () => {
  it.each([
    ['is read', `42 (node) S ${TAIL} 1623755 31334`, { pid: 42, state: 'S', startTime: '1623755' }],
    [
      'is read where the name has spaces and parentheses',
      `7 (a) R (b) 1) Z ${TAIL} 5 6\n`,
      { pid: 7, state: 'Z', startTime: '5' },
    ],
    ['is nothing where it is cut off', '42 (node) S 1 1 1', undefined],
    ['is nothing without a pid', `(node) S ${TAIL} 5`, undefined],
    ['is nothing where the start time is no number', `42 (node) S ${TAIL} x`, undefined],
    ['is nothing where it is empty', '', undefined],
  ])('%s', (_, line, expected) => {
    expect(parseProcessStat(line)).toEqual(expected);
  });
});

describe('a holder', () => {
  it('has a host name, a pid and something random in its identity', async () => {
    const [one, two] = [await createLeaseHolder(), await createLeaseHolder()];
    expect(one.identity).toMatch(new RegExp(`^[A-Za-z0-9.-]{1,63}_${process.pid}_[0-9a-f]{8}$`));
    expect(one.identity).not.toBe(two.identity);
  });
});

/** A process that says that it is `child`. */
async function annotationOf(pid: number): Promise<string> {
  const holder = await createLeaseHolder();
  const startTime = parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.startTime ?? '';
  const machine = holder.process?.machine ?? '';
  return processAnnotation({ identity: 'child', process: { machine, pid, startTime } }) ?? '';
}

describe.runIf(process.platform === 'linux')('a holder of this machine', () => {
  it('is gone once its process is', async () => {
    const own = (await createLeaseHolder()).process;
    const child = spawn('sleep', ['600']);
    const annotation = await annotationOf(child.pid ?? 0);
    expect(await isHolderGone(annotation, 'child', own)).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await isHolderGone(annotation, 'child', own)).toBe(true);
  });

  it('is gone where a later process has its pid', async () => {
    const { identity, process: own } = await createLeaseHolder();
    if (own === undefined) throw new Error('Linux has /proc');
    const annotation = processAnnotation({ identity, process: { ...own, startTime: '1' } });
    expect(await isHolderGone(annotation, identity, own)).toBe(true);
  });

  const changed = (change: (holder: Required<Omit<LeaseHolder, 'member'>>) => string | undefined) => change;
  it.each([
    ['that asks', changed((holder) => processAnnotation(holder))],
    ['without an annotation', changed(() => undefined)],
    ['whose annotation is of an earlier holder', changed((holder) => dead({ ...holder, identity: 'earlier' }))],
    ['with another boot', changed((holder) => dead(holder, { machine: holder.process.machine.replace(/^\S+/, 'b') }))],
    ['with another host name', changed((holder) => dead(holder, { machine: `${holder.process.machine}x` }))],
    ['whose pid is no number', changed((holder) => dead(holder)?.replace(/"pid":\d+/, '"pid":"1"'))],
    ['whose pid is a group of processes', changed((holder) => dead(holder, { pid: -1 }))],
    ['whose annotation is no JSON', changed(() => 'dead')],
    ['whose annotation is null', changed(() => 'null')],
  ])('is not gone: one %s', async (_, change) => {
    const { identity, process: own } = await createLeaseHolder();
    if (own === undefined) throw new Error('Linux has /proc');
    const annotation = change({ identity, process: own });
    expect(await isHolderGone(annotation, identity, own)).toBe(false);
  });

  it('is not gone for one that knows nothing of its own process', async () => {
    const { identity, process: own } = await createLeaseHolder();
    if (own === undefined) throw new Error('Linux has /proc');
    expect(await isHolderGone(dead({ identity, process: own }), identity, undefined)).toBe(false);
  });
});

/** An annotation that would say, but for `change`, that the process is gone. */
function dead(
  { identity, process: own }: Required<Omit<LeaseHolder, 'member'>>,
  change: Partial<typeof own> = {},
): string | undefined {
  return processAnnotation({ identity, process: { ...own, startTime: '1', ...change } });
}

describe('the member that a holder is', () => {
  it('is known of the holder that said it, and of no later one', () => {
    const annotation = memberAnnotation({ identity: 'host_1_a', member: 'home/b1' });
    expect(memberOf(annotation, 'host_1_a')).toBe('home/b1');
    expect(memberOf(annotation, 'host_2_b')).toBeUndefined();
  });

  it.for([undefined, '', '{', '[]', '{"holder":"host_1_a"}', '{"holder":"host_1_a","member":1}'])(
    'is not known of %j',
    (annotation) => {
      expect(memberOf(annotation, 'host_1_a')).toBeUndefined();
    },
  );

  it('is nobody where the work is not shared', () => {
    expect(memberAnnotation({ identity: 'host_1_a' })).toBeUndefined();
  });
});
