import { stringifyJson } from '../../core/index.ts';
import { GitfedError } from '../../errors.ts';
import { driftToJson } from '../../report/drift-json.ts';
import { formatDrift, hasDrift } from '../../report/drift-text.ts';
import { plainJson } from '../../report/plain-text.ts';
import { styleFor } from '../colour.ts';
import { defineCommand } from '../command.ts';
import { gitAccess, gitOptions } from '../git-options.ts';
import type { ExitCode, Io } from '../io.ts';
import { colourOption, memberAccess, memberOptions, outputOption } from '../options.ts';
import { printFindings } from '../print-findings.ts';
import { readStatusOf, sourceOf } from '../read-status.ts';
import { createSyncProgress } from '../sync-progress.ts';

export const drift = defineCommand({
  positional: {
    name: 'source',
    description: 'A repository, a folder in it, or a URL that git can clone. The default is the current folder.',
  },
  description:
    'Compares the members as they are now with a commit, and changes nothing: which fields differ, from what to what, who changed them and when; what is missing, and what is there too much. Values of Secrets are masked. Exit code 1 if there are differences, or a member was not reached.',
  options: {
    ref: {
      type: 'string',
      requiresArg: true,
      description: 'Compares with this commit, branch or tag. The default is HEAD.',
    },
    'from-status': {
      type: 'boolean',
      default: false,
      description: 'Asks no member: shows what the status branch says, as far as it was fetched.',
    },
    ...memberOptions,
    ...gitOptions,
    output: outputOption,
    color: colourOption,
  },
  examples: [
    ['gitfed drift --kubeconfig ~/.kube/config', 'Compares every member with HEAD.'],
    ['gitfed drift --from-status', 'Shows what was found last, without credentials.'],
  ],
  async run({ positional, options }, io) {
    if (options['from-status']) return await driftFromStatus(positional, options, io);
    // Loaded here: it brings the Kubernetes client, which the help of this command does without.
    const { sync } = await import('../../reconcile/index.ts');
    const progress = createSyncProgress(io.stderr);
    try {
      const result = await sync({
        ...memberAccess(options),
        ...gitAccess(options, io),
        source: sourceOf(positional, io),
        mode: 'inspect',
        signal: io.interruption(),
        onEvent: progress.show,
        ...(options.ref === undefined ? {} : { ref: options.ref }),
      });
      progress.clear();
      if (options.output === 'json') {
        await io.stdout.write(`${plainJson(stringifyJson(driftToJson(result), 2))}\n`);
      } else {
        await printFindings(result.findings, io.stderr, styleFor(io.stderr, options.color, io));
        await io.stdout.write(formatDrift(result, styleFor(io.stdout, options.color, io)));
      }
      return hasDrift(result) || !result.ok ? 1 : 0;
    } finally {
      progress.clear();
    }
  },
});

/** What only makes sense where members are asked. */
const LIVE_OPTIONS = ['ref', 'credentials-dir', 'kubeconfig', 'age-key-file'] as const;

interface RecordedOptions extends Partial<Readonly<Record<(typeof LIVE_OPTIONS)[number], string | undefined>>> {
  readonly cluster: readonly string[] | undefined;
  readonly output: string;
  readonly color: boolean | undefined;
}

async function driftFromStatus(source: string | undefined, options: RecordedOptions, io: Io): Promise<ExitCode> {
  const live = LIVE_OPTIONS.find((name) => options[name] !== undefined);
  if (live !== undefined) {
    throw new GitfedError(
      'USAGE',
      `--${live} has no meaning with --from-status: no member is asked, and no commit read.`,
    );
  }
  const { formatRecordedDrift, hasRecordedDrift, recordedDriftToJson } = await import(
    '../../report/drift-from-status.ts'
  );
  const fleet = await readStatusOf(source, { fetch: false, clusters: options.cluster }, io);
  const text =
    options.output === 'json'
      ? `${plainJson(stringifyJson(recordedDriftToJson(fleet), 2))}\n`
      : formatRecordedDrift(fleet, {
          style: styleFor(io.stdout, options.color, io),
          columns: io.stdout.columns,
          now: Date.now(),
        });
  await io.stdout.write(text);
  return hasRecordedDrift(fleet) ? 1 : 0;
}
