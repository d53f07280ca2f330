/** What is wrong with a URL, as the end of a sentence, or `undefined`. */
export type UrlProblem = string | undefined;

const URL_PATTERN = /^(?<scheme>[A-Za-z][A-Za-z0-9+.-]*):\/\/(?<authority>[^/?#]*)(?<rest>[/?#].*)?$/s;

/**
 * Checks the address of an API server as client-go reads it: `scheme://host[:port][/path]`, or `host[:port]` for https.
 *
 * @see https://pkg.go.dev/k8s.io/client-go/rest#DefaultServerURL
 */
export function checkApiEndpoint(text: string): UrlProblem {
  if (text === '') return 'is required: the address of the API server, for example https://eu-1.example:6443';
  if (hasForbiddenCharacter(text)) return 'holds spaces or control characters';
  const url = URL_PATTERN.exec(text)?.groups;
  if (url === undefined) return checkBareHost(text);
  const scheme = (url.scheme ?? '').toLowerCase();
  if (scheme !== 'http' && scheme !== 'https') return 'must begin with https:// or http://';
  return checkAuthority(url.authority ?? '');
}

/** Checks the address of a proxy: http, https or socks5, in any case. */
export function checkProxyUrl(text: string): UrlProblem {
  if (hasForbiddenCharacter(text)) return 'holds spaces or control characters';
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1]?.toLowerCase();
  const isKnown = scheme === 'http' || scheme === 'https' || scheme === 'socks5';
  return isKnown ? undefined : 'must begin with http://, https:// or socks5://';
}

/**
 * The address without the user name and password that people write into URLs. Such a password may hold what no URL holds as it is written, so
 * that everything up to the last @ goes.
 */
export function withoutUserInfo(url: string): string {
  return url.replace(/^((?:[A-Za-z][A-Za-z0-9+.-]*:)?\/\/)?.*@/s, '$1');
}

/** Without a scheme everything after the host would be guesswork: `example.com/path` is refused, as client-go does. */
function checkBareHost(text: string): UrlProblem {
  if (text.includes('/')) return 'has a path but no scheme: write https:// in front of it';
  if (/[?#]/.test(text)) return 'is no host name or address';
  return checkAuthority(text);
}

function checkAuthority(authority: string): UrlProblem {
  const hostAndPort = authority.slice(authority.lastIndexOf('@') + 1);
  if (hostAndPort === '') return 'has no host';
  const match = /^(?<host>\[[0-9A-Fa-f:.]+(?:%25[^\]]*)?\]|[^:[\]]*)(?::(?<port>[^:]*))?$/.exec(hostAndPort);
  if (match === null) return 'is no host name or address with an optional port';
  const port = match.groups?.port;
  if (port === undefined || port === '') return undefined;
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) return 'has a port outside 1 to 65535';
  return undefined;
}

function hasForbiddenCharacter(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /[\u0000-\u0020\u007f]/.test(text);
}
