import { lstatSync, readdirSync } from 'node:fs';
import { mkdir, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { GitfedError } from '../errors.ts';
import { list } from '../report/wording.ts';
import { isInside, realPath } from './real-path.ts';
import { writeTogether } from './write-together.ts';

interface FileText {
  readonly file: string;
  readonly text: string;
}

/** @throws {GitfedError} `USAGE` where anything but a new git repository is there: nothing is ever overwritten. */
export function refuseFullFolder(
  folder: string,
  advice = 'Name a new folder, or compare this one with --check.',
): void {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isDirectory())
    throw new GitfedError('USAGE', `--output-dir ${folder} is not a folder: nothing was written.`);
  const names = readdirSync(folder).filter((name) => name !== '.git');
  if (names.length === 0) return;
  throw new GitfedError(
    'USAGE',
    `--output-dir ${folder} is not empty: it holds ${list(names, 4)}. Nothing was written. ${advice}`,
  );
}

/** @throws {GitfedError} `USAGE` where there is no repository to compare. */
export function refuseMissingFolder(folder: string): void {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new GitfedError(
    'USAGE',
    `--check compares a repository that is there, and ${folder} is no folder. Leave out --check to write it.`,
  );
}

/** @throws {GitfedError} `USAGE` where tokens would be committed, or would take the place of others. */
export function refuseReadableCredentials(credentialsDir: string, outputDir: string): void {
  if (isInside(outputDir, credentialsDir) || isInWorkTree(realPath(credentialsDir))) {
    throw new GitfedError(
      'USAGE',
      `--credentials-dir ${credentialsDir} is inside of a git repository, where its tokens would be committed. Nothing was written. Name a folder elsewhere, or encrypt them with --secrets encrypt.`,
    );
  }
  const found = lstatSync(credentialsDir, { throwIfNoEntry: false });
  if (found !== undefined && !found.isDirectory())
    throw new GitfedError('USAGE', `--credentials-dir ${credentialsDir} is not a folder: nothing was written.`);
}

/** Also of a repository that is around the one that is written. */
function isInWorkTree(place: string): boolean {
  if (lstatSync(path.join(place, '.git'), { throwIfNoEntry: false }) !== undefined) return true;
  const parent = path.dirname(place);
  return parent !== place && isInWorkTree(parent);
}

/** Only for whoever runs this. */
const PRIVATE = 0o600;

/**
 * Writes a repository, and the credentials beside it, all together or not at all.
 *
 * @throws {GitfedError} `USAGE` where something cannot be written, or credentials are there already.
 */
export async function writeImport({
  outputDir,
  files,
  credentialsDir,
  credentials,
}: {
  readonly outputDir: string;
  readonly files: readonly FileText[];
  readonly credentialsDir: string | undefined;
  readonly credentials: readonly FileText[];
}): Promise<void> {
  const isThere = lstatSync(outputDir, { throwIfNoEntry: false }) !== undefined;
  const parent = path.dirname(outputDir);
  // A new folder appears with everything in it, whatever ends this process.
  const folder = isThere ? outputDir : path.join(parent, `.${path.basename(outputDir)}.gitfed-${process.pid}`);
  const made: string[] = [];
  const moveThere = async (): Promise<undefined> => {
    if (isThere) return undefined;
    await rename(folder, outputDir).catch((error: NodeJS.ErrnoException) => {
      const reason = `The folder ${outputDir} cannot be put in its place (${error.code ?? 'unknown'}): nothing was written.`;
      throw new GitfedError('USAGE', reason, { cause: error });
    });
    return undefined;
  };
  const writeCredentials = async (): Promise<undefined> => {
    if (credentialsDir === undefined || credentials.length === 0) return await moveThere();
    await makeFolder(credentialsDir, made);
    const secret = planned(credentials).map((one) => ({ ...one, mode: PRIVATE }));
    await writeTogether(credentialsDir, secret, moveThere);
    return undefined;
  };
  try {
    await makeFolder(folder, made);
    // In a folder that is there, files go together with the credentials.
    await writeTogether(folder, planned(files), isThere ? writeCredentials : undefined);
    if (!isThere) await writeCredentials();
  } catch (error) {
    if (!isThere) await rm(folder, { recursive: true, force: true });
    // Only what is empty: others may have put something there.
    for (const one of made.toReversed()) await rmdir(one).catch(() => undefined);
    throw error;
  }
}

function planned(files: readonly FileText[]): readonly { readonly file: string; readonly after: string }[] {
  return files.map(({ file, text }) => ({ file, after: text }));
}

/** Makes a folder and those on the way to it, and notes which of them are new. */
async function makeFolder(folder: string, made: string[]): Promise<void> {
  try {
    const top = await mkdir(folder, { recursive: true });
    if (top === undefined) return;
    for (let at = folder; at !== top; at = path.dirname(at)) made.unshift(at);
    made.unshift(top);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new GitfedError('USAGE', `The folder ${folder} cannot be made (${code ?? 'unknown'}): nothing was written.`, {
      cause: error,
    });
  }
}
