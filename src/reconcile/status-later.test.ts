import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { TestRepository } from '../../test/helpers/git-repository.ts';
import type { ManualClock } from '../../test/helpers/manual-clock.ts';
import {
  computedOf,
  filesOn,
  observedSource,
  resultOf,
  statusSetup,
  syntheticSource,
  writerOn,
} from '../../test/helpers/status-writers.ts';
import type { StatusSource } from './status-source.ts';
import type { StatusWriter } from './status-writer.ts';

const BRANCH = 'gitfed/status';
const MINUTE = 60_000;

/** One of two that write the same branch, each in a clone and with a time of its own. */
interface Side {
  readonly source: TestRepository;
  readonly ref: string;
  readonly writer: StatusWriter;
  readonly clock: ManualClock;
}

let home: TestRepository;
let commit: string;
let one: Side;
let two: Side;

async function sideOf(): Promise<Side> {
  const { source, branch } = await statusSetup(home);
  return { source, ref: branch.ref, ...writerOn(branch) };
}

beforeEach(async () => {
  home = new TestRepository({ bare: true });
  const { source, branch, commit: first } = await statusSetup(home);
  commit = first;
  one = { source, ref: branch.ref, ...writerOn(branch) };
  await write(one, { a: 1 });
  two = await sideOf();
  await write(two, { z: 1 });
  await one.writer.flush();
  await write(one, { y: 1 });
});

/** A server that takes no push. @returns takes pushes again. */
function refuse(): () => void {
  const hook = path.join(home.folder, 'hooks', 'pre-receive');
  writeFileSync(hook, '#!/bin/sh\nexit 1\n');
  chmodSync(hook, 0o755);
  return () => rmSync(hook);
}

/** Its timers do not notice. */
function later({ clock }: Side, ms: number): void {
  clock.set(clock.now() + ms);
}

function versions(results: Readonly<Record<string, number>>) {
  return Object.entries(results).map(([cluster, number]) => resultOf(cluster, number));
}

async function write(
  { writer }: Side,
  results: Readonly<Record<string, number>>,
  source: StatusSource = syntheticSource(commit),
) {
  writer.submit({ source, results: versions(results) });
  return await writer.flush();
}

/** Commits that a server does not take. */
async function writeAway(side: Side, results: Readonly<Record<string, number>>, source?: StatusSource): Promise<void> {
  const allow = refuse();
  expect((await write(side, results, source)).pushed).toBe(false);
  allow();
}

/** What the branch says of the clusters; what is computed has to agree with it. */
function told(): Readonly<Record<string, string>> {
  const files = filesOn(home, BRANCH);
  const truth = new Map([...files].filter(([file]) => file.startsWith('objects/')));
  expect(files.get('status.json')).toBe(computedOf(commit, truth));
  return Object.fromEntries([...truth].map(([file, text]) => [file.slice(8, -5), text.slice(9).trim()]));
}

describe('what waits to be sent, where somebody else wrote of the same cluster', () => {
  it('is not sent again where the push was taken and only its answer was lost', async () => {
    await writeAway(one, { a: 2 });
    const sent = one.source.git('rev-parse', one.ref);
    one.source.git('push', '--quiet', home.folder, `${one.ref}:refs/heads/${BRANCH}`);
    await write(two, { z: 2 });
    await write(two, { a: 3 });
    const tip = home.git('rev-parse', BRANCH);
    expect(home.git('merge-base', sent, tip)).toBe(sent);
    expect(await one.writer.flush()).toEqual({ pushed: true });
    expect(home.git('rev-parse', BRANCH)).toBe(tip);
    expect(one.source.git('rev-parse', one.ref)).toBe(tip);
    expect(one.writer.known.tip).toBe(tip);
  });

  it('goes on from a push whose answer was lost', async () => {
    await writeAway(one, { a: 2 });
    one.source.git('push', '--quiet', home.folder, `${one.ref}:refs/heads/${BRANCH}`);
    await write(two, { z: 2 });
    await write(two, { a: 3 });
    await writeAway(one, { b: 1 });
    await one.writer.flush();
    expect(told()).toEqual({ a: 'v3', b: 'v1', y: 'v1', z: 'v2' });
  });

  it.for([
    ['later', MINUTE],
    ['in the same second', 0],
  ] as const)('does not take back what was found %s, and brings what nobody else knows', async ([, ms]) => {
    await writeAway(one, { a: 2, b: 1 });
    later(two, ms);
    await write(two, { a: 3 });
    later(one, 60 * MINUTE);
    await one.writer.flush();
    expect(told()).toEqual({ a: 'v3', b: 'v1', y: 'v1', z: 'v1' });
    expect(one.source.git('rev-parse', one.ref)).toBe(home.git('rev-parse', BRANCH));
  });

  it('is as late as its results, also where the process stood still before it wrote them', async () => {
    one.writer.submit({ source: syntheticSource(commit), results: versions({ a: 2, b: 1 }) });
    later(one, 60 * MINUTE);
    later(two, MINUTE);
    await write(two, { a: 3 });
    await one.writer.flush();
    expect(told()).toEqual({ a: 'v3', b: 'v1', y: 'v1', z: 'v1' });
    // What is found from then on counts as of then.
    await write(two, { a: 4 });
    await write(one, { a: 5 });
    expect(told()).toEqual({ a: 'v5', b: 'v1', y: 'v1', z: 'v1' });
  });

  it('makes no commit where all of it was found later by somebody else, who computed the rest otherwise', async () => {
    const { compute, ...source } = syntheticSource(commit);
    const suspecting: StatusSource['compute'] = (...given) => new Map([...compute(...given), ['README.md', 'Lost?\n']]);
    await writeAway(one, { a: 2 }, { ...source, compute: suspecting });
    later(two, MINUTE);
    await write(two, { a: 3 });
    const tip = home.git('rev-parse', BRANCH);
    await one.writer.flush();
    expect(home.git('rev-parse', BRANCH)).toBe(tip);
  });

  it('replaces what was found earlier', async () => {
    later(one, MINUTE);
    await writeAway(one, { a: 3 });
    await write(two, { a: 2 });
    await one.writer.flush();
    expect(told()).toEqual({ a: 'v3', y: 'v1', z: 'v1' });
  });

  it('counts from when it was found, however often it is made again', async () => {
    await writeAway(one, { a: 2 });
    later(one, 60 * MINUTE);
    await write(two, { z: 2 });
    await one.writer.flush();
    expect(home.git('log', '-1', '--format=%at %ct', BRANCH, '--', 'objects/a.yaml')).toBe('1767225600 1767229200');
  });

  it('is as late as the last of its commits, also those that become one', async () => {
    const allow = refuse();
    await write(one, { a: 2 });
    for (let number = 1; number <= 20; number += 1) {
      later(one, MINUTE);
      await write(one, { b: number });
    }
    allow();
    later(two, MINUTE);
    await write(two, { a: 3, b: 99 });
    await one.writer.flush();
    expect(told()).toEqual({ a: 'v3', b: 'v20', y: 'v1', z: 'v1' });
  });

  it('is on top of a history that was replaced, save what was found later', async () => {
    await writeAway(one, { a: 2, b: 1, y: 2 });
    later(two, MINUTE);
    await write(two, { a: 3 });
    const root = home.git('commit-tree', '-m', 'Earlier commits were removed.', `${BRANCH}^{tree}`);
    home.git('update-ref', `refs/heads/${BRANCH}`, root);
    await one.writer.flush();
    expect(told()).toEqual({ a: 'v3', b: 'v1', y: 'v2', z: 'v1' });
    expect(home.git('rev-list', '--max-parents=0', BRANCH)).toBe(root);
  });

  it('leaves what somebody planned from later observations, and the next commit agrees with all', async () => {
    await writeAway(one, { b: 1 }, observedSource(commit, { a: true }));
    later(two, MINUTE);
    const after = observedSource(commit, { a: false });
    await write(two, { z: 2 }, after);
    await one.writer.flush();
    expect(filesOn(home, BRANCH).get('observations/a.yaml')).toContain('ready: false');
    expect(filesOn(home, BRANCH).get('objects/b.yaml')).toBe('version: v1\n');
    await write(two, { z: 3 }, after);
    expect(told()).toEqual({ a: 'v1', b: 'v1', y: 'v1', z: 'v3' });
  });
});
