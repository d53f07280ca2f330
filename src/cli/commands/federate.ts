import path from 'node:path';
import { formatYaml, stringifyJson } from '../../core/index.ts';
import { GitfedError } from '../../errors.ts';
import type { FederateOptions } from '../../reconcile/federate-options.ts';
import { federatedToJson, formatLeftOut } from '../../report/federate-report.ts';
import { plainJson, plainText } from '../../report/plain-text.ts';
import { formatFileChanges } from '../../report/types-report.ts';
import { styleFor } from '../colour.ts';
import { defineCommand } from '../command.ts';
import { parseTimeout } from '../duration.ts';
import { namesOf, readPlacement, readSecretsPolicy, readSource } from '../federate-request.ts';
import { colourOption, dryRunOption, memberOptions, repositoryOption } from '../options.ts';
import { printFindings } from '../print-findings.ts';

export const federate = defineCommand({
  positional: {
    name: 'type',
    description:
      'The kind, as kubectl takes it: deployments, deploy, deployments.apps, apps/v1/Deployment; with the name as deploy/web; or a file of objects.',
  },
  second: { name: 'name', description: 'The name of the object.' },
  description:
    'Writes federated objects into the repository for what runs in a cluster, or for the objects of a file. What a cluster gives to its objects is left out. An object that is there already gets the new template where it stands; its placement, overrides and comments stay. What the result renders to is compared with what was read before anything is written, and all files are written or none. Nothing is committed.',
  options: {
    namespace: {
      alias: 'n',
      type: 'string',
      requiresArg: true,
      description:
        'Takes the object in this namespace; of a file, objects that name none. The default is the namespace of the context, else default; a file has none.',
    },
    contents: {
      alias: 'c',
      type: 'boolean',
      default: false,
      description: 'Takes a namespace with everything in it, but what each cluster makes for itself.',
    },
    'skip-api-resources': {
      alias: 's',
      type: 'string',
      requiresArg: true,
      description: 'Leaves these API groups and kinds out of --contents, with commas between them.',
    },
    filename: {
      alias: 'f',
      type: 'string',
      requiresArg: true,
      description: 'Takes the objects of this file, of YAML documents, lists or JSON. A dash is standard input.',
    },
    'host-context': {
      type: 'string',
      requiresArg: true,
      description:
        'Reads the cluster of this context of the kubeconfig. The kubeconfig is --kubeconfig, else $KUBECONFIG, else ~/.kube/config. The default is its current context.',
    },
    'from-cluster': {
      type: 'string',
      requiresArg: true,
      description:
        'Reads this cluster of the repository. It is reached with --credentials-dir, --kubeconfig or --age-key-file.',
    },
    kubeconfig: {
      type: 'string',
      requiresArg: true,
      description: 'Has the context of --host-context, or the credential of --from-cluster.',
    },
    'credentials-dir': memberOptions['credentials-dir'],
    'age-key-file': memberOptions['age-key-file'],
    'request-timeout': memberOptions['request-timeout'],
    'enable-type': {
      alias: 't',
      type: 'boolean',
      default: false,
      description: 'Enables kinds that are not federated yet: writes their FederatedTypeConfigs, too.',
    },
    clusters: {
      type: 'string',
      requiresArg: true,
      description:
        'Places new federated objects in these clusters, with commas between them. The default is every cluster.',
    },
    'cluster-selector': {
      type: 'string',
      requiresArg: true,
      description: 'Places new federated objects in clusters with these labels: region=eu,tier in (a,b),!legacy.',
    },
    secrets: {
      choices: ['plain', 'encrypt', 'omit'],
      requiresArg: true,
      description:
        'Says what becomes of Secrets: written as they are, encrypted as SOPS does it, or left out. There is no default: without it a Secret is an error.',
    },
    'age-recipient': {
      type: 'string',
      array: true,
      requiresArg: true,
      description: 'Encrypts Secrets for this recipient of age; may be repeated. Needs --secrets encrypt.',
    },
    'output-dir': {
      type: 'string',
      requiresArg: true,
      description: 'Writes the folders of new objects here, a folder of the repository. The default is its top.',
    },
    'dry-run': dryRunOption,
    output: {
      alias: 'o',
      choices: ['text', 'json', 'yaml'],
      default: 'text',
      requiresArg: true,
      description:
        'Prints text for people, or a JSON document; with yaml, the federated objects as new ones, and writes nothing.',
    },
    path: repositoryOption,
    color: colourOption,
  },
  examples: [
    ['gitfed federate deployment web -n shop --dry-run', 'Shows what would be written for one Deployment.'],
    [
      'gitfed federate namespace shop --contents --host-context eu-1 --secrets omit',
      'Federates a namespace and all in it but Secrets.',
    ],
    [
      'kubectl create quota calm --hard=pods=9 -n shop --dry-run=client -o yaml | gitfed federate -f -',
      'Federates what another program makes.',
    ],
  ],
  async run({ positional, second, options }, io) {
    const { output, 'output-dir': outputDir } = options;
    if (output === 'yaml' && (outputDir !== undefined || options['dry-run'])) {
      throw new GitfedError('USAGE', '-o yaml writes nothing: leave out --output-dir and --dry-run');
    }
    const placement = readPlacement(options);
    const secrets = readSecretsPolicy(options);
    const skip = options['skip-api-resources'];
    const request: FederateOptions = {
      folder: path.resolve(io.cwd, options.path ?? '.'),
      source: await readSource({ type: positional, name: second }, options, io),
      namespace: options.namespace,
      skip: skip === undefined ? [] : namesOf('--skip-api-resources', skip),
      enableType: options['enable-type'],
      placement,
      secrets,
      place: {
        dryRun: options['dry-run'],
        outputDir: outputDir === undefined ? undefined : path.resolve(io.cwd, outputDir),
      },
      requestTimeoutMs: parseTimeout('--request-timeout', options['request-timeout']),
      signal: io.interruption(),
    };
    // Loaded here: it brings the reading of clusters, which the help of this command does without.
    const reconcile = await import('../../reconcile/federate.ts');
    if (output === 'yaml') {
      const { manifests, leftOut } = await reconcile.federatedManifests(request);
      await io.stdout.write(manifests.map((manifest) => `---\n${formatYaml(manifest)}`).join(''));
      await io.stderr.write(formatLeftOut(leftOut));
      return 0;
    }
    const result = await reconcile.federate(request);
    if (output === 'json') {
      await io.stdout.write(`${plainJson(stringifyJson(federatedToJson(result), 2))}\n`);
      return 0;
    }
    await io.stdout.write(formatFileChanges(result, styleFor(io.stdout, options.color, io)));
    await io.stderr.write(formatLeftOut(result.leftOut));
    for (const note of result.notes) await io.stderr.write(`${plainText(note)}\n`);
    await printFindings(result.findings, io.stderr, styleFor(io.stderr, options.color, io));
    if (result.written) await io.stderr.write('Look at it with git diff, and commit it.\n');
    return 0;
  },
});
