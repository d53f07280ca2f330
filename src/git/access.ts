import {
  type Credential,
  checkAuthorities,
  checkSecret,
  DEFAULT_USERNAME,
  findStoredCredential,
  readTokenFile,
} from './credentials.ts';
import { isHttp, isSsh, originOf, splitUrl } from './remote-url.ts';
import { type SshFiles, sshCommand } from './ssh-command.ts';

/** How remotes are reached. All files are read again each time, so that they may be replaced while gitfed runs. */
export interface GitAccessOptions extends SshFiles {
  /** Holds a token or password for the server of the repository, and nothing else. */
  readonly tokenFile?: string;
  /** Goes with the token. Default: that of the URL, else {@link DEFAULT_USERNAME}. */
  readonly username?: string;
  /** In the format of git-credential-store, for several servers. */
  readonly credentialsFile?: string;
  /** As a tokenFile; what a file or the URL says counts before it. Of the environment: it must not come from a command line. */
  readonly token?: string;
  /** PEM of the authorities that certificates of https servers are checked with. Default: those of the system. */
  readonly caFile?: string;
}

/** What a git process that talks to one URL gets beside its arguments. */
export interface RemoteEnvironment {
  readonly env: Readonly<Record<string, string>>;
  /** What must not be in anything that is printed. */
  readonly secrets: readonly string[];
  readonly hasCredential: boolean;
}

/**
 * Gives each git process the credential for the server that it talks to, by its environment: command lines can be seen by all users of a
 * machine, and files outlive the process.
 *
 * A credential is bound to an origin (scheme, host and port). The token is for the origin of the repository it was given with, a line of the
 * credentials file for its own, the password of a URL for that of the URL. The setting that carries it names the whole URL, and git follows
 * no redirect, since it would send the setting's header along.
 *
 * Where there is a credential of ours, the person's own helpers are neither asked nor told. Where there is none, git asks them, as always.
 */
export class GitAccess {
  readonly #options: GitAccessOptions;
  readonly #origin: string | undefined;
  /** By origin. */
  readonly #userinfo = new Map<string, Partial<Credential>>();

  /** @param repository the URL that the token is for, with its userinfo; without one the token goes nowhere. */
  constructor(options: GitAccessOptions = {}, repository?: string) {
    this.#options = options;
    this.#origin = repository === undefined ? undefined : originOf(repository);
    if (repository !== undefined) this.#keepUserinfo(repository);
  }

  /** The same, with what the userinfo of another URL says for its origin; the token stays where it belongs. */
  withUrl(url: string): GitAccess {
    const other = new GitAccess(this.#options, this.#origin);
    for (const [origin, userinfo] of this.#userinfo) other.#userinfo.set(origin, userinfo);
    other.#keepUserinfo(url);
    return other;
  }

  #keepUserinfo(url: string): void {
    const [origin, { username, password }] = [originOf(url), splitUrl(url)];
    if (origin === undefined || (username === undefined && password === undefined)) return;
    this.#userinfo.set(origin, {
      ...(username === undefined ? {} : { username: checkSecret(username, 'The URL of the repository') }),
      ...(password === undefined ? {} : { password: checkSecret(password, 'The URL of the repository') }),
    });
  }

  /** @param url without userinfo. @throws {GitfedError} `USAGE` when a file cannot be read, or holds something else. */
  async prepare(url: string): Promise<RemoteEnvironment> {
    if (isSsh(url)) {
      const env = { GIT_SSH_COMMAND: sshCommand(this.#options), GIT_SSH_VARIANT: 'ssh' };
      return { env, secrets: [], hasCredential: this.#options.sshKeyFile !== undefined };
    }
    if (!isHttp(url)) return { env: {}, secrets: [], hasCredential: false };
    const { caFile } = this.#options;
    const ca = caFile === undefined ? {} : { GIT_SSL_CAINFO: await checkAuthorities(caFile) };
    const credential = await this.#find(url);
    const always = [
      [`http.${url}.followRedirects`, 'false'],
      [`http.${url}.sslVerify`, 'true'],
    ] as const;
    if (credential === undefined) {
      const { username } = this.#userinfo.get(originOf(url) ?? '') ?? {};
      // Whom the person's own helper is asked for.
      const user = username === undefined ? [] : [[`credential.${url}.username`, username] as const];
      return { env: { ...settings([...always, ...user]), ...ca }, secrets: [], hasCredential: false };
    }
    const basic = Buffer.from(`${credential.username}:${credential.password}`).toString('base64');
    const own = [
      // The empty ones forget what configuration files say.
      [`http.${url}.extraHeader`, ''],
      [`http.${url}.extraHeader`, `Authorization: Basic ${basic}`],
      ['credential.helper', ''],
      ['core.askPass', ''],
    ] as const;
    const { password } = credential;
    const secrets = [basic, password, encodeURIComponent(password), Buffer.from(password).toString('base64')];
    return { env: { ...settings([...always, ...own]), ...ca }, secrets, hasCredential: true };
  }

  async #find(url: string): Promise<Credential | undefined> {
    const { tokenFile, credentialsFile, token } = this.#options;
    const origin = originOf(url) ?? '';
    const isOwn = origin === this.#origin;
    const { username, password } = this.#userinfo.get(origin) ?? {};
    const name = (isOwn ? this.#options.username : undefined) ?? username;
    const forToken = name ?? DEFAULT_USERNAME;
    if (isOwn && tokenFile !== undefined) return { username: forToken, password: await readTokenFile(tokenFile) };
    const stored = credentialsFile === undefined ? undefined : await findStoredCredential(credentialsFile, url, name);
    if (stored !== undefined) return stored;
    if (password !== undefined) return { username: forToken, password };
    if (isOwn && token !== undefined && token !== '')
      return { username: forToken, password: checkSecret(token.trim(), 'GITFED_GIT_TOKEN') };
    return undefined;
  }
}

/** Settings for one process, by its environment. @see https://git-scm.com/docs/git-config#ENVIRONMENT */
function settings(entries: readonly (readonly [key: string, value: string])[]): Record<string, string> {
  const numbered = entries.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key] as const,
    [`GIT_CONFIG_VALUE_${index}`, value] as const,
  ]);
  return { GIT_CONFIG_COUNT: String(entries.length), ...Object.fromEntries(numbered) };
}
