import { type ApiError, requestError } from './errors.ts';

/** One request as it goes over the wire. */
export interface WireRequest {
  readonly method: string;
  /** With the path prefix of the endpoint. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Of the body of the answer. */
  readonly maxBytes: number;
  /** Called when an answer begins, whether it then comes in full or not. @param date its header `Date`. */
  readonly onHead?: (date: string | undefined) => void;
  /** Called when there is a connection and it would be sent now. What it throws is what becomes of it. */
  readonly beforeSend?: () => void;
}

export interface WireResponse {
  readonly status: number;
  readonly body: string;
  /** The header `Retry-After`. */
  readonly retryAfter: string | undefined;
}

/** An answer whose body is read while the server still writes it. */
export interface WireStream {
  readonly status: number;
  /** The header `Retry-After`. */
  readonly retryAfter: string | undefined;
  /**
   * Ends when the server ends it, and throws where the connection is cut. Whoever stops reading gives up the whole answer. To be read once.
   */
  readonly chunks: AsyncIterable<Buffer>;
}

export type Protocol = 'h2' | 'http/1.1';

/** Requests to one origin, as many at once as are made. */
export interface Transport {
  /** What the server speaks; undefined before the first answer. */
  readonly protocol: Protocol | undefined;
  /** How many requests may run at once without one waiting for another. */
  readonly capacity: number;
  /**
   * A complete answer, whatever its status. When `signal` is aborted, it throws the signal's reason.
   *
   * @throws {ApiError} for an answer that was cut off or is too large; errors of Node for connections that fail.
   */
  exchange(request: WireRequest, signal: AbortSignal): Promise<WireResponse>;
  /**
   * The beginning of an answer that may go on for hours; beside the requests that `capacity` counts. When `signal` is aborted, it and
   * the chunks throw the signal's reason.
   */
  open(request: Omit<WireRequest, 'maxBytes' | 'body'>, signal: AbortSignal): Promise<WireStream>;
  /** How many answers may be read at once by {@link open}, so that requests have room beside them. */
  readonly streamCapacity: number;
  /** Closes every connection, whatever runs. */
  close(): void;
}

/** The body of an answer, piece by piece. */
export class ByteCollector {
  readonly #maxBytes: number;
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#size;
  }

  /** @returns false when it is more than we read: then nothing of it is kept. */
  add(chunk: Buffer): boolean {
    this.#size += chunk.length;
    if (this.#size > this.#maxBytes) {
      this.#chunks.length = 0;
      return false;
    }
    this.#chunks.push(chunk);
    return true;
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}

export function tooLarge(): ApiError {
  return requestError('Response', { detail: 'it is too large' });
}
