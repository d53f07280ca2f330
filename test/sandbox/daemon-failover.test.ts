import { renameSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sync } from '../../src/reconcile/index.ts';
import { temporaryFolder } from '../helpers/git-repository.ts';
import { ObservedFleet, QUICK, webOf } from './observed-fleet.ts';

const FOUR = { a: 20, b: 20, c: 20, d: 20 };
const THREE_EACH = { a: 3, b: 3, c: 3, d: 3 };

describe('a cluster that is lost', () => {
  it('moves the replicas of a lost cluster, and takes it back when it has been there for a while', {
    timeout: 60_000,
  }, async () => {
    const fleet = await ObservedFleet.start(FOUR, { 'web.yaml': webOf(12) });
    const daemon = await fleet.daemon();
    await fleet.untilObserved(THREE_EACH);
    await fleet.member('d').pause();
    await fleet.untilReplicas({ a: 4, b: 4, c: 4, d: 3 });
    await expect.poll(() => fleet.status('observations/d.yaml'), { timeout: 20_000 }).toContain('ready: false');
    await fleet.member('d').resume();
    // What ran there all the time was not thrown away.
    await fleet.untilReplicas({ a: 4, b: 1, c: 4, d: 3 });
    expect(daemon.moves()).toEqual(['a 3>4 b 3>4 c 3>4 d 3>-', 'b 4>1 d ->3']);
    expect(daemon.of('observerSuspect')).toEqual([]);
    const deleted = daemon.of('object').filter(({ result }) => result.action === 'deleted');
    expect(deleted).toEqual([]);
  });

  it('moves nothing when three of four are lost, until somebody says that they are gone', {
    timeout: 60_000,
  }, async () => {
    const fleet = await ObservedFleet.start(FOUR, { 'web.yaml': webOf(12) });
    const daemon = await fleet.daemon();
    await fleet.untilObserved(THREE_EACH);
    for (const name of ['b', 'c', 'd']) await fleet.member(name).pause();
    await daemon.until('observerSuspect');
    expect(daemon.of('observerSuspect')).toEqual([{ type: 'observerSuspect', clusters: ['b', 'c', 'd'] }]);
    await expect.poll(() => fleet.status('status.json'), { timeout: 20_000 }).toContain('"suspect": [');
    expect(fleet.status('README.md')).toContain('ObserverSuspect: 3 clusters seem lost at once');
    fleet.repository.write({ 'note.txt': 'x' }).commit('Nothing of it');
    await daemon.until('revisionAccepted', 2);
    expect(daemon.moves()).toEqual([]);
    expect(fleet.replicas()).toEqual(THREE_EACH);

    fleet.repository
      .write({ 'note.txt': 'y' })
      .commit('The fire was real\n\nGitfed-Allow: failover the building is gone');
    await fleet.untilReplicas({ a: 12, b: 3, c: 3, d: 3 });
    await daemon.until('observerTrusted');
    await expect.poll(() => fleet.status('status.json'), { timeout: 20_000 }).not.toContain('suspect');
  });

  it('trusts itself again when the clusters are back', { timeout: 60_000 }, async () => {
    const fleet = await ObservedFleet.start(FOUR, { 'web.yaml': webOf(12) });
    const daemon = await fleet.daemon();
    await fleet.untilObserved(THREE_EACH);
    for (const name of ['c', 'd']) await fleet.member(name).pause();
    await daemon.until('observerSuspect');
    for (const name of ['c', 'd']) await fleet.member(name).resume();
    await daemon.until('observerTrusted');
    expect(daemon.moves()).toEqual([]);
    expect(fleet.replicas()).toEqual(THREE_EACH);
  });

  it('moves nothing by being started again, also in the middle of a failover', { timeout: 60_000 }, async () => {
    const fleet = await ObservedFleet.start(FOUR, { 'web.yaml': webOf(12) });
    const first = await fleet.daemon();
    await fleet.untilObserved(THREE_EACH);
    await fleet.member('d').pause();
    await first.until('observed');
    await first.stop();
    const second = await fleet.daemon();
    await fleet.untilReplicas({ a: 4, b: 4, c: 4, d: 3 });
    await second.until('passFinished', 8);
    expect(second.moves()).toEqual([]);
    expect(fleet.replicas()).toEqual({ a: 4, b: 4, c: 4, d: 3 });
  });

  it('is planned on with by a single pass', { timeout: 60_000 }, async () => {
    const fleet = await ObservedFleet.start(FOUR, { 'web.yaml': webOf(12) });
    const daemon = await fleet.daemon();
    await fleet.untilObserved(THREE_EACH);
    await fleet.member('d').pause();
    await fleet.untilReplicas({ a: 4, b: 4, c: 4, d: 3 });
    await daemon.stop();
    const { clusters } = await sync({
      source: fleet.repository.folder,
      kubeconfig: fleet.kubeconfig,
      requestTimeoutMs: 2000,
    });
    expect(clusters.map(({ cluster, state }) => `${cluster} ${state}`)).toEqual([
      'a Synced',
      'b Synced',
      'c Synced',
      'd NotReady',
    ]);
    expect(clusters.flatMap(({ objects }) => objects).filter(({ action }) => action === 'configured')).toEqual([]);
    expect(fleet.replicas()).toEqual({ a: 4, b: 4, c: 4, d: 3 });
  });

  it('loses its replicas while the git server is down too, and git hears of it later', {
    timeout: 60_000,
  }, async () => {
    const fleet = await ObservedFleet.start(FOUR, { 'web.yaml': webOf(12) });
    const { repository } = fleet;
    const server = path.join(temporaryFolder(), 'server.git');
    repository.git('clone', '--quiet', '--bare', repository.folder, server);
    const daemon = await fleet.daemon({ source: `file://${server}`, dataDir: temporaryFolder() });
    const there = (file: string): string => {
      try {
        return repository.git('--git-dir', server, 'show', `gitfed/status:${file}`);
      } catch {
        return '';
      }
    };
    await fleet.untilReplicas(THREE_EACH);
    await expect.poll(() => there('observations/d.yaml'), { timeout: 20_000 }).toContain('runningAndReadyPods: 3');
    renameSync(server, `${server}.down`);
    await fleet.member('d').pause();
    await fleet.untilReplicas({ a: 4, b: 4, c: 4, d: 3 });
    await daemon.until('statusFailed');
    const [observed] = daemon.of('observed');
    renameSync(`${server}.down`, server);
    await expect.poll(() => there('observations/d.yaml'), { timeout: 30_000 }).toContain('ready: false');
    // What the plan was made from is told there, whatever came after it.
    const trailers = repository.git('--git-dir', server, 'log', '--format=%(trailers)', 'gitfed/status');
    expect(trailers).toContain(`Observations-Tree: ${observed?.tree}`);
  });
});

describe('a status branch elsewhere that cannot be asked', () => {
  it('stops a pass that would plan replicas without it, and no other', { timeout: 60_000 }, async () => {
    const elsewhere = `${QUICK.replace('status: {', 'status: {repository: "file:///nowhere/status.git", ')}`;
    const fleet = await ObservedFleet.start({ a: 20, b: 20 }, { 'gitfed.yaml': elsewhere, 'web.yaml': webOf(4) });
    const pass = () => sync({ source: fleet.repository.folder, kubeconfig: fleet.kubeconfig });
    await expect(pass()).rejects.toThrow(/without it replicas would move/);
    expect(fleet.replicas()).toEqual({ a: undefined, b: undefined });
    fleet.repository.write({ 'web.yaml': webOf(4).split('---\n').slice(0, 2).join('---\n') }).commit('No preference');
    await pass();
    expect(fleet.replicas()).toEqual({ a: expect.any(Number), b: expect.any(Number) });
  });
});
