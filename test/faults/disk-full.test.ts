import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { configMap, FaultyFleet } from './faulty-fleet.ts';
import { mountTinyDisk } from './tiny-disk.ts';

it('a disk that is full keeps the last commit applied, says so, and goes on when there is room', {
  timeout: 180_000,
}, async () => {
  const fleet = await FaultyFleet.start();
  const disk = mountTinyDisk();
  const daemon = await fleet.run({ dataDir: disk.folder });
  await fleet.converges('1');
  await fleet.reports(fleet.repository.work.git('rev-parse', 'HEAD'));

  disk.fill();
  fleet.commit({ 'notes.txt': randomBytes(100_000).toString('hex') });
  const last = fleet.change('2');
  await daemon.says(/git .*the disk is full/);
  fleet.meddle('west', 'two');
  await fleet.converges('1');
  await daemon.says(/status was not written.*disk is full|disk is full.*status was not written/);
  expect(fleet.deletions()).toEqual([]);

  disk.makeRoom();
  await fleet.converges('2');
  await fleet.reports(last);
  await daemon.says(/git answers again/);
  await daemon.says(/status is written again/);
  await daemon.stop();

  // What was accepted is known to the next process, also where the disk was full in between.
  const bare = fleet.repository.bare;
  fleet.repository.work.git('--git-dir', bare, 'update-ref', '-d', 'refs/heads/main');
  const again = await fleet.run({ dataDir: disk.folder });
  await expect.poll(() => again.of('revisionApplied')[0]?.commit, { timeout: 20_000 }).toBe(last);
  await fleet.converges('2');
  expect(fleet.deletions()).toEqual([]);
});

it('a disk that is full while a commit is taken over loses neither the commit nor an object', async () => {
  const fleet = await FaultyFleet.start();
  const disk = mountTinyDisk();
  // The commit is there, and that it was accepted cannot be written any more.
  let isFull = false;
  const daemon = await fleet.run({
    dataDir: disk.folder,
    onEvent: ({ type }) => {
      if (type !== 'revisionAccepted' || isFull) return;
      isFull = true;
      disk.fill();
    },
  });
  await fleet.converges('1');
  await daemon.says(/could not be written. Look whether the disk is full|the disk is full/);
  disk.makeRoom();
  const last = fleet.repository.commit({ 'one.yaml': configMap('one', { a: '2' }) });
  await fleet.converges('2');
  await fleet.reports(last);
  expect(fleet.deletions()).toEqual([]);
});
