import path from 'node:path';
import { stringifyJson } from '../../core/index.ts';
import { GitfedError } from '../../errors.ts';
import type { SyncResult } from '../../reconcile/types.ts';
import { findingToJson } from '../../render/index.ts';
import { changeSetToJson } from '../../report/change-json.ts';
import { type ChangeSet, compareRenderings, isEmptyChangeSet } from '../../report/change-set.ts';
import { formatChangeSet } from '../../report/change-text.ts';
import { hasErrors } from '../../report/findings.ts';
import { liveChanges } from '../../report/live-changes.ts';
import { plainJson, plainText } from '../../report/plain-text.ts';
import { styleFor } from '../colour.ts';
import { defineCommand } from '../command.ts';
import type { Io } from '../io.ts';
import { colourOption, memberAccess, memberOptions, PATH, refOption } from '../options.ts';
import { printFindings } from '../print-findings.ts';
import { type ComparedPath, comparePath } from '../repository.ts';
import { createSyncProgress } from '../sync-progress.ts';

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
      choices: ['text', 'json'],
      default: 'text',
      requiresArg: true,
      description: 'Prints text for people, or a JSON document.',
    },
    color: colourOption,
  },
  examples: [
    ['gitfed diff', 'Shows what the uncommitted changes, or those of this branch, mean.'],
    ['gitfed diff --against v1.4 --ref v1.5', 'Compares two tags.'],
    ['gitfed diff --live --kubeconfig ~/.kube/config', 'Shows what a sync would change in the members.'],
  ],
  async run({ positional, options }, io) {
    if (options.live) return await diffLive(positional, options, io);
    const compared = await comparePath({ path: positional, ref: options.ref, against: options.against }, io);
    const changes = compareRenderings(compared.before.rendering, compared.after.rendering);
    const { findings } = compared.after.rendering;
    if (options.output === 'json') {
      await io.stdout.write(toJson(compared, changes));
    } else {
      await printFindings(findings, io.stderr, styleFor(io.stderr, options.color, io));
      await printHints(compared, changes, io);
      await io.stdout.write(formatChangeSet(changes, styleFor(io.stdout, options.color, io)));
    }
    return isEmptyChangeSet(changes) && !hasErrors(findings) ? 0 : 1;
  },
});

async function diffLive(
  positional: string | undefined,
  options: Parameters<typeof memberAccess>[0] & {
    readonly ref: string | undefined;
    readonly against: string | undefined;
    readonly output: string;
    readonly color: boolean | undefined;
  },
  io: Io,
): Promise<0 | 1> {
  if (options.against !== undefined) {
    throw new GitfedError('USAGE', '--live compares with the members and --against with a commit: use one of them');
  }
  // Loaded here: it brings the Kubernetes client, which a difference of two commits does without.
  const { sync } = await import('../../reconcile/index.ts');
  const progress = createSyncProgress(io.stderr);
  try {
    const result = await sync({
      ...memberAccess(options),
      source: path.resolve(io.cwd, positional ?? '.'),
      mode: 'inspect',
      signal: io.interruption(),
      onEvent: progress.show,
      ...(options.ref === undefined ? { workingTree: true } : { ref: options.ref }),
    });
    progress.clear();
    const changes = liveChanges(result);
    const to = options.ref === undefined ? 'the working tree' : `${options.ref} (${result.commit.slice(0, 12)})`;
    if (options.output === 'json') {
      const unknown = unknownClusters(result);
      const findings = result.findings.map(findingToJson);
      const document = { from: 'live', to, ...changeSetToJson(changes), unknown, findings };
      await io.stdout.write(`${plainJson(stringifyJson(document, 2))}\n`);
    } else {
      await printFindings(result.findings, io.stderr, styleFor(io.stderr, options.color, io));
      for (const { cluster, message } of unknownClusters(result)) {
        await io.stderr.write(`${plainText(cluster)} is not compared: ${plainText(message)}\n`);
      }
      const title = isEmptyChangeSet(changes) ? 'No difference between' : 'From';
      const joint = isEmptyChangeSet(changes) ? 'and' : 'to';
      await io.stderr.write(`${title} the members ${joint} ${plainText(to)}${isEmptyChangeSet(changes) ? '.' : ':'}\n`);
      await io.stdout.write(formatChangeSet(changes, styleFor(io.stdout, options.color, io)));
    }
    return isEmptyChangeSet(changes) && result.ok ? 0 : 1;
  } finally {
    progress.clear();
  }
}

function unknownClusters({ clusters }: SyncResult): readonly { readonly cluster: string; readonly message: string }[] {
  return clusters.flatMap(({ cluster, message }) => (message === undefined ? [] : [{ cluster, message }]));
}

function toJson({ from, to, after }: ComparedPath, changes: ChangeSet): string {
  const document = { from, to, ...changeSetToJson(changes), findings: after.rendering.findings.map(findingToJson) };
  return `${plainJson(stringifyJson(document, 2))}\n`;
}

async function printHints({ from, to, before, after }: ComparedPath, changes: ChangeSet, io: Io): Promise<void> {
  const names = `${plainText(from)} and ${plainText(to)}`;
  if (isEmptyChangeSet(changes)) await io.stderr.write(`No difference between ${names}.\n`);
  else await io.stderr.write(`From ${plainText(from)} to ${plainText(to)}:\n`);
  if (hasErrors(before.rendering.findings)) {
    await io.stderr.write(`${plainText(from)} has errors: what they held back is missing on that side.\n`);
  }
  const hold = after.model.holds[0];
  if (hold === undefined) return;
  const place = `${plainText(hold.file)}:${hold.line}`;
  await io.stderr.write(`While ${place} is in error, a sync deletes nothing and changes no planned replicas.\n`);
}
