import { ApiClient, type ClientOptions, type Endpoint } from '../cluster/index.ts';

/** How long a request may take, and what ends it. */
export interface RequestSettings {
  readonly requestTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A client for one API server. No connection is begun. */
export function openClient(endpoint: Endpoint, settings: RequestSettings): ApiClient {
  return new ApiClient(endpoint, clientOptions(settings));
}

/** The same in the words of a client. */
export function clientOptions({ requestTimeoutMs, signal }: RequestSettings): ClientOptions {
  return {
    ...(requestTimeoutMs === undefined ? {} : { timeoutMs: requestTimeoutMs }),
    ...(signal === undefined ? {} : { signal }),
  };
}
