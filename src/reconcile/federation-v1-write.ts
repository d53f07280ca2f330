import { lstatSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { GitfedError } from '../errors.ts';
import { findRepository } from '../git/index.ts';
import { type PlannedFile, writeTogether } from './write-together.ts';

/** @throws {GitfedError} `USAGE` unless the folder is not there, or there is nothing in it. */
export function refuseFull(outputDir: string): void {
  const found = statSync(outputDir, { throwIfNoEntry: false });
  if (found === undefined && lstatSync(outputDir, { throwIfNoEntry: false }) === undefined) return;
  if (found?.isDirectory() !== true) {
    throw new GitfedError('USAGE', `--output-dir ${outputDir} is not a folder. Nothing was written.`);
  }
  if (readdirSync(outputDir).length === 0) return;
  throw new GitfedError(
    'USAGE',
    `--output-dir ${outputDir} is not empty, and an import overwrites nothing: name a folder that is not there yet. Nothing was written.`,
  );
}

/** @throws {GitfedError} `USAGE` where what is in the folder could come into git. */
export async function refuseTracked(credentialsDir: string, outputDir: string): Promise<void> {
  const relative = path.relative(outputDir, credentialsDir);
  const isInside = relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
  const repository = isInside ? undefined : await findRepository(existing(credentialsDir));
  if (!isInside && repository === undefined) return;
  const where = isInside ? 'the repository that is written' : `the repository ${repository?.directory ?? ''}`;
  throw new GitfedError(
    'USAGE',
    `--credentials-dir ${credentialsDir} is inside of ${where}, where tokens could be committed: name a folder outside. Nothing was written.`,
  );
}

/** The folder itself, or the nearest one above it that is there. */
function existing(folder: string): string {
  let found = folder;
  while (statSync(found, { throwIfNoEntry: false })?.isDirectory() !== true) {
    const above = path.dirname(found);
    if (above === found) return found;
    found = above;
  }
  return found;
}

/** Writes files into a folder that need not be there, all together or none. */
async function writeInto(
  folder: string,
  files: readonly PlannedFile[],
  check?: () => Promise<string | undefined>,
): Promise<void> {
  const root = existing(folder);
  const below = path.relative(root, folder);
  await writeTogether(
    root,
    files.map((one) => ({ ...one, file: path.join(below, one.file) })),
    check,
  );
}

/** Writes a repository, and credentials somewhere else: both, or neither. */
export async function writeImport(
  outputDir: string,
  files: readonly PlannedFile[],
  credentials: { readonly directory: string; readonly files: readonly PlannedFile[] } | undefined,
): Promise<void> {
  const writeRepository = async (): Promise<undefined> => {
    await writeInto(outputDir, files);
    return undefined;
  };
  if (credentials === undefined || credentials.files.length === 0) await writeRepository();
  else await writeInto(credentials.directory, credentials.files, writeRepository);
}
