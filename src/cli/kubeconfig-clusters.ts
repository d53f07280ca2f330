import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { type Cluster, type Context, KubeConfig } from '@kubernetes/client-node';
import { isClusterName } from '../api/names.ts';
import { compareText, formatYaml, type JsonObject } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import type { StarterFile } from './starter.ts';

/**
 * One KubeFedCluster for each context of kubeconfigs: endpoint, certificate authority, proxy. Never a credential.
 *
 * @param files as in KUBECONFIG: where two files define one name, the first counts.
 * @param chosen contexts by name; none means all of them.
 * @throws {GitfedError} `USAGE` for a context that is not there, or a kubeconfig that cannot be read.
 */
export function clustersFromKubeconfigs(files: readonly string[], chosen: readonly string[]): readonly StarterFile[] {
  const configs = files.map(load);
  const contexts = new Map(
    configs
      .flatMap((config) => config.getContexts())
      .toReversed()
      .map((one) => [one.name, one]),
  );
  const missing = chosen.find((name) => !contexts.has(name));
  if (missing !== undefined) {
    const known = [...contexts.keys()].sort(compareText).join(', ');
    throw new GitfedError('USAGE', `the kubeconfig has no context "${missing}"; it has ${known || 'none'}`);
  }
  const names = chosen.length > 0 ? [...new Set(chosen)] : [...contexts.keys()].sort(compareText);
  if (names.length === 0) throw new GitfedError('USAGE', 'the kubeconfig has no context: there is no cluster to write');
  const written = names.flatMap((name) => contexts.get(name) ?? []).map((context) => clusterFile(context, configs));
  const double = written.find((one, index) => written.findIndex((other) => other.path === one.path) !== index);
  if (double === undefined) return written;
  throw new GitfedError('USAGE', `two contexts would both become ${double.path}: choose one with --context`);
}

/** Where kubectl looks: KUBECONFIG, a list, else the file in the home directory. */
export function defaultKubeconfigs(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const listed = (env['KUBECONFIG'] ?? '').split(path.delimiter).filter((file) => file !== '');
  const candidates = listed.length > 0 ? listed : [path.join(homedir(), '.kube', 'config')];
  const files = candidates.filter((file) => existsSync(file));
  if (files.length > 0) return files;
  throw new GitfedError('USAGE', `there is no kubeconfig at ${candidates.join(', ')}: name one with --kubeconfig`);
}

function load(file: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (error) {
    // The parser's message may quote the file, which holds credentials.
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : 'it is not a kubeconfig';
    throw new GitfedError('USAGE', `could not read the kubeconfig ${file}: ${reason}`);
  }
  return config;
}

function clusterFile(context: Context, configs: readonly KubeConfig[]): StarterFile {
  const cluster = configs.flatMap((config) => config.getCluster(context.cluster) ?? [])[0];
  if (cluster === undefined) {
    throw new GitfedError(
      'USAGE',
      `context "${context.name}" names the cluster "${context.cluster}", which the kubeconfig lacks: mend it, or name the contexts to use with --context`,
    );
  }
  const name = clusterName(context.name);
  return { path: `clusters/${name}.yaml`, content: formatYaml(kubeFedCluster(name, context.name, cluster)) };
}

/** A context may be called like a path or an account; a cluster may not. */
function clusterName(context: string): string {
  const name = context
    .replaceAll(/[^A-Za-z0-9.-]+/g, '-')
    .replaceAll(/[.-]*\.[.-]*/g, '.')
    .replaceAll(/^[.-]+|[.-]+$/g, '')
    .slice(-200)
    .replaceAll(/^[.-]+/g, '');
  if (isClusterName(name)) return name;
  throw new GitfedError(
    'USAGE',
    `context "${context}" cannot be made a name of a cluster: choose others with --context`,
  );
}

function kubeFedCluster(name: string, context: string, cluster: Cluster): JsonObject {
  const caBundle = certificateAuthority(cluster);
  const proxyURL = proxyWithoutPassword(cluster.proxyUrl);
  return {
    apiVersion: 'core.kubefed.io/v1beta1',
    kind: 'KubeFedCluster',
    metadata: {
      name,
      namespace: 'kube-federation-system',
      annotations: { 'gitfed.io/kubeconfig-context': context },
    },
    spec: {
      apiEndpoint: cluster.server,
      ...(caBundle === undefined ? {} : { caBundle }),
      ...(proxyURL === undefined ? {} : { proxyURL }),
      ...(cluster.skipTLSVerify ? { disabledTLSValidations: ['*'] } : {}),
      secretRef: { name: `${name}-credentials` },
    },
  };
}

function certificateAuthority({ caData, caFile }: Cluster): string | undefined {
  if (caData !== undefined && caData !== '') return caData;
  if (caFile === undefined || caFile === '') return undefined;
  return readFileSync(caFile).toString('base64');
}

function proxyWithoutPassword(proxy: string | undefined): string | undefined {
  if (proxy === undefined || proxy === '') return undefined;
  const url = URL.parse(proxy);
  if (url === null) return undefined;
  url.username = '';
  url.password = '';
  return url.href.replace(/\/$/, '');
}
