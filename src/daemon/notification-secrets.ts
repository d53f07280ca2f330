import { GitfedError } from '../errors.ts';
import type { DaemonConfiguration } from './configuration.ts';
import type { Texts } from './given-settings.ts';
import { readSecretLines } from './secret-lines.ts';
import { readSigningKeys, type SigningKeys } from './standard-webhook.ts';

/** What notifications are signed with, and what a forge is shown. They come from files or the environment, and from nowhere else. */
export class NotificationSecrets {
  #keys: SigningKeys = [];
  #token: string | undefined;

  /** None: no webhook is sent. */
  get keys(): SigningKeys {
    return this.#keys;
  }

  /** Absent: no commit status is set. */
  get token(): string | undefined {
    return this.#token;
  }

  /** Reads them. What cannot be read leaves those that were read before. @throws {GitfedError} `USAGE`. */
  async read({ notify }: Pick<DaemonConfiguration, 'notify'>, env: Texts): Promise<void> {
    const [secrets, tokens] = await Promise.all([
      readSecretLines({
        file: notify.webhookSecretFile,
        text: textOf(env['GITFED_NOTIFY_WEBHOOK_SECRET']),
        what: 'secret for notifications',
      }),
      readSecretLines({
        file: notify.forgeTokenFile,
        text: textOf(env['GITFED_NOTIFY_FORGE_TOKEN']),
        what: 'token of the forge',
      }),
    ]);
    const [token] = tokens;
    if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
      throw new GitfedError('USAGE', 'the token of the forge has characters that no token has');
    }
    this.#keys = readSigningKeys(secrets);
    this.#token = token;
  }
}

function textOf(value: Texts[string]): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
