import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { GitfedError } from '../errors.ts';
import type { CredentialWait } from './credential-wait.ts';
import { endpointOfPod, SERVICE_ACCOUNT } from './credentials.ts';
import type { Endpoint } from './endpoint.ts';
import { ConfigMalformedError } from './errors.ts';

/** How the cluster is reached that the daemons themselves keep things in: with a kubeconfig, or else as the pod that this process is. */
export interface HomeCredentials {
  /** Named by the operator, so that its programs are run. */
  readonly kubeconfig?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface HomeEndpoint {
  readonly endpoint: Endpoint;
  /** Where nobody names one: that of the kubeconfig's context, or of the pod. */
  readonly namespace: string;
}

/**
 * Finds the home cluster: the current context of the kubeconfig, or the cluster around the pod.
 *
 * @throws {GitfedError} `USAGE` where there is none.
 * @throws {ConfigMalformedError} where its credentials cannot be used now.
 * @throws {ApiError} where they do not come.
 */
export async function findHomeEndpoint(
  { kubeconfig, env }: HomeCredentials,
  wait: CredentialWait = {},
): Promise<HomeEndpoint> {
  return kubeconfig === undefined ? await ofPod(env) : await ofKubeconfig(kubeconfig, wait);
}

async function ofPod(env: HomeCredentials['env']): Promise<HomeEndpoint> {
  const endpoint = await endpointOfPod(env);
  const namespace = await readFile(path.join(SERVICE_ACCOUNT, 'namespace'), 'utf8').catch(() => '');
  if (endpoint === undefined) {
    const where = `nothing is mounted at ${SERVICE_ACCOUNT}, or KUBERNETES_SERVICE_HOST is not set`;
    throw new GitfedError(
      'USAGE',
      `home.inCluster is true, but this process runs in no pod with a service account: ${where}. Outside of a cluster name a kubeconfig with --home-kubeconfig.`,
    );
  }
  return { endpoint, namespace: namespace.trim() === '' ? 'default' : namespace.trim() };
}

async function ofKubeconfig(file: string, wait: CredentialWait): Promise<HomeEndpoint> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) throw new GitfedError('USAGE', `--home-kubeconfig ${file} cannot be read`);
  // Loaded where it is needed: it brings the Kubernetes client.
  const { endpointOfContext, readKubeconfig } = await import('./kubeconfig.ts');
  const config = readKubeconfig(text, path.dirname(path.resolve(file)));
  const { config: contexts } = config;
  const context = contexts.getContextObject(contexts.getCurrentContext());
  if (context === null) throw new ConfigMalformedError(`--home-kubeconfig ${file} has no current context`);
  const endpoint = await endpointOfContext(config, { tls: {}, mayRunPrograms: true, wait });
  return { endpoint, namespace: context.namespace ?? 'default' };
}
