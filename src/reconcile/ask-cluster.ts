import { ConfigMalformedError, isApiError } from '../cluster/index.ts';
import { GitfedError } from '../errors.ts';

/**
 * Asks a cluster for a command that writes files.
 *
 * @param what could not be done, for the message: `eu-1: it cannot be reached`.
 * @throws {GitfedError} `CLUSTER` with the reason.
 */
export async function askCluster<T>(what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!isApiError(error) && !(error instanceof ConfigMalformedError)) throw error;
    if (isApiError(error) && error.failure === 'Aborted') throw error;
    const reason = error.message.replace(/\.$/, '');
    throw new GitfedError('CLUSTER', `${what}: ${reason}. Nothing was written.`, { cause: error });
  }
}
