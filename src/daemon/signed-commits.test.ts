import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TestRepository, temporaryFolder } from '../../test/helpers/git-repository.ts';
import { ManualClock } from '../../test/helpers/manual-clock.ts';
import type { DaemonEvent } from './events.ts';
import { FollowedRepository } from './followed-repository.ts';
import { SourceFollower } from './source-follower.ts';

/** A remote whose commits are signed, or not, and who may sign them. */
class SignedRemote {
  readonly bare = path.join(temporaryFolder(), 'fleet.git');
  readonly work = new TestRepository();
  readonly allowedSigners = path.join(temporaryFolder(), 'signers');

  constructor() {
    const key = path.join(temporaryFolder(), 'key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', key]);
    writeFileSync(this.allowedSigners, `ann ${execFileSync('ssh-keygen', ['-y', '-f', key], { encoding: 'utf8' })}`);
    this.work.git('init', '--quiet', '--bare', '--initial-branch=main', this.bare);
    this.work.git('remote', 'add', 'origin', this.bare);
    this.work.git('config', 'gpg.format', 'ssh');
    this.work.git('config', 'user.signingKey', key);
  }

  commit(isSigned: boolean, text: string): string {
    this.work.git('config', 'commit.gpgSign', String(isSigned));
    return this.work.write({ 'a.yaml': `a: ${text}\n` }).commit();
  }

  push(): void {
    this.work.git('push', '--quiet', '--force', 'origin', 'HEAD:main');
  }
}

/** What became of the branch at the first look, and after each `next`. */
async function follow(
  { bare, allowedSigners }: SignedRemote,
  { dataDir = temporaryFolder(), allowRewind = false } = {},
): Promise<{
  readonly taken: readonly string[];
  readonly refused: () => readonly DaemonEvent[];
  readonly next: () => Promise<void>;
  readonly stop: () => Promise<void>;
}> {
  const clock = new ManualClock();
  const events: DaemonEvent[] = [];
  const taken: string[] = [];
  const control = new AbortController();
  const policy = { mode: 'Range', allowedSigners } as const;
  const running = new SourceFollower({
    branch: new FollowedRepository({ source: `file://${bare}`, dataDir, policy, signal: control.signal }),
    pollIntervalMs: 30_000,
    allowRewind,
    clock,
    random: () => 0.5,
    onEvent: (event) => events.push(event),
    onCommit: async (commit) => void taken.push(commit),
    signal: control.signal,
  }).run();
  const rest = (): Promise<void> => expect.poll(() => clock.waiting, { timeout: 20_000 }).toBe(1);
  const stop = async (): Promise<void> => {
    control.abort();
    await running;
  };
  onTestFinished(stop);
  await rest();
  const next = async (): Promise<void> => {
    clock.advance(clock.nextInMs ?? 0);
    await rest();
  };
  return { taken, next, stop, refused: () => events.filter(({ type }) => type === 'revisionRefused') };
}

const unsigned = (commit: string, at: string): object => ({
  commit,
  reason: 'Unsigned',
  message: expect.stringContaining(`Commit ${at.slice(0, 12)} is not accepted: it is not signed`),
});

describe('a branch whose commits have to be signed (security row 24)', () => {
  it('is not followed to an unsigned commit, nor to a signed one above it, and is when that is put right', async () => {
    const remote = new SignedRemote();
    const first = remote.commit(true, 'first');
    remote.push();
    const { taken, next, refused } = await follow(remote);
    const bad = remote.commit(false, 'bad');
    remote.push();
    await next();
    const above = remote.commit(true, 'above');
    remote.push();
    await next();
    await next();
    expect(taken).toEqual([first]);
    expect(refused()).toMatchObject([unsigned(bad, bad), unsigned(above, bad)]);

    remote.work.git('reset', '--quiet', '--hard', first);
    const good = remote.commit(true, 'good');
    remote.push();
    await next();
    expect(taken).toEqual([first, good]);
  });

  it('is not followed from the beginning while its commit is unsigned', async () => {
    const remote = new SignedRemote();
    const first = remote.commit(false, 'first');
    remote.push();
    const { taken, refused } = await follow(remote);
    expect(taken).toEqual([]);
    expect(refused()).toMatchObject([unsigned(first, first)]);
  });

  it('is looked at from the commit that an earlier process accepted', async () => {
    const remote = new SignedRemote();
    const dataDir = temporaryFolder();
    const first = remote.commit(true, 'first');
    remote.push();
    const before = await follow(remote, { dataDir });
    await before.stop();
    const bad = remote.commit(false, 'bad');
    const above = remote.commit(true, 'above');
    remote.push();
    const { taken, refused } = await follow(remote, { dataDir });
    expect(taken).toEqual([first]);
    expect(refused()).toMatchObject([unsigned(above, bad)]);
  });

  it('is looked at from the commit that the status tells of where nothing else is remembered', async () => {
    const remote = new SignedRemote();
    const first = remote.commit(false, 'from before signatures');
    remote.push();
    const message = `Status\n\nSource-Commit: ${first}`;
    const status = remote.work.git('commit-tree', `${first}^{tree}`, '-m', message);
    remote.work.git('push', '--quiet', 'origin', `${status}:refs/heads/gitfed/status`);
    const bad = remote.commit(false, 'bad');
    const above = remote.commit(true, 'above');
    remote.push();
    const { taken, refused, next } = await follow(remote);
    expect(refused()).toMatchObject([unsigned(above, bad)]);
    remote.work.git('reset', '--quiet', '--hard', first);
    const good = remote.commit(true, 'good');
    remote.push();
    await next();
    expect(taken).toEqual([good]);
  });

  it('is looked at in all that is new where its history may be rewritten', async () => {
    const remote = new SignedRemote();
    const root = remote.commit(true, 'root');
    const second = remote.commit(true, 'second');
    remote.push();
    const { taken, next, refused } = await follow(remote, { allowRewind: true });
    remote.work.git('reset', '--quiet', '--hard', root);
    const bad = remote.commit(false, 'bad');
    const above = remote.commit(true, 'above');
    remote.push();
    await next();
    expect(taken).toEqual([second]);
    expect(refused()).toMatchObject([unsigned(above, bad)]);
    remote.work.git('reset', '--quiet', '--hard', root);
    remote.push();
    await next();
    expect(taken).toEqual([second, root]);
  });
});
