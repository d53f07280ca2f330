import { readSecretLines } from './secret-lines.ts';

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
    this.#secrets = await readSecretLines({ file, text, what: 'secret for webhooks' });
  }
}
