import { stringifyJson } from '../../core/index.ts';
import { GitfedError } from '../../errors.ts';
import type { SyncOptions } from '../../reconcile/types.ts';
import { GATES, gatesNamed } from '../../report/allowance.ts';
import { plainJson } from '../../report/plain-text.ts';
import { syncToJson } from '../../report/sync-json.ts';
import { formatSync } from '../../report/sync-text.ts';
import { styleFor } from '../colour.ts';
import { defineCommand } from '../command.ts';
import { parseTimeout } from '../duration.ts';
import {
  commitPolicy,
  gitAccess,
  gitOptions,
  statusAuthor,
  statusAuthorOption,
  verifyOptions,
} from '../git-options.ts';
import type { Io } from '../io.ts';
import { colourOption, memberAccess, memberOptions, outputOption } from '../options.ts';
import { printFindings } from '../print-findings.ts';
import { sourceOf } from '../read-status.ts';
import { createSyncProgress } from '../sync-progress.ts';

export const sync = defineCommand({
  positional: {
    name: 'source',
    description: 'A repository, a folder in it, or a URL that git can clone. The default is the current folder.',
  },
  description:
    'Makes one pass over one commit: reads it, applies it to every cluster, removes what is gone, and commits what happened to the status branch. Never applies uncommitted files. Exit code 1 if something was found or went wrong; the rest is done all the same.',
  options: {
    ref: {
      type: 'string',
      requiresArg: true,
      description: 'Applies this commit, branch or tag. The default is HEAD.',
    },
    'dry-run': {
      type: 'boolean',
      default: false,
      description:
        'Asks every API server what it would do, and changes nothing: no object, no inventory, no status branch.',
    },
    wait: {
      type: 'boolean',
      default: false,
      description: 'Waits after each wave until everything that was applied is ready, before the next wave begins.',
    },
    'wait-timeout': {
      type: 'string',
      requiresArg: true,
      default: '5m',
      description: 'Waits so long with --wait, for all waves of a cluster together.',
    },
    prune: {
      type: 'boolean',
      default: true,
      description: 'Deletes what the repository no longer has; --prune=false deletes nothing.',
    },
    'allow-deletions': {
      type: 'number',
      requiresArg: true,
      description: 'Lets up to this many deletions per cluster pass the guard. The default is what gitfed.yaml says.',
    },
    allow: {
      type: 'string',
      array: true,
      requiresArg: true,
      description:
        'Lets the commit through this gate of gitfed.yaml, in this pass only; may be repeated. The default is what its commits allow.',
    },
    push: {
      type: 'boolean',
      default: false,
      description: 'Pushes the status branch to the remote of the current branch. For a URL this is always done.',
    },
    'data-dir': {
      type: 'string',
      requiresArg: true,
      description: 'Keeps the clone of a URL here. The default is a temporary folder that is removed afterwards.',
    },
    ...memberOptions,
    ...gitOptions,
    ...verifyOptions,
    'status-author': statusAuthorOption,
    output: outputOption,
    color: colourOption,
  },
  examples: [
    ['gitfed sync --kubeconfig ~/.kube/config', 'Applies HEAD of the repository here.'],
    ['gitfed sync --dry-run', 'Lets the API servers say what they would do with it.'],
    [
      'gitfed sync --credentials-dir /run/credentials file:///srv/git/fleet.git',
      'Applies and reports to a bare repository.',
    ],
  ],
  async run({ positional, options }, io) {
    const { 'allow-deletions': allowDeletions } = options;
    if (allowDeletions !== undefined && !(Number.isSafeInteger(allowDeletions) && allowDeletions >= 0)) {
      throw new GitfedError('USAGE', '--allow-deletions must be a whole number, 0 or more');
    }
    const slip = options.allow?.find((name) => gatesNamed(name).length === 0);
    if (slip !== undefined) {
      throw new GitfedError('USAGE', `--allow ${slip} names no gate; the gates are ${GATES.join(', ')}`);
    }
    const progress = createSyncProgress(io.stderr);
    const syncOptions: SyncOptions = {
      ...memberAccess(options),
      ...gitAccess(options, io),
      ...commitPolicy(options),
      ...statusAuthor(options['status-author']),
      source: sourceOf(positional, io),
      mode: options['dry-run'] ? 'dryRun' : 'apply',
      prune: options.prune,
      push: options.push,
      signal: io.interruption(),
      onEvent: progress.show,
      ...(options.wait ? { waitMs: parseTimeout('--wait-timeout', options['wait-timeout']) } : {}),
      ...(options.ref === undefined ? {} : { ref: options.ref }),
      ...(allowDeletions === undefined ? {} : { allowDeletions }),
      ...(options.allow === undefined ? {} : { allow: options.allow }),
      ...(options['data-dir'] === undefined ? {} : { dataDir: options['data-dir'] }),
    };
    return await syncAndReport(syncOptions, progress.clear, options, io);
  },
});

async function syncAndReport(
  syncOptions: SyncOptions,
  clearProgress: () => void,
  { output, color }: { readonly output: string; readonly color: boolean | undefined },
  io: Io,
): Promise<0 | 1> {
  // Loaded here: the help of this command does without.
  const reconcile = await import('../../reconcile/sync.ts');
  try {
    const result = await reconcile.sync(syncOptions);
    clearProgress();
    if (output === 'json') {
      await io.stdout.write(`${plainJson(stringifyJson(syncToJson(result), 2))}\n`);
    } else {
      await printFindings(result.findings, io.stderr, styleFor(io.stderr, color, io));
      await io.stdout.write(formatSync(result, styleFor(io.stdout, color, io)));
    }
    return result.ok ? 0 : 1;
  } finally {
    clearProgress();
  }
}
