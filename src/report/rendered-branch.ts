import type { JsonObject } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import {
  blobId,
  branchTip,
  checkBranchName,
  commitSubject,
  FilesWriter,
  INDEX_FILE,
  listBlobs,
  type ObjectReader,
  plainFile,
  type Repository,
  refuseCheckedOut,
  updateBranch,
} from '../git/index.ts';
import type { Rendering } from '../render/types.ts';
import type { OutputSummary } from './output-directory.ts';
import { formatIndex, readIndex } from './output-index.ts';
import { type RenderedFile, type RenderingScope, renderedFiles } from './rendering-files.ts';

export interface BranchRequest extends RenderingScope {
  readonly repository: Repository;
  /** A reader of the repository. */
  readonly objects: ObjectReader;
  readonly branch: string;
  readonly rendering: Rendering;
  /** The commit that was rendered. */
  readonly source: string;
  readonly time: Date;
}

/** What became of a branch. `commit` is absent where it holds all of this already. */
export interface BranchSummary extends OutputSummary {
  readonly commit?: string;
}

/**
 * Asks whether a branch may take a rendering, before anything is read: it has a proper name, nobody has it checked out, and it is not the
 * one that is rendered.
 *
 * @throws {GitfedError} `USAGE` or `GIT` where it may not.
 */
export async function checkRenderedBranch({
  repository,
  objects,
  branch,
  source,
}: Pick<BranchRequest, 'repository' | 'objects' | 'branch' | 'source'>): Promise<void> {
  await checkBranchName(repository, branch);
  const [tip] = await Promise.all([branchTip(repository, branch, objects), refuseCheckedOut(repository, branch)]);
  if (tip !== source) return;
  throw new GitfedError('USAGE', `The branch ${branch} is the one that is rendered: name another one to write to.`);
}

/**
 * Commits a rendering on a branch, with the files that `writeRendering` would write into a directory, its index among them. Written are
 * only contents that the branch does not have; nothing is checked out.
 *
 * @throws {GitfedError} `USAGE` where the branch has files of others and no index, or one of them stands in the way;
 * `GIT` where somebody else moved the branch meanwhile.
 */
export async function writeRenderedBranch(request: BranchRequest): Promise<BranchSummary> {
  const { repository, branch } = request;
  const output = renderedFiles(request.rendering, request);
  const tip = await branchTip(repository, branch, request.objects);
  const target = await readTarget(request, tip);
  refuseForeign(target, output.files);

  const paths = new Set(output.files.map(({ path }) => path));
  const superfluous = [...target.owned].filter((path) => !paths.has(path));
  const kept = superfluous.filter((path) => !output.mayRemove(path));
  const removed = superfluous.filter((path) => output.mayRemove(path) && target.files.has(path));
  // First: what is removed may be a file in place of a folder that comes.
  const changes = new Map<string, string | null>(removed.map((path) => [path, null]));
  await using writer = new FilesWriter(repository);
  await writeContents(writer, output.files, target, request.source, changes);
  const written = changes.size - removed.length;
  const summary = {
    written,
    unchanged: output.files.length - written,
    removed: removed.length,
    kept: output.heldBack(),
  };

  await writeIndex(writer, [...paths, ...kept], target, request.source, changes);
  if (changes.size === 0) return summary;
  const commit = await writer.commit({
    parent: tip,
    changes,
    source: request.source,
    message: await messageOf(request),
    time: request.time,
  });
  if (commit === undefined) return summary;
  if (await updateBranch(repository, branch, commit, tip)) return { ...summary, commit };
  throw new GitfedError('GIT', `Somebody else moved the branch ${branch} meanwhile: run the command again.`);
}

/** The branch as it is. */
interface Target {
  readonly branch: string;
  /** By path: see `plainFile`. */
  readonly files: ReadonlyMap<string, string>;
  readonly owned: ReadonlySet<string>;
}

async function readTarget({ repository, branch, objects }: BranchRequest, tip: string | undefined): Promise<Target> {
  if (tip === undefined) return { branch, files: new Map(), owned: new Set() };
  const files = await listBlobs(repository, tip);
  const index = files.get(INDEX_FILE);
  if (index?.startsWith('100') !== true && files.size > 0) {
    throw new GitfedError(
      'USAGE',
      `The branch ${branch} has files that gitfed did not write (it has no ${INDEX_FILE}): name another branch, or one that does not exist yet.`,
    );
  }
  return { branch, files, owned: await readOwned(index, objects) };
}

async function readOwned(index: string | undefined, objects: ObjectReader): Promise<ReadonlySet<string>> {
  if (index === undefined) return new Set();
  const object = await objects.read(objectIdOf(index));
  if (object === undefined) throw new GitfedError('GIT', `${INDEX_FILE} is missing from the repository: run git fsck.`);
  return readIndex(Buffer.from(object.content).toString('utf8'));
}

function objectIdOf(file: string): string {
  return file.slice(file.indexOf(' ') + 1);
}

/** A file at the path of one of ours, at that of one of our folders, or below one of our files. */
function refuseForeign({ branch, files, owned }: Target, ours: readonly RenderedFile[]): void {
  const foreign = [...files.keys()].filter((path) => !owned.has(path) && path !== INDEX_FILE);
  if (foreign.length === 0) return;
  const paths = new Set(ours.map(({ path }) => path));
  const folders = new Set(ours.flatMap(({ path }) => foldersOf(path)));
  for (const path of foreign) {
    if (!paths.has(path) && !folders.has(path) && !foldersOf(path).some((folder) => paths.has(folder))) continue;
    throw new GitfedError(
      'USAGE',
      `${path} on the branch ${branch} was not written by gitfed: move it away, or name another branch`,
    );
  }
}

function foldersOf(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_part, index) => parts.slice(0, index + 1).join('/'));
}

/** Writes each content once, unless the branch has it somewhere. Adds the files whose content is another one, with its id. */
async function writeContents(
  writer: FilesWriter,
  files: readonly RenderedFile[],
  target: Target,
  source: string,
  changes: Map<string, string | null>,
): Promise<void> {
  const known = new Set(Array.from(target.files.values(), objectIdOf));
  // The contents of one object resemble each other.
  for (const group of Map.groupBy(files, ({ object }) => object.federated).values()) {
    const ids = new Map<JsonObject, string>();
    for (const file of group) {
      let id = ids.get(file.manifest);
      if (id === undefined) {
        const text = file.text();
        id = blobId(text, source);
        ids.set(file.manifest, id);
        if (!known.has(id)) {
          known.add(id);
          const wait = writer.blob(text);
          if (wait !== undefined) await wait;
        }
      }
      if (target.files.get(file.path) !== plainFile(id)) changes.set(file.path, id);
    }
  }
}

async function writeIndex(
  writer: FilesWriter,
  paths: readonly string[],
  target: Target,
  source: string,
  changes: Map<string, string | null>,
): Promise<void> {
  const isSame = paths.length === target.owned.size && paths.every((path) => target.owned.has(path));
  if (isSame && target.files.has(INDEX_FILE)) return;
  const text = formatIndex(paths);
  await writer.blob(text);
  changes.set(INDEX_FILE, blobId(text, source));
}

async function messageOf({ source, repository, objects }: BranchRequest): Promise<string> {
  const subject = await commitSubject(source, objects);
  const path = repository.prefix === '' ? '' : `Source-Path: ${quoteIfOdd(repository.prefix)}\n`;
  return `Render ${source.slice(0, 12)}: ${subject}\n\nSource-Commit: ${source}\n${path}`;
}

/** A line break would begin another trailer. */
function quoteIfOdd(path: string): string {
  return /\p{Cc}|^[\s"]|\s$/u.test(path) ? JSON.stringify(path) : path;
}
