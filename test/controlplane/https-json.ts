import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';

export interface HttpsRequest {
  method: string;
  url: URL;
  ca: string;
  token: string;
  /** A string is sent as it is, anything else as JSON. */
  body?: unknown;
  contentType?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface HttpsResponse<T> {
  status: number;
  /** Parsed when the server says that it is JSON, else the text. */
  body: T;
}

/** One request over a connection of its own: a kept one would break when its server is restarted or killed. */
export async function requestJson<T>(options: HttpsRequest): Promise<HttpsResponse<T>> {
  const payload = encode(options.body);
  const headers: Record<string, string> = {
    Accept: 'application/json',
    Authorization: `Bearer ${options.token}`,
    'User-Agent': 'gitfed-test',
  };
  if (payload !== undefined) {
    headers['Content-Type'] = options.contentType ?? 'application/json';
    headers['Content-Length'] = String(Buffer.byteLength(payload));
  }
  const { url, method, ca, signal } = options;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    httpsRequest(url, { method, headers, ca, agent: false, ...(signal && { signal }) }, resolve)
      .once('error', reject)
      .end(payload);
  });
  const body = await text(response);
  const isJson = response.headers['content-type']?.startsWith('application/json') ?? false;
  return { status: response.statusCode ?? 0, body: (isJson ? JSON.parse(body) : body) as T };
}

function encode(body: unknown): string | undefined {
  return body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
}
