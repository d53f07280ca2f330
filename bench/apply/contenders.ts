import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import type { Fleet } from './fleet.ts';
import type { FloodJob } from './flood.ts';
import type { Phase } from './table.ts';

/** Somebody who brings a fleet's objects into its clusters, in processes of its own. */
export interface Contender {
  readonly name: string;
  /** @returns milliseconds from the start of the first process to the end of the last. @throws {Error} when one fails. */
  readonly run: (fleet: Fleet, phase: Phase) => Promise<number>;
}

export interface Gitfed {
  /** The built command. */
  readonly main: string;
  /** Where CPU profiles go, with the phase in their names. */
  readonly profileFolder?: string;
}

export function gitfed({ main, profileFolder }: Gitfed): Contender {
  return {
    name: 'gitfed',
    run: (fleet, phase) => {
      const profile =
        profileFolder === undefined
          ? []
          : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`, `--cpu-prof-name=${phase}-${fleet.name}.cpuprofile`];
      const args = [...profile, main, 'sync', fleet.repository, '--credentials-dir', fleet.credentials];
      return timed(() => runProgram(process.execPath, args));
    },
  };
}

/** Three processes side by side, with the cache folder that kubectl has with everybody who used it before. */
export function kubectl(program: string, home: string): Contender {
  return {
    name: 'kubectl',
    run: (fleet) => {
      const commands = fleet.clusters.map((cluster) => [
        `--kubeconfig=${fleet.kubeconfig(cluster)}`,
        `--cache-dir=${join(home, cluster.name)}`,
        'apply',
        '--server-side',
        '--force-conflicts',
        '--recursive',
        '-f',
        join(fleet.manifests, cluster.name, fleet.name),
      ]);
      return timed(() => Promise.all(commands.map((args) => runProgram(program, args))));
    },
  };
}

/** The requests and nothing else: what they cost the API servers and the machine. */
export function flood(): Contender {
  const script = resolve(import.meta.dirname, 'flood.ts');
  return {
    name: 'flood',
    run: async (fleet) => {
      const file = join(fleet.credentials, 'flood.json');
      mkdirSync(fleet.credentials, { recursive: true });
      writeFileSync(file, JSON.stringify(floodJobs(fleet)));
      return await timed(() => runProgram(process.execPath, [script, file]));
    },
  };
}

function floodJobs(fleet: Fleet): readonly FloodJob[] {
  return fleet.clusters.map((cluster) => ({
    url: cluster.url,
    ca: Buffer.from(cluster.caBundle, 'base64').toString(),
    token: cluster.adminToken,
    requests: fleet.configMaps(cluster).map((manifest) => {
      const { name } = (manifest as { readonly metadata: { readonly name: string } }).metadata;
      return { path: `${fleet.collection}/${name}?fieldManager=flood&force=true`, body: JSON.stringify(manifest) };
    }),
  }));
}

export async function timed(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

/** @throws {Error} with what the program said, for an exit code other than `expected`. */
export async function runProgram(program: string, args: readonly string[], expected = 0): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const code = new Promise<number | null>((done, fail) => {
    child.once('error', fail).once('close', done);
  });
  const [exit, out, err] = await Promise.all([code, text(child.stdout), text(child.stderr)]);
  if (exit !== expected) {
    throw new Error(`${program} ${args.join(' ')}: exit code ${exit}\n${`${out}${err}`.slice(-2000)}`);
  }
}
