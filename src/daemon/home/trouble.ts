import { ConfigMalformedError, isApiError } from '../../cluster/index.ts';
import { GitfedError } from '../../errors.ts';

/** What a home cluster, its credentials or the way there do: it passes, and is no defect. */
export function isTrouble(error: unknown): error is Error {
  return isApiError(error) || error instanceof ConfigMalformedError || error instanceof GitfedError;
}

/** For what need not succeed. @throws what is no trouble. */
export function ignoreTrouble(error: unknown): void {
  if (!isTrouble(error)) throw error;
}
