import { buildModel, type KubeFedCluster, type Model, type RepositorySnapshot } from '../api/index.ts';
import type { ClusterResult, InventoryIdentity } from '../apply/index.ts';
import { type CredentialSources, checkCredentialSources, FleetMemory } from '../cluster/index.ts';
import { compareText } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { type Repository, readCommit, readWorkingTree, resolveCommit } from '../git/index.ts';
import { type ClusterRendering, type Rendering, render } from '../render/index.ts';
import { recordedObjects, statusTree } from '../report/status-tree.ts';
import { decryptSnapshot } from './decrypted-snapshot.ts';
import { withRememberedConfiguration } from './effective-configuration.ts';
import { heldObjects } from './held-objects.ts';
import { runCluster } from './run-cluster.ts';
import { identify, isAllowedSince, openSource, readOrigin, type Source } from './source.ts';
import { readStatusBranch, type StatusBranch, statusBranchName, writeStatusBranch } from './status-branch.ts';
import type { SyncOptions, SyncResult } from './types.ts';

/**
 * One pass over one commit: reads it, renders it, brings every member to it, and commits what happened to the status branch.
 *
 * Each member is a lane of its own; what goes wrong in one is its result.
 *
 * @throws {GitfedError} `USAGE`, `GIT` or `CONFIG` when there is nothing to run on.
 */
export async function sync(options: SyncOptions): Promise<SyncResult> {
  const source = await openSource(options);
  try {
    return await syncSource(source, options);
  } finally {
    await source.close();
  }
}

interface Pass {
  readonly repository: Repository;
  readonly options: SyncOptions;
  readonly commit: string;
  readonly model: Model;
  readonly rendering: Rendering;
  readonly identity: InventoryIdentity;
  readonly branch: StatusBranch;
  readonly time: Date;
}

/** What a commit of a repository says, and who we are to its members. @throws {GitfedError} `USAGE`, `GIT` or `CONFIG`. */
export async function readPass({ repository, objects }: Source, options: SyncOptions): Promise<Pass> {
  const commit = await resolveCommit(repository, options.ref ?? 'HEAD', objects);
  const origin = begin(() => readOrigin(repository, commit));
  // Few repositories name another one, and reading it takes no time beside the rest.
  const usual = statusBranchName(repository.prefix, undefined);
  const usualBranch = begin(() => readStatusBranch(repository, usual, objects));
  const source = await readSource({ repository, objects, commit }, options);
  const read = buildModel(await decryptSnapshot(source, options.ageKeyFile));
  const name = statusBranchName(repository.prefix, read.configuration.status.branch);
  const branch = await (name === usual ? usualBranch : readStatusBranch(repository, name, objects));
  const model = withRememberedConfiguration(read, branch.files.get('status.json'));
  const identity = identify(repository, await origin, {
    inventory: model.configuration.inventory,
    namespace: model.systemNamespace,
  });
  const time = (options.now ?? (() => new Date()))();
  return { repository, options, commit, model, rendering: render(model), identity, branch, time };
}

/** Begins what is needed later, and may not be: whoever waits for it sees its failure. */
function begin<T>(work: () => Promise<T>): Promise<T> {
  const result = work();
  result.catch(() => undefined);
  return result;
}

async function syncSource(source: Source, options: SyncOptions): Promise<SyncResult> {
  const pass = await readPass(source, options);
  const { commit, identity, branch } = pass;
  const clusters = await runClusters(pass);
  const mode = options.mode ?? 'apply';
  const status = mode === 'apply' ? await report(pass, clusters) : { branch: branch.name };
  const hasErrors = pass.rendering.findings.some(({ severity }) => severity === 'error');
  const areInOrder = clusters.every(({ state }) => state === 'Synced' || state === 'Suspended');
  return {
    mode,
    commit,
    inventory: identity.name,
    clusters,
    findings: pass.rendering.findings,
    status,
    ok: !hasErrors && areInOrder && status.problem === undefined,
  };
}

async function readSource(
  { repository, objects, commit }: Pick<Source, 'repository' | 'objects'> & { readonly commit: string },
  { source, workingTree, mode = 'apply' }: SyncOptions,
): Promise<RepositorySnapshot> {
  if (workingTree !== true) return await readCommit(repository, commit, objects);
  if (mode === 'apply') throw new GitfedError('USAGE', 'Only commits are applied, never uncommitted files.');
  return await readWorkingTree(source);
}

/** In the order of their names. */
async function runClusters(pass: Pass): Promise<readonly ClusterResult[]> {
  const { options, model, rendering } = pass;
  const chosen = chooseClusters(model.clusters, options.clusters);
  const sources = credentialSources(pass);
  await checkCredentialSources(sources);
  const renderings = new Map(rendering.clusters.map((one) => [one.cluster, one]));
  const recorded = recordedObjects(pass.branch.files);
  const registered = model.clusters.map((one) => one.name);
  const prepared = new WeakMap();
  const onEvent = options.onEvent ?? (() => undefined);
  const memory = options.memory ?? new FleetMemory();
  const runs = chosen.map((cluster) => {
    const { name } = cluster;
    const own: ClusterRendering = renderings.get(name) ?? { cluster: name, objects: [], held: [] };
    const { suspend } = model.configuration;
    return runCluster({
      cluster,
      rendering: own,
      isSuspended: suspend.all || suspend.clusters.includes(name),
      sources,
      memory,
      now: pass.time.toISOString(),
      client: {
        ...(options.requestTimeoutMs === undefined ? {} : { timeoutMs: options.requestTimeoutMs }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
      lane: {
        model,
        identity: { ...pass.identity, member: { name, others: registered.filter((other) => other !== name) } },
        commit: pass.commit,
        mode: options.mode ?? 'apply',
        prune: options.prune ?? true,
        now: Math.floor(pass.time.getTime() / 1000),
        lease: {
          onWaiting: (holder) => onEvent({ type: 'waiting', cluster: name, holder }),
          ...(options.leaseWaitMs === undefined ? {} : { waitMs: options.leaseWaitMs }),
        },
        ...(options.waitMs === undefined ? {} : { waitMs: options.waitMs }),
        prepared,
        isAllowedSince: (since) => isAllowedSince(pass.repository, since, pass.commit),
        isRecordedElsewhere: (id) => recorded.isElsewhere(name, id),
        isRecordedHere: (id) => recorded.isHere(name, id),
        held: heldObjects(model, rendering, name),
        ...(options.allowDeletions === undefined ? {} : { allowDeletions: options.allowDeletions }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
      onEvent,
    });
  });
  // Every lane ends before the first failure is told: none is left running behind it.
  const settled = await Promise.allSettled(runs);
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}

/** The clusters that a command is about. @throws {GitfedError} `USAGE` for a name that is not registered. */
export function chooseClusters(
  known: readonly KubeFedCluster[],
  names: readonly string[] | undefined,
): readonly KubeFedCluster[] {
  if (names === undefined) return known;
  const missing = names.find((name) => !known.some((cluster) => cluster.name === name));
  if (missing !== undefined) {
    const all = known.map(({ name }) => name).sort(compareText);
    throw new GitfedError('USAGE', `There is no cluster "${missing}". Registered are: ${all.join(', ') || 'none'}`);
  }
  return known.filter(({ name }) => names.includes(name));
}

/** Where credentials of members are looked for. */
export function credentialSources({ options, model }: Pick<Pass, 'options' | 'model'>): CredentialSources {
  return {
    systemNamespace: model.systemNamespace,
    env: process.env,
    ...(options.credentialsDir === undefined ? {} : { credentialsDir: options.credentialsDir }),
    ...(options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig }),
    ...(model.credentials === undefined ? {} : { repositorySecrets: model.credentials }),
  };
}

async function report(pass: Pass, results: readonly ClusterResult[]): Promise<SyncResult['status']> {
  const { repository, options, commit, model, rendering, identity, branch, time } = pass;
  const { mode, repository: elsewhere } = model.configuration.status;
  if (mode === 'off') return { branch: branch.name };
  if (elsewhere !== undefined) {
    return {
      branch: branch.name,
      problem: 'status.repository in gitfed.yaml is not supported yet: no status was written.',
    };
  }
  const now = time.toISOString().replace(/\.\d+Z$/, 'Z');
  try {
    return await writeStatusBranch({
      repository,
      branch,
      compute: (previous) => statusTree({ model, rendering, commit, inventory: identity.name, results, now, previous }),
      subject: subjectOf(commit, results),
      commit,
      time,
      push: mode === 'push' && (repository.remote !== undefined || options.push === true),
    });
  } catch (error) {
    if (!(error instanceof GitfedError)) throw error;
    return { branch: branch.name, problem: error.message };
  }
}

/** For people who read the log of the branch. */
function subjectOf(commit: string, results: readonly ClusterResult[]): string {
  const counts = Map.groupBy(results, ({ state }) => state);
  const words = { Synced: 'in order', Failed: 'with problems', NotReady: 'not ready', Suspended: 'suspended' } as const;
  const parts = (Object.keys(words) as (keyof typeof words)[]).flatMap((state) => {
    const number = counts.get(state)?.length ?? 0;
    return number === 0 ? [] : [`${number} ${words[state]}`];
  });
  return `${commit.slice(0, 10)}: ${results.length === 0 ? 'no cluster' : `${results.length === 1 ? 'cluster' : 'clusters'} ${parts.join(', ')}`}`;
}
