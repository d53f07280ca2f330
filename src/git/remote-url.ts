import { GitfedError } from '../errors.ts';
import { withoutCredentials } from './errors.ts';

/** Whether a command line names a repository by URL rather than by path. */
export function isRepositoryUrl(source: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(source) || /^[\w.-]+@[\w.-]+:/.test(source);
}

const SCHEMES = new Set(['file:', 'https:', 'http:', 'ssh:']);

/** `git@host:path`, which is no URL, and means ssh. */
const SCP = /^(?<user>[\w.][\w.-]*)@(?<host>[\w.][\w.-]*):(?!:)/;

/**
 * Refuses what git would take for an option or a program, and what two readers of a URL could take for two hosts.
 *
 * @throws {GitfedError} `USAGE` for any other scheme than file, https, http and ssh, and for characters that no URL has.
 */
export function checkUrl(url: string): void {
  const shown = withoutCredentials(url);
  if (url.startsWith('-') || /[\p{Cc} \\]/u.test(url))
    throw new GitfedError('USAGE', `${JSON.stringify(shown)} is not a URL of a repository.`);
  if (SCP.test(url)) return;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !SCHEMES.has(parsed.protocol))
    throw new GitfedError('USAGE', `${shown}: only file://, https://, http:// and ssh:// repositories are read.`);
  if (parsed.hostname.startsWith('-') || decoded(parsed.username).startsWith('-'))
    throw new GitfedError('USAGE', `${JSON.stringify(shown)} is not a URL of a repository.`);
  if (parsed.protocol === 'ssh:' && parsed.password !== '') {
    throw new GitfedError('USAGE', `${shown}: ssh takes keys, not passwords. Take the password out of the URL.`);
  }
  if (/\p{Cc}/u.test(decoded(parsed.username + parsed.password) + decoded(parsed.hostname)))
    throw new GitfedError('USAGE', `${JSON.stringify(shown)} hides a line break in its user, password or host.`);
}

export interface SplitUrl {
  /** As it was, without the user and password of http and https. The user of ssh stays: it says whose repository it is. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
}

/** Takes the userinfo off a URL of http or https, so that no process sees it. */
export function splitUrl(url: string): SplitUrl {
  if (!isHttp(url)) return { url };
  const { username, password } = new URL(url);
  return {
    url: url.replace(/^(?<scheme>[a-z]+:\/\/)[^/?#]*@/i, '$<scheme>'),
    ...(username === '' ? {} : { username: decoded(username) }),
    ...(password === '' ? {} : { password: decoded(password) }),
  };
}

export function isHttp(url: string): boolean {
  return /^https?:\/\//i.test(url) && URL.canParse(url);
}

export function isSsh(url: string): boolean {
  return /^ssh:\/\//i.test(url) || (!url.includes('://') && SCP.test(url));
}

/** Scheme, host and port of a URL of http or https: what a credential is bound to. `undefined` for all others. */
export function originOf(url: string): string | undefined {
  return isHttp(url) ? new URL(url).origin : undefined;
}

/** Host and port that ssh connects to. */
export function sshHost(url: string): { readonly host: string; readonly port: string } {
  const scp = SCP.exec(url)?.groups;
  if (!url.includes('://') && scp !== undefined) return { host: scp.host ?? '', port: '' };
  const { hostname, port } = URL.canParse(url) ? new URL(url) : { hostname: '', port: '' };
  return { host: hostname.replace(/^\[|\]$/g, ''), port };
}

/** A `%` that encodes nothing stands for itself. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
