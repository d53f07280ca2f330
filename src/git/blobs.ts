import { hash } from 'node:crypto';
import { GitfedError } from '../errors.ts';
import type { Repository } from './repository.ts';
import { runGit } from './run-git.ts';

/** Everything in a commit that is not a folder: mode and object id by path, as {@link plainFile} writes them. */
export async function listBlobs(repository: Repository, commit: string): Promise<Map<string, string>> {
  const text = await runGit(repository.directory, ['ls-tree', '-r', '-z', '--full-tree', commit]);
  return new Map(
    text
      .split('\0')
      .filter((line) => line !== '')
      .map(readLine),
  );
}

/** `100644 blob 8ab686ea…<tab>path`. */
function readLine(line: string): readonly [string, string] {
  const [mode, id, tab] = [line.slice(0, 6), line.indexOf(' ', 7) + 1, line.indexOf('\t')];
  if (id === 0 || tab < id) throw new GitfedError('GIT', 'git ls-tree answered with a line that cannot be understood.');
  return [line.slice(tab + 1), `${mode} ${line.slice(id, tab)}`];
}

/** A file that is neither executable nor a link, in the answer of {@link listBlobs}. */
export function plainFile(objectId: string): string {
  return `100644 ${objectId}`;
}

/** The id that git gives a text. @param like any id of the repository: those of SHA-256 are longer. */
export function blobId(text: string, like: string): string {
  return hash(like.length > SHA1_LENGTH ? 'sha256' : 'sha1', `blob ${Buffer.byteLength(text)}\0${text}`);
}

const SHA1_LENGTH = 40;
