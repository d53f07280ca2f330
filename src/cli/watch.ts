import path from 'node:path';
import { GitfedError } from '../errors.ts';
import {
  decidesReading,
  findWatchedPlaces,
  ignoredFolders,
  mayMatter,
  RULES,
  type WatchedPlaces,
  withoutIgnored,
} from '../git/index.ts';
import { WatchedFiles, type WatchedKind } from '../git/watched-files.ts';
import { RepositoryMemo } from '../reconcile/repository-memo.ts';
import { plainText } from '../report/plain-text.ts';
import { describeFailure } from './failure.ts';
import type { ExitCode, Io, Output } from './io.ts';

export interface WatchOptions {
  /** As the person named it. Default: the current folder. */
  readonly path: string | undefined;
  /** What the command reads: the working tree, commits that a name stands for, or both. */
  readonly reads: { readonly workingTree: boolean; readonly refs: boolean };
  /** Other files that it reads. */
  readonly files?: readonly string[];
  /** A folder that it writes. */
  readonly writes?: string | undefined;
  /** Whether each state is one JSON document, which then is one line. */
  readonly isJson: boolean;
}

/** What a command says of one state of a repository. It tells where it changed files besides: then something is different. */
type Show = (io: Io, memo: RepositoryMemo, onWrite: () => void) => Promise<ExitCode>;

/**
 * Shows a state of a repository, and the next one whenever its files or commits change, until it is interrupted. What is remembered between
 * the states makes the next one fast. Only the first one can fail: what goes wrong later is told, and may be mended by the next change.
 *
 * @returns 130, as a program that Ctrl-C ended; 0 where the reader of the results has gone.
 */
export async function watchRepository(options: WatchOptions, io: Io, show: Show): Promise<ExitCode> {
  const signal = io.interruption();
  const memo = new RepositoryMemo();
  const look = (): Promise<ShownState> => record(io, (recording, onWrite) => show(recording, memo, onWrite));
  const places = await findWatchedPlaces(path.resolve(io.cwd, options.path ?? '.'));
  let folders = await ignoredFolders(places);
  const isIgnored = (name: string, kind: WatchedKind): boolean =>
    !counts(name, kind, { places, folders, options, cwd: io.cwd });
  const paths = [...watchedPaths(options, places), ...otherFiles(options, io.cwd)];
  const files = await WatchedFiles.open({ paths, isIgnored, signal });
  try {
    // Not before: what changes from here on is told.
    let shown = await look();
    await print(shown, options, io);
    while (io.stdout.isClosed !== true) {
      const told = await files.next();
      if (signal.aborted) return 130;
      if (told.some((name) => RULES.has(path.basename(name)))) {
        folders = await ignoredFolders(places).catch(() => folders);
        await files.reopen();
      }
      const unignored = new Set(await withoutIgnored(places, told).catch(() => told));
      const isRead = (name: string): boolean => unignored.has(name) && !isLeftOut(name, places, memo);
      const changed = told.filter((name) => isNamed(name, { places, options, cwd: io.cwd }) || isRead(name));
      if (changed.length === 0) continue;
      const next = await look().catch(failedState);
      const names = describeNames(changed, places);
      if (isSameState(shown, next)) {
        await io.stderr.write(`${names} changed: nothing is different.\n`);
        continue;
      }
      await io.stderr.write(`${names} changed:\n`);
      await print(next, options, io);
      shown = next;
    }
    return 0;
  } finally {
    await files.close();
  }
}

function watchedPaths({ reads }: WatchOptions, places: WatchedPlaces): readonly string[] {
  return [...(reads.workingTree ? places.files : []), ...(reads.refs ? places.refs : [])];
}

function otherFiles({ files = [] }: WatchOptions, cwd: string): readonly string[] {
  return files.map((file) => path.resolve(cwd, file));
}

interface Rules {
  readonly places: WatchedPlaces;
  /** Folders that git ignores. */
  readonly folders: ReadonlySet<string>;
  readonly options: WatchOptions;
  readonly cwd: string;
}

/** Whether something can make a difference. */
function counts(name: string, kind: WatchedKind, { places, folders, options, cwd }: Rules): boolean {
  if (places.files.includes(name) || otherFiles(options, cwd).includes(name)) return true;
  if (places.refs.some((place) => isAt(name, place))) return !name.endsWith('.lock');
  if (options.writes !== undefined && isAt(name, path.resolve(cwd, options.writes))) return false;
  // Of another tree.
  if (!isAt(name, places.chosen)) return kind === 'folder' && isAt(places.chosen, name);
  const parts = path.relative(places.chosen, name).split(path.sep);
  const isRepository = parts.length > 1 && parts.at(-1) === '.git';
  const above = kind === 'folder' && !isRepository ? parts : parts.slice(0, -1);
  // What nobody reads.
  if (above.some((part) => part === 'node_modules' || part.startsWith('.'))) return false;
  if (folders.has(name)) return false;
  const base = path.basename(name);
  if (kind === 'folder' || isRepository || decidesReading(base)) return true;
  // A link is reported whatever its name is.
  return kind !== 'file' || mayMatter(base);
}

/** Of these no rule says that they are not read. */
function isNamed(name: string, { places, options, cwd }: Omit<Rules, 'folders'>): boolean {
  return (
    [...places.files, ...otherFiles(options, cwd)].includes(name) || places.refs.some((place) => isAt(name, place))
  );
}

/** Asked of what has changed only: a file that is left out now may count after the next look. */
function isLeftOut(name: string, { root }: WatchedPlaces, { reading }: RepositoryMemo): boolean {
  if (decidesReading(path.basename(name)) || !isAt(name, root)) return false;
  return reading.leavesOut(path.relative(root, name).split(path.sep).join('/'));
}

function isAt(name: string, folder: string): boolean {
  return name === folder || name.startsWith(`${folder}${path.sep}`);
}

interface ShownState {
  /** What a command said, in order. */
  readonly pieces: readonly Piece[];
  readonly hasWritten: boolean;
}

interface Piece {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** Runs a command, and keeps what it says. */
async function record(io: Io, run: (io: Io, onWrite: () => void) => Promise<ExitCode>): Promise<ShownState> {
  const pieces: Piece[] = [];
  let hasWritten = false;
  const recorder = (stream: Piece['stream']): Output => ({
    ...io[stream],
    async write(text) {
      // Progress is drawn over itself and belongs to no state.
      if (text.startsWith('\r')) await io[stream].write(text);
      else pieces.push({ stream, text });
    },
  });
  await run({ ...io, stdout: recorder('stdout'), stderr: recorder('stderr') }, () => {
    hasWritten = true;
  });
  return { pieces, hasWritten };
}

/** A state that cannot be read, such as a checkout in the middle. @throws what no change of a file will mend. */
function failedState(error: unknown): ShownState {
  if (error instanceof GitfedError ? error.code === 'INTERNAL' : !(error instanceof Error && 'syscall' in error)) {
    throw error;
  }
  return { pieces: [{ stream: 'stderr', text: `${describeFailure(error, [])}\n` }], hasWritten: false };
}

/** The pieces of a state are cut at the same places each time. */
function isSameState({ pieces: a }: ShownState, { pieces: b, hasWritten }: ShownState): boolean {
  return (
    !hasWritten &&
    a.length === b.length &&
    a.every(({ stream, text }, index) => stream === b[index]?.stream && text === b[index].text)
  );
}

async function print({ pieces }: ShownState, { isJson }: WatchOptions, io: Io): Promise<void> {
  // A line break is never inside a string of JSON, so that it is layout, and so is what it indents.
  const layout = (text: string): string => (isJson ? text.replaceAll(/\n */g, '') : text);
  for (const { stream, text } of pieces) await io[stream].write(stream === 'stdout' ? layout(text) : text);
  if (isJson && pieces.some(({ stream }) => stream === 'stdout')) await io.stdout.write('\n');
}

const NAMED = 3;

/** `a.yaml, b.yaml and 5 more`. */
function describeNames(names: readonly string[], { root, refs }: WatchedPlaces): string {
  const texts = names.map((name) => {
    // HEAD of a linked work tree lies elsewhere than its branches.
    const place = refs.find((ref) => isAt(name, ref));
    return plainText(path.relative(place === undefined ? root : path.dirname(place), name) || path.basename(name));
  });
  const rest = texts.length - NAMED;
  return rest > 0 ? `${texts.slice(0, NAMED).join(', ')} and ${rest} more` : texts.join(', ');
}
