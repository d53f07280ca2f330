import {
  type Author,
  EMPTY_TREE,
  ObjectReader,
  type Repository,
  readCommitDetails,
  readFilesAt,
  trailerOf,
  treeIdOf,
  writeCommit,
} from '../git/index.ts';
import { OBSERVATIONS_FOLDER } from '../report/status-path.ts';
import { insideObservations, type StatusFiles, withChanges } from './status-files.ts';

/** The status branch at one commit. */
export interface StatusState {
  /** `undefined`: there is no commit yet. */
  readonly tip: string | undefined;
  readonly files: StatusFiles;
  /** The source commit that the computed files tell of. */
  readonly source: string | undefined;
  /** Tree of its folder `observations`. */
  readonly observations: string;
}

/** A commit to make on top of a state. */
export interface StatusCommit {
  readonly changes: ReadonlyMap<string, string | null>;
  readonly subject: string;
  /** Lines between the subject and the trailers. */
  readonly body?: readonly string[];
  readonly source: string;
  readonly time: Date;
  /** When it was found out, where the commit is made again. */
  readonly authored?: Date;
  readonly author?: Author;
}

/** States of the status branch. The last one is remembered: it is the one that is built upon next. */
export class StatusStates {
  readonly #repository: Repository;
  #last: StatusState = { tip: undefined, files: new Map(), source: undefined, observations: EMPTY_TREE };

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  /** The last one, without asking git. */
  get last(): StatusState {
    return this.#last;
  }

  /** What is known already, without asking git. */
  remember(state: StatusState): void {
    this.#last = state;
  }

  /** @param objects a reader to use and leave open; without one a reader of its own. */
  async read(tip: string | undefined, objects?: ObjectReader): Promise<StatusState> {
    if (tip === this.#last.tip) return this.#last;
    if (tip === undefined) return { tip, files: new Map(), source: undefined, observations: EMPTY_TREE };
    const reader = objects ?? new ObjectReader(this.#repository.gitDir);
    try {
      const [files, { message }, observations] = await Promise.all([
        readFilesAt(this.#repository, tip, { objects: reader }),
        readCommitDetails(reader, tip),
        reader.find(`${tip}:observations`),
      ]);
      const source = sourceCommitOf(message);
      this.#last = { tip, files, source, observations: observations?.id ?? EMPTY_TREE };
      return this.#last;
    } finally {
      if (objects === undefined) await reader.close();
    }
  }

  /** Makes a commit and moves nothing. @returns `undefined` where it would change nothing. */
  async write(state: StatusState, commit: StatusCommit): Promise<StatusState | undefined> {
    const { changes, subject, body = [], source, ...made } = commit;
    if (changes.size === 0) return undefined;
    const files = withChanges(state.files, changes);
    const observations = observationsTree(state, changes, files);
    const trailers = [`Source-Commit: ${source}`, `Observations-Tree: ${observations}`];
    const paragraphs = [[`${subject} [skip ci]`], body, trailers].filter((lines) => lines.length > 0);
    const message = `${paragraphs.map((lines) => lines.join('\n')).join('\n\n')}\n`;
    const tip = await writeCommit(this.#repository, { parent: state.tip, changes, message, ...made });
    return tip === undefined ? undefined : { tip, files, source, observations };
  }
}

/** The source commit that a message names; `undefined` for anything else that somebody wrote there. */
export function sourceCommitOf(message: string): string | undefined {
  const named = trailerOf(message, 'Source-Commit');
  return named !== undefined && /^[0-9a-f]{40,64}$/.test(named) ? named : undefined;
}

/** Known before the commit is: it stands in its message. */
function observationsTree(
  { tip, observations }: StatusState,
  changes: ReadonlyMap<string, string | null>,
  files: StatusFiles,
): string {
  if (![...changes.keys()].some((path) => path.startsWith(OBSERVATIONS_FOLDER))) return observations;
  return treeIdOf(insideObservations(files), tip ?? observations);
}
