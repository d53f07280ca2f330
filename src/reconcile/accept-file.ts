import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { RepositorySnapshot } from '../api/index.ts';
import { GitfedError } from '../errors.ts';
import type { Repository } from '../git/index.ts';

/** The text of a file of a snapshot. @throws {GitfedError} `USAGE` where it is no text. */
export function textOf(snapshot: RepositorySnapshot, file: string): string {
  const entry = snapshot.entries.find((one) => one.path === file);
  try {
    if (entry?.kind === 'file') return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(entry.content);
  } catch {
    // Below.
  }
  throw new GitfedError('USAGE', `${file} cannot be edited: it is not a file of UTF-8 text.`);
}

/**
 * Replaces a file of the work tree at once, with the rights that it has. What is in it must still be what was read.
 *
 * @throws {GitfedError} `USAGE` where somebody changed it meanwhile, or it cannot be written.
 */
export async function replaceFile(
  { directory }: Repository,
  file: string,
  { before, after }: { readonly before: string; readonly after: string },
): Promise<void> {
  const target = path.join(directory, file);
  const temporary = path.join(path.dirname(target), `.${path.basename(target)}.gitfed-${process.pid}`);
  try {
    const old = await open(target, constants.O_RDONLY | constants.O_NOFOLLOW);
    let mode: number;
    try {
      mode = (await old.stat()).mode;
      const text = await old.readFile();
      if (!text.equals(Buffer.from(before, 'utf8'))) {
        throw new GitfedError('USAGE', `${file} was changed meanwhile, and nothing was written. Run it again.`);
      }
    } finally {
      await old.close();
    }
    const fresh = await open(temporary, 'wx', mode);
    try {
      await fresh.chmod(mode);
      await fresh.writeFile(after, 'utf8');
      await fresh.sync();
    } finally {
      await fresh.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    if (error instanceof GitfedError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new GitfedError('USAGE', `${file} could not be written (${code}).`, { cause: error });
  }
}
