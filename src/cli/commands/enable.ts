import path from 'node:path';
import { formatYaml, stringifyJson } from '../../core/index.ts';
import { GitfedError } from '../../errors.ts';
import type { EnableOptions } from '../../reconcile/enable-options.ts';
import { plainJson } from '../../report/plain-text.ts';
import { typeChangesToJson } from '../../report/types-report.ts';
import { defineCommand } from '../command.ts';
import { parseTimeout } from '../duration.ts';
import { colourOption, dryRunOption, repositoryOption } from '../options.ts';
import { printTypeChanges } from '../print-type-changes.ts';
import { sourceOptions, typeAndSource } from '../type-options.ts';

export const enable = defineCommand({
  positional: {
    name: 'type',
    description:
      'The kind, as kubectl takes it: deployments, deploy, Deployment, deployments.apps, apps/v1/Deployment; or a file of CustomResourceDefinitions.',
  },
  description:
    'Enables a kind to be federated: writes its FederatedTypeConfig into the folder types of the repository, or edits the one that is there. Built-in kinds of Kubernetes are known; others come from a file, from a cluster, or from definitions that the repository federates. The edited repository is read before anything is written. Nothing is committed.',
  options: {
    ...sourceOptions,
    version: {
      type: 'string',
      requiresArg: true,
      description: 'Takes this API version of the kind. The default is the preferred one.',
    },
    'federated-group': {
      type: 'string',
      requiresArg: true,
      description: 'Puts the federated kind into this API group. The default is types.kubefed.io.',
    },
    'federated-version': {
      type: 'string',
      requiresArg: true,
      description: 'Gives the federated kind this API version. The default is v1beta1.',
    },
    'status-collection': {
      type: 'boolean',
      description:
        'Collects the status of the objects in the clusters. The default is what the file says, else not to.',
    },
    crd: {
      type: 'boolean',
      default: false,
      description:
        "Writes the CustomResourceDefinition of the federated kind, too, as KubeFed's host cluster needs it. gitfed itself does not.",
    },
    'output-dir': {
      type: 'string',
      requiresArg: true,
      description:
        'Writes new files here. Outside of the repository nothing in it is edited. The default is the folder types.',
    },
    'dry-run': dryRunOption,
    output: {
      alias: 'o',
      choices: ['text', 'json', 'yaml'],
      default: 'text',
      requiresArg: true,
      description: 'Prints text for people, or a JSON document; with yaml, the objects themselves, and writes nothing.',
    },
    path: repositoryOption,
    color: colourOption,
  },
  examples: [
    ['gitfed enable crds.yaml', 'Enables every kind that a file defines.'],
    ['gitfed enable widgets.example.com --host-context eu-1', 'Enables a kind that a cluster serves.'],
    ['gitfed enable deploy --status-collection --dry-run', 'Shows what it takes to collect the status of Deployments.'],
  ],
  async run({ positional, options }, io) {
    const { output, 'output-dir': outputDir } = options;
    if (output === 'yaml' && outputDir !== undefined) {
      throw new GitfedError('USAGE', '-o yaml prints what --output-dir would write: use one of them');
    }
    const request: EnableOptions = {
      ...(await typeAndSource(positional, options, io)),
      folder: path.resolve(io.cwd, options.path ?? '.'),
      version: options.version,
      federatedGroup: options['federated-group'],
      federatedVersion: options['federated-version'],
      statusCollection: options['status-collection'],
      crd: options.crd,
      place: {
        dryRun: options['dry-run'],
        outputDir: outputDir === undefined ? undefined : path.resolve(io.cwd, outputDir),
      },
      requestTimeoutMs: parseTimeout('--request-timeout', options['request-timeout']),
      signal: io.interruption(),
    };
    // Loaded here: it brings the reading of clusters, which the help of this command does without.
    const { enableTypes, typeManifests } = await import('../../reconcile/enable-type.ts');
    if (output === 'yaml') {
      const manifests = await typeManifests(request);
      await io.stdout.write(manifests.map((manifest) => `---\n${formatYaml(manifest)}`).join(''));
      return 0;
    }
    const result = await enableTypes(request);
    if (output === 'json') await io.stdout.write(`${plainJson(stringifyJson(typeChangesToJson(result), 2))}\n`);
    else await printTypeChanges(result, { io, colour: options.color });
    return 0;
  },
});
