import { buildModel, type Model } from '../api/index.ts';
import { GitfedError } from '../errors.ts';
import { type ObjectReader, type Repository, readCommit, readFilesAt, resolveCommit } from '../git/index.ts';
import { isReady, planWorkloads, type WorkloadPlan } from '../render/index.ts';
import { checkReplay, type ReplayCheck } from '../report/replay-check.ts';
import { type Observed, readObserved, whereToLook } from './observed.ts';
import { openSource } from './source.ts';
import { readStatusTip } from './status-tip.ts';

/** What is to be planned again. */
export interface ReplayRequest {
  /** A path in a repository, or a URL. */
  readonly source: string;
  readonly cwd: string;
  /** Default: the one that the status commit tells of. */
  readonly commit?: string | undefined;
  /** As {@link readObserved} takes it. Default: the last commit of the status branch. */
  readonly observed?: string | undefined;
  /** Compares with what the status commit says was applied. */
  readonly check?: boolean;
}

/** A plan that was made again: a function of a commit and of observations, and of nothing else. */
export interface Replay {
  /** The source commit. */
  readonly commit: string;
  /** The tree of the observations; absent where they come from a file. */
  readonly tree?: string;
  readonly model: Model;
  /** Registered clusters that were observed not to be ready. */
  readonly notReady: readonly string[];
  readonly plans: readonly WorkloadPlan[];
  readonly check?: ReplayCheck;
}

/**
 * Plans replicas as the daemon did that had this commit and these observations.
 *
 * @throws {GitfedError} `USAGE` for what is not here, or is not what it should be.
 */
export async function replay(request: ReplayRequest): Promise<Replay> {
  const { repository, objects, close } = await openSource({ source: request.source });
  try {
    const name = request.observed ?? (await readStatusTip(repository, objects));
    const observed = await readObserved({ name, cwd: request.cwd, repository, objects });
    const commit = await readSource(repository, objects, request.commit ?? sourceOf(observed, name));
    if (request.check === true) refuseOther(observed, name, commit);
    const model = buildModel(await readCommit(repository, commit, objects));
    const plans = planWorkloads(model, observed.observations);
    const names = model.clusters.map(({ name }) => name);
    const notReady = names.filter((cluster) => !isReady(observed.observations, cluster));
    const files = request.check === true ? await readStatus(repository, observed, objects) : undefined;
    return {
      commit,
      ...(observed.tree === undefined ? {} : { tree: observed.tree }),
      model,
      notReady,
      plans,
      ...(files === undefined ? {} : { check: checkReplay(model, plans, files, notReady) }),
    };
  } finally {
    await close();
  }
}

function sourceOf({ source }: Observed, name: string): string {
  if (source !== undefined) return source;
  throw new GitfedError(
    'USAGE',
    `${JSON.stringify(name)} is no commit of the status branch, so that it does not say which source commit was planned. Name both: gitfed replay SOURCE-COMMIT ${name}`,
  );
}

async function readSource(repository: Repository, objects: ObjectReader, name: string): Promise<string> {
  try {
    return await resolveCommit(repository, name, objects);
  } catch (error) {
    if (!(error instanceof GitfedError) || error.code !== 'USAGE') throw error;
    throw new GitfedError('USAGE', `${error.message} ${await whereToLook(repository)}`, { cause: error });
  }
}

/** What was applied says something about one source commit only. */
function refuseOther({ commit, source }: Observed, name: string, wanted: string): void {
  if (commit === undefined || source === undefined) {
    throw new GitfedError(
      'USAGE',
      `--check compares with what a commit of the status branch says was applied, and ${JSON.stringify(name)} is none.`,
    );
  }
  if (source === wanted) return;
  throw new GitfedError(
    'USAGE',
    `--check: the status commit ${JSON.stringify(name)} tells of the source commit ${source}, not of ${wanted}.`,
  );
}

async function readStatus(
  repository: Repository,
  { commit = '' }: Observed,
  objects: ObjectReader,
): Promise<ReadonlyMap<string, string>> {
  const folders = ['clusters', 'objects'].map((folder) => readFilesAt(repository, commit, { folder, objects }));
  return new Map((await Promise.all(folders)).flatMap((files) => [...files]));
}
