import { stringifyJson } from '../../core/index.ts';
import { formatMembers, membersToJson } from '../../report/members.ts';
import { plainJson } from '../../report/plain-text.ts';
import { defineCommand } from '../command.ts';
import { gitAccess, gitOptions } from '../git-options.ts';
import { memberAccess, memberOptions } from '../options.ts';
import { sourceOf } from '../read-status.ts';

export const clusters = defineCommand({
  positional: {
    name: 'source',
    description: 'A repository, a folder in it, or a URL that git can clone. The default is the current folder.',
  },
  description:
    'Lists the clusters that a commit registers, as they are now: whether they are ready, their version and region, how many objects of this repository they hold, and the last commit that was applied in full. Changes nothing. Exit code 1 if one is not ready.',
  options: {
    ref: {
      type: 'string',
      requiresArg: true,
      description: 'Reads this commit, branch or tag. The default is HEAD.',
    },
    ...memberOptions,
    ...gitOptions,
    output: {
      alias: 'o',
      choices: ['text', 'json'],
      default: 'text',
      requiresArg: true,
      description: 'Prints a table, or a JSON document.',
    },
  },
  examples: [['gitfed clusters --kubeconfig ~/.kube/config', 'Asks every member how it is.']],
  async run({ positional, options }, io) {
    // Loaded here: it brings the Kubernetes client, which the help of this command does without.
    const { readMembers } = await import('../../reconcile/index.ts');
    const result = await readMembers({
      ...memberAccess(options),
      ...gitAccess(options, io),
      source: sourceOf(positional, io),
      signal: io.interruption(),
      ...(options.ref === undefined ? {} : { ref: options.ref }),
    });
    const text =
      options.output === 'json' ? `${plainJson(stringifyJson(membersToJson(result), 2))}\n` : formatMembers(result);
    await io.stdout.write(text);
    return result.members.every(({ health }) => health === 'Ready') ? 0 : 1;
  },
});
