import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Cluster } from '@kubernetes/client-node';
import { ConfigMalformedError, type Endpoint, isApiError } from '../cluster/index.ts';
import { compareText } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { plainText } from '../report/plain-text.ts';
import { list } from '../report/wording.ts';
import { clientOptions, type RequestSettings } from './open-client.ts';

/** A cluster as a kubeconfig knows it. */
export interface ContextCluster {
  /** Of the context. */
  readonly name: string;
  readonly endpoint: Endpoint;
  /** As it stands in the kubeconfig. */
  readonly server: string;
  /** Base64 of PEM. */
  readonly caBundle?: string;
  readonly isInsecure: boolean;
  readonly proxyURL?: string;
}

/**
 * Finds a context in kubeconfigs. Programs that it names are run: the person at the command line named it.
 *
 * @throws {GitfedError} `USAGE` for a context that is not there or incomplete, `CLUSTER` where it gives no credential.
 */
export async function openContext(
  kubeconfigs: readonly string[],
  context: string,
  settings: RequestSettings,
): Promise<ContextCluster> {
  // Loaded where it is needed: it brings the Kubernetes client.
  const { endpointOfContext, readKubeconfig } = await import('../cluster/kubeconfig.ts');
  const known: string[] = [];
  for (const file of kubeconfigs) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) throw new GitfedError('USAGE', `The kubeconfig ${file} cannot be read.`);
    const read = readKubeconfig(text, path.dirname(file));
    known.push(...read.config.getContexts().map(({ name }) => name));
    const found = read.config.getContextObject(context);
    if (found === null) continue;
    const cluster = read.config.getCluster(found.cluster);
    if (cluster === null) {
      throw new GitfedError(
        'USAGE',
        `The context ${plainText(context)} names the cluster ${plainText(found.cluster)}, which ${file} does not have.`,
      );
    }
    const about = await describe(context, cluster);
    const options = { context, tls: {}, mayRunPrograms: true, wait: clientOptions(settings) };
    const endpoint = await endpointOfContext(read, options).catch((error: unknown) => {
      const isLate = isApiError(error) && error.failure !== 'Aborted';
      if (!isLate && !(error instanceof ConfigMalformedError)) throw error;
      throw new GitfedError('CLUSTER', `The context ${plainText(context)} cannot be used: ${error.message}.`);
    });
    refuseExpired(context, endpoint);
    return { ...about, endpoint };
  }
  throw new GitfedError(
    'USAGE',
    `There is no context ${JSON.stringify(plainText(context))} in ${kubeconfigs.join(', ')}, which has ${list([...new Set(known)].sort(compareText), 20) || 'none'}. Name one with --cluster-context.`,
  );
}

async function describe(context: string, cluster: Cluster): Promise<Omit<ContextCluster, 'endpoint'>> {
  const caBundle = await authorityOf(context, cluster);
  const { proxyUrl = '' } = cluster;
  return {
    name: context,
    server: cluster.server,
    isInsecure: cluster.skipTLSVerify,
    ...(caBundle === undefined ? {} : { caBundle }),
    ...(proxyUrl === '' ? {} : { proxyURL: proxyUrl }),
  };
}

async function authorityOf(
  context: string,
  { caData = '', caFile = '' }: Pick<Cluster, 'caData' | 'caFile'>,
): Promise<string | undefined> {
  if (caData === '' && caFile === '') return undefined;
  const content = caData === '' ? await readFile(caFile).catch(() => undefined) : Buffer.from(caData, 'base64');
  const source = caData === '' ? caFile : 'certificate-authority-data';
  if (content === undefined) {
    throw new GitfedError(
      'USAGE',
      `The context ${plainText(context)} names the certificate authority ${source}, which cannot be read.`,
    );
  }
  try {
    new X509Certificate(content);
  } catch {
    throw new GitfedError(
      'USAGE',
      `The context ${plainText(context)} has a certificate authority (${source}) that is no certificate.`,
    );
  }
  return content.toString('base64');
}

/** An API server says of it only that it does not know us. */
function refuseExpired(context: string, { tls }: Endpoint): void {
  if (tls.cert === undefined) return;
  const until = validUntil(tls.cert);
  if (until === undefined || until.getTime() > Date.now()) return;
  throw new GitfedError(
    'CLUSTER',
    `The client certificate of the context ${plainText(context)} expired on ${until.toISOString()}: get a new one, and run it again. Nothing was written.`,
  );
}

/** When the first certificate of PEM ends; `undefined` for what is none. */
export function validUntil(pem: string | Buffer): Date | undefined {
  try {
    return new Date(new X509Certificate(pem).validTo);
  } catch {
    return undefined;
  }
}

/** What a KubeFedCluster cannot say. @throws {GitfedError} `USAGE` */
export function checkExpressible({ name, endpoint, proxyURL, server }: ContextCluster): void {
  const problem = whyInexpressible({ endpoint, proxyURL, server });
  if (problem === undefined) return;
  throw new GitfedError(
    'USAGE',
    `The context ${plainText(name)} ${problem} Such a member is registered by hand, and reached with --kubeconfig.`,
  );
}

function whyInexpressible({
  endpoint,
  proxyURL,
  server,
}: Pick<ContextCluster, 'endpoint' | 'server'> & { readonly proxyURL: string | undefined }): string | undefined {
  const proxy = proxyURL === undefined ? null : URL.parse(proxyURL);
  if (proxy !== null && (proxy.username !== '' || proxy.password !== '')) {
    return 'has a proxy with a password, which everyone who can read the repository would have.';
  }
  const url = URL.parse(server);
  if (url !== null && (url.username !== '' || url.password !== '')) {
    return 'has a password in the address of its server, which everyone who can read the repository would have.';
  }
  if (endpoint.tls.serverName !== undefined && endpoint.tls.serverName !== '') {
    return 'has a tls-server-name, which a KubeFedCluster cannot say.';
  }
  return undefined;
}
