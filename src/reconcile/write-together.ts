import { constants, lstatSync } from 'node:fs';
import { copyFile, link, lstat, mkdir, open, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { GitfedError } from '../errors.ts';

/** One file: `before` absent for a new one, `after` absent for one that goes. Names are relative to the root. */
export interface PlannedFile {
  readonly file: string;
  readonly before?: string;
  readonly after?: string;
  /** Of a new file. Default: what the process gives to new files. */
  readonly mode?: number;
}

/**
 * Writes files all together or not at all: each is first written beside its place, then moved there. What was read must still be there, a new
 * file overwrites nothing, and no symbolic link below the root is followed. Where anything fails, what was moved is put back.
 *
 * @param check is asked when all files are in their places: a sentence puts everything back.
 * @throws {GitfedError} `USAGE` where a file is not what was read, cannot be written, or `check` says why not.
 */
export async function writeTogether(
  root: string,
  files: readonly PlannedFile[],
  check: () => Promise<string | undefined> = async () => undefined,
): Promise<void> {
  const undo: (() => Promise<unknown>)[] = [];
  const staged: string[] = [];
  try {
    for (const { file } of files) await makeFolders(root, path.dirname(file), undo);
    const modes = new Map<string, number>();
    for (const planned of files) modes.set(planned.file, await modeOf(root, planned));
    for (const { file, after } of files) {
      if (after === undefined) continue;
      staged.push(temporaryName(root, file));
      await stage(temporaryName(root, file), after, modes.get(file));
    }
    for (const planned of files) undo.push(...(await move(root, planned, modes.get(planned.file))));
    const reason = await check();
    if (reason !== undefined) throw new GitfedError('USAGE', reason);
  } catch (error) {
    // First, so that folders that were made are empty again.
    await removeAll(staged);
    for (const step of undo.toReversed()) await step();
    throw explain(error);
  }
  await removeAll(staged);
}

async function removeAll(names: readonly string[]): Promise<void> {
  for (const name of names) await rm(name, { force: true });
}

/** What file systems say that have no links. */
const WITHOUT_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'ENOSYS']);

function temporaryName(root: string, file: string): string {
  const target = path.join(root, file);
  return path.join(path.dirname(target), `.${path.basename(target)}.gitfed-${process.pid}`);
}

async function makeFolders(root: string, folder: string, undo: (() => Promise<unknown>)[]): Promise<void> {
  if (folder === '.') return;
  await makeFolders(root, path.dirname(folder), undo);
  const target = path.join(root, folder);
  const found = lstatSync(target, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return;
  if (found !== undefined) throw new GitfedError('USAGE', `${folder} is not a folder: nothing was written.`);
  await mkdir(target);
  // Somebody else may have put something there meanwhile.
  undo.push(() => rmdir(target).catch(() => undefined));
}

/** Of the file as it is now, which must be the one that was read. */
async function modeOf(root: string, { file, before, mode }: PlannedFile): Promise<number> {
  if (before === undefined) return mode ?? 0o666;
  const handle = await open(path.join(root, file), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    if (!(await handle.readFile()).equals(Buffer.from(before, 'utf8'))) throw changedMeanwhile(file);
    return (await handle.stat()).mode;
  } finally {
    await handle.close();
  }
}

function changedMeanwhile(file: string): GitfedError {
  return new GitfedError('USAGE', `${file} was changed meanwhile, and nothing was written. Run it again.`);
}

async function stage(name: string, text: string, mode: number | undefined): Promise<void> {
  const handle = await open(name, 'wx', mode);
  try {
    await handle.writeFile(text, 'utf8');
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** @returns how to put it back. */
async function move(
  root: string,
  { file, before, after }: PlannedFile,
  mode: number | undefined,
): Promise<(() => Promise<unknown>)[]> {
  const target = path.join(root, file);
  const temporary = temporaryName(root, file);
  const putBack = async (): Promise<void> => {
    await rm(temporary, { force: true });
    await stage(temporary, before ?? '', mode);
    await rename(temporary, target);
  };
  if (after === undefined) {
    await rm(target);
    return [putBack];
  }
  if (before === undefined) {
    // Unlike a rename, a link does not take the place of what is there.
    await link(temporary, target).catch((error: NodeJS.ErrnoException) => {
      if (!WITHOUT_LINKS.has(error.code ?? '')) throw error;
      return copyFile(temporary, target, constants.COPYFILE_EXCL);
    });
    return [() => rm(target, { force: true })];
  }
  if (!(await lstat(target)).isFile()) throw changedMeanwhile(file);
  await rename(temporary, target);
  return [putBack];
}

function explain(error: unknown): unknown {
  if (error instanceof GitfedError) return error;
  const { code, dest, path: name } = error as NodeJS.ErrnoException & { readonly dest?: string };
  if (code === undefined) return error;
  const where = dest ?? name ?? 'A file';
  const reason = code === 'EEXIST' ? 'is there already' : `cannot be written (${code})`;
  return new GitfedError('USAGE', `${where} ${reason}: nothing was written.`, { cause: error });
}
