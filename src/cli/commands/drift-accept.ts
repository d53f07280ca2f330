import path from 'node:path';
import type { FederatedObject, Model } from '../../api/index.ts';
import { type FieldStep, parseFieldPath, stringifyJson } from '../../core/index.ts';
import { GitfedError } from '../../errors.ts';
import { acceptedToJson } from '../../report/accept-json.ts';
import { formatAccepted } from '../../report/accept-text.ts';
import { plainJson } from '../../report/plain-text.ts';
import { styleFor } from '../colour.ts';
import { defineCommand } from '../command.ts';
import { chooseSubject, parseSubject } from '../explain-subject.ts';
import { colourOption, dryRunOption, memberAccess, memberOptions, outputOption, repositoryOption } from '../options.ts';
import { createSyncProgress } from '../sync-progress.ts';

export const driftAccept = defineCommand({
  positional: {
    name: 'kind/name',
    description:
      'The object: FederatedDeployment/web, or the kind that members get, such as deployment/web or deploy/web.',
  },
  description:
    'Writes what was changed in the members into the file that has the object: what is the same everywhere into its template, the rest into an override of the cluster. The members are compared with HEAD, as gitfed drift does, and not written to. Only the file is edited, at the places of these fields, and nothing is committed. Nothing is written if anything else would change in any cluster. Exit code 1 if something that drifted was not accepted.',
  options: {
    namespace: {
      alias: 'n',
      type: 'string',
      requiresArg: true,
      description: 'Means the object in this namespace. The default is the only namespace that has one of this name.',
    },
    ...memberOptions,
    cluster: {
      ...memberOptions.cluster,
      description:
        'Accepts what drifted in this cluster only, into its override; may be repeated. The default is every cluster that has the object.',
    },
    field: {
      type: 'string',
      array: true,
      requiresArg: true,
      description:
        'Accepts this field only, and what is below it: spec.replicas, containers[name="web"] in a path, or a JSON pointer; may be repeated. The default is all that drifted.',
    },
    template: {
      type: 'boolean',
      default: false,
      description: 'Writes into the template, also where other clusters get the value too.',
    },
    'dry-run': dryRunOption,
    output: outputOption,
    path: repositoryOption,
    color: colourOption,
  },
  examples: [
    [
      'gitfed drift accept deploy/web -n shop --kubeconfig ~/.kube/config --dry-run',
      'Shows what would be written of the drift of one object.',
    ],
    [
      'gitfed drift accept deploy/web -n shop --cluster eu-1 --field spec.replicas',
      'Makes the number that runs in eu-1 its override.',
    ],
  ],
  async run({ positional, options }, io) {
    const subject = parseSubject(positional, options.namespace, 'gitfed drift accept deployment/web -n shop');
    const fields = options.field?.map(readField);
    // Loaded here: it brings the Kubernetes client, which the help of this command does without.
    const { acceptDrift } = await import('../../reconcile/index.ts');
    const progress = createSyncProgress(io.stderr);
    try {
      const result = await acceptDrift({
        ...memberAccess(options),
        folder: path.resolve(io.cwd, options.path ?? '.'),
        choose: (model) => chooseObject(model, subject),
        template: options.template,
        dryRun: options['dry-run'],
        signal: io.interruption(),
        onEvent: progress.show,
        ...(fields === undefined ? {} : { fields }),
      });
      progress.clear();
      await io.stdout.write(
        options.output === 'json'
          ? `${plainJson(stringifyJson(acceptedToJson(result), 2))}\n`
          : formatAccepted(result, styleFor(io.stdout, options.color, io)),
      );
      return result.ok ? 0 : 1;
    } finally {
      progress.clear();
    }
  },
});

function chooseObject(model: Model, subject: ReturnType<typeof parseSubject>): FederatedObject {
  const found = chooseSubject(model, subject);
  if (found.type === 'object') return found.object;
  const { object } = found.explanation;
  throw new GitfedError('USAGE', `${object} is in error, or not applied. Ask why with: gitfed explain ${object}`);
}

function readField(text: string): readonly FieldStep[] {
  const parsed = parseFieldPath(text);
  if (parsed.ok) return parsed.steps;
  const example = 'spec.template.spec.containers[name="web"].image';
  throw new GitfedError('USAGE', `--field ${JSON.stringify(text)} ${parsed.reason}. Write it as ${example}`);
}
