import { GitfedError } from '../../errors.ts';
import type { UnjoinOptions } from '../../reconcile/join-options.ts';
import { plainText } from '../../report/plain-text.ts';
import { defineCommand } from '../command.ts';
import { membershipAccess, membershipOptions, runMembership } from '../membership-options.ts';
import { outputOption, PATH } from '../options.ts';

export const unjoin = defineCommand({
  positional: { name: 'cluster', description: 'The cluster, by its name in the repository.' },
  second: PATH,
  description:
    'Undoes gitfed join: removes in the cluster what it made there, and the KubeFedCluster and the credential. What is done is shown first. The objects that gitfed applied stay as they are, unless it is said otherwise. Nothing is committed. Exit code 1 if something was left with --force.',
  options: {
    ...membershipOptions,
    force: {
      type: 'boolean',
      default: false,
      description: 'Goes on where the cluster does not answer, or something in it cannot be removed.',
    },
    'remove-applied': {
      type: 'boolean',
      default: false,
      description:
        'Deletes what gitfed applied there, as a sync does that prunes: with its guard, and nothing that is protected.',
    },
    'release-applied': {
      type: 'boolean',
      default: false,
      description: 'Leaves what gitfed applied there, and takes its labels off, so that somebody else can manage it.',
    },
    'allow-deletions': {
      type: 'number',
      requiresArg: true,
      description: 'Lets so many deletions of --remove-applied through the guard.',
    },
    output: outputOption,
  },
  examples: [
    ['gitfed unjoin eu-1 --credentials-dir ../credentials --dry-run', 'Shows what would be removed.'],
    ['gitfed unjoin eu-1 --remove-applied', 'Removes the objects in the cluster, too.'],
    ['gitfed unjoin eu-1 --force', 'Takes a cluster out of the repository that is gone.'],
  ],
  async run({ positional, second, options }, io) {
    const { 'allow-deletions': allowDeletions, 'remove-applied': removes, 'release-applied': releases } = options;
    if (removes && releases) {
      throw new GitfedError('USAGE', '--remove-applied and --release-applied say different things: use one of them');
    }
    if (allowDeletions !== undefined && !removes && !releases) {
      throw new GitfedError('USAGE', '--allow-deletions is for --remove-applied: without it nothing is deleted');
    }
    if (allowDeletions !== undefined && !(Number.isSafeInteger(allowDeletions) && allowDeletions >= 0)) {
      throw new GitfedError('USAGE', '--allow-deletions must be a number of objects, such as 20');
    }
    const request: UnjoinOptions = {
      ...(await membershipAccess({ positional, second }, options, { io, needsMember: true, command: 'unjoin' })),
      force: options.force,
      applied: removes ? 'remove' : releases ? 'release' : 'keep',
      allowDeletions,
    };
    // Loaded here: it brings the connections to clusters, which the help of this command does without.
    const { prepareUnjoin } = await import('../../reconcile/unjoin.ts');
    return await runMembership(() => prepareUnjoin(request), {
      io,
      colour: options.color,
      isJson: options.output === 'json',
      done: `${plainText(request.cluster)} is no member any more.`,
    });
  },
});
