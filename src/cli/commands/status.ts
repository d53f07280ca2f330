import { stringifyJson } from '../../core/index.ts';
import { GitfedError } from '../../errors.ts';
import { isRepositoryUrl } from '../../git/index.ts';
import { isInOrder } from '../../reconcile/fleet-status.ts';
import { fleetStatusToJson } from '../../report/fleet-status-json.ts';
import { formatFleetStatus } from '../../report/fleet-status-text.ts';
import { plainJson } from '../../report/plain-text.ts';
import { styleFor } from '../colour.ts';
import { defineCommand } from '../command.ts';
import type { ExitCode, Io } from '../io.ts';
import { colourOption, outputOption } from '../options.ts';
import { readStatusOf } from '../read-status.ts';
import { watchRepository } from '../watch.ts';

export const status = defineCommand({
  positional: {
    name: 'source',
    description: 'A repository, a folder in it, or a URL that git can clone. The default is the current folder.',
  },
  description:
    'Shows what the status branch says, from any clone and without asking a cluster: the clusters, what is not in order, what differed; how old that is, of which commit, and how far HEAD is ahead of it. Exit code 1 if something is not in order.',
  options: {
    fetch: {
      type: 'boolean',
      default: false,
      description: 'Fetches the status branch first. The default is what is here, or was fetched last.',
    },
    cluster: {
      type: 'string',
      array: true,
      requiresArg: true,
      description: 'Shows this cluster only; may be repeated. The default is all of them.',
    },
    watch: {
      type: 'boolean',
      default: false,
      description: 'Shows it again whenever the branch or HEAD moves, until Ctrl-C.',
    },
    output: outputOption,
    color: colourOption,
  },
  examples: [
    ['gitfed status --fetch', 'Fetches the status branch and shows it.'],
    ['gitfed status --cluster eu-1 -o json', 'What is known of one cluster, for programs.'],
  ],
  async run({ positional, options }, io) {
    const { output, watch, color, cluster: clusters } = options;
    const printing = { clusters, isJson: output === 'json', color };
    if (!watch) return await show(positional, { ...printing, fetch: options.fetch, now: Date.now() }, io);
    if (positional !== undefined && isRepositoryUrl(positional)) {
      throw new GitfedError('USAGE', '--watch needs a repository on this machine, not a URL.');
    }
    // Once: a fetch moves what is watched. What goes wrong shows below.
    if (options.fetch) await readStatusOf(positional, { fetch: true }, io).catch(() => undefined);
    return await watchRepository(
      { path: positional, reads: { workingTree: false, refs: true }, isJson: printing.isJson },
      io,
      (recording) => show(positional, { ...printing, fetch: false, now: undefined }, recording),
    );
  },
});

interface Printing {
  readonly fetch: boolean;
  readonly clusters: readonly string[] | undefined;
  readonly isJson: boolean;
  readonly color: boolean | undefined;
  /** Milliseconds since 1970; `undefined`: nothing is said that changes with time. */
  readonly now: number | undefined;
}

async function show(
  source: string | undefined,
  { fetch, clusters, isJson, color, now }: Printing,
  io: Io,
): Promise<ExitCode> {
  const fleet = await readStatusOf(source, { fetch, clusters }, io);
  const text = isJson
    ? `${plainJson(stringifyJson(fleetStatusToJson(fleet), 2))}\n`
    : formatFleetStatus(fleet, { style: styleFor(io.stdout, color, io), columns: io.stdout.columns, now });
  await io.stdout.write(text);
  return isInOrder(fleet) ? 0 : 1;
}
