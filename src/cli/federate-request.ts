import path from 'node:path';
import { BUILTIN_TYPES, findType } from '../api/index.ts';
import { GitfedError } from '../errors.ts';
import type { FederatePlacement, FederateSource, SecretsPolicy } from '../reconcile/federate-options.ts';
import type { LiveSource } from '../reconcile/type-discovery.ts';
import { parseClusterSelector } from './cluster-selector.ts';
import type { Io } from './io.ts';
import { kubeconfigsOf, nameOf, readText } from './type-options.ts';

/** What says where objects are. */
interface SourceArguments {
  readonly filename: string | undefined;
  readonly namespace: string | undefined;
  readonly contents: boolean;
  readonly 'skip-api-resources': string | undefined;
  readonly 'host-context': string | undefined;
  readonly 'from-cluster': string | undefined;
  readonly kubeconfig: string | undefined;
  readonly 'credentials-dir': string | undefined;
  readonly 'age-key-file': string | undefined;
}

const USAGE =
  'gitfed federate deployment web -n shop, gitfed federate namespace shop --contents, or gitfed federate -f FILE';

/** @throws {GitfedError} `USAGE` for arguments that contradict each other. */
export async function readSource(
  { type, name }: { readonly type: string | undefined; readonly name: string | undefined },
  options: SourceArguments,
  io: Io,
): Promise<FederateSource> {
  const isFile = type !== undefined && name === undefined && (type === '-' || /\.(?:ya?ml|json)$/.test(type));
  if (options.filename !== undefined && type !== undefined) {
    throw new GitfedError('USAGE', `--filename says what to federate: leave out ${type}`);
  }
  const filename = isFile ? type : options.filename;
  if (options['skip-api-resources'] !== undefined && !options.contents) {
    throw new GitfedError('USAGE', '--skip-api-resources says what of --contents is left out: give both');
  }
  if (filename !== undefined) {
    if (options.contents)
      throw new GitfedError('USAGE', '--contents takes what is in a namespace of a cluster, not a file');
    const kinds = hasCluster(options) ? await readCluster(options, io) : undefined;
    const file = { kind: 'file', name: nameOf(filename), text: readText(filename, io) } as const;
    return { kind: 'file', file, ...(kinds === undefined ? {} : { kinds }) };
  }
  const subject = splitSubject(type, name);
  if (!options.contents) return { kind: 'object', cluster: await readCluster(options, io), ...subject };
  if (!isNamespaceKind(subject.type)) {
    throw new GitfedError('USAGE', `--contents takes what is in a namespace: ${subject.type} is none`);
  }
  if (options.namespace !== undefined) {
    throw new GitfedError('USAGE', '--contents takes the namespace that is named: leave out --namespace');
  }
  return { kind: 'contents', cluster: await readCluster(options, io), name: subject.name };
}

/** `deployment web`, or `deployment/web`. */
function splitSubject(type: string | undefined, name: string | undefined): { type: string; name: string } {
  if (type === undefined || type === '') throw new GitfedError('USAGE', `Name what to federate: ${USAGE}`);
  if (name !== undefined) return { type, name };
  const slash = type.lastIndexOf('/');
  if (slash > 0 && slash < type.length - 1) return { type: type.slice(0, slash), name: type.slice(slash + 1) };
  throw new GitfedError('USAGE', `Name the object of the kind ${type}, too: ${USAGE}`);
}

function isNamespaceKind(text: string): boolean {
  const found = findType(text, BUILTIN_TYPES);
  return found.type === 'found' && found.target.group === '' && found.target.kind === 'Namespace';
}

function hasCluster(options: SourceArguments): boolean {
  const { kubeconfig, 'host-context': context, 'from-cluster': cluster } = options;
  return [kubeconfig, context, cluster].some((value) => value !== undefined);
}

async function readCluster(options: SourceArguments, io: Io): Promise<LiveSource> {
  const { kubeconfig, 'host-context': context, 'from-cluster': cluster } = options;
  const credentialsDir = options['credentials-dir'];
  const ageKeyFile = options['age-key-file'];
  if (cluster === undefined) {
    if (credentialsDir !== undefined || ageKeyFile !== undefined) {
      throw new GitfedError(
        'USAGE',
        '--credentials-dir and --age-key-file say how --from-cluster is reached: name the cluster',
      );
    }
    return { kind: 'context', kubeconfigs: await kubeconfigsOf(kubeconfig, io), context };
  }
  if (context !== undefined) {
    throw new GitfedError('USAGE', '--host-context and --from-cluster both name the cluster: use one of them');
  }
  return {
    kind: 'member',
    cluster,
    ...(credentialsDir === undefined ? {} : { credentialsDir: path.resolve(io.cwd, credentialsDir) }),
    ...(kubeconfig === undefined ? {} : { kubeconfig: path.resolve(io.cwd, kubeconfig) }),
    ...(ageKeyFile === undefined ? {} : { ageKeyFile: path.resolve(io.cwd, ageKeyFile) }),
  };
}

/** @throws {GitfedError} `USAGE` */
export function readPlacement(options: {
  readonly clusters: string | undefined;
  readonly 'cluster-selector': string | undefined;
}): FederatePlacement | undefined {
  const { clusters, 'cluster-selector': selector } = options;
  if (clusters !== undefined && selector !== undefined) {
    throw new GitfedError('USAGE', '--clusters and --cluster-selector both say which clusters: use one of them');
  }
  if (clusters !== undefined) return { clusters: [...new Set(namesOf('--clusters', clusters))] };
  return selector === undefined ? undefined : { clusterSelector: parseClusterSelector(selector) };
}

/** A list with commas. @throws {GitfedError} `USAGE` where a name is empty. */
export function namesOf(option: string, text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (!names.includes('')) return names;
  throw new GitfedError(
    'USAGE',
    `${option} ${JSON.stringify(text)} names nothing between two commas: write ${option} a,b`,
  );
}

/** @throws {GitfedError} `USAGE` */
export function readSecretsPolicy(options: {
  readonly secrets: string | undefined;
  readonly 'age-recipient': readonly string[] | undefined;
}): SecretsPolicy | undefined {
  const { secrets, 'age-recipient': ageRecipients } = options;
  if (secrets === 'encrypt') {
    if (ageRecipients !== undefined) return { ageRecipients };
    throw new GitfedError(
      'USAGE',
      '--secrets encrypt needs whom it is for: --age-recipient age1…, as age-keygen prints it',
    );
  }
  if (ageRecipients !== undefined) throw new GitfedError('USAGE', '--age-recipient is for --secrets encrypt');
  return secrets as 'plain' | 'omit' | undefined;
}
