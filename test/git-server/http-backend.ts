import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';

interface BackendRequest {
  readonly folder: string;
  /** Who may push: without a name, git takes no push at all. */
  readonly user: string | undefined;
  /** The connection ends after so many bytes of the body. */
  readonly cutAfter: number | undefined;
}

/** Lets `git http-backend` answer, as a program behind CGI. @see https://git-scm.com/docs/git-http-backend */
export function runBackend(request: IncomingMessage, response: ServerResponse, options: BackendRequest): void {
  const child = spawn('git', ['http-backend'], { env: environment(request, options) });
  child.on('error', () => response.destroy());
  child.stderr.resume();
  child.stdin.on('error', () => undefined);
  request.pipe(child.stdin);
  response.once('close', () => child.kill());
  void pass(child.stdout, response, options.cutAfter);
}

function environment(request: IncomingMessage, { folder, user }: BackendRequest): NodeJS.ProcessEnv {
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
  const { headers } = request;
  return {
    PATH: process.env.PATH,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_PROJECT_ROOT: folder,
    GIT_HTTP_EXPORT_ALL: '1',
    GATEWAY_INTERFACE: 'CGI/1.1',
    SERVER_PROTOCOL: 'HTTP/1.1',
    REMOTE_ADDR: '127.0.0.1',
    REMOTE_USER: user || 'somebody',
    REQUEST_METHOD: request.method ?? 'GET',
    PATH_INFO: decodeURIComponent(pathname),
    QUERY_STRING: search.slice(1),
    CONTENT_TYPE: headers['content-type'] ?? '',
    ...(headers['content-length'] === undefined ? {} : { CONTENT_LENGTH: headers['content-length'] }),
    ...(headers['content-encoding'] === undefined ? {} : { HTTP_CONTENT_ENCODING: headers['content-encoding'] }),
    GIT_PROTOCOL: String(headers['git-protocol'] ?? ''),
  };
}

/** Headers, an empty line, the body. */
async function pass(output: Readable, response: ServerResponse, cutAfter: number | undefined): Promise<void> {
  let head = Buffer.alloc(0);
  let hasHead = false;
  let sent = 0;
  for await (const chunk of output as AsyncIterable<Buffer>) {
    let body = chunk;
    if (!hasHead) {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) continue;
      hasHead = true;
      writeHead(response, head.toString('latin1', 0, end));
      body = head.subarray(end + 4);
    }
    if (cutAfter !== undefined && sent + body.length >= cutAfter) {
      response.write(body.subarray(0, cutAfter - sent), () => response.destroy());
      return;
    }
    sent += body.length;
    if (!response.write(body)) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
  }
  if (!hasHead) response.destroy();
  else response.end();
}

function writeHead(response: ServerResponse, head: string): void {
  const headers = head.split('\r\n').map((line) => /^([^:]+): ?(.*)$/.exec(line) ?? []);
  const status = headers.find(([, name]) => name?.toLowerCase() === 'status')?.[2];
  for (const [, name = '', value = ''] of headers) {
    if (name !== '' && name.toLowerCase() !== 'status') response.setHeader(name, value);
  }
  response.writeHead(status === undefined ? 200 : Number.parseInt(status, 10));
}
