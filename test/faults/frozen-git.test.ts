import { expect, it, onTestFinished } from 'vitest';
import { type GitRequest, startGitServer } from '../git-server/git-server.ts';
import { TestRepository } from '../helpers/git-repository.ts';
import { FaultyFleet } from './faulty-fleet.ts';

it('a git server that takes requests and never answers is given up on, and keeps nobody from ending', async () => {
  const fleet = await FaultyFleet.start();
  const { folder, name } = fleet.repository;
  const server = await startGitServer({ folder });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const daemon = await fleet.run({ source: `${server.url}/${name}` });
  await fleet.converges('1');
  await fleet.reports(fleet.repository.work.git('rev-parse', 'HEAD'));

  server.fault({ kind: 'silent' });
  server.log.length = 0;
  await expect.poll(() => server.log.length, { timeout: 20_000 }).toBeGreaterThan(0);
  fleet.change('2');
  fleet.meddle('west', 'two');
  await fleet.converges('1');
  await daemon.says(/git .*gave no answer in time/, { timeout: 45_000 });
  server.fault(undefined);
  daemon.daemon.hint();
  await fleet.converges('2');
  await daemon.says(/git answers again/);

  // The push of what it did last is waited for some seconds, not as long as git would.
  server.fault({ kind: 'silent' });
  fleet.meddle('west', 'two');
  await fleet.converges('2');
  const isUnanswered = ({ service, status }: GitRequest): boolean => service === 'git-receive-pack' && status === 0;
  await expect.poll(() => server.log.filter(isUnanswered).length, { timeout: 20_000 }).toBeGreaterThan(0);
  await daemon.stop();
  expect(daemon.lines.at(-1)?.msg).toBe('stopped');
  await daemon.says(/StatusPushRefused: .*no answer in time/);
  server.fault(undefined);
  await fleet.run({ source: `${server.url}/${name}`, dataDir: daemon.dataDir });
  await fleet.reports(fleet.repository.work.git('rev-parse', 'HEAD'));
  expect(fleet.deletions()).toEqual([]);
}, 150_000);

it('a repository of the status that never answers delays commits by seconds, and stops none', async () => {
  const fleet = await FaultyFleet.start();
  const elsewhere = new TestRepository({ bare: true });
  const server = await startGitServer({ folder: elsewhere.folder });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const daemon = await fleet.run({ status: { repository: `${server.url}/.` } });
  await fleet.converges('1');
  server.fault({ kind: 'silent' });
  const commit = fleet.change('2');
  await fleet.converges('2');
  fleet.meddle('west');
  await fleet.converges('2');
  expect(daemon.of('revisionApplied').at(-1)?.commit).toBe(commit);
  expect(fleet.deletions()).toEqual([]);
  await server.stop();
}, 90_000);
