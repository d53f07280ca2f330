import { GitfedError } from '../../errors.ts';
import type { RepositoryMemo } from '../../reconcile/repository-memo.ts';
import { isEmptyChangeSet } from '../../report/change-set.ts';
import { failedGates } from '../../report/gates.ts';
import { defineCommand } from '../command.ts';
import { type DiffReport, gatherDiff } from '../gather-diff.ts';
import type { ExitCode, Io } from '../io.ts';
import { colourOption, memberOptions, PATH, refOption, watchOption } from '../options.ts';
import { printDiff } from '../print-diff.ts';

/** What is said at least has its place in this. */
const LEAST_LIMIT = 4000;

export const diff = defineCommand({
  positional: PATH,
  description:
    'Shows what a change of the repository means for every cluster: by object, and folded, so that what is the same in many clusters is said once. Values of Secrets are masked. Needs no cluster without --live. Exit code 1 if there are differences or errors.',
  options: {
    against: {
      type: 'string',
      requiresArg: true,
      description:
        'Compares with this commit, branch or tag. The default is HEAD if there are uncommitted changes, else where the current branch left the default branch.',
    },
    ref: refOption,
    live: {
      type: 'boolean',
      default: false,
      description:
        'Compares with the members as they are now, instead of a commit: what a sync of this state would change there.',
    },
    ...memberOptions,
    output: {
      alias: 'o',
      choices: ['text', 'json', 'markdown'],
      default: 'text',
      requiresArg: true,
      description: 'Prints text for people, a JSON document, or Markdown for reviewers.',
    },
    'fail-on': {
      choices: ['differences', 'gates', 'errors'],
      default: 'differences',
      requiresArg: true,
      description:
        'Ends with exit code 1 for any difference, for a gate that is not passed, or for errors alone. Errors always count.',
    },
    stat: {
      type: 'boolean',
      default: false,
      description: 'Prints one line for each object and the totals of each cluster, and no fields.',
    },
    limit: {
      type: 'number',
      requiresArg: true,
      description:
        'Ends Markdown before so many characters, and says what was left out. The default is all of it; a comment on GitHub holds 65536.',
    },
    pager: {
      type: 'boolean',
      default: true,
      description:
        'Shows text in GITFED_PAGER, PAGER or less where it goes to a terminal; --no-pager writes it there at once.',
    },
    watch: watchOption,
    color: colourOption,
  },
  examples: [
    ['gitfed diff', 'Shows what the uncommitted changes, or those of this branch, mean.'],
    ['gitfed diff --watch', 'Shows it again after each change.'],
    ['gitfed diff --stat --against v1.4 --ref v1.5', 'Compares two tags, one line for each object.'],
    [
      'gitfed diff -o markdown --limit 65536 --against origin/main',
      'Writes the comment of a pull request, which holds so many characters.',
    ],
    ['gitfed diff --fail-on gates --against origin/main', 'Fails in CI where a limit of gitfed.yaml is passed over.'],
    ['gitfed diff --live --kubeconfig ~/.kube/config', 'Shows what a sync would change in the members.'],
  ],
  async run({ positional, options }, io) {
    const { output, stat, limit, pager, color } = options;
    if (limit !== undefined && !(output === 'markdown' && limit >= LEAST_LIMIT)) {
      throw new GitfedError(
        'USAGE',
        `--limit is a number of characters from ${LEAST_LIMIT} on, and for --output markdown`,
      );
    }
    if (stat && output === 'json') {
      throw new GitfedError(
        'USAGE',
        '--stat is for text and Markdown: use --output json without it, which has all of it',
      );
    }
    if (options.live && options['fail-on'] === 'gates') {
      throw new GitfedError('USAGE', '--fail-on gates is about commits and --live about the members: use one of them');
    }
    if (options.live && options.watch) {
      throw new GitfedError('USAGE', '--watch looks at the repository and --live at the members: use one of them');
    }
    const show = async (to: Io, memo?: RepositoryMemo): Promise<ExitCode> => {
      const report = await gatherDiff({ ...options, path: positional }, to, memo);
      await printDiff(report, { output, stat, limit, color, pager: pager && !options.watch }, to);
      return exitCode(report, options['fail-on']);
    };
    if (!options.watch) return await show(io);
    const { watchRepository } = await import('../watch.ts');
    const reads = { workingTree: options.ref === undefined, refs: true };
    return await watchRepository({ path: positional, reads, isJson: output === 'json' }, io, show);
  },
});

function exitCode({ changes, gates, ok }: DiffReport, failOn: 'differences' | 'gates' | 'errors'): ExitCode {
  const isFailed = {
    differences: () => !isEmptyChangeSet(changes),
    gates: () => gates !== undefined && failedGates(gates).length > 0,
    errors: () => false,
  }[failOn];
  return ok && !isFailed() ? 0 : 1;
}
