import type http from 'node:http';

/** Of a request, and of the credential for it. */
export const DEFAULT_TIMEOUT_MS = 15_000;

/** What is verified of a member's certificate, and what we show of ours. */
export interface MemberTls {
  /** PEM; absent: the authorities of this machine. */
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly serverName?: string;
  /** Nothing is verified. */
  readonly insecure?: boolean;
  /** The host name is not verified. */
  readonly ignoreSubject?: boolean;
  /** The dates are not verified. */
  readonly ignoreValidity?: boolean;
}

/** How one API server is reached, and as whom. Holds credentials: never printed. */
export interface Endpoint {
  /** Of the API server, with the path prefix it may have. */
  readonly url: URL;
  readonly tls: MemberTls;
  /** Headers that say who we are, asked for again after a 401. The signal ends the program that they come from. */
  readonly authenticate: (signal?: AbortSignal) => Promise<Readonly<Record<string, string>>>;
  /** Instead of a direct connection: the way through a proxy. */
  readonly proxyAgent?: http.Agent;
}

/** A host name or an address, IPv6 without brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}
