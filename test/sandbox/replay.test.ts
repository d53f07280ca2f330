import { describe, expect, it } from 'vitest';
import { gitfed } from '../cli/run-gitfed.ts';
import { ObservedFleet, webOf } from './observed-fleet.ts';

interface Planned {
  readonly observationsTree: string;
  readonly sourceCommit: string;
  readonly workloads: readonly {
    readonly clusters: readonly { readonly cluster: string; readonly replicas: number }[];
  }[];
}

async function replayed(fleet: ObservedFleet, ...names: readonly string[]): Promise<Planned> {
  const { code, stdout, stderr } = await gitfed(['replay', ...names, '-o', 'json'], fleet.repository.folder);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Planned;
}

function numbers({ workloads }: Planned): Readonly<Record<string, number>> {
  const clusters = workloads.flatMap((workload) => workload.clusters);
  return Object.fromEntries(clusters.map(({ cluster, replicas }) => [cluster, replicas]));
}

describe('what a daemon planned', () => {
  it('is planned again from what it committed, for each plan that it made', { timeout: 90_000 }, async () => {
    const fleet = await ObservedFleet.start({ a: 20, b: 3, c: 20, d: 20 }, { 'web.yaml': webOf(16) });
    const daemon = await fleet.daemon();
    // b has room for three of its four; then d is lost.
    await daemon.until('observed', 1);
    await fleet.member('d').stop();
    await daemon.until('observed', 2);
    const commit = fleet.repository.git('rev-parse', 'HEAD');
    const events = daemon.of('observed');
    await expect
      .poll(
        () =>
          fleet.repository.git('log', '-1', '--format=%(trailers:key=Observations-Tree,valueonly)', 'gitfed/status'),
        {
          timeout: 30_000,
        },
      )
      .toBe(events.at(-1)?.tree);
    await expect
      .poll(async () => (await gitfed(['replay', '--check'], fleet.repository.folder)).stdout, { timeout: 30_000 })
      .toContain('This is what was applied in 3 clusters.');
    await daemon.stop();

    const known: Record<string, number> = { a: 4, b: 4, c: 4, d: 4 };
    for (const { tree, moves, commit: planned } of daemon.of('observed')) {
      for (const { cluster, to } of moves) known[cluster] = Number(to ?? 0n);
      const again = await replayed(fleet, planned, tree);
      expect({ a: 0, b: 0, c: 0, d: 0, ...numbers(again) }).toEqual(known);
      expect(again).toMatchObject({ sourceCommit: commit, observationsTree: tree });
    }
    // Each status commit says the pair that it tells of.
    const log = fleet.repository.git(
      'log',
      '--format=%H %(trailers:key=Observations-Tree,valueonly,separator=)',
      'gitfed/status',
    );
    for (const line of log.split('\n')) {
      const [status = '', tree = ''] = line.split(' ');
      expect(await replayed(fleet, status)).toEqual(await replayed(fleet, commit, tree));
    }
    const { stdout } = await gitfed(['explain', 'deploy/web'], fleet.repository.folder);
    expect(stdout).toContain('  b has room for 3: ');
    expect(stdout).toContain('  d is not ready: it takes no part\n');
  });
});
