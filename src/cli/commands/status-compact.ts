import { GitfedError } from '../../errors.ts';
import { type CompactResult, compactStatusBranch } from '../../reconcile/status-compact.ts';
import { plainText } from '../../report/plain-text.ts';
import { count } from '../../report/wording.ts';
import { defineCommand } from '../command.ts';
import { sourceOf } from '../read-status.ts';

export const statusCompact = defineCommand({
  positional: {
    name: 'source',
    description: 'A repository, a folder in it, or a URL that git can clone. The default is the current folder.',
  },
  description:
    'Removes history of the status branch that is older than a time: the last commit from before becomes the first one, and those after it are written again with the same files, messages and times. Their ids change. At a remote the branch is replaced with --push, and only if nobody has moved it meanwhile.',
  options: {
    keep: {
      type: 'string',
      requiresArg: true,
      default: '30d',
      description: 'Keeps the commits of so long, such as 30d, 12h or 2w.',
    },
    push: {
      type: 'boolean',
      default: false,
      description: 'Replaces the branch at its remote too, which is needed where there is one.',
    },
    'dry-run': {
      type: 'boolean',
      default: false,
      description: 'Says what would be removed, and replaces nothing.',
    },
  },
  examples: [
    ['gitfed status compact --dry-run', 'Says how many commits are older than 30 days.'],
    ['gitfed status compact --keep 90d --push', 'Keeps 90 days, here and at the remote.'],
  ],
  async run({ positional, options }, io) {
    const { push, 'dry-run': dryRun } = options;
    const before = Date.now() - parseAge(options.keep);
    const result = await compactStatusBranch({ source: sourceOf(positional, io), before, push, dryRun });
    await io.stdout.write(`${describe(result, options.keep, dryRun)}\n`);
    return 0;
  },
});

function describe(
  { branch, from, to, commits, removed, since, pushedTo }: CompactResult,
  keep: string,
  dryRun: boolean,
): string {
  const name = plainText(branch);
  if (removed === 0)
    return `${name} has ${count(commits, 'commit')}, and nothing to remove that is older than ${keep}.`;
  const first = new Date(since * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
  const what = `${count(removed, 'commit')} of ${commits} on ${name}`;
  if (dryRun) return `${what} would be removed: the history would begin ${first}. Nothing was replaced.`;
  const where = pushedTo === undefined ? '' : `, here and at ${plainText(pushedTo)}`;
  return [
    `Removed ${what}${where}: the history begins ${first}.`,
    `The branch was at ${from.slice(0, 12)}, and is at ${to.slice(0, 12)}. git frees the space when it collects garbage.`,
  ].join('\n');
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

/** Milliseconds of `30d`, `12h`, `2w`, `45m`. @throws {GitfedError} `USAGE` for anything else. */
function parseAge(text: string): number {
  const groups = /^(?<number>\d{1,6})(?<unit>[mhdw])$/.exec(text)?.groups;
  const age = Number(groups?.['number'] ?? 0) * (UNITS[groups?.['unit'] ?? ''] ?? 0);
  if (age > 0) return age;
  throw new GitfedError('USAGE', '--keep must be a time with a unit, such as 30d, 12h or 2w');
}
