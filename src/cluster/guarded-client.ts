import type { ApiClient, ApiRequest } from './client.ts';

/** What requests are made through: an {@link ApiClient}, or one that asks before each write. */
export type ApiAccess = Pick<ApiClient, 'isDead' | 'request' | 'json' | 'jsonAnswer'>;

/**
 * The same client for somebody who may write no longer than `check` lets them: it is asked before each attempt, when nothing is left to wait
 * for. Reads are not asked about, and whoever has the client itself goes on as before.
 *
 * @param check throws a {@link WriteRefusedError} where nothing may be written any more, which is what becomes of the request.
 */
export function guardWrites(client: ApiClient, check: () => void): ApiAccess {
  const guarded = (request: ApiRequest): ApiRequest => ({ ...request, beforeSend: check });
  return {
    get isDead() {
      return client.isDead;
    },
    request: (request) => client.request(guarded(request)),
    json: (request, parse) => client.json(guarded(request), parse),
    jsonAnswer: (request, parse) => client.jsonAnswer(guarded(request), parse),
  };
}
