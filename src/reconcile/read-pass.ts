import { buildModel, type KubeFedCluster, type Model, type RepositorySnapshot } from '../api/index.ts';
import type { InventoryIdentity } from '../apply/index.ts';
import type { CredentialSources } from '../cluster/index.ts';
import { compareText } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { type Repository, readCommit, readCommitDetails, readWorkingTree, resolveCommit } from '../git/index.ts';
import { type Rendering, type RenderMemo, render } from '../render/index.ts';
import { acceptCommit } from './accepted-commits.ts';
import { decryptSnapshot } from './decrypted-snapshot.ts';
import { withRememberedConfiguration } from './effective-configuration.ts';
import { type FleetObservations, observedFor } from './fleet-observations.ts';
import type { RepositoryMemo } from './repository-memo.ts';
import { identify, readOrigin, type Source } from './source.ts';
import { readStatusBranch, type StatusBranch, statusBranchName } from './status-branch.ts';
import type { StatusPlace } from './status-place.ts';
import type { SyncOptions } from './types.ts';

/** A commit that is read, and all that its members have to do with. */
export interface Pass {
  readonly repository: Repository;
  readonly options: SyncOptions;
  readonly commit: string;
  /** The first line of the commit's message. */
  readonly subject: string;
  /** When it was made by who committed it, in milliseconds since 1970. */
  readonly committedAt: number;
  readonly model: Model;
  /** Of the model and of what was observed, and of nothing else. */
  readonly rendering: Rendering;
  /** What replicas were planned from. */
  readonly observed: FleetObservations;
  readonly identity: InventoryIdentity;
  readonly branch: StatusBranch;
  readonly time: Date;
}

/** How a reading takes part in what goes on around it. */
export interface ReadingOptions {
  /** The files are asked for: what else can be begun meanwhile. */
  readonly onReading?: () => void;
  readonly onModel?: (model: Model) => void;
  /** What earlier readings of this repository remember. Default: nothing. */
  readonly memo?: RepositoryMemo;
  /** The commit, by its id and known to be there. Default: what the options name is looked up. */
  readonly commit?: string;
  /** Where the status branch is read. Default: as it is in the repository. */
  readonly readStatus?: (place: StatusPlace) => Promise<StatusBranch>;
  /** What replicas are planned from. Default: what the status branch says. */
  readonly observed?: () => FleetObservations | undefined;
  /** What a broken `gitfed.yaml` must not forget, as `status.json` says it. Default: what the status branch says. */
  readonly summary?: string | undefined;
}

/**
 * What a commit of a repository says, and who we are to its members.
 *
 * @throws {GitfedError} `USAGE`, `GIT` or `CONFIG`.
 */
export async function readPass(
  { repository, objects }: Source,
  options: SyncOptions,
  { onReading, onModel, memo, readStatus, observed: decided, summary, commit: known }: ReadingOptions = {},
): Promise<Pass> {
  const readBranch = readStatus ?? ((place: StatusPlace) => readStatusBranch(repository, place, objects));
  const commit = known ?? (await resolveCommit(repository, options.ref ?? 'HEAD', objects));
  const roots = memo?.roots;
  const origin = begin(() => readOrigin(repository, commit, roots && (() => roots.of(repository, commit, objects))));
  const details = begin(() => readCommitDetails(objects, commit));
  // Few repositories name another one, and reading it takes no time beside the rest.
  const usual = statusBranchName(repository.prefix, undefined);
  const usualBranch = begin(() => readBranch({ name: usual }));
  const source = begin(() => readSource({ repository, objects, commit }, options, memo));
  onReading?.();
  const snapshot = await decryptSnapshot(await source, options.ageKeyFile);
  const read = buildModel(snapshot, memo?.model, memo?.configuration);
  const { branch, repository: elsewhere, mode } = read.configuration.status;
  const name = statusBranchName(repository.prefix, branch);
  // Before any member is asked: the commit says where they are, and they are shown their credentials.
  if (options.verify !== undefined)
    await acceptCommit(repository, { commit, policy: options.verify, statusBranch: name });
  onModel?.(read);
  const isUsual = name === usual && elsewhere === undefined;
  const place = { name, elsewhere, isOffline: mode !== 'push' };
  const reading = isUsual ? usualBranch : begin(() => readBranch(place));
  const isBroken = read.findings.some(({ code }) => code === 'InvalidConfiguration');
  const remembered = isBroken ? (summary ?? (await reading).files.get('status.json')) : undefined;
  const isComplete = memo?.configuration !== undefined;
  const model = withRememberedConfiguration(read, { summary: remembered, isComplete, snapshot });
  if (memo !== undefined && !isBroken) memo.configuration = model.configuration;
  const identity = identify(repository, await origin, {
    inventory: model.configuration.inventory,
    namespace: model.systemNamespace,
  });
  const time = (options.now ?? (() => new Date()))();
  const rendered = { model, ...(memo === undefined ? {} : { memo: memo.rendering }) };
  // Without preferences nothing is planned: git reads the branch meanwhile.
  const early = model.preferences.length === 0 ? renderAs(rendered) : undefined;
  const statusBranch = await reading;
  const observed = decided?.() ?? observedFor(model, statusBranch);
  const rendering = early ?? renderAs(rendered, observed);
  const { message, committedAt } = await details;
  return {
    repository,
    options,
    commit,
    subject: message.split('\n')[0] ?? '',
    committedAt: committedAt * 1000,
    model,
    rendering,
    observed,
    identity,
    branch: statusBranch,
    time,
  };
}

function renderAs(
  { model, memo }: { readonly model: Model; readonly memo?: RenderMemo },
  observed?: FleetObservations,
): Rendering {
  return render(model, observed?.observations, memo === undefined ? {} : { memo });
}

/** Begins what is needed later, and may not be: whoever waits for it sees its failure. */
export function begin<T>(work: () => Promise<T>): Promise<T> {
  const result = work();
  result.catch(() => undefined);
  return result;
}

async function readSource(
  { repository, objects, commit }: Pick<Source, 'repository' | 'objects'> & { readonly commit: string },
  { source, workingTree, mode = 'apply' }: SyncOptions,
  memo: RepositoryMemo | undefined,
): Promise<RepositorySnapshot> {
  if (workingTree !== true) return await readCommit(repository, commit, objects, memo?.reading);
  if (mode === 'apply') throw new GitfedError('USAGE', 'Only commits are applied, never uncommitted files.');
  return await readWorkingTree(source);
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
export function credentialSources({
  options,
  model,
}: {
  readonly options: Pick<SyncOptions, 'credentialsDir' | 'kubeconfig'>;
  readonly model: Model;
}): CredentialSources {
  return {
    systemNamespace: model.systemNamespace,
    env: process.env,
    ...(options.credentialsDir === undefined ? {} : { credentialsDir: options.credentialsDir }),
    ...(options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig }),
    ...(model.credentials === undefined ? {} : { repositorySecrets: model.credentials }),
  };
}
