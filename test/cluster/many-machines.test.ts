import { expect } from 'vitest';
import { describe, test } from '../controlplane/fixtures.ts';
import { ManyMachines, Meddler } from './many-machines.ts';

describe('three daemons that share twelve clusters', () => {
  test('have one cluster each at a time', { timeout: 300_000 }, async ({ freshClusters }) => {
    const [home] = await freshClusters(1);
    const machines = await ManyMachines.start(home, 12);
    for (const name of ['a', 'b', 'c']) machines.run(name);
    await machines.settle(['a', 'b', 'c']);
    const meddler = new Meddler(machines.fleet);
    await machines.fleet.reports(machines.fleet.repository.work.git('rev-parse', 'HEAD'));
    console.log(machines.owners(), machines.leader(), machines.fleet.repository.work.git('--git-dir', machines.fleet.repository.bare, 'log', '--format=%h %p %s', 'gitfed/status'));
    await expect.poll(() => machines.expectOneWriter(), { timeout: 60_000 }).toBeGreaterThan(200);
    console.log(meddler.longestMs());
  });
});
