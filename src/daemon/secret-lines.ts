import { readFile } from 'node:fs/promises';
import { GitfedError } from '../errors.ts';
import { plainText } from '../report/plain-text.ts';

export interface SecretSource {
  /** Wins over `text`. */
  readonly file: string | undefined;
  /** As the environment has it. */
  readonly text: string | undefined;
  /** What it is, for messages: `secret for webhooks`. */
  readonly what: string;
}

/**
 * Reads secrets, each on a line of its own: the old one and the new one are good while they are changed. None where neither is given.
 *
 * @throws {GitfedError} `USAGE` where the file cannot be read, or has no secret in it.
 */
export async function readSecretLines({ file, text, what }: SecretSource): Promise<readonly string[]> {
  const source = file === undefined ? (text ?? '') : await readSecretFile(file, what);
  const secrets = source.split(/\r?\n/).flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  if (file !== undefined && secrets.length === 0) {
    throw new GitfedError('USAGE', `${plainText(file)}: there is no ${what} in this file: write it on one line`);
  }
  return secrets;
}

async function readSecretFile(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : 'unknown';
    throw new GitfedError('USAGE', `${plainText(file)}: the ${what} cannot be read (${code})`, { cause: error });
  }
}
