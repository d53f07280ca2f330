import { request } from 'node:https';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { createInterface } from 'node:readline/promises';
import type { Cluster } from '../../test/controlplane/cluster.ts';
import { type Gitfed, runProgram } from './contenders.ts';
import { type ConfigMapList, expectStatus, type Fleet } from './fleet.ts';
import type { FrozenResult, FrozenRound } from './table.ts';

/** Changes every object with three healthy clusters, then with the third one frozen, in turn. */
export async function measureFrozen(fleet: Fleet, { main }: Gitfed, rounds: number): Promise<FrozenResult> {
  const allHealthy: FrozenRound[] = [];
  const oneFrozen: FrozenRound[] = [];
  await fleet.prepare();
  fleet.commit('first');
  await measure(fleet, main, 0);
  for (let round = 1; round <= rounds; round += 1) {
    fleet.commit(`healthy ${round}`);
    allHealthy.push(await measure(fleet, main, 0));
    fleet.commit(`frozen ${round}`);
    const last = fleet.clusters.at(-1);
    last?.freeze();
    oneFrozen.push(await measure(fleet, main, 1));
    last?.thaw();
    await last?.waitReady();
  }
  await fleet.remove();
  return { allHealthy, oneFrozen };
}

async function measure(fleet: Fleet, main: string, exitCode: number): Promise<FrozenRound> {
  const watches = await Promise.all(fleet.clusters.slice(0, -1).map((cluster) => watchChanges(cluster, fleet)));
  const start = performance.now();
  const args = [main, 'sync', fleet.repository, '--credentials-dir', fleet.credentials];
  await runProgram(process.execPath, args, exitCode);
  const end = performance.now();
  const ends = await Promise.all(watches.map(({ done }) => done));
  return { healthyMs: Math.max(...ends) - start, totalMs: end - start };
}

interface ChangeWatch {
  /** When the last of the fleet's objects was written, on the clock of `performance.now()`. */
  readonly done: Promise<number>;
}

/** The API server tells of every write: nothing has to be asked while gitfed works. Resolves when the watch has begun. */
async function watchChanges(cluster: Cluster, { collection, objects }: Fleet): Promise<ChangeWatch> {
  const { metadata } = await expectStatus<ConfigMapList>(cluster, 200, 'GET', collection);
  const query = new URLSearchParams({ watch: 'true', resourceVersion: metadata.resourceVersion });
  const began = Promise.withResolvers<void>();
  const done = Promise.withResolvers<number>();
  const fail = (error: Error): void => {
    began.reject(error);
    done.reject(error);
  };
  const outgoing = request(new URL(`${collection}?${query}`, cluster.url), {
    agent: false,
    ca: Buffer.from(cluster.caBundle, 'base64'),
    headers: {
      Authorization: `Bearer ${cluster.adminToken}`,
      Accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    },
  });
  outgoing.once('error', fail).once('response', (incoming) => {
    began.resolve();
    const written = new Set<string>();
    const lines = createInterface({ input: incoming });
    // Ending the watch is an error to its stream as well; it comes too late to fail anything.
    lines.once('error', fail).on('line', (line) => {
      const { object } = JSON.parse(line) as { readonly object: { readonly metadata: { readonly name?: string } } };
      written.add(object.metadata.name ?? '');
      if (written.size < objects) return;
      done.resolve(performance.now());
      outgoing.destroy();
    });
  });
  outgoing.end();
  await began.promise;
  return { done: done.promise };
}
