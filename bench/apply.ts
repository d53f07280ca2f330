/**
 * 300 federated ConfigMaps in 3 real API servers, created, changed and unchanged: how long gitfed takes as a fresh process, beside
 * `kubectl apply --server-side` and beside a bare flood of the same requests; and what one frozen API server does to the other two.
 * Run with `npm run bench:apply -- [--objects N] [--rounds N] [--cpu-prof FOLDER]`.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { startControlPlane } from '../test/controlplane/control-plane.ts';
import { type Contender, flood, type Gitfed, gitfed, kubectl } from './apply/contenders.ts';
import { Fleet } from './apply/fleet.ts';
import { measureFrozen } from './apply/frozen.ts';
import { ensureKubectl } from './apply/kubectl.ts';
import { formatFrozen, formatRounds, type Phase, type Round } from './apply/table.ts';

const ROOT = resolve(import.meta.dirname, '..');
const MOST_FROZEN_ROUNDS = 3;

const { values } = parseArgs({
  options: {
    objects: { type: 'string', default: '300' },
    rounds: { type: 'string', default: '5' },
    'cpu-prof': { type: 'string' },
  },
});
const objects = positive('objects', values.objects);
const rounds = positive('rounds', values.rounds);

const scratch = mkdtempSync(join(tmpdir(), 'gitfed-bench-'));
try {
  const program = buildGitfed();
  const kubectlProgram = await ensureKubectl();
  await using controlPlane = await startControlPlane({ clusters: 3 });
  const { clusters } = controlPlane;
  const contenders = [gitfed(program), kubectl(kubectlProgram, join(scratch, 'kubectl')), flood()];

  const measured: Round[] = [];
  for (let number = 1; number <= rounds; number += 1) {
    const round = await measureRound(contenders, number);
    console.log(`round ${number}: ${Object.entries(round).map(roundText).join('; ')}`);
    measured.push(round);
  }
  console.log(
    `\n${objects} ConfigMaps × ${clusters.length} API servers, median of ${rounds} rounds (fastest–slowest):\n`,
  );
  console.log(formatRounds(measured));

  const frozenRounds = Math.min(rounds, MOST_FROZEN_ROUNDS);
  const frozen = await measureFrozen(newFleet('frozen'), program, frozenRounds);
  console.log(`\n${formatFrozen(frozen)}`);

  function newFleet(name: string): Fleet {
    return new Fleet({ name, clusters, objects, folder: join(scratch, name), program });
  }

  /** Every contender has a namespace of its own; in each phase they take turns, so that what else the machine does hits all of them. */
  async function measureRound(all: readonly Contender[], number: number): Promise<Round> {
    const fleets = all.map(({ name }) => newFleet(`${name}-${number}`));
    const round = { created: {}, changed: {}, unchanged: {} } as Record<Phase, Record<string, number>>;
    for (const fleet of fleets) await fleet.prepare();
    for (const phase of ['created', 'changed', 'unchanged'] as const) {
      for (const [index, contender] of all.entries()) {
        const fleet = fleets[index];
        if (fleet === undefined) continue;
        if (phase !== 'unchanged') fleet.commit(phase);
        round[phase][contender.name] = await contender.run(fleet, phase);
        await fleet.verify();
      }
    }
    for (const fleet of fleets) await fleet.remove();
    return round;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function roundText([phase, times]: [string, Readonly<Record<string, number>>]): string {
  return `${phase} ${Object.entries(times)
    .map(([name, ms]) => `${name} ${ms.toFixed(0)} ms`)
    .join(', ')}`;
}

/** A copy, so that a build during the measurement does not change what is measured. */
function buildGitfed(): Gitfed {
  execFileSync(process.execPath, ['scripts/build.ts'], { cwd: ROOT, stdio: 'inherit' });
  for (const part of ['bin', 'dist/cli', 'package.json']) {
    cpSync(join(ROOT, part), join(scratch, 'gitfed', part), { recursive: true });
  }
  const profile = values['cpu-prof'];
  return {
    main: join(scratch, 'gitfed', 'bin', 'gitfed.js'),
    ...(profile === undefined ? {} : { profileFolder: resolve(profile) }),
  };
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`--${option} is a whole number above 0, not ${JSON.stringify(text)}`);
}
