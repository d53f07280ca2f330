import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import path from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { isJsonObject, type JsonObject, type JsonValue, readYaml } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { limitPrograms, runPrograms } from './credential-program.ts';
import { type CredentialWait, waitForCredential } from './credential-wait.ts';
import type { Endpoint, MemberTls } from './endpoint.ts';
import { ConfigMalformedError, isApiError } from './errors.ts';

/** A kubeconfig: what the Kubernetes client makes of it, and what its users say word by word. */
export interface ReadKubeconfig {
  readonly config: KubeConfig;
  /** By name. */
  readonly users: ReadonlyMap<string, JsonObject>;
  /** Where relative paths start. */
  readonly folder: string;
}

const LIMITS = { documentNodes: 1_000_000, depth: 100 };

/**
 * Reads the text of a kubeconfig. Relative paths in it start at `folder`, as kubectl has it.
 *
 * @throws {GitfedError} `USAGE` without a word of the text.
 */
export function readKubeconfig(text: string, folder: string): ReadKubeconfig {
  const config = new KubeConfig();
  try {
    config.loadFromString(text);
  } catch {
    throw new GitfedError('USAGE', `the kubeconfig in ${folder} cannot be read: it is not valid`);
  }
  config.makePathsAbsolute(folder);
  return { config, users: readUsers(text), folder };
}

/** The client leaves out what it does not know, and some of that says who we are. */
function readUsers(text: string): ReadonlyMap<string, JsonObject> {
  const [result] = readYaml('kubeconfig', text, LIMITS);
  const value: JsonValue = result?.ok === true ? result.document.value : null;
  const list = isJsonObject(value) && Array.isArray(value.users) ? (value.users as readonly JsonValue[]) : [];
  return new Map(
    list
      .filter(isJsonObject)
      .flatMap(({ name, user }): [string, JsonObject][] =>
        typeof name === 'string' && isJsonObject(user) ? [[name, user]] : [],
      ),
  );
}

export interface ContextOptions {
  /** Default: the current context. */
  readonly context?: string;
  /** What the KubeFedCluster relaxes, on top of what the kubeconfig does. */
  readonly tls: MemberTls;
  /** Whether exec plug-ins and auth providers are run. */
  readonly mayRunPrograms: boolean;
  /** For its credential, each time that it is asked for. The signal is only for the first time. */
  readonly wait?: CredentialWait;
}

/**
 * @throws {ConfigMalformedError} with a fixed sentence, for a context that is incomplete, says nobody, says somebody in a way that is not
 * understood, or asks for a program that is not run.
 * @throws {ApiError} `Timeout` or `Aborted`, where the credential did not come.
 */
export async function endpointOfContext(kubeconfig: ReadKubeconfig, options: ContextOptions): Promise<Endpoint> {
  const { config } = kubeconfig;
  if (options.context !== undefined) config.setCurrentContext(options.context);
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  if (cluster === null || user === null)
    throw new ConfigMalformedError('the context of the kubeconfig names a cluster or a user that is not there');
  if (!options.mayRunPrograms && (user.exec !== undefined || user.authProvider !== undefined)) {
    throw new ConfigMalformedError(
      'the kubeconfig wants to run a program for a credential, which is done for --kubeconfig only',
    );
  }
  // The client refuses it too, with words that cannot be told from those of a program.
  if (cluster.server.startsWith('http:') && !cluster.skipTLSVerify) {
    throw new ConfigMalformedError(
      'the server in the kubeconfig is http, which needs insecure-skip-tls-verify: true there: use https',
    );
  }
  const said = kubeconfig.users.get(user.name) ?? {};
  checkImpersonation(said);
  limitPrograms(config, JSON.stringify([kubeconfig.folder, config.getCurrentContext()]));
  const { signal, ...wait } = options.wait ?? {};
  // Who needs no program does not wait for those of others.
  const run = user.exec === undefined && user.authProvider === undefined ? waitForCredential : runPrograms;
  const applied = await run(options.wait ?? {}, () => applyUser(kubeconfig));
  const hasCertificate = applied.cert !== undefined && applied.key !== undefined;
  const authenticate: Endpoint['authenticate'] = (closed) =>
    run(closed === undefined ? wait : { ...wait, signal: closed }, () => identify(kubeconfig, said, hasCertificate));
  await authenticate(signal);
  const tls: MemberTls = {
    ...(applied.ca === undefined ? {} : { ca: applied.ca as Buffer }),
    ...(applied.cert === undefined ? {} : { cert: applied.cert as Buffer }),
    ...(applied.key === undefined ? {} : { key: applied.key as Buffer }),
    ...(applied.servername === undefined ? {} : { serverName: applied.servername }),
    ...(applied.rejectUnauthorized === false ? { insecure: true } : {}),
    ...relaxed(options.tls, applied.ca !== undefined),
  };
  const proxied = cluster.proxyUrl === undefined || cluster.proxyUrl === '' ? undefined : applied.agent;
  return {
    url: new URL(cluster.server),
    tls,
    authenticate,
    ...(proxied === undefined || typeof proxied === 'boolean' ? {} : { proxyAgent: proxied }),
  };
}

/** A repository does not switch off what the kubeconfig brought an authority for. */
function relaxed(tls: MemberTls, hasAuthority: boolean): MemberTls {
  if (!hasAuthority) return tls;
  return tls.ignoreValidity === true ? { ignoreValidity: true } : {};
}

/** Half an impersonation would act as the owner of the token, with more rights than were meant. */
function checkImpersonation(user: JsonObject): void {
  const others = ['as-groups', 'as-uid', 'as-user-extra'].filter((key) => Object.hasOwn(user, key));
  const isNobody = Object.hasOwn(user, 'as') && (typeof user.as !== 'string' || user.as.trim() === '');
  if (isNobody || others.length > 0) {
    throw new ConfigMalformedError(
      `the kubeconfig asks to act as somebody else in a way that is not supported: only as: NAME is, without ${others.join(', ') || 'an empty name'}`,
    );
  }
}

async function applyUser({ config }: ReadKubeconfig): Promise<RequestOptions> {
  const applied: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(applied);
  } catch (error) {
    if (isApiError(error)) throw error;
    throw new ConfigMalformedError('the kubeconfig gives no credential: a file it names or a program it runs failed');
  }
  return applied;
}

const NOBODY = 'the kubeconfig gives no credential: its user has no token, no client certificate and no password';

/** Asked again after a 401, so that tokens of files and programs may change meanwhile. Never nobody: that would be anonymous access. */
async function identify(
  kubeconfig: ReadKubeconfig,
  user: JsonObject,
  hasCertificate: boolean,
): Promise<Readonly<Record<string, string>>> {
  const applied = await applyUser(kubeconfig);
  const headers = new Map(
    Object.entries(applied.headers ?? {}).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  );
  const basic = applied.auth;
  if (typeof basic === 'string' && /^[^:]+:./.test(basic)) {
    headers.set('Authorization', `Basic ${Buffer.from(basic).toString('base64')}`);
  }
  const token = await tokenOfFile(user, kubeconfig.folder);
  if (token !== undefined) headers.set('Authorization', `Bearer ${token}`);
  const authorization = headers.get('Authorization') ?? '';
  if (!/^(?:Bearer|Basic) \s*\S/.test(authorization)) {
    if (!hasCertificate) throw new ConfigMalformedError(NOBODY);
    headers.delete('Authorization');
  }
  return Object.fromEntries(headers);
}

/** The client knows this field by another name than kubectl does. */
async function tokenOfFile(user: JsonObject, folder: string): Promise<string | undefined> {
  const { tokenFile } = user;
  if (typeof tokenFile !== 'string' || tokenFile === '') return undefined;
  const text = await readFile(path.resolve(folder, tokenFile), 'utf8').catch(() => undefined);
  const token = text?.trim() ?? '';
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new ConfigMalformedError('the token file that the kubeconfig names cannot be read, or holds no token');
  }
  return token;
}
