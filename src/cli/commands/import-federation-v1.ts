import path from 'node:path';
import { stringifyJson } from '../../core/index.ts';
import { GitfedError } from '../../errors.ts';
import type { FederationImportOptions } from '../../reconcile/federation-v1-options.ts';
import { formatImported, importedToJson } from '../../report/federation-v1-report.ts';
import { plainJson, plainText } from '../../report/plain-text.ts';
import { styleFor } from '../colour.ts';
import { defineCommand } from '../command.ts';
import { type ImportArguments, importOptions, importRequest } from '../import-request.ts';
import type { Io } from '../io.ts';
import { colourOption, memberOptions, outputOption } from '../options.ts';
import { printFindings } from '../print-findings.ts';
import { kubeconfigsOf } from '../type-options.ts';

export const importFederationV1 = defineCommand({
  description:
    'Makes a repository of an installation of Federation v1, of its live API server or of a dump: clusters, namespaces, federated objects, and a preference for each Deployment and ReplicaSet that plans what Federation v1 planned. What cannot be brought along is reported, each with what to do about it: in the output, and in IMPORT-REPORT.md of the repository. Nothing is written to any cluster, and the files are written all together or not at all. Exit code 1 if an object was left out since it is not valid.',
  options: {
    ...importOptions,
    'host-context': {
      type: 'string',
      requiresArg: true,
      description:
        'Reads the API server of Federation v1 by this context of the kubeconfig. The kubeconfig is --kubeconfig, else $KUBECONFIG, else ~/.kube/config. The default is its current context.',
    },
    'from-dump': {
      type: 'string',
      requiresArg: true,
      description:
        'Reads files of kubectl get -o yaml in this folder instead of a cluster. Files member-CLUSTER.yaml, or those below members/CLUSTER, hold the HorizontalPodAutoscalers of that member.',
    },
    kubeconfig: {
      type: 'string',
      requiresArg: true,
      description:
        'Has the context of --host-context, and contexts with the names of members: those are asked for their HorizontalPodAutoscalers, where the dump does not have them.',
    },
    secrets: {
      choices: ['plain', 'encrypt', 'omit'],
      requiresArg: true,
      description:
        'Says what becomes of Secrets: written as they are, encrypted as SOPS does it, or left out, so that the members keep theirs. There is no default: where there are some it is asked on a terminal, and is an error elsewhere.',
    },
    'credentials-dir': {
      type: 'string',
      requiresArg: true,
      description:
        'Writes the credentials of the members that the dump has here, outside of the repository: SECRET-NAME/token and ca.crt. Without it they are written only with --secrets encrypt, encrypted, into the repository.',
    },
    'keep-orphan-default': {
      type: 'boolean',
      default: false,
      description:
        'Keeps objects in the members when their files are deleted, where Federation v1 did: writes kubefed.io/orphan: "true" for the finalizer orphan.',
    },
    'federation-name': {
      type: 'string',
      requiresArg: true,
      description: 'Names the federation in the DNS names that the report lists. The default is what its objects say.',
    },
    'dns-zone': {
      type: 'string',
      requiresArg: true,
      description: 'Names the DNS zone in the names that the report lists.',
    },
    'request-timeout': memberOptions['request-timeout'],
    output: outputOption,
    color: colourOption,
  },
  examples: [
    [
      'gitfed import federation-v1 --from-dump dump --output-dir fleet --secrets omit',
      'Imports a dump, and leaves Secrets in the members as they are.',
    ],
    [
      'gitfed import federation-v1 --host-context federation --output-dir fleet',
      'Imports a live installation, and asks what becomes of Secrets if there are some.',
    ],
  ],
  async run({ options }, io) {
    const request = await readRequest(options, io);
    const folder = options['output-dir'] ?? request.outputDir;
    // Loaded here: it brings the reading of clusters, which the help of this command does without.
    const reconcile = await import('../../reconcile/federation-v1-import.ts');
    const result = await reconcile.importFederationV1(request);
    if (options.output === 'json') {
      await io.stdout.write(`${plainJson(stringifyJson(importedToJson(result), 2))}\n`);
    } else {
      const style = styleFor(io.stdout, options.color, io);
      await io.stdout.write(formatImported(result, { folder, style, columns: io.stdout.columns }));
      await printFindings(result.report.findings, io.stderr, styleFor(io.stderr, options.color, io));
    }
    await io.stderr.write(nextSteps(folder));
    return result.report.ok ? 0 : 1;
  },
});

interface Arguments extends ImportArguments {
  readonly 'host-context': string | undefined;
  readonly 'from-dump': string | undefined;
  readonly kubeconfig: string | undefined;
  readonly 'keep-orphan-default': boolean;
  readonly 'federation-name': string | undefined;
  readonly 'dns-zone': string | undefined;
}

/** @throws {GitfedError} `USAGE` for arguments that contradict each other. */
async function readRequest(options: Arguments, io: Io): Promise<FederationImportOptions> {
  return {
    ...importRequest(options, { command: 'gitfed import federation-v1', secretKind: 'Secret', io }),
    ...(await readSource(options, io)),
    keepOrphanDefault: options['keep-orphan-default'],
    federationName: options['federation-name'],
    dnsZone: options['dns-zone'],
  };
}

async function readSource(
  options: Arguments,
  io: Io,
): Promise<Pick<FederationImportOptions, 'source' | 'memberKubeconfigs'>> {
  const { 'from-dump': dump, 'host-context': context, kubeconfig } = options;
  if (dump === undefined) {
    const kubeconfigs = await kubeconfigsOf(kubeconfig, io);
    return {
      source: { kind: 'host', cluster: { kind: 'context', kubeconfigs, context } },
      memberKubeconfigs: kubeconfigs,
    };
  }
  if (context !== undefined) {
    throw new GitfedError('USAGE', '--from-dump and --host-context both say what is imported: use one of them');
  }
  return {
    source: { kind: 'dump', folder: path.resolve(io.cwd, dump) },
    memberKubeconfigs: kubeconfig === undefined ? [] : [path.resolve(io.cwd, kubeconfig)],
  };
}

function nextSteps(folder: string): string {
  return `\nNext: read IMPORT-REPORT.md, then\n  cd ${plainText(folder)}\n  git init && git add . && git commit -m "From Federation v1"\n`;
}
