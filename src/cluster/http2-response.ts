import http2 from 'node:http2';
import { type ApiError, requestError } from './errors.ts';
import { ByteCollector, tooLarge, type WireRequest, type WireResponse } from './transport.ts';

/**
 * The whole answer on a stream.
 *
 * Listens from the start: a small answer may be complete, and its stream gone, before anything that waits for its head runs.
 *
 * @throws {ApiError} for one that was cut off or is too large; errors of the socket as they are.
 */
export function readResponse(
  stream: http2.ClientHttp2Stream,
  { maxBytes, onHead }: Pick<WireRequest, 'maxBytes' | 'onHead'>,
): Promise<WireResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<WireResponse>();
  const bytes = new ByteCollector(maxBytes);
  let head: ResponseHead | undefined;
  let isEnded = false;
  stream.once('response', (headers) => {
    head = headers;
    onHead?.(headers.date);
  });
  stream.on('data', (chunk: Buffer) => {
    if (!bytes.add(chunk)) reject(tooLarge());
  });
  stream.once('end', () => {
    isEnded = true;
    const length = head?.['content-length'];
    // A stream that is reset ends like a complete one: what tells is its code, or its length.
    if (head === undefined || isReset(stream) || (length !== undefined && Number(length) !== bytes.size)) {
      reject(resetError(stream.rstCode));
      return;
    }
    const body = bytes.text();
    if (stream.closed && length === undefined && isHalf(head, body)) reject(cutOff());
    else resolve({ status: head[':status'] ?? 0, body, retryAfter: head['retry-after'] });
  });
  stream.once('error', (error) => reject(isOfSocket(error) ? error : resetError(stream.rstCode)));
  stream.once('close', () => {
    // An error costs a stack trace, and every stream closes.
    if (!isEnded) reject(resetError(stream.rstCode));
  });
  return promise;
}

/** The beginning of an answer on a stream. @throws {ApiError} for one that was cut off before; errors of the socket as they are. */
export function readHead(stream: http2.ClientHttp2Stream, onHead?: WireRequest['onHead']): Promise<ResponseHead> {
  const { promise, resolve, reject } = Promise.withResolvers<ResponseHead>();
  stream.once('response', (headers) => {
    onHead?.(headers.date);
    resolve(headers);
  });
  stream.once('error', (error) => reject(isOfSocket(error) ? error : resetError(stream.rstCode)));
  stream.once('close', () => reject(resetError(stream.rstCode)));
  return promise;
}

/** What comes after the head, until the server ends it. @throws {ApiError} where it was cut off; errors of the socket as they are. */
export async function* readChunks(stream: http2.ClientHttp2Stream): AsyncGenerator<Buffer, void> {
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    throw error instanceof Error && isOfSocket(error) ? error : resetError(stream.rstCode);
  }
  // A stream that is reset ends like a complete one.
  if (isReset(stream)) throw resetError(stream.rstCode);
}

export type ResponseHead = http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader;

function isReset({ closed, rstCode }: http2.ClientHttp2Stream): boolean {
  return closed && rstCode !== http2.constants.NGHTTP2_NO_ERROR;
}

/**
 * Whether an answer without a length breaks off in the middle. Servers that end their connection may reset its streams with NO_ERROR, and
 * nobody says whether an END_STREAM had come before.
 */
function isHalf({ ':status': status = 0, 'content-type': type = '' }: ResponseHead, body: string): boolean {
  if (status < 200 || status >= 300 || !type.includes('json')) return false;
  try {
    JSON.parse(body);
    return false;
  } catch {
    return true;
  }
}

/** Codes of RFC 9113 §7, by number. */
const CODES = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
] as const;

function resetError(code: number | undefined): ApiError {
  const name = CODES[code ?? 0];
  // Node says CANCEL of a connection that ended, too.
  if (name === undefined || name === 'NO_ERROR' || name === 'CANCEL') return cutOff();
  // Also said of streams that a GOAWAY leaves out.
  return requestError('Connection', { detail: name, isUnprocessed: name === 'REFUSED_STREAM' });
}

function isOfSocket(error: Error): boolean {
  return 'code' in error && error.code !== 'ABORT_ERR' && !String(error.code).startsWith('ERR_HTTP2_');
}

export function cutOff(options: { readonly isUnprocessed?: boolean } = {}): ApiError {
  return requestError('Connection', { detail: 'cut off', ...options });
}
