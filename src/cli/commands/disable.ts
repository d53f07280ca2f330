import path from 'node:path';
import { stringifyJson } from '../../core/index.ts';
import { GitfedError } from '../../errors.ts';
import { plainJson } from '../../report/plain-text.ts';
import { typeChangesToJson } from '../../report/types-report.ts';
import { defineCommand } from '../command.ts';
import { colourOption, dryRunOption, outputOption, repositoryOption } from '../options.ts';
import { printTypeChanges } from '../print-type-changes.ts';

export const disable = defineCommand({
  positional: {
    name: 'type',
    description: 'The kind, as for gitfed enable; or its federated kind, such as FederatedDeployment.',
  },
  description:
    'Stops the propagation of a kind: sets propagation: Disabled in its FederatedTypeConfig, where it stands, and writes one for a built-in kind that has none. What is in the clusters stays as it is, neither updated nor deleted. Nothing is committed.',
  options: {
    'delete-from-repo': {
      type: 'boolean',
      default: false,
      description:
        'Deletes the file of the FederatedTypeConfig instead, and that of the definition of the federated kind. Refused while there are objects of it, and for built-in kinds.',
    },
    'dry-run': dryRunOption,
    output: outputOption,
    path: repositoryOption,
    color: colourOption,
  },
  examples: [
    ['gitfed disable deployments.apps --dry-run', 'Shows what stops the propagation of Deployments.'],
    ['gitfed disable widgets.example.com --delete-from-repo', 'Removes a type that has no object any more.'],
  ],
  async run({ positional, options }, io) {
    if (positional === undefined || positional === '') {
      throw new GitfedError('USAGE', 'Name the kind: gitfed disable deployments.apps');
    }
    const { disableType } = await import('../../reconcile/disable-type.ts');
    const result = await disableType({
      folder: path.resolve(io.cwd, options.path ?? '.'),
      type: positional,
      deleteFromRepository: options['delete-from-repo'],
      place: { dryRun: options['dry-run'] },
    });
    if (options.output === 'json') await io.stdout.write(`${plainJson(stringifyJson(typeChangesToJson(result), 2))}\n`);
    else await printTypeChanges(result, { io, colour: options.color });
    return 0;
  },
});
