/**
 * Planning again from other observations, as a daemon does it: every workload of a fleet, and one of them; and how the planner alone grows
 * with clusters and with replicas, beside what KubeFed's documentation says of its own.
 * `npm run bench:plan -- [--workloads 5000] [--clusters 100] [--rounds 9]`
 */
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { Model } from '../src/api/index.ts';
import { formatObservation, type Rendering, readObservationFiles, type SeenCluster } from '../src/render/index.ts';
import { fleet, ofOne, seenAs } from './plan/fleet.ts';
import { growthRows } from './plan/growth.ts';
import { Planner } from './plan/planner.ts';
import { formatTable, median, spread } from './table.ts';

const { values } = parseArgs({
  options: {
    workloads: { type: 'string', default: '5000' },
    clusters: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '9' },
  },
});
const [workloads, clusters, rounds] = [values.workloads, values.clusters, values.rounds].map(Number) as [
  number,
  number,
  number,
];

console.log(`${workloads.toLocaleString('en')} workloads × ${clusters} clusters\n`);
console.log(`${formatTable(['planned again', 'time', 'CPU', 'plans', 'new manifests'], fleetRows())}\n`);
console.log(
  `Resident in all: ${megabytes(process.memoryUsage().rss)}, in use: ${megabytes(process.memoryUsage().heapUsed)}.\n`,
);
console.log(
  formatTable(
    ['clusters', 'replicas', 'one plan', 'clusters² × log₂ replicas, from the first row'],
    growthRows(rounds),
  ),
);

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

interface Took {
  readonly ms: number;
  /** Of all threads: collecting garbage is done by several. */
  readonly cpuMs: number;
}

function timed(run: () => unknown): Took {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  run();
  const { user, system } = process.cpuUsage(cpu);
  return { ms: performance.now() - start, cpuMs: (user + system) / 1000 };
}

function rowOf(title: string, took: readonly Took[], planned: string, changed: string): string[] {
  const cpu = `${median(took.map(({ cpuMs }) => cpuMs)).toFixed(0)} ms`;
  return [title, spread(took.map(({ ms }) => ms)), cpu, planned, changed];
}

function fleetRows(): readonly string[][] {
  const model = fleet(workloads, clusters);
  let planner: Planner | undefined;
  const first = timed(() => {
    planner = new Planner(model);
  });
  return planner === undefined
    ? []
    : [
        rowOf('the first time, nothing observed', [first], workloads.toLocaleString('en'), '–'),
        ...rowsOf(planner, model),
      ];
}

function rowsOf(planner: Planner, model: Model): readonly string[][] {
  const rows: string[][] = [];
  const measure = (title: string, change: (round: number) => ReadonlyMap<string, SeenCluster>): void => {
    const times: Took[] = [];
    let [planned, changed] = [0, 0];
    for (let round = 0; round < rounds; round += 1) {
      const seen = change(round);
      const [rendering, before] = [planner.rendering, planner.planned];
      times.push(timed(() => planner.look(seen)));
      planned = planner.planned - before;
      changed = changedManifests(rendering, planner.rendering);
    }
    rows.push(rowOf(title, times, planned.toLocaleString('en'), changed.toLocaleString('en')));
  };
  const somewhere = (workload: number, round: number): string => `cluster-${(workload + round) % clusters}`;
  measure('every workload: one replica finds no node', (round) =>
    seenAs(planner.rendering, model, (workload, cluster) => (cluster === somewhere(workload, round) ? 1n : 0n)),
  );
  const texts = (): ReadonlyMap<string, string> =>
    new Map([...planner.observations.clusters].map(([name, one]) => [`${name}.yaml`, formatObservation(name, one)]));
  const written = texts();
  rows.push(rowOf('their observations, written as files', [timed(texts)], '–', '–'));
  rows.push(rowOf('read from them', [timed(() => readObservationFiles(written))], '–', '–'));
  let calm = seenAs(planner.rendering, model, () => 0n);
  planner.look(calm);
  // What was planned anew is looked at once more.
  planner.look(calm);
  measure('one workload: one replica finds no node', (round) => {
    calm = ofOne(planner, model, calm, (round * 7) % workloads, `cluster-${round % clusters}`);
    return calm;
  });
  measure('one workload: what was planned runs', (round) => {
    calm = ofOne(planner, model, calm, (round * 7) % workloads, undefined);
    return calm;
  });
  measure('a cluster is lost, or back', (round) => {
    const lost = calm.get('cluster-0');
    if (lost === undefined) return calm;
    return new Map([...calm, ['cluster-0', { ...lost, ready: round % 2 === 1 }]]);
  });
  return rows;
}

function changedManifests(before: Rendering, after: Rendering): number {
  let changed = 0;
  for (const [index, { objects }] of after.clusters.entries()) {
    const old = before.clusters[index]?.objects ?? [];
    if (old === objects) continue;
    for (const [at, object] of objects.entries()) if (old[at]?.manifest !== object.manifest) changed += 1;
  }
  return changed;
}
