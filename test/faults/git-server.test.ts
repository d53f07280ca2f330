import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GitAccess } from '../../src/git/index.ts';
import { type GitFault, type GitServer, startGitServer } from '../git-server/git-server.ts';
import { temporaryFolder } from '../helpers/git-repository.ts';
import { type FaultedDaemon, FaultyFleet } from './faulty-fleet.ts';

interface Served {
  readonly fleet: FaultyFleet;
  readonly server: GitServer;
  readonly url: string;
}

async function serve(token?: string): Promise<Served> {
  const fleet = await FaultyFleet.start();
  const { folder, name } = fleet.repository;
  const server = await startGitServer({ folder, ...(token === undefined ? {} : { token }) });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { fleet, server, url: `${server.url}/${name}` };
}

const isFetch: NonNullable<GitFault['to']> = ({ method, service }) =>
  method === 'POST' && service === 'git-upload-pack';
const isPush: NonNullable<GitFault['to']> = ({ service }) => service === 'git-receive-pack';

/** Somebody changes an object while git is away: what was accepted last counts. */
async function correctsDrift({ fleet }: Served, value: string): Promise<void> {
  fleet.meddle('west');
  await fleet.converges(value);
}

async function recovers({ fleet, server }: Served, daemon: FaultedDaemon, value = '2'): Promise<void> {
  const commit = fleet.change(value);
  server.fault(undefined);
  daemon.daemon.hint();
  await fleet.converges(value);
  await fleet.reports(commit);
  await daemon.says(/git answers again/);
  expect(fleet.deletions()).toEqual([]);
}

const FAULTS: readonly (readonly [string, GitFault, RegExp])[] = [
  ['answers 401', { kind: 'status', status: 401 }, /git .*credential \(401\)/],
  ['answers 403', { kind: 'status', status: 403 }, /the server forbids it \(403\)/],
  ['answers 500', { kind: 'status', status: 500 }, /the server has a problem of its own \(500\)/],
  [
    'answers with a page of HTML',
    { kind: 'status', status: 200, body: '<html>Sign in</html>' },
    /is this a git repository|or what answers there is no git server/,
  ],
  ['cuts its answers', { kind: 'cut', afterBytes: 40 }, /the connection broke off/],
];

describe('a git server', () => {
  it('that is away at the start leaves what was accepted last applied, and drift corrected', async () => {
    const served = await serve();
    const { fleet, server, url } = served;
    const first = await fleet.run({ source: url });
    await fleet.converges('1');
    const accepted = fleet.change('2');
    await fleet.converges('2');
    await fleet.reports(accepted);
    await first.stop();

    await server.stop();
    fleet.meddle('east');
    const second = await fleet.run({ source: url, dataDir: first.dataDir });
    await fleet.converges('2');
    await second.says(/git .*nobody answers there/);
    await correctsDrift(served, '2');
    const commit = fleet.change('3');
    await server.start();
    await fleet.converges('3');
    await fleet.reports(commit);
    await second.says(/git answers again/);
    expect(fleet.deletions()).toEqual([]);
  });

  it.each(FAULTS)('that %s changes nothing that is applied, and is told of once', async (_title, fault, words) => {
    const served = await serve();
    const { fleet, server, url } = served;
    const daemon = await fleet.run({ source: url });
    await fleet.converges('1');
    await fleet.reports(fleet.repository.work.git('rev-parse', 'HEAD'));
    server.fault(fault);
    await daemon.says(words);
    await correctsDrift(served, '1');
    await expect.poll(() => daemon.of('sourceFailed').length, { timeout: 20_000 }).toBeGreaterThan(1);
    const told = daemon.lines.filter(({ msg }) => msg.startsWith('git ') && msg !== 'git answers again');
    // One that began to answer in good order has other words at first.
    expect(new Set(told.map(({ why }) => why)).size).toBe(told.length);
    expect(told.length).toBeLessThan(3);
    await recovers(served, daemon);
  });

  it('that cuts packs in the middle leaves the commit before applied until a whole one comes', async () => {
    const served = await serve();
    const { fleet, server, url } = served;
    const daemon = await fleet.run({ source: url });
    await fleet.converges('1');
    server.fault({ kind: 'cut', afterBytes: 300, to: isFetch });
    fleet.change('2');
    await daemon.says(/the connection broke off/);
    await correctsDrift(served, '1');
    await recovers(served, daemon, '3');
  });

  it('that refuses pushes is told in its words, and has the status when it takes pushes again', async () => {
    const served = await serve();
    const { fleet, url } = served;
    const hook = path.join(fleet.repository.bare, 'hooks', 'pre-receive');
    writeFileSync(hook, '#!/bin/sh\necho "Only bots of the platform team may push here." >&2\nexit 1\n');
    chmodSync(hook, 0o755);
    const daemon = await fleet.run({ source: url });
    await fleet.converges('1');
    await daemon.says(/StatusPushRefused.*Only bots of the platform team may push here/);
    await correctsDrift(served, '1');
    expect(fleet.status('status.json')).toBeUndefined();
    rmSync(hook);
    const commit = fleet.change('2');
    await fleet.converges('2');
    await fleet.reports(commit);
    await daemon.says(/status is written again/);
    expect(fleet.deletions()).toEqual([]);
  });

  it('that forbids pushes only does not keep commits from being applied', async () => {
    const served = await serve();
    const { fleet, server, url } = served;
    server.fault({ kind: 'status', status: 403, to: isPush });
    const daemon = await fleet.run({ source: url });
    await fleet.converges('1');
    await daemon.says(/StatusPushRefused.*403/);
    const commit = fleet.change('2');
    await fleet.converges('2');
    server.fault(undefined);
    await fleet.reports(commit);
    expect(fleet.deletions()).toEqual([]);
  });

  it('whose token is rotated is asked with the new one as soon as it stands in the file', async () => {
    const served = await serve('first-token');
    const { fleet, server, url } = served;
    const tokenFile = path.join(temporaryFolder(), 'token');
    writeFileSync(tokenFile, 'first-token\n');
    const daemon = await fleet.run({ source: url, access: new GitAccess({ tokenFile }, url) });
    await fleet.converges('1');
    server.rotate('second-token');
    await daemon.says(/does not accept the token or password \(401\)/);
    await correctsDrift(served, '1');
    writeFileSync(tokenFile, 'second-token\n');
    await recovers(served, daemon);
    expect(JSON.stringify(daemon.lines)).not.toMatch(/first-token|second-token/);
  });
});
