import { readFile } from 'node:fs/promises';
import { GitfedError } from '../errors.ts';
import { plainText } from '../report/plain-text.ts';

/** The secrets that webhooks are proven with. */
export class WebhookSecrets {
  #secrets: readonly string[] = [];

  /** Those that are good now; none: webhooks are off. */
  get current(): readonly string[] {
    return this.#secrets;
  }

  /**
   * Reads them, each on a line of its own: the old one and the new one are good while they are changed. What cannot be read leaves those that
   * were read before.
   *
   * @param file wins over `text`; without either there are none.
   * @throws {GitfedError} `USAGE` where the file cannot be read, or has no secret in it.
   */
  async read(file: string | undefined, text: string | undefined): Promise<void> {
    const source = file === undefined ? (text ?? '') : await readSecretFile(file);
    const secrets = source.split(/\r?\n/).flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
    if (file !== undefined && secrets.length === 0) {
      throw new GitfedError(
        'USAGE',
        `${plainText(file)}: there is no secret for webhooks in this file: write it on one line`,
      );
    }
    this.#secrets = secrets;
  }
}

async function readSecretFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : 'unknown';
    throw new GitfedError('USAGE', `${plainText(file)}: the secret for webhooks cannot be read (${code})`, {
      cause: error,
    });
  }
}
