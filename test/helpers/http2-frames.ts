import { createServer, type TLSSocket } from 'node:tls';
import type { ApiClient } from '../../src/cluster/index.ts';
import { clientOf, listen, SERVING } from './http2-server.ts';

/** Codes of RFC 9113 §7. */
export const NO_ERROR = 0;
export const INTERNAL_ERROR = 2;
export const REFUSED_STREAM = 7;
export const CANCEL = 8;
export const ENHANCE_YOUR_CALM = 11;

/** A frame of RFC 9113 §6, for what no server of Node can be brought to do. */
export function frame(type: number, flags: number, stream: number, payload: Buffer | string = ''): Buffer {
  const head = Buffer.alloc(9);
  const body = Buffer.from(payload);
  head.writeUIntBE(body.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, body]);
}

function numbers(...values: readonly number[]): Buffer {
  return Buffer.concat(values.map((value) => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value])));
}

const SETTINGS = frame(4, 0, 0);
/** `:status: 200`, in the static table of HPACK. */
export const status200 = (stream: number): Buffer => frame(1, 4, stream, Buffer.from([0x88]));
export const data = (stream: number, text: string, isLast = false): Buffer => frame(0, isLast ? 1 : 0, stream, text);
export const reset = (stream: number, code: number): Buffer => frame(3, 0, stream, numbers(code));
/** No stream after this one was or will be looked at. */
export const goaway = (lastStream: number, code = 0): Buffer => frame(7, 0, 0, numbers(lastStream, code));
/** 200 with `{}`. */
export const complete = (stream: number): Frames => [status200(stream), data(stream, '{}', true)];

/** What a server of frames does next; `'end'`: it ends the connection. */
export type Frames = readonly (Buffer | 'end')[];

const PREFACE_BYTES = 24;
const HEAD_BYTES = 9;
const DATA = 0;
const HEADERS = 1;
const END_STREAM = 1;

/** A client of a server that sends these frames for the how manieth request, and what was asked: `<connection>/<stream>`. */
export async function converseRaw(
  answer: (stream: number, attempt: number) => Frames,
): Promise<{ client: ApiClient; requests: readonly string[] }> {
  const requests: string[] = [];
  let connections = 0;
  const server = createServer({ ...SERVING, ALPNProtocols: ['h2'] }, (socket) => {
    connections += 1;
    const connection = connections;
    socket.on('error', () => undefined);
    socket.write(SETTINGS);
    forEachRequest(socket, (stream) => {
      requests.push(`${connection}/${stream}`);
      for (const part of answer(stream, requests.length)) {
        if (part === 'end') socket.end();
        else socket.write(part);
      }
    });
  });
  return { client: clientOf(await listen(server)), requests };
}

/** Calls back with the stream of each request that is complete. */
function forEachRequest(socket: TLSSocket, callback: (stream: number) => void): void {
  let rest = Buffer.alloc(0);
  let isBegun = false;
  const lengthOf = (bytes: Buffer): number => HEAD_BYTES + bytes.readUIntBE(0, 3);
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    if (!isBegun) {
      if (rest.length < PREFACE_BYTES) return;
      isBegun = true;
      rest = rest.subarray(PREFACE_BYTES);
    }
    while (rest.length >= HEAD_BYTES && rest.length >= lengthOf(rest)) {
      const [type, flags = 0] = rest.subarray(3, 5);
      const stream = rest.readUInt32BE(5);
      rest = rest.subarray(lengthOf(rest));
      if ((type === DATA || type === HEADERS) && (flags & END_STREAM) !== 0) callback(stream);
    }
  });
}
