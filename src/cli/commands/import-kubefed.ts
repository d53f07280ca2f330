import path from 'node:path';
import { stringifyJson } from '../../core/index.ts';
import { GitfedError } from '../../errors.ts';
import type { ImportOptions, ImportSource } from '../../reconcile/import-options.ts';
import { formatImport, importToJson } from '../../report/import-report.ts';
import { plainJson, plainText } from '../../report/plain-text.ts';
import { styleFor } from '../colour.ts';
import { defineCommand } from '../command.ts';
import { type ImportArguments, importOptions, importRequest } from '../import-request.ts';
import type { Io } from '../io.ts';
import { colourOption, memberOptions, outputOption } from '../options.ts';
import { printFindings } from '../print-findings.ts';
import { kubeconfigsOf } from '../type-options.ts';

export const importKubeFed = defineCommand({
  description:
    'Makes a repository of a KubeFed installation, of its live host cluster or of a dump: clusters, types, federated objects and preferences as people wrote them, without what controllers added. Then it renders the repository, compares the result with what is in every member, and reports what is identical, what differs and what could not be imported. Nothing is written to any cluster, and the files are written all together or not at all. Exit code 1 if something differs or could not be imported.',
  options: {
    ...importOptions,
    'host-context': {
      type: 'string',
      requiresArg: true,
      description:
        "Reads KubeFed's host cluster by this context of the kubeconfig. The kubeconfig is --kubeconfig, else $KUBECONFIG, else ~/.kube/config. The default is its current context.",
    },
    kubeconfig: { type: 'string', requiresArg: true, description: 'Has the context of the host cluster.' },
    'from-dump': {
      type: 'string',
      requiresArg: true,
      description:
        'Reads files of kubectl get -o yaml in this folder instead of a cluster. Files member-CLUSTER.yaml, or those below members/CLUSTER, are what the members are compared with.',
    },
    'kubefed-namespace': {
      type: 'string',
      requiresArg: true,
      description: 'Names the namespace of KubeFed itself. The default is the one that holds its clusters.',
    },
    secrets: {
      choices: ['plain', 'encrypt', 'omit'],
      requiresArg: true,
      description:
        'Says what becomes of FederatedSecrets: written as they are, encrypted as SOPS does it, or left out and kept in the members as they are. There is no default: where there are some it is asked on a terminal, and is an error elsewhere.',
    },
    'credentials-dir': {
      type: 'string',
      requiresArg: true,
      description:
        'Writes the credentials of the members here, outside of the repository: SECRET-NAME/token and ca.crt. Without it they are written only with --secrets encrypt, encrypted, into the repository.',
    },
    check: {
      type: 'boolean',
      description:
        'Compares a repository that is there already with the members, and writes nothing. With --check=false the import ends without comparing.',
    },
    'age-key-file': {
      type: 'string',
      requiresArg: true,
      description:
        'Decrypts the Secrets of the repository that --check compares, with the age identities in this file.',
    },
    'request-timeout': memberOptions['request-timeout'],
    output: outputOption,
    color: colourOption,
  },
  examples: [
    [
      'gitfed import kubefed --host-context host --output-dir fleet --secrets omit',
      'Imports a live installation, and leaves Secrets in the members as they are.',
    ],
    [
      'gitfed import kubefed --from-dump dump --output-dir fleet --check=false',
      'Imports a dump, and compares it with nothing.',
    ],
    ['gitfed import kubefed --check --host-context host --output-dir fleet', 'Compares it with the members once more.'],
  ],
  async run({ options }, io) {
    const request = await readRequest(options, io);
    // Loaded here: it brings the reading of clusters, which the help of this command does without.
    const { importKubeFed: run } = await import('../../reconcile/import-kubefed.ts');
    const result = await run(request);
    if (options.output === 'json') {
      await io.stdout.write(`${plainJson(stringifyJson(importToJson(result), 2))}\n`);
    } else {
      const warnings = result.findings.filter(({ severity }) => severity === 'warning');
      await printFindings(warnings, io.stderr, styleFor(io.stderr, options.color, io));
      await io.stdout.write(formatImport(result, styleFor(io.stdout, options.color, io), io.stdout.columns));
    }
    if (result.files.length > 0 && result.ok) await io.stderr.write(nextSteps(request.outputDir));
    return result.ok ? 0 : 1;
  },
});

interface Arguments extends ImportArguments {
  readonly 'host-context': string | undefined;
  readonly kubeconfig: string | undefined;
  readonly 'from-dump': string | undefined;
  readonly 'kubefed-namespace': string | undefined;
  readonly check: boolean | undefined;
  readonly 'age-key-file': string | undefined;
}

/** @throws {GitfedError} `USAGE` for arguments that contradict each other. */
async function readRequest(options: Arguments, io: Io): Promise<ImportOptions> {
  const { 'age-key-file': ageKeyFile, check } = options;
  const request = importRequest(options, { command: 'gitfed import kubefed', secretKind: 'FederatedSecret', io });
  refuseUnused(options);
  return {
    ...request,
    source: await readSource(options, io),
    kubefedNamespace: options['kubefed-namespace'],
    check: check === undefined ? 'after' : check ? 'only' : 'never',
    ageKeyFile: ageKeyFile === undefined ? undefined : path.resolve(io.cwd, ageKeyFile),
    onStep: (step) => {
      if (io.stderr.isTTY) void io.stderr.write(`${step} …\n`);
    },
  };
}

/** What only an import, or only a comparison, has a use for. */
function refuseUnused(options: Arguments): void {
  if (options.check === true) {
    const names = ['secrets', 'age-recipient', 'credentials-dir', 'inventory'] as const;
    const unused = names.find((name) => options[name] !== undefined);
    if (unused !== undefined) throw new GitfedError('USAGE', `--check writes nothing: leave out --${unused}`);
  } else if (options['age-key-file'] !== undefined) {
    throw new GitfedError('USAGE', '--age-key-file decrypts what --check compares: leave it out, or give --check');
  }
}

async function readSource(options: Arguments, io: Io): Promise<ImportSource> {
  const { 'from-dump': dump, 'host-context': context, kubeconfig } = options;
  if (dump === undefined) {
    return {
      kind: 'host',
      cluster: { kind: 'context', kubeconfigs: await kubeconfigsOf(kubeconfig, io), context },
    };
  }
  if (context !== undefined || kubeconfig !== undefined) {
    throw new GitfedError(
      'USAGE',
      '--from-dump asks no cluster: leave out --host-context and --kubeconfig, or the dump',
    );
  }
  return { kind: 'dump', folder: path.resolve(io.cwd, dump) };
}

function nextSteps(outputDir: string): string {
  return `\nNext:\n  cd ${plainText(outputDir)}\n  git init && git add . && git commit -m "From KubeFed"\n`;
}
