import { compareText } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { clusterOfPath, OBSERVATIONS_FOLDER } from '../report/status-path.ts';
import { isStatusPath } from '../report/status-tree.ts';

/** Files of the status branch, by path. */
export type StatusFiles = ReadonlyMap<string, string>;

/** Folders with a file for each cluster: what was found there. Everything else is computed from it. */
export const TRUTH_FOLDERS = ['clusters', 'objects', 'drift', 'observations'] as const;

const TRUTH = new RegExp(`^(?:${TRUTH_FOLDERS.join('|')})/`);

/** The cluster that a file tells the truth about; `undefined` for what is computed. */
export function truthCluster(path: string): string | undefined {
  return TRUTH.test(path) ? clusterOfPath(path.replace(TRUTH, 'clusters/')) : undefined;
}

/** Whose files a writer may write. */
export interface WriterRights {
  /** The clusters that it has results of. */
  readonly clusters: ReadonlySet<string>;
  /** Whether no newer source commit is on the branch: then what is computed is its to write, and what the repository lacks its to remove. */
  readonly isNewest: boolean;
  /** Whether it says what the plan was made from: those files go with what is computed, so that a commit and their tree give that plan again. */
  readonly isObserver?: boolean;
}

/** What has to change in a tree for it to be the computed one, as far as a writer may. `null` removes a file. Sorted by path. */
export function statusChanges(
  previous: StatusFiles,
  next: StatusFiles,
  { clusters, isNewest, isObserver = false }: WriterRights,
): ReadonlyMap<string, string | null> {
  const changes: [string, string | null][] = [];
  const isOurs = (path: string): boolean => {
    if (path.startsWith(OBSERVATIONS_FOLDER)) return isObserver && isNewest;
    const cluster = truthCluster(path);
    return cluster === undefined ? isNewest : clusters.has(cluster);
  };
  for (const path of previous.keys()) {
    // A cluster that is registered no more has no writer.
    const isAbout = path.startsWith(OBSERVATIONS_FOLDER) ? isObserver : isStatusPath(path);
    if (isAbout && !next.has(path) && (isNewest || isOurs(path))) changes.push([path, null]);
  }
  for (const [path, text] of next) if (previous.get(path) !== text && isOurs(path)) changes.push([path, text]);
  return new Map(changes.sort(([a], [b]) => compareText(a, b)));
}

/** Those of the folder with observations, by path below it. */
export function insideObservations(files: StatusFiles): StatusFiles {
  const own = [...files].filter(([path]) => path.startsWith(OBSERVATIONS_FOLDER));
  return new Map(own.map(([path, text]) => [path.slice(OBSERVATIONS_FOLDER.length), text]));
}

/** A tree after some changes. */
export function withChanges(files: StatusFiles, changes: ReadonlyMap<string, string | null>): StatusFiles {
  const changed = new Map(files);
  for (const [path, text] of changes) {
    if (text === null) changed.delete(path);
    else changed.set(path, text);
  }
  return changed;
}

/** Refuses a branch that somebody keeps other things on. @throws {GitfedError} `CONFIG`. */
export function checkStatusFiles(branch: string, files: StatusFiles): void {
  if (files.size === 0 || files.has('status.json')) return;
  const stranger = [...files.keys()].find((path) => !isStatusPath(path) && !TRUTH.test(path));
  if (stranger === undefined) return;
  throw new GitfedError(
    'CONFIG',
    `The branch ${branch} holds other files (${stranger}), so that no status is written to it. Name another one with status.branch in gitfed.yaml.`,
  );
}
