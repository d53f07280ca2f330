/**
 * A daemon at work: how long a commit takes to the clusters and to the status on 3 real API servers, beside kubectl; and what 100 simulated
 * clusters of 1,000 objects each cost in memory and time, at rest and with each change.
 * Run with `npm run bench:daemon -- [--only real|fleet] [--commits N] [--objects N] [--clusters N] [--idle SECONDS] [--cpu-prof FOLDER]`.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { startControlPlane } from '../test/controlplane/control-plane.ts';
import { ensureKubectl } from './apply/kubectl.ts';
import { buildDaemon, type DaemonProgram } from './daemon/daemon-process.ts';
import { formatFleet, measureFleet } from './daemon/fleet.ts';
import { measureRealClusters } from './daemon/real-clusters.ts';
import { formatReal, loadText } from './daemon/table.ts';

const ROOT = resolve(import.meta.dirname, '..');
const MEMORY = '/dev/shm';
const MOST_FLEET_COMMITS = 5;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    commits: { type: 'string', default: '20' },
    objects: { type: 'string' },
    clusters: { type: 'string', default: '100' },
    idle: { type: 'string', default: '60' },
    'cpu-prof': { type: 'string' },
    'heap-snapshot': { type: 'string' },
  },
});

const scratch = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'gitfed-bench-'));
try {
  const profileFolder = values['cpu-prof'];
  const daemon: DaemonProgram = {
    main: await buildDaemon(scratch),
    ...(profileFolder === undefined ? {} : { profileFolder: resolve(profileFolder) }),
  };
  if (values.only !== 'fleet') await real(daemon);
  if (values.only !== 'real') await fleet(daemon);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function real(daemon: DaemonProgram): Promise<void> {
  const gitfed = buildGitfed();
  const kubectl = await ensureKubectl();
  await using controlPlane = await startControlPlane({ clusters: 3 });
  const { clusters } = controlPlane;
  const objects = positive('objects', values.objects ?? '300');
  const commits = positive('commits', values.commits);
  const result = await measureRealClusters({
    clusters,
    objects,
    commits,
    folder: join(scratch, 'real'),
    daemon,
    gitfed,
    kubectl,
  });
  console.log(
    `\n${objects} ConfigMaps × ${clusters.length} API servers, ${commits} commits of each kind (${loadText()}):\n`,
  );
  console.log(formatReal(result));
  console.log(`\nResident memory of the daemon: ${result.residentMb.toFixed(0)} MB`);
}

async function fleet(daemon: DaemonProgram): Promise<void> {
  const heapSnapshot = values['heap-snapshot'];
  const input = {
    clusters: positive('clusters', values.clusters),
    objects: positive('objects', values.objects ?? '1000'),
    idleMs: positive('idle', values.idle) * 1000,
    rounds: Math.min(MOST_FLEET_COMMITS, positive('commits', values.commits)),
    folder: join(scratch, 'fleet'),
    daemon,
    ...(heapSnapshot === undefined ? {} : { heapSnapshot: resolve(heapSnapshot) }),
  };
  const result = await measureFleet(input);
  console.log(`\n${input.clusters} simulated clusters × ${input.objects} objects (${loadText()}):\n`);
  console.log(formatFleet(result));
}

/** A copy, so that a build during the measurement does not change what is measured. */
function buildGitfed(): string {
  execFileSync(process.execPath, ['scripts/build.ts'], { cwd: ROOT, stdio: 'inherit' });
  for (const part of ['bin', 'dist/cli', 'package.json']) {
    cpSync(join(ROOT, part), join(scratch, 'gitfed', part), { recursive: true });
  }
  return join(scratch, 'gitfed', 'bin', 'gitfed.js');
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`--${option} is a whole number above 0, not ${JSON.stringify(text)}`);
}
