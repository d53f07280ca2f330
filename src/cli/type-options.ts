import { readFileSync } from 'node:fs';
import path from 'node:path';
import { GitfedError } from '../errors.ts';
import type { EnableOptions, TypeSource } from '../reconcile/enable-options.ts';
import type { Io } from './io.ts';
import { memberOptions } from './options.ts';

/** Where kinds are looked up. */
export const sourceOptions = {
  filename: {
    alias: 'f',
    type: 'string',
    requiresArg: true,
    description:
      'Reads the kind from this file of CustomResourceDefinitions; without a type, every kind in it. EnableTypeDirectives of kubefedctl are read, too. A dash is standard input.',
  },
  'host-context': {
    type: 'string',
    requiresArg: true,
    description:
      'Asks the cluster of this context of the kubeconfig which kinds it serves. The kubeconfig is --kubeconfig, else $KUBECONFIG, else ~/.kube/config.',
  },
  cluster: {
    type: 'string',
    requiresArg: true,
    description:
      'Asks this cluster of the repository which kinds it serves. It is reached with --credentials-dir, --kubeconfig or --age-key-file.',
  },
  kubeconfig: {
    type: 'string',
    requiresArg: true,
    description:
      'Has the context of --host-context, or the credential of --cluster. Alone it means its current context.',
  },
  'credentials-dir': memberOptions['credentials-dir'],
  'age-key-file': memberOptions['age-key-file'],
  'request-timeout': memberOptions['request-timeout'],
  scope: {
    choices: ['Cluster', 'Namespaced'],
    requiresArg: true,
    description:
      'Says the scope of a kind that is looked up nowhere: the type is then GROUP/VERSION/KIND, and --plural is needed.',
  },
  plural: {
    type: 'string',
    requiresArg: true,
    description: 'Says the plural name of a kind that is looked up nowhere, with --scope.',
  },
} as const;

interface SourceArguments {
  readonly filename: string | undefined;
  readonly 'host-context': string | undefined;
  readonly cluster: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly 'credentials-dir': string | undefined;
  readonly 'age-key-file': string | undefined;
  readonly scope: string | undefined;
  readonly plural: string | undefined;
}

/** A positional argument is a file if it is called like one, as no kind is. */
export async function typeAndSource(
  positional: string | undefined,
  options: SourceArguments,
  io: Io,
): Promise<Pick<EnableOptions, 'type' | 'source'>> {
  const isFile = positional !== undefined && (positional === '-' || /\.(?:ya?ml|json)$/.test(positional));
  if (isFile && options.filename !== undefined) {
    throw new GitfedError('USAGE', `${positional} and --filename are both files: name one of them`);
  }
  const filename = isFile ? positional : options.filename;
  const type = isFile ? undefined : positional;
  if (type === undefined && filename === undefined) {
    throw new GitfedError('USAGE', 'Name a kind or a file: gitfed enable deployments.apps, or gitfed enable crds.yaml');
  }
  const source = await readSource({ ...options, filename }, io);
  return { ...(type === undefined ? {} : { type }), ...(source === undefined ? {} : { source }) };
}

async function readSource(options: SourceArguments, io: Io): Promise<TypeSource | undefined> {
  const { filename, cluster, kubeconfig, scope, plural } = options;
  const context = options['host-context'];
  const isDescribed = scope !== undefined || plural !== undefined;
  const sources = [
    ...(filename === undefined ? [] : ['--filename']),
    ...(context === undefined ? [] : ['--host-context']),
    ...(cluster === undefined ? [] : ['--cluster']),
    ...(isDescribed ? ['--scope'] : []),
  ];
  if (sources.length > 1) {
    throw new GitfedError('USAGE', `${sources.join(' and ')} both say where the kind is looked up: use one of them`);
  }
  const credentialsDir = options['credentials-dir'];
  const ageKeyFile = options['age-key-file'];
  if (cluster === undefined && (credentialsDir !== undefined || ageKeyFile !== undefined)) {
    throw new GitfedError(
      'USAGE',
      '--credentials-dir and --age-key-file say how --cluster is reached: name the cluster',
    );
  }
  if (filename !== undefined) return { kind: 'file', name: nameOf(filename), text: readText(filename, io) };
  if (cluster !== undefined) {
    return {
      kind: 'member',
      cluster,
      ...(credentialsDir === undefined ? {} : { credentialsDir: path.resolve(io.cwd, credentialsDir) }),
      ...(kubeconfig === undefined ? {} : { kubeconfig: path.resolve(io.cwd, kubeconfig) }),
      ...(ageKeyFile === undefined ? {} : { ageKeyFile: path.resolve(io.cwd, ageKeyFile) }),
    };
  }
  if (isDescribed) {
    if (scope !== undefined && plural !== undefined) return { kind: 'described', scope: scope as 'Cluster', plural };
    throw new GitfedError(
      'USAGE',
      '--scope and --plural belong together: they describe a kind that is looked up nowhere',
    );
  }
  if (context === undefined && kubeconfig === undefined) return undefined;
  return { kind: 'context', kubeconfigs: await kubeconfigsOf(kubeconfig, io), context };
}

/** The kubeconfig that is named, else those that kubectl would take. */
export async function kubeconfigsOf(file: string | undefined, io: Io): Promise<readonly string[]> {
  if (file !== undefined) return [path.resolve(io.cwd, file)];
  // Loaded where it is needed: it brings the Kubernetes client.
  const { defaultKubeconfigs } = await import('./kubeconfig-clusters.ts');
  return defaultKubeconfigs(io.env);
}

/** Of a file, for people. */
export function nameOf(filename: string): string {
  return filename === '-' ? 'standard input' : filename;
}

/** @throws {GitfedError} `USAGE` where it is no text. */
export function readText(filename: string, io: Io): string {
  const content = readBytes(filename, io);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw new GitfedError('USAGE', `${nameOf(filename)} is not UTF-8 text`);
  }
}

function readBytes(filename: string, io: Io): Buffer {
  try {
    return readFileSync(filename === '-' ? 0 : path.resolve(io.cwd, filename));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = { ENOENT: 'there is no such file', EISDIR: 'it is a folder: name a file' }[code ?? ''];
    throw new GitfedError('USAGE', `${nameOf(filename)} cannot be read: ${reason ?? code ?? 'reading it failed'}`);
  }
}
