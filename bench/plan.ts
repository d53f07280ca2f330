/**
 * Planning again from other observations, as a daemon does it: every workload of a fleet, and one of them; and how the planner alone grows
 * with clusters and with replicas, beside what KubeFed's documentation says of its own.
 * `npm run bench:plan -- [--workloads 5000] [--clusters 100] [--rounds 9] [--cpu-prof]`
 */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { formatObservation, type Rendering, readObservationFiles, type SeenCluster } from '../src/render/index.ts';
import { fleet, ofOne, seenAs } from './plan/fleet.ts';
import { growthRows } from './plan/growth.ts';
import { Planner } from './plan/planner.ts';
import { formatTable, spread } from './table.ts';

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
console.log(`${formatTable(['planned again', 'time', 'plans', 'manifests that are new'], fleetRows())}\n`);
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

function fleetRows(): readonly string[][] {
  const model = fleet(workloads, clusters);
  const began = performance.now();
  const planner = new Planner(model);
  const first = performance.now() - began;
  const rows = [['the first time, nothing observed', spread([first]), workloads.toLocaleString('en'), '–']];
  const measure = (title: string, change: (round: number) => ReadonlyMap<string, SeenCluster>): void => {
    const times: number[] = [];
    let [planned, changed] = [0, 0];
    for (let round = 0; round < rounds; round += 1) {
      const seen = change(round);
      const [rendering, before] = [planner.rendering, planner.planned];
      const start = performance.now();
      planner.look(seen);
      times.push(performance.now() - start);
      planned = planner.planned - before;
      changed = changedManifests(rendering, planner.rendering);
    }
    rows.push([title, spread(times), planned.toLocaleString('en'), changed.toLocaleString('en')]);
  };
  const somewhere = (workload: number, round: number): string => `cluster-${(workload + round) % clusters}`;
  measure('every workload: one replica finds no node', (round) =>
    seenAs(planner.rendering, model, (workload, cluster) => (cluster === somewhere(workload, round) ? 1n : 0n)),
  );
  measure('every workload, as files: written and read again', (round) => {
    const texts = [...planner.observations.clusters].map(
      ([name, one]) => [`${name}.yaml`, formatObservation(name, one)] as const,
    );
    planner.observations = readObservationFiles(new Map(texts));
    return seenAs(planner.rendering, model, (workload, cluster) => (cluster === somewhere(workload, round) ? 1n : 0n));
  });
  let calm = seenAs(planner.rendering, model, () => 0n);
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
