import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { createInterface } from 'node:readline';

export interface WatchRequest {
  readonly url: URL;
  readonly ca: string;
  readonly token: string;
  readonly signal: AbortSignal;
}

export interface WatchJsonEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

/** The events of one watch until it ends, however it does. Without a resourceVersion, what is there comes first. */
export async function* watchJson<T>({ url, ca, token, signal }: WatchRequest): AsyncGenerator<WatchJsonEvent<T>> {
  const headers = { Accept: 'application/json', Authorization: `Bearer ${token}`, 'User-Agent': 'gitfed-test' };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    httpsRequest(url, { headers, ca, signal, agent: false }, resolve).once('error', reject).end();
  });
  if (response.statusCode !== 200) {
    response.destroy();
    throw new Error(`${url.pathname}: ${response.statusCode}`);
  }
  for await (const line of createInterface({ input: response })) yield JSON.parse(line) as WatchJsonEvent<T>;
}
