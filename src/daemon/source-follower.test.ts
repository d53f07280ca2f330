import { renameSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { breakGit, KILLED } from '../../test/helpers/broken-git.ts';
import { TestRepository, temporaryFolder } from '../../test/helpers/git-repository.ts';
import { ManualClock } from '../../test/helpers/manual-clock.ts';
import { GitfedError } from '../errors.ts';
import type { DaemonEvent } from './events.ts';
import { FollowedRepository } from './followed-repository.ts';
import { SourceFollower } from './source-follower.ts';

const POLL_MS = 30_000;

interface Following {
  readonly follower: SourceFollower;
  readonly clock: ManualClock;
  readonly taken: string[];
  readonly events: DaemonEvent[];
  /** Until the follower waits for the next look. */
  readonly rest: () => Promise<void>;
  /** Looks again when its time has come. */
  readonly poll: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

interface FollowOptions {
  readonly dataDir?: string;
  readonly allowRewind?: boolean;
  /** Commits that cannot be taken over. */
  readonly unreadable?: ReadonlySet<string>;
  readonly onFetch?: () => void;
  readonly inputs?: () => Promise<string>;
}

class CountedRepository extends FollowedRepository {
  readonly #onFetch: () => void;

  constructor(options: ConstructorParameters<typeof FollowedRepository>[0], onFetch: () => void) {
    super(options);
    this.#onFetch = onFetch;
  }

  override async fetch(): Promise<void> {
    this.#onFetch();
    await super.fetch();
  }
}

async function follow(source: string, options: FollowOptions = {}): Promise<Following> {
  const clock = new ManualClock();
  const events: DaemonEvent[] = [];
  const taken: string[] = [];
  const control = new AbortController();
  const follower = new SourceFollower({
    branch: new CountedRepository(
      { source, dataDir: options.dataDir ?? temporaryFolder(), signal: control.signal },
      options.onFetch ?? (() => undefined),
    ),
    pollIntervalMs: POLL_MS,
    allowRewind: options.allowRewind ?? false,
    clock,
    random: () => 0.5,
    onEvent: (event) => events.push(event),
    onCommit: async (commit) => {
      if (options.unreadable?.has(commit) === true) throw new GitfedError('CONFIG', 'gitfed.yaml is broken.');
      taken.push(commit);
    },
    signal: control.signal,
    ...(options.inputs === undefined ? {} : { inputs: options.inputs }),
  });
  const running = follower.run();
  const rest = (): Promise<void> => expect.poll(() => clock.waiting, { timeout: 20_000 }).toBe(1);
  const poll = async (): Promise<void> => {
    clock.advance(clock.nextInMs ?? 0);
    await rest();
  };
  const stop = async (): Promise<void> => {
    control.abort();
    await running;
  };
  onTestFinished(stop);
  await rest();
  return { follower, clock, taken, events, rest, poll, stop };
}

function remote(): { readonly work: TestRepository; readonly url: string; readonly bare: string } {
  const bare = path.join(temporaryFolder(), 'fleet.git');
  const work = new TestRepository();
  work.git('init', '--quiet', '--bare', '--initial-branch=main', bare);
  work.git('remote', 'add', 'origin', bare);
  return { work, url: `file://${bare}`, bare };
}

function commit(work: TestRepository, text: string): string {
  const id = work.write({ 'a.yaml': text }).commit();
  if (work.git('remote') !== '') work.git('push', '--quiet', '--force', 'origin', 'main');
  return id;
}

/** A branch that was followed to its second commit, and is at its first one again. */
async function wentBackWhileAway() {
  const { work, url } = remote();
  const dataDir = temporaryFolder();
  const first = commit(work, 'a: 1');
  const second = commit(work, 'a: 2');
  await (await follow(url, { dataDir })).stop();
  work.git('push', '--quiet', '--force', 'origin', `${first}:main`);
  return { work, url, dataDir, first, second };
}

const kinds = (events: readonly DaemonEvent[]): readonly string[] =>
  events.filter(({ type }) => type !== 'sourceRead').map(({ type }) => type);

describe('what a commit is read with', () => {
  it('has it read again with the next look when it changes, and once more where it cannot be read', async () => {
    const repository = new TestRepository();
    const commit = repository.write({ 'a.yaml': 'a: 1\n' }).commit();
    let inputs = 'a key';
    const unreadable = new Set<string>();
    const { taken, poll, rest, events } = await follow(repository.folder, { inputs: async () => inputs, unreadable });
    await rest();
    await poll();
    expect(taken).toEqual([commit]);
    inputs = 'another key';
    unreadable.add(commit);
    await poll();
    expect([taken, kinds(events)]).toEqual([[commit], ['revisionRefused']]);
    unreadable.clear();
    await poll();
    await poll();
    expect([taken, kinds(events)]).toEqual([[commit, commit], ['revisionRefused']]);
  });
});

describe('the branch that nobody named', () => {
  it.each(['', 'file://'])(
    'is told by its name where %s/… is followed, also when it is another one',
    async (scheme) => {
      const repository = new TestRepository();
      repository.write({ 'a.yaml': 'a: 1\n' }).commit();
      const { events, poll, rest } = await follow(`${scheme}${repository.folder}`);
      await rest();
      repository.git('checkout', '--quiet', '-b', 'other');
      await poll();
      const branches = events.flatMap((event) => (event.type === 'sourceRead' ? [event.branch] : []));
      expect(branches).toEqual(['main', 'other']);
    },
  );
});

describe('following a branch', () => {
  it('takes over where it is, and then each commit that a look finds', async () => {
    const { work, url } = remote();
    const first = commit(work, 'a: 1');
    const { taken, poll } = await follow(url);
    commit(work, 'a: 2');
    const third = commit(work, 'a: 3');
    await poll();
    await poll();
    expect(taken).toEqual([first, third]);
  });

  it('looks at once when it is told to', async () => {
    const { work, url } = remote();
    commit(work, 'a: 1');
    const { taken, follower, clock } = await follow(url);
    const second = commit(work, 'a: 2');
    follower.hint();
    await expect.poll(() => taken.at(-1), { timeout: 20_000 }).toBe(second);
    expect(clock.now()).toBe(Date.parse('2026-01-01T00:00:00Z'));
  });

  it('says that a branch went back, once, and follows it when it descends again', async () => {
    const { work, url } = remote();
    const first = commit(work, 'a: 1');
    const second = commit(work, 'a: 2');
    const { taken, events, poll } = await follow(url);
    work.git('push', '--quiet', '--force', 'origin', `${first}:main`);
    await poll();
    await poll();
    expect(taken).toEqual([second]);
    expect(events.filter(({ type }) => type === 'revisionRefused')).toMatchObject([
      { commit: first, reason: 'Rewound' },
    ]);
    const third = commit(work, 'a: 3');
    await poll();
    expect(taken).toEqual([second, third]);
  });

  it('remembers the commit that it took over last, also for a branch that was pushed with force while it was away', async () => {
    const { work, url } = remote();
    const dataDir = temporaryFolder();
    const first = commit(work, 'a: 1');
    const before = await follow(url, { dataDir });
    await before.stop();
    work.git('checkout', '--quiet', '--orphan', 'other');
    work.git('branch', '--quiet', '--delete', '--force', 'main');
    work.git('branch', '--quiet', '--move', 'main');
    const other = commit(work, 'b: 1');
    const { taken, events } = await follow(url, { dataDir });
    expect(taken).toEqual([first]);
    expect(events).toContainEqual(expect.objectContaining({ type: 'revisionRefused', commit: other }));
  });

  it('looks at no branch before it knows which commit it took over last', async () => {
    const { url, dataDir, first, second } = await wentBackWhileAway();
    const mend = breakGit({ where: 'show-ref', how: KILLED });
    const { taken, events, poll } = await follow(url, { dataDir });
    expect([taken, kinds(events)]).toEqual([[], ['sourceFailed']]);
    mend();
    await poll();
    expect(taken).toEqual([second]);
    expect(events).toContainEqual(expect.objectContaining({ commit: first, reason: 'Rewound' }));
  });

  it('remembers the commit that it took over last also where that cannot be read for now', async () => {
    const { work, url, dataDir, first, second } = await wentBackWhileAway();
    const unreadable = new Set([second]);
    const { taken, events, poll } = await follow(url, { dataDir, unreadable });
    expect(taken).toEqual([]);
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'revisionRefused', commit: first, reason: 'Rewound' }),
    );
    work.git('push', '--quiet', 'origin', `${second}:main`);
    unreadable.clear();
    await poll();
    expect(taken).toEqual([second]);
  });

  it('keeps members at what it took over before, as soon as that can be read again', async () => {
    const { work, url } = remote();
    const dataDir = temporaryFolder();
    const first = commit(work, 'a: 1');
    await (await follow(url, { dataDir })).stop();
    work.git('checkout', '--quiet', '--orphan', 'other');
    work.git('push', '--quiet', '--force', 'origin', `${work.write({ 'b.yaml': 'b: 1' }).commit()}:main`);
    const unreadable = new Set([first]);
    const { taken, poll } = await follow(url, { dataDir, unreadable });
    expect(taken).toEqual([]);
    unreadable.clear();
    await poll();
    expect(taken).toEqual([first]);
  });

  it('fetches nothing for a commit that it refused', async () => {
    const { work, url } = remote();
    const first = commit(work, 'a: 1');
    commit(work, 'a: 2');
    const fetches: string[] = [];
    const { poll } = await follow(url, { onFetch: () => fetches.push('fetch') });
    work.git('push', '--quiet', '--force', 'origin', `${first}:main`);
    await poll();
    await poll();
    expect(fetches).toHaveLength(2);
  });

  it('follows a branch wherever it goes where that is allowed', async () => {
    const { work, url } = remote();
    const first = commit(work, 'a: 1');
    const second = commit(work, 'a: 2');
    const { taken, poll } = await follow(url, { allowRewind: true });
    work.git('push', '--quiet', '--force', 'origin', `${first}:main`);
    await poll();
    expect(taken).toEqual([second, first]);
  });

  it('keeps the last commit while the next one cannot be read, and tries it again', async () => {
    const { work, url } = remote();
    const unreadable = new Set<string>();
    const first = commit(work, 'a: 1');
    const { taken, events, poll } = await follow(url, { unreadable });
    const second = commit(work, 'a: 2');
    unreadable.add(second);
    await poll();
    expect(taken).toEqual([first]);
    expect(events.at(-1)).toMatchObject({ type: 'revisionRefused', reason: 'Unreadable', commit: second });
    unreadable.clear();
    await poll();
    expect(taken).toEqual([first, second]);
  });

  it('tries again with growing distance while git does not answer, and starts from what it has', async () => {
    const { work, url, bare } = remote();
    const dataDir = temporaryFolder();
    const first = commit(work, 'a: 1');
    await (await follow(url, { dataDir })).stop();
    renameSync(bare, `${bare}.gone`);
    const { taken, events, clock, poll } = await follow(url, { dataDir });
    expect(taken).toEqual([first]);
    expect(kinds(events)).toEqual(['sourceFailed']);
    const waits = [clock.nextInMs ?? 0];
    await poll();
    waits.push(clock.nextInMs ?? 0);
    expect(waits).toEqual([1000, 2000]);
    renameSync(`${bare}.gone`, bare);
    const second = commit(work, 'a: 2');
    await poll();
    expect(taken).toEqual([first, second]);
    expect(clock.nextInMs).toBe(POLL_MS);
  });

  it('packs its copy when much lies about there', async () => {
    const { work, url } = remote();
    const dataDir = temporaryFolder();
    commit(work, 'a: 1');
    const { poll } = await follow(url, { dataDir });
    const copy = ['--git-dir', path.join(dataDir, 'repository')];
    const files = Array.from({ length: 5000 }, (_, index) => `M 644 inline f/${index}\ndata 4\n${index + 1000}\n`);
    const stream = `commit refs/heads/many\ncommitter a <a@b> 0 +0000\ndata 1\nx\n${files.join('')}`;
    work.gitWith(stream, ...copy, '-c', 'fastimport.unpackLimit=100000', 'fast-import', '--quiet');
    const loose = (): number => Number.parseInt(work.git(...copy, 'count-objects'), 10);
    expect(loose()).toBeGreaterThan(5000);
    commit(work, 'a: 2');
    await poll();
    expect(loose()).toBeLessThan(100);
  });

  it('holds on to the last commit that it took over, also where that cannot be read at first', async () => {
    const { url, dataDir, first, second } = await wentBackWhileAway();
    const unreadable = new Set([second]);
    const { taken, events, poll } = await follow(url, { dataDir, unreadable });
    expect(kinds(events)[0]).toBe('sourceFailed');
    expect(events).toContainEqual(expect.objectContaining({ commit: first, reason: 'Rewound' }));
    expect(taken).toEqual([]);
    unreadable.clear();
    await poll();
    expect(taken).toEqual([second]);
  });

  it('follows a branch of a repository on this machine', async () => {
    const work = new TestRepository();
    const first = commit(work, 'a: 1');
    const { taken, poll } = await follow(work.folder);
    work.write({ 'a.yaml': 'a: 2' });
    await poll();
    expect(taken).toEqual([first]);
    const second = commit(work, 'a: 2');
    await poll();
    expect(taken).toEqual([first, second]);
  });
});
