import { expect, it } from 'vitest';
import { type FaultedDaemon, FaultyFleet, GITFED } from './faulty-fleet.ts';

interface Followed {
  readonly fleet: FaultyFleet;
  readonly daemon: FaultedDaemon;
  /** The commit of the start, where `one` is 1. */
  readonly first: string;
  /** The commit that is applied, where it is 2. */
  readonly second: string;
}

async function follow(): Promise<Followed> {
  const fleet = await FaultyFleet.start();
  const first = fleet.repository.work.git('rev-parse', 'HEAD');
  const daemon = await fleet.run();
  await fleet.converges('1');
  const second = fleet.change('2');
  await fleet.converges('2');
  await fleet.reports(second);
  return { fleet, daemon, first, second };
}

/** What was applied stays, and goes on being kept in order. */
async function holds({ fleet, daemon }: Followed, value = '2'): Promise<void> {
  daemon.daemon.hint();
  fleet.meddle('east');
  await fleet.converges(value);
  expect(fleet.deletions()).toEqual([]);
}

it('a branch that is sent back is told of and not followed, until it goes on from what is applied', async () => {
  const followed = await follow();
  const { fleet, daemon, first, second } = followed;
  const { work, bare } = fleet.repository;
  work.git('push', '--quiet', '--force', bare, `${first}:refs/heads/main`);
  await daemon.says(/a commit is not followed.*Rewound|Rewound.*a commit is not followed/);
  await daemon.says(new RegExp(`does not descend from ${second}.*it went back`));
  await holds(followed);
  await fleet.reports(second);
  const third = fleet.change('3');
  await fleet.converges('3');
  await fleet.reports(third);
});

it('an unrelated history that is pushed with force deletes nothing, also after a restart', async () => {
  const followed = await follow();
  const { fleet, daemon, second } = followed;
  const { work, bare } = fleet.repository;
  work.git('checkout', '--quiet', '--orphan', 'other');
  work.git('rm', '--quiet', '-r', '-f', '.');
  const other = work.write({ 'gitfed.yaml': GITFED }).commit();
  work.git('push', '--quiet', '--force', bare, `${other}:refs/heads/main`);
  await daemon.says(/Rewound/);
  await holds(followed);
  await daemon.stop();
  const again = await fleet.run({ dataDir: daemon.dataDir });
  await again.says(/Rewound/);
  await holds({ ...followed, daemon: again });

  work.git('checkout', '--quiet', '--force', 'main');
  expect(work.git('rev-parse', 'HEAD')).toBe(second);
  const third = fleet.change('3');
  await fleet.converges('3');
  await fleet.reports(third);
});

it('a branch that is deleted leaves what is applied in order, and is followed again when it is back', async () => {
  const followed = await follow();
  const { fleet, daemon } = followed;
  const { work, bare } = fleet.repository;
  work.git('--git-dir', bare, 'update-ref', '-d', 'refs/heads/main');
  await daemon.says(/HEAD of .* no branch that is there.*git does not answer as it should/);
  await holds(followed);
  const third = fleet.change('3');
  daemon.daemon.hint();
  await fleet.converges('3');
  await fleet.reports(third);
  await daemon.says(/git answers again/);
});

it('a default branch that gets another name is followed under that', async () => {
  const { fleet, daemon } = await follow();
  const { work, bare } = fleet.repository;
  work.git('--git-dir', bare, 'branch', '--quiet', '--move', 'main', 'trunk');
  const third = work.write({ 'three.yaml': '' }).commit();
  work.git('push', '--quiet', bare, `${third}:refs/heads/trunk`);
  await expect.poll(() => daemon.of('revisionApplied').at(-1)?.commit, { timeout: 20_000 }).toBe(third);
  await fleet.converges('2');
  await fleet.reports(third);
  expect(fleet.deletions()).toEqual([]);
});

it('a commit that empties the repository deletes nothing, and says how much waits', async () => {
  const followed = await follow();
  const { fleet, daemon } = followed;
  const removed = { 'one.yaml': null, 'two.yaml': null, 'namespace.yaml': null };
  const emptied = fleet.commit(removed);
  await daemon.says(/deletions wait.*PruneBlocked|PruneBlocked.*deletions wait/);
  await fleet.reports(emptied, { east: 'Failed', west: 'Failed' });
  await fleet.converges('2');
  expect(fleet.deletions()).toEqual([]);
  fleet.repository.work.git('revert', '--no-edit', 'HEAD');
  const reverted = fleet.commit({});
  await fleet.reports(reverted);
  await daemon.says(/nothing waits to be deleted any more/);
  await holds(followed);
});

it('a commit that removes everything, the clusters too, leaves them as they are', async () => {
  const followed = await follow();
  const { fleet, daemon } = followed;
  const { work } = fleet.repository;
  work.git('rm', '--quiet', '-r', '.');
  fleet.commit({ 'README.md': 'Nothing is left.\n' });
  await expect.poll(() => daemon.of('clusterLeft').length, { timeout: 20_000 }).toBe(2);
  await fleet.converges('2');
  expect(fleet.deletions()).toEqual([]);
  work.git('revert', '--no-edit', 'HEAD');
  const reverted = fleet.commit({});
  await fleet.reports(reverted);
  await holds(followed);
});

it('a file that is broken holds its object, and the rest of the commit goes on', async () => {
  const { fleet, daemon } = await follow();
  const broken = fleet.commit({
    'one.yaml': 'apiVersion: types.kubefed.io/v1beta1\nkind: FederatedConfigMap\n  metadata: {name: one\n',
    'two.yaml': fleet.repository.work.git('show', 'HEAD:two.yaml').replace('"a": "1"', '"a": "two"'),
  });
  await fleet.holds({ one: { a: '2' }, two: { a: 'two' } });
  await daemon.says(/one\.yaml/);
  await expect.poll(() => fleet.status('status.json') ?? '', { timeout: 20_000 }).toContain(broken);
  expect(fleet.deletions()).toEqual([]);
  fleet.commit({ 'two.yaml': fleet.repository.work.git('show', 'HEAD~1:two.yaml') });
  const mended = fleet.change('4');
  await fleet.converges('4');
  await fleet.reports(mended);
  await daemon.says(/findings are gone/);
  expect(fleet.deletions()).toEqual([]);
});

it.each([
  ['is no YAML', 'inventory: [faults\n'],
  ['has a setting that there is not', `${GITFED}nonsense: true\n`],
])('a gitfed.yaml that %s deletes nothing, is named, and is mended by the next commit', async (_title, text) => {
  const followed = await follow();
  const { fleet, daemon } = followed;
  fleet.commit({ 'gitfed.yaml': text });
  await daemon.says(/InvalidConfiguration.*gitfed\.yaml/);
  // What was said of drift before still counts.
  await holds({ ...followed, daemon });
  await daemon.stop();
  const again = await fleet.run({ dataDir: daemon.dataDir });
  await again.says(/InvalidConfiguration.*gitfed\.yaml/);
  // Nobody remembers it: somebody's change is told of, and left alone until it is known.
  fleet.meddle('east');
  await expect.poll(() => fleet.status('status.json') ?? '', { timeout: 20_000 }).toMatch(/"reported": 1/);
  expect(fleet.maps('east')).toEqual({ one: { a: 'by hand' }, two: { a: '1' } });
  expect(fleet.deletions()).toEqual([]);
  fleet.commit({ 'gitfed.yaml': GITFED });
  await fleet.converges('2');
  const mended = fleet.change('3');
  await fleet.converges('3');
  await fleet.reports(mended);
  expect(fleet.deletions()).toEqual([]);
});

it('fifty commits while a cluster is away bring it to the last one, and never to one between', async () => {
  const { fleet, daemon } = await follow();
  const west = fleet.sandbox('west');
  await west.pause('refusing');
  await daemon.says(/the cluster is not ready/);
  west.clearRequestLog();
  let last = '';
  for (let count = 1; count <= 50; count += 1) {
    last = fleet.change(`n${count}`);
    daemon.daemon.hint();
  }
  await fleet.converges('n50', ['east']);
  await fleet.reports(last, { east: 'Synced', west: 'NotReady' });
  await west.resume();
  await fleet.converges('n50');
  await fleet.reports(last);
  await daemon.says(/the cluster is in order again/);
  expect(fleet.writes().filter((line) => line.startsWith('west '))).toEqual([
    'west PATCH /api/v1/namespaces/shop/configmaps/one',
  ]);
  expect(fleet.deletions()).toEqual([]);
});

it('a cluster that leaves the repository and comes back while it is away is brought in order, and loses nothing', async () => {
  const { fleet, daemon } = await follow();
  const west = fleet.sandbox('west');
  await west.pause('hanging');
  await daemon.says(/the cluster is not ready/);
  const registration = fleet.repository.work.git('show', 'HEAD:clusters/west.yaml');
  fleet.commit({ 'clusters/west.yaml': null });
  await daemon.says(/a cluster is not registered any more/);
  fleet.commit({ 'clusters/west.yaml': `${registration}\n` });
  const last = fleet.change('3');
  await fleet.converges('3', ['east']);
  await west.resume();
  await fleet.converges('3');
  await fleet.reports(last);
  expect(fleet.deletions()).toEqual([]);
});

it('two daemons on the same repository and clusters agree, and do not fight', async () => {
  const fleet = await FaultyFleet.start();
  const [a, b] = [await fleet.run(), await fleet.run()];
  const lookOften = async (): Promise<void> => {
    for (const { daemon } of [a, b]) daemon.hint();
    const reads = [a, b].map(({ of }) => of('sourceRead').length);
    for (const [index, { of }] of [a, b].entries()) {
      await expect.poll(() => of('sourceRead').length, { timeout: 20_000 }).toBeGreaterThan((reads[index] ?? 0) + 5);
    }
  };
  for (const value of ['2', '3', '4']) {
    const commit = fleet.change(value);
    await fleet.converges(value);
    await fleet.reports(commit);
  }
  fleet.meddle('west');
  await fleet.converges('4');
  const last = fleet.change('5');
  await fleet.converges('5');
  for (const daemon of [a, b]) {
    await expect.poll(() => daemon.of('revisionApplied').at(-1)?.commit, { timeout: 30_000 }).toBe(last);
    await expect
      .poll(
        () =>
          daemon
            .of('passFinished')
            .slice(-2)
            .map(({ result }) => result.state),
        { timeout: 30_000 },
      )
      .toEqual(['Synced', 'Synced']);
  }
  await fleet.reports(last);
  // Its birth, four changes and what was put back: once, or by each of them where both saw it at the same time. One that is behind by a
  // commit may take the newer content for drift, until it is there itself.
  const writes = fleet.writes().filter((line) => line === 'west PATCH /api/v1/namespaces/shop/configmaps/one');
  expect(writes.length).toBeGreaterThanOrEqual(6);
  expect(writes.length).toBeLessThanOrEqual(24);
  // One that was behind told of its drift beside a newer commit, and tells of all of it once it is there itself.
  await lookOften();
  const settled = fleet.writes().length;
  const commits = fleet.statusCommits;
  await lookOften();
  expect(fleet.writes().length).toBe(settled);
  expect(fleet.statusCommits).toBe(commits);
  expect(fleet.deletions()).toEqual([]);
});
