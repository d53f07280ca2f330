import path from 'node:path';
import { stringifyJson } from '../../core/index.ts';
import { GitfedError } from '../../errors.ts';
import { isRepositoryUrl } from '../../git/index.ts';
import { type FleetStatusRequest, isInOrder, readFleetStatus } from '../../reconcile/fleet-status.ts';
import { fleetStatusToJson } from '../../report/fleet-status-json.ts';
import { formatFleetStatus } from '../../report/fleet-status-text.ts';
import { plainJson, plainText } from '../../report/plain-text.ts';
import { styleFor } from '../colour.ts';
import { defineCommand } from '../command.ts';
import type { ExitCode, Io } from '../io.ts';
import { colourOption } from '../options.ts';
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
    output: {
      alias: 'o',
      choices: ['text', 'json'],
      default: 'text',
      requiresArg: true,
      description: 'Prints text for people, or a JSON document.',
    },
    color: colourOption,
  },
  examples: [
    ['gitfed status --fetch', 'Fetches the status branch and shows it.'],
    ['gitfed status --cluster eu-1 -o json', 'What is known of one cluster, for programs.'],
  ],
  async run({ positional, options }, io) {
    const { output, watch, color, cluster: clusters } = options;
    const source = positional ?? '.';
    const isUrl = isRepositoryUrl(source);
    const request = (fetch: boolean): FleetStatusRequest => ({
      source: isUrl ? source : path.resolve(io.cwd, source),
      // A clone of a URL has just been made, and another repository that it names was not in it.
      fetch: fetch || isUrl,
      ...(clusters === undefined ? {} : { clusters }),
    });
    const printing = { isJson: output === 'json', color };
    if (!watch) return await show(request(options.fetch), { ...printing, now: Date.now() }, io);
    if (isUrl) throw new GitfedError('USAGE', '--watch needs a repository on this machine, not a URL.');
    // Once: a fetch moves what is watched.
    if (options.fetch) await readFleetStatus(request(true)).catch(() => undefined);
    return await watchRepository(
      { path: positional, reads: { workingTree: false, refs: true }, isJson: printing.isJson },
      io,
      (recording) => show(request(false), { ...printing, now: undefined }, recording),
    );
  },
});

interface Printing {
  readonly isJson: boolean;
  readonly color: boolean | undefined;
  /** Milliseconds since 1970; `undefined`: nothing is said that changes with time. */
  readonly now: number | undefined;
}

async function show(request: FleetStatusRequest, { isJson, color, now }: Printing, io: Io): Promise<ExitCode> {
  const fleet = await readFleetStatus(request);
  if (fleet.fetchProblem !== undefined) {
    await io.stderr.write(`This may be old: ${plainText(fleet.fetchProblem)}\n`);
  }
  const text = isJson
    ? `${plainJson(stringifyJson(fleetStatusToJson(fleet), 2))}\n`
    : formatFleetStatus(fleet, styleFor(io.stdout, color, io), now);
  await io.stdout.write(text);
  return isInOrder(fleet) ? 0 : 1;
}
