import { readFile } from 'node:fs/promises';
import { GitfedError } from '../errors.ts';

/** Keys of `--age-key-file`. They are kept as they stand there and never shown. */
export interface AgeIdentities {
  readonly texts: readonly string[];
}

const IDENTITY = /^AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]+$/;

/**
 * Reads a file as `age-keygen` writes it: one identity in a line, `#` begins a comment.
 *
 * @throws {GitfedError} `USAGE` when it cannot be read or holds no identity. The message never shows what it holds.
 */
export async function readAgeIdentities(file: string): Promise<AgeIdentities> {
  const lines = (await readText(file)).split(/\r?\n/).map((line) => line.trim());
  const texts = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (texts.length === 0) {
    throw new GitfedError('USAGE', `--age-key-file ${file} holds no identity: write one with age-keygen -o FILE`);
  }
  const { Decrypter } = await import('age-encryption');
  for (const [index, line] of lines.entries()) {
    if (texts.includes(line) && !isIdentity(line, new Decrypter())) throw notAnIdentity(file, index + 1);
  }
  return { texts };
}

function isIdentity(text: string, decrypter: { readonly addIdentity: (text: string) => void }): boolean {
  if (!IDENTITY.test(text)) return false;
  try {
    decrypter.addIdentity(text);
    return true;
  } catch {
    return false;
  }
}

function notAnIdentity(file: string, line: number): GitfedError {
  return new GitfedError(
    'USAGE',
    `--age-key-file ${file}: line ${line} is not an age identity (AGE-SECRET-KEY-1…). SSH keys, plugins and files with a passphrase are not supported`,
  );
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new GitfedError('USAGE', `--age-key-file ${file} cannot be read: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EISDIR':
      return 'it is a folder';
    case 'EACCES':
    case 'EPERM':
      return 'you may not read it';
    default:
      return 'reading it failed';
  }
}
