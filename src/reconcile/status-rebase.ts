import {
  type Author,
  changedBlobs,
  lineOfCommits,
  ObjectReader,
  readCommitDetails,
  type TrackedBranch,
} from '../git/index.ts';
import { OBSERVATIONS_FOLDER } from '../report/status-path.ts';
import { type StatusFiles, statusChanges, TRUTH_FOLDERS, truthCluster, withChanges } from './status-files.ts';
import type { StatusOrder } from './status-order.ts';
import { NOTHING_OVERTAKEN, type Overtaken, overtakenBy } from './status-overtaken.ts';
import type { StatusSource } from './status-source.ts';
import type { StatusState, StatusStates } from './status-states.ts';

/** What is needed to make a commit again somewhere else. */
export interface RebaseContext {
  readonly branch: TrackedBranch;
  readonly states: StatusStates;
  readonly order: StatusOrder;
  readonly source: StatusSource;
  readonly time: Date;
  readonly author?: Author;
}

/** Commits that wait to be sent: those from `base` to `local`. */
export interface Waiting {
  /** `undefined` where the two histories have nothing in common. */
  readonly base: string | undefined;
  readonly local: string;
  /** Where they have nothing in common: of these clusters what is here counts. */
  readonly clusters: ReadonlySet<string>;
}

/** So many commits keep a place of their own; those before them become one. */
const MOST_COMMITS = 16;
const MOST_SUBJECTS = 20;

/**
 * Makes waiting commits again on top of another tip: what they changed in the files of clusters is changed there, and the rest computed
 * anew from all clusters. What the others wrote stays, and of a cluster that both wrote of, what was found out later; a history that was
 * replaced there does not come back.
 *
 * @returns the new tip; `onto` itself when it says all of it already.
 */
export async function reapply(context: RebaseContext, onto: string, waiting: Waiting): Promise<string> {
  await using objects = new ObjectReader(context.branch.repository.gitDir);
  const { base, local } = waiting;
  const { repository } = context.branch;
  const overtaken = base === undefined ? NOTHING_OVERTAKEN : await overtakenBy(repository, onto, { base, local });
  let state = await context.states.read(onto, objects);
  for (const step of await stepsOf(context, { ...waiting, overtaken }, objects)) {
    state = (await reapplyStep(context, state, { ...step, overtaken })) ?? state;
  }
  context.states.remember(state);
  return state.tip ?? onto;
}

/** One commit to make. */
interface Step {
  readonly subject: string;
  readonly body: readonly string[];
  /** Files of clusters; `null` for those that were removed. */
  readonly changes: ReadonlyMap<string, string | null>;
  /** Whether somebody else found out later what it had to say of clusters. */
  readonly isMoot: boolean;
  readonly found: Date;
}

async function stepsOf(
  { branch }: RebaseContext,
  { base, local, clusters, overtaken }: Waiting & { readonly overtaken: Overtaken },
  objects: ObjectReader,
): Promise<readonly Step[]> {
  const { repository } = branch;
  const commits = base === undefined ? [local] : await lineOfCommits(repository, base, local);
  const details = await Promise.all(commits.map((commit) => readCommitDetails(objects, commit)));
  const subjects = details.map(({ message }) => (message.split('\n')[0] ?? '').replace(/ \[skip ci\]$/, ''));
  const folded = Math.max(0, commits.length - MOST_COMMITS);
  const steps: Step[] = [];
  for (let at = folded; at < commits.length; at += 1) {
    const isFold = at === folded && folded > 0;
    const from = base === undefined ? undefined : isFold ? base : (commits[at - 1] ?? base);
    const blobs = await changedBlobs(repository, { from, to: commits[at] ?? local, folders: TRUTH_FOLDERS });
    const written = [...blobs].filter(([path]) => {
      const cluster = truthCluster(path);
      return cluster !== undefined && (base !== undefined || clusters.has(cluster));
    });
    const wanted = written.filter(([path]) => !isOvertaken(path, overtaken));
    const texts = wanted.map(async ([path, id]) => [path, id === null ? null : await readText(objects, id)] as const);
    steps.push({
      subject: subjects[at] ?? '',
      body: isFold ? foldedLines(subjects.slice(0, at)) : [],
      changes: new Map(await Promise.all(texts)),
      isMoot: wanted.length === 0 && written.length > 0,
      found: new Date((details[at]?.authoredAt ?? 0) * 1000),
    });
  }
  return steps;
}

function isOvertaken(path: string, { clusters, plan }: Overtaken): boolean {
  return path.startsWith(OBSERVATIONS_FOLDER) ? plan : clusters.has(truthCluster(path) ?? '');
}

function foldedLines(subjects: readonly string[]): readonly string[] {
  const shown = subjects.slice(-MOST_SUBJECTS).map((subject) => `- ${subject}`);
  const more = subjects.length - shown.length;
  return ['With what waited to be sent:', ...(more > 0 ? [`- ${more} more`] : []), ...shown];
}

async function readText(objects: ObjectReader, id: string): Promise<string | null> {
  const blob = await objects.read(id);
  return blob === undefined ? null : Buffer.from(blob.content).toString('utf8');
}

async function reapplyStep(
  { states, order, source, time, author }: RebaseContext,
  state: StatusState,
  { subject, body, changes, isMoot, found, overtaken }: Step & { readonly overtaken: Overtaken },
): Promise<StatusState | undefined> {
  // What they computed of the same commit, they computed later.
  if (isMoot && state.source === source.commit) return undefined;
  const overlaid = withChanges(state.files, changes);
  // What is computed goes with the observations that the plan was made from: theirs are later ones.
  const isLeft = overtaken.plan && source.observed !== undefined;
  const isNewest = !isLeft && (await order.isNewest(source, state.source));
  const files = isNewest ? withComputed(overlaid, source, time) : overlaid;
  return await states.write(state, {
    changes: differences(state.files, files),
    subject,
    body,
    source: isNewest ? source.commit : (state.source ?? source.commit),
    time,
    authored: found,
    ...(author === undefined ? {} : { author }),
  });
}

/** The files of clusters stay as they are. */
function withComputed(files: StatusFiles, source: StatusSource, time: Date): StatusFiles {
  const computed = source.compute(files, [], time);
  const isObserver = source.observed !== undefined;
  return withChanges(files, statusChanges(files, computed, { clusters: new Set(), isNewest: true, isObserver }));
}

function differences(from: StatusFiles, to: StatusFiles): ReadonlyMap<string, string | null> {
  const changes = new Map<string, string | null>();
  for (const path of from.keys()) if (!to.has(path)) changes.set(path, null);
  for (const [path, text] of to) if (from.get(path) !== text) changes.set(path, text);
  return changes;
}
