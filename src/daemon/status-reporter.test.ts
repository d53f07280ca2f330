import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, existsSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { TestRepository } from '../../test/helpers/git-repository.ts';
import { ManualClock } from '../../test/helpers/manual-clock.ts';
import type { ClusterResult } from '../apply/index.ts';
import { EMPTY_TREE } from '../git/index.ts';
import { type Pass, readPass } from '../reconcile/read-pass.ts';
import { openSource } from '../reconcile/source.ts';
import type { DaemonEvent } from './events.ts';
import { StatusReporter, type StatusSettings } from './status-reporter.ts';

const CLUSTER = `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata: {name: a, namespace: kube-federation-system}
spec: {apiEndpoint: "https://a.example", secretRef: {name: a}}
`;

/** A git server that takes requests and says nothing. */
async function silentServer() {
  const asked: string[] = [];
  const server = createServer(({ url }) => asked.push(url ?? ''));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/status.git` };
}

async function read(repository: TestRepository): Promise<Pass> {
  const options = { source: repository.folder };
  const source = await openSource(options);
  onTestFinished(source.close);
  return await readPass(source, options);
}

function reporterOf(settings: StatusSettings = {}) {
  const clock = new ManualClock();
  const events: DaemonEvent[] = [];
  const onEvent = (event: DaemonEvent): void => void events.push(event);
  return { clock, events, reporter: new StatusReporter({ settings, clock, random: () => 0.5, onEvent }) };
}

const RESULT: ClusterResult = { cluster: 'a', state: 'NotReady', health: 'Offline', objects: [] };

it('tells of a pass that ended late as one of the commit that it was made with', async () => {
  const repository = new TestRepository();
  repository.write({ 'a.yaml': CLUSTER }).commit();
  const { reporter, events } = reporterOf();
  const first = await read(repository);
  await reporter.begin(first);
  repository.write({ 'b.txt': 'second' }).commit();
  const second = await read(repository);
  await reporter.begin(second);
  reporter.submit(first, RESULT, false);
  await reporter.close();
  expect(events).toMatchObject([{ type: 'statusCommitted', source: first.commit }]);
});

it('is looked for again where it could not be found, and gets what was told meanwhile', async () => {
  const repository = new TestRepository();
  repository.write({ 'a.yaml': CLUSTER }).commit();
  const pass = await read(repository);
  const git = path.join(repository.folder, '.git');
  renameSync(git, `${git}-away`);
  const { reporter, events, clock } = reporterOf();
  await reporter.begin(pass);
  reporter.submit(pass, RESULT, false);
  expect(events.map(({ type }) => type)).toEqual(['statusFailed']);
  clock.advance(4999);
  expect(clock.nextInMs).toBe(1);
  clock.advance(1);
  await expect.poll(() => clock.nextInMs, { timeout: 10_000 }).toBe(10_000);
  renameSync(`${git}-away`, git);
  clock.advance(10_000);
  await vi.waitFor(() => expect(clock.nextInMs).toBe(0), { timeout: 10_000 });
  await reporter.close();
  expect(events.map(({ type }) => type)).toEqual(['statusFailed', 'statusFailed', 'statusCommitted']);
  expect(clock.waiting).toBe(0);
});

it('ends in time where the server of the status branch is silent, and keeps what it committed', async () => {
  const { asked, url } = await silentServer();
  const repository = new TestRepository();
  repository.write({ 'a.yaml': CLUSTER }).commit();
  const pass = await read(repository);
  const { clock, events, reporter } = reporterOf({ repository: url });
  await reporter.begin(pass);
  reporter.submit(pass, { cluster: 'a', state: 'NotReady', health: 'Offline', objects: [] }, false);
  const closed = reporter.close();
  await vi.waitFor(() => expect(asked).not.toEqual([]), { timeout: 10_000 });
  clock.advance(15_000);
  await closed;
  expect(events).toMatchObject([
    { type: 'statusCommitted', pushed: false },
    { type: 'statusFailed', message: expect.stringContaining('waits') },
  ]);
});

/** A repository whose next push waits, inside the server, until it is let go. */
function heldServer() {
  const server = new TestRepository({ bare: true });
  const [hook, begun, gate] = ['hooks/pre-receive', 'begun', 'gate'].map((name) => path.join(server.folder, name)) as [
    string,
    string,
    string,
  ];
  execFileSync('mkfifo', [gate]);
  const pipe = openSync(gate, 'r+');
  onTestFinished(() => closeSync(pipe));
  writeFileSync(hook, `#!/bin/sh\n: > '${begun}'\nread line < '${gate}'\n`);
  chmodSync(hook, 0o755);
  return {
    server,
    url: `file://${server.folder}`,
    isAsked: () => existsSync(begun),
    letGo: () => {
      rmSync(hook);
      writeSync(pipe, 'go\n');
    },
  };
}

/** Two commits, the second of which names another branch for the status; a reporter whose push of the first is on its way. */
async function leaderThatMoves() {
  const held = heldServer();
  const repository = new TestRepository();
  repository.write({ 'a.yaml': CLUSTER }).commit();
  const first = await read(repository);
  repository.write({ 'gitfed.yaml': 'status: {branch: moved}\n' }).commit();
  const second = await read(repository);
  const clock = new ManualClock();
  const reporter = new StatusReporter({
    settings: { repository: held.url },
    clock,
    random: () => 0.5,
    onEvent: () => undefined,
    handOver: () => undefined,
  });
  await reporter.lead();
  await reporter.begin(first);
  reporter.submit(first, RESULT, false);
  const beginning = reporter.begin(second);
  await vi.waitFor(() => expect(held.isAsked()).toBe(true), { timeout: 10_000 });
  return { ...held, reporter, second, beginning, clock };
}

const branchesOf = (server: TestRepository): readonly string[] =>
  server.git('for-each-ref', '--format=%(refname:short)', 'refs/heads').split('\n');

describe('a leader that begins to write another branch while it loses the lead', () => {
  it('writes no more', async () => {
    const { server, reporter, second, beginning, letGo, clock } = await leaderThatMoves();
    const following = reporter.follow();
    letGo();
    await Promise.all([beginning, following]);
    expect([...reporter.files.keys()]).toContain('clusters/a.yaml');
    expect(reporter.known(reporter.placeOf({ name: 'moved' }))).toBeUndefined();
    reporter.suspect(['a'], second);
    await reporter.record(second, 'replicas moved');
    clock.advance(60_000);
    await reporter.close();
    expect(branchesOf(server)).toEqual(['gitfed/status']);
  });

  it('looks what others have written before it writes again', async () => {
    const { server, reporter, second, beginning, letGo } = await leaderThatMoves();
    const following = reporter.follow();
    const leading = reporter.lead();
    const tip = server.git('commit-tree', '-m', 'Somebody else', EMPTY_TREE);
    server.git('update-ref', 'refs/heads/moved', tip);
    letGo();
    await Promise.all([beginning, following, leading]);
    const { gitDir } = second.repository;
    const seen = execFileSync(
      'git',
      ['--git-dir', gitDir, 'for-each-ref', '--format=%(objectname)', 'refs/gitfed/status/remote/*/moved'],
      { encoding: 'utf8' },
    ).trim();
    expect(seen).toBe(tip);
    expect(reporter.known(reporter.placeOf({ name: 'moved' }))).toBeDefined();
    reporter.submit(second, RESULT, false);
    await reporter.close();
    expect(server.git('rev-list', '--count', 'refs/heads/moved')).toBe('2');
  });
});
