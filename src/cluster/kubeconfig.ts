import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { GitfedError } from '../errors.ts';
import type { Endpoint, MemberTls } from './endpoint.ts';
import { ConfigMalformedError } from './errors.ts';

/**
 * Reads the text of a kubeconfig. Relative paths in it start at `folder`, as kubectl has it.
 *
 * @throws {GitfedError} `USAGE` without a word of the text.
 */
export function readKubeconfig(text: string, folder: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromString(text);
  } catch {
    throw new GitfedError('USAGE', `the kubeconfig in ${folder} cannot be read: it is not valid`);
  }
  config.makePathsAbsolute(folder);
  return config;
}

export interface ContextOptions {
  /** Default: the current context. */
  readonly context?: string;
  /** What the KubeFedCluster relaxes, on top of what the kubeconfig does. */
  readonly tls: MemberTls;
  /** Whether exec plug-ins and auth providers are run. */
  readonly mayRunPrograms: boolean;
}

/** @throws {ConfigMalformedError} with a fixed sentence, for a context that is incomplete or asks for a program that is not run. */
export async function endpointOfContext(config: KubeConfig, options: ContextOptions): Promise<Endpoint> {
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
  const applied: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(applied);
  } catch {
    throw new ConfigMalformedError('the kubeconfig gives no credential: a file it names or a program it runs failed');
  }
  const tls: MemberTls = {
    ...(applied.ca === undefined ? {} : { ca: applied.ca as Buffer }),
    ...(applied.cert === undefined ? {} : { cert: applied.cert as Buffer }),
    ...(applied.key === undefined ? {} : { key: applied.key as Buffer }),
    ...(applied.servername === undefined ? {} : { serverName: applied.servername }),
    ...(applied.rejectUnauthorized === false ? { insecure: true } : {}),
    ...options.tls,
  };
  const proxied = cluster.proxyUrl === undefined || cluster.proxyUrl === '' ? undefined : applied.agent;
  return {
    url: new URL(cluster.server),
    tls,
    authenticate: () => authenticate(config),
    ...(proxied === undefined || typeof proxied === 'boolean' ? {} : { proxyAgent: proxied }),
  };
}

/** Asked again after a 401, so that tokens of files and programs may change meanwhile. */
async function authenticate(config: KubeConfig): Promise<Readonly<Record<string, string>>> {
  const applied: RequestOptions = {};
  await config.applyToHTTPSOptions(applied);
  const headers = Object.entries(applied.headers ?? {}).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  const basic = applied.auth;
  if (typeof basic === 'string') headers.push(['Authorization', `Basic ${Buffer.from(basic).toString('base64')}`]);
  return Object.fromEntries(headers);
}
