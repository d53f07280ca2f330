import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { CredentialSecret, KubeFedCluster } from '../api/index.ts';
import { isJsonObject } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { type CredentialWait, waitUntilStopped } from './credential-wait.ts';
import type { Endpoint, MemberTls } from './endpoint.ts';
import { ConfigMalformedError } from './errors.ts';

/** Where credentials are looked for. Nothing of this comes from a repository but `repositorySecrets`. */
export interface CredentialSources {
  /** Holds `SECRET-NAME/token`, with an optional `ca.crt`, or `SECRET-NAME/kubeconfig`. */
  readonly credentialsDir?: string;
  /** A kubeconfig that the operator named: the only one whose programs are run. */
  readonly kubeconfig?: string;
  /** Secrets of the repository: decrypted ones, and in plain text those that its configuration allows. */
  readonly repositorySecrets?: readonly CredentialSecret[];
  readonly systemNamespace?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const CONTEXT_ANNOTATION = 'gitfed.io/kubeconfig-context';
const IN_CLUSTER_ANNOTATION = 'gitfed.io/in-cluster';
/** Where a pod finds who it is. */
export const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Checks what the operator named, before any member is touched. @throws {GitfedError} `USAGE`. */
export async function checkCredentialSources({ credentialsDir, kubeconfig }: CredentialSources): Promise<void> {
  if (credentialsDir !== undefined) {
    const isFolder = await stat(credentialsDir)
      .then((entry) => entry.isDirectory())
      .catch(() => false);
    if (!isFolder) throw new GitfedError('USAGE', `--credentials-dir ${credentialsDir} is not a folder`);
  }
  if (kubeconfig === undefined) return;
  const text = await readFile(kubeconfig, 'utf8').catch(() => undefined);
  if (text === undefined) throw new GitfedError('USAGE', `--kubeconfig ${kubeconfig} cannot be read`);
  const { readKubeconfig } = await import('./kubeconfig.ts');
  readKubeconfig(text, path.dirname(path.resolve(kubeconfig)));
}

/**
 * Finds how a member is reached, and as whom. The first of these that has something for it: the credentials directory, the kubeconfig, a
 * Secret of the repository, the service account of the pod that gitfed runs in.
 *
 * A token goes to the KubeFedCluster's `apiEndpoint`; credentials of a kubeconfig go to the server that stands beside them in it.
 *
 * @throws {ConfigMalformedError} where nothing is found, or what is found cannot be used.
 * @throws {GitfedError} `USAGE` when the kubeconfig cannot be read.
 * @throws {ApiError} `Timeout` or `Aborted`, where the credential does not come.
 */
export async function findEndpoint(
  cluster: KubeFedCluster,
  sources: CredentialSources,
  { timeoutMs, signal }: CredentialWait = {},
): Promise<Endpoint> {
  const limit = timeoutMs === undefined ? {} : { timeoutMs };
  // What is loaded and read before a program runs is no fault of the program.
  return await waitUntilStopped(signal, (ended) => lookForEndpoint(cluster, sources, { ...limit, signal: ended }));
}

async function lookForEndpoint(
  cluster: KubeFedCluster,
  sources: CredentialSources,
  wait: CredentialWait,
): Promise<Endpoint> {
  const found =
    (await fromDirectory(cluster, sources.credentialsDir)) ??
    (await fromKubeconfig(cluster, sources.kubeconfig, wait)) ??
    (await fromRepository(cluster, sources)) ??
    (await fromPod(cluster, sources.env ?? {}));
  if (found !== undefined) return found;
  throw new ConfigMalformedError(
    `no credential was found for Secret "${cluster.secretName}": put its token into DIR/${cluster.secretName}/token and use --credentials-dir DIR, or use --kubeconfig with a context "${contextName(cluster)}"`,
  );
}

async function fromDirectory(cluster: KubeFedCluster, directory: string | undefined): Promise<Endpoint | undefined> {
  if (directory === undefined) return undefined;
  const { secretName } = cluster;
  const folder = path.join(directory, secretName);
  const token = await readOptional(path.join(folder, 'token'));
  if (token !== undefined) {
    const ca = await readOptional(path.join(folder, 'ca.crt'));
    const endpoint = await withToken(cluster, token, ca);
    return { ...endpoint, authenticate: bearerFromFile(path.join(folder, 'token')) };
  }
  const text = await readOptional(path.join(folder, 'kubeconfig'));
  if (text === undefined) return undefined;
  // Loaded where it is needed: it brings the Kubernetes client.
  const { endpointOfContext, readKubeconfig } = await import('./kubeconfig.ts');
  const config = readCredentialKubeconfig(() => readKubeconfig(text, folder));
  return await endpointOfContext(config, { tls: relaxations(cluster), mayRunPrograms: false });
}

/** One member's kubeconfig is that member's trouble, not that of the pass. */
function readCredentialKubeconfig<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ConfigMalformedError(error instanceof GitfedError ? error.message : 'its kubeconfig cannot be read');
  }
}

async function fromKubeconfig(
  cluster: KubeFedCluster,
  file: string | undefined,
  wait: CredentialWait,
): Promise<Endpoint | undefined> {
  if (file === undefined) return undefined;
  const text = await readOptional(file);
  if (text === undefined) throw new GitfedError('USAGE', `--kubeconfig ${file} cannot be read`);
  const { endpointOfContext, readKubeconfig } = await import('./kubeconfig.ts');
  const config = readKubeconfig(text, path.dirname(path.resolve(file)));
  const context = contextName(cluster);
  if (config.config.getContextObject(context) === null) {
    if (Object.hasOwn(cluster.annotations, CONTEXT_ANNOTATION)) {
      throw new ConfigMalformedError(`the kubeconfig has no context "${context}", which ${CONTEXT_ANNOTATION} names`);
    }
    return undefined;
  }
  return await endpointOfContext(config, { context, tls: relaxations(cluster), mayRunPrograms: true, wait });
}

function contextName({ annotations, name }: KubeFedCluster): string {
  return (Object.hasOwn(annotations, CONTEXT_ANNOTATION) ? annotations[CONTEXT_ANNOTATION] : undefined) ?? name;
}

async function fromRepository(cluster: KubeFedCluster, sources: CredentialSources): Promise<Endpoint | undefined> {
  const secret = (sources.repositorySecrets ?? []).find(
    ({ name, namespace }) =>
      name === cluster.secretName && (namespace === '' ? sources.systemNamespace : namespace) === cluster.namespace,
  );
  if (secret === undefined) return undefined;
  const token = secretText(secret, 'token');
  if (token === undefined) return undefined;
  return await withToken(cluster, token, secretText(secret, 'ca.crt'));
}

/** Of a Secret as it stands in a file: `stringData` counts before `data`, as with an API server. */
export function secretText({ object }: Pick<CredentialSecret, 'object'>, key: string): string | undefined {
  const plain = Object.hasOwn(object, 'stringData') ? object.stringData : undefined;
  if (isJsonObject(plain) && Object.hasOwn(plain, key) && typeof plain[key] === 'string') return plain[key];
  const data = Object.hasOwn(object, 'data') ? object.data : undefined;
  if (!isJsonObject(data) || !Object.hasOwn(data, key) || typeof data[key] !== 'string') return undefined;
  return Buffer.from(data[key], 'base64').toString('utf8');
}

async function fromPod(
  { annotations }: KubeFedCluster,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Endpoint | undefined> {
  if (!Object.hasOwn(annotations, IN_CLUSTER_ANNOTATION) || annotations[IN_CLUSTER_ANNOTATION] !== 'true') {
    return undefined;
  }
  const endpoint = await endpointOfPod(env);
  if (endpoint !== undefined) return endpoint;
  throw new ConfigMalformedError(
    `${IN_CLUSTER_ANNOTATION} is "true", but gitfed does not run in a pod with a service account`,
  );
}

/** The API server of the cluster that this process is a pod of, as its service account; `undefined` where it is none. */
export async function endpointOfPod(env: Readonly<Record<string, string | undefined>>): Promise<Endpoint | undefined> {
  const host = env.KUBERNETES_SERVICE_HOST;
  const token = await readOptional(path.join(SERVICE_ACCOUNT, 'token'));
  const ca = await readOptional(path.join(SERVICE_ACCOUNT, 'ca.crt'));
  if (host === undefined || token === undefined || ca === undefined) return undefined;
  const bracketed = host.includes(':') ? `[${host}]` : host;
  const url = new URL(`https://${bracketed}:${env.KUBERNETES_SERVICE_PORT ?? '443'}`);
  return { url, tls: { ca }, authenticate: bearerFromFile(path.join(SERVICE_ACCOUNT, 'token')) };
}

/** Service account tokens are renewed in place. */
function bearerFromFile(file: string): Endpoint['authenticate'] {
  return async () => bearer((await readOptional(file)) ?? '');
}

/** `ca` comes from where the token comes from, and so wins over the repository's `caBundle`: who sent us elsewhere does not get the token. */
async function withToken(cluster: KubeFedCluster, token: string, ca: string | undefined): Promise<Endpoint> {
  // Nor may the repository then switch off what the authority is there for.
  const { disabledTLSValidations } = cluster;
  const kept = disabledTLSValidations.filter((name) => ca === undefined || name === 'ValidityPeriod');
  const relaxed = { ...cluster, disabledTLSValidations: kept };
  const url = endpointUrl(relaxed);
  if (url.protocol === 'http:' && (cluster.proxyURL !== undefined || ca !== undefined))
    throw new ConfigMalformedError(HTTP);
  const headers = bearer(token);
  const bundle = ca ?? caBundleOf(cluster);
  const tls = { ...relaxations(relaxed), ...(bundle === undefined ? {} : { ca: bundle }) };
  const endpoint = { url, tls, authenticate: async () => headers };
  if (cluster.proxyURL === undefined) return endpoint;
  const { proxyAgentFor } = await import('./proxy.ts');
  return { ...endpoint, proxyAgent: await proxyAgentFor(url, cluster.proxyURL, tls) };
}

function bearer(text: string): Readonly<Record<string, string>> {
  const token = text.trim();
  // Anything else could end the header and begin another one.
  if (!/^[\x21-\x7e]+$/.test(token)) throw new ConfigMalformedError('the token is empty or no token');
  return { Authorization: `Bearer ${token}` };
}

function relaxations({ disabledTLSValidations }: KubeFedCluster): MemberTls {
  if (disabledTLSValidations.includes('*')) return { insecure: true };
  return {
    ...(disabledTLSValidations.includes('SubjectName') ? { ignoreSubject: true } : {}),
    ...(disabledTLSValidations.includes('ValidityPeriod') ? { ignoreValidity: true } : {}),
  };
}

function caBundleOf({ caBundle }: KubeFedCluster): string | undefined {
  return caBundle === undefined || caBundle === '' ? undefined : Buffer.from(caBundle, 'base64').toString('utf8');
}

const HTTP = 'spec.apiEndpoint is http, which would show the token to everyone on the way: use https';

/** @see https://pkg.go.dev/k8s.io/client-go/rest#DefaultServerURL */
function endpointUrl({ apiEndpoint, disabledTLSValidations }: KubeFedCluster): URL {
  const url = new URL(/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(apiEndpoint) ? apiEndpoint : `https://${apiEndpoint}`);
  const isLocal = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'http:' && !isLocal && !disabledTLSValidations.includes('*')) {
    throw new ConfigMalformedError(HTTP);
  }
  return url;
}

async function readOptional(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new ConfigMalformedError(`${file} cannot be read (${code ?? 'unknown'})`);
  }
}
