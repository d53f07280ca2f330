/** Where a server listens. */
export interface ListenAddress {
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
}

/** Reads `HOST:PORT` or `[ADDRESS]:PORT`; `undefined` for anything else. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const { bracketed, plain, port = '' } = PATTERN.exec(text)?.groups ?? {};
  const host = bracketed ?? plain;
  if (host === undefined || Number(port) > 65_535) return undefined;
  return { host, port: Number(port) };
}

const PATTERN = /^(?:\[(?<bracketed>[0-9A-Fa-f:.]+)\]|(?<plain>[A-Za-z0-9.-]+)):(?<port>\d{1,5})$/;

/** As it is written: an IPv6 address in brackets. */
export function formatListenAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
