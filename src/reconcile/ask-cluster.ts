import { ConfigMalformedError, isApiError } from '../cluster/index.ts';
import { GitfedError } from '../errors.ts';

/**
 * Asks a cluster for a command that is done with it when it fails.
 *
 * @param what could not be done, for the message: `eu-1: it cannot be reached`.
 * @param consequence what that means for what the command was to do.
 * @throws {GitfedError} `CLUSTER` with the reason.
 */
export async function askCluster<T>(
  what: string,
  ask: () => Promise<T>,
  consequence = 'Nothing was written.',
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!isApiError(error) && !(error instanceof ConfigMalformedError)) throw error;
    if (isApiError(error) && error.failure === 'Aborted') throw error;
    const reason = error.message.replace(/\.$/, '');
    throw new GitfedError('CLUSTER', `${what}: ${reason}. ${consequence}`, { cause: error });
  }
}
