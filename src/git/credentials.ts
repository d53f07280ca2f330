import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { GitfedError } from '../errors.ts';
import { decoded, isHttp, originOf, splitUrl } from './remote-url.ts';

/** What a server of http or https is shown. */
export interface Credential {
  readonly username: string;
  readonly password: string;
}

/**
 * The user that goes with a token where nobody names one. GitHub asks for it with the tokens of apps; GitLab, Gitea, Forgejo and Azure take any
 * name with a token.
 */
export const DEFAULT_USERNAME = 'x-access-token';

/** A token out of a file that holds nothing else. @throws {GitfedError} `USAGE` when there is none in it. */
export async function readTokenFile(file: string): Promise<string> {
  const token = (await readText(file, '--git-token-file')).trim();
  if (token === '') throw new GitfedError('USAGE', `--git-token-file: ${file} is empty.`);
  return checkSecret(token, `--git-token-file: ${file}`);
}

/**
 * What a file in the format of git-credential-store has for a URL: a line for each host, `https://user:token@host`. A line with a path is for
 * the repositories below it. The first line that fits counts.
 *
 * @throws {GitfedError} `USAGE` for a line that is something else; it is not repeated.
 */
export async function findStoredCredential(
  file: string,
  url: string,
  username: string | undefined,
): Promise<Credential | undefined> {
  const lines = (await readText(file, '--git-credentials-file')).split(/\r?\n/);
  const entries = lines.flatMap((line, index) =>
    line.trim() === '' || line.startsWith('#') ? [] : [readEntry(line.trim(), `${file}:${index + 1}`)],
  );
  return entries.find((entry) => fits(entry, url, username))?.credential;
}

interface Entry {
  readonly url: string;
  readonly credential: Credential;
}

function readEntry(line: string, where: string): Entry {
  const { url, username, password } = isHttp(line) ? splitUrl(line) : { url: '' };
  if (username === undefined || password === undefined) {
    throw new GitfedError(
      'USAGE',
      `--git-credentials-file: ${where} is not of the form https://user:token@host. Encode special characters: %40 is @.`,
    );
  }
  return { url, credential: { username: checkSecret(username, where), password: checkSecret(password, where) } };
}

function fits(entry: Entry, url: string, username: string | undefined): boolean {
  if (originOf(entry.url) !== originOf(url)) return false;
  if (username !== undefined && username !== entry.credential.username) return false;
  const [scope, path] = [entry.url, url].map((each) => decoded(new URL(each).pathname).replace(/\/+$/, ''));
  return scope === '' || path === scope || path?.startsWith(`${scope}/`) === true;
}

/** A file of certificates as git takes it. @throws {GitfedError} `USAGE` for one that holds none: git would trust nobody, and not say why. */
export async function checkAuthorities(file: string): Promise<string> {
  if (/^-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----$/m.test(await readText(file, '--git-ca-file')))
    return path.resolve(file);
  throw new GitfedError('USAGE', `--git-ca-file: ${file} holds no certificate in PEM.`);
}

/** Refuses what would be more than a line: a helper or a server would take the rest for something else. */
export function checkSecret(secret: string, where: string): string {
  if (!/\p{Cc}/u.test(secret)) return secret;
  throw new GitfedError('USAGE', `${where} holds a line break or another control character within a credential.`);
}

async function readText(file: string, option: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new GitfedError('USAGE', `${option} cannot be read: ${reason}`, { cause: error });
  }
}
