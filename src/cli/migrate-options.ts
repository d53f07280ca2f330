import path from 'node:path';
import type { InferredOptionTypes, Options } from 'yargs';
import { stringifyJson } from '../core/index.ts';
import type { MigrateOptions, MigrateResult } from '../reconcile/migrate.ts';
import { formatMigration, migrationToJson } from '../report/migrate-report.ts';
import { plainJson } from '../report/plain-text.ts';
import { styleFor } from './colour.ts';
import { parseTimeout } from './duration.ts';
import type { Io } from './io.ts';
import { colourOption, memberAccess, memberOptions, outputOption } from './options.ts';
import { kubeconfigsOf } from './type-options.ts';

const { cluster: _, ...access } = memberOptions;

/** Options of every step from KubeFed to gitfed. */
export const migrateOptions = {
  'host-context': {
    type: 'string',
    requiresArg: true,
    description:
      "Finds KubeFed's host by this context of --kubeconfig, or of kubectl's. The default is the current context.",
  },
  'kubefed-namespace': {
    type: 'string',
    requiresArg: true,
    description: "Looks for KubeFed in this namespace of the host. The default is the repository's system namespace.",
  },
  controller: {
    type: 'string',
    requiresArg: true,
    default: 'kubefed-controller-manager',
    description:
      "Names the Deployment of KubeFed's controller manager. With none it is one that runs elsewhere, and that you have stopped.",
  },
  'stop-timeout': {
    type: 'string',
    requiresArg: true,
    default: '2m',
    description: "Waits so long until KubeFed's controller has ended.",
  },
  'allow-missing': {
    type: 'boolean',
    default: false,
    description: 'Goes on though KubeFed has objects that the repository does not have; they stay in the members.',
  },
  'allow-unreached': {
    type: 'boolean',
    default: false,
    description:
      'Goes on though a member is not reached; what is there is taken over by the first pass that reaches it.',
  },
  ...access,
  output: outputOption,
  color: colourOption,
} as const satisfies Record<string, Options>;

type Given = Omit<InferredOptionTypes<typeof migrateOptions>, 'output' | 'color'>;

/** What {@link migrateOptions} were given. @throws {GitfedError} `USAGE` */
export async function readMigrateOptions(
  positional: string | undefined,
  given: Given,
  io: Io,
): Promise<MigrateOptions> {
  return {
    ...memberAccess({ ...given, cluster: undefined }),
    folder: path.resolve(io.cwd, positional ?? '.'),
    host: { kubeconfigs: await kubeconfigsOf(given.kubeconfig, io), context: given['host-context'] },
    namespace: given['kubefed-namespace'],
    controller: given.controller,
    stopTimeoutMs: parseTimeout('--stop-timeout', given['stop-timeout']),
    allowMissing: given['allow-missing'],
    allowUnreached: given['allow-unreached'],
    allowChanges: false,
    signal: io.interruption(),
  };
}

export async function printMigration(
  result: MigrateResult,
  { output, color }: { readonly output: string; readonly color: boolean | undefined },
  io: Io,
): Promise<void> {
  await io.stdout.write(
    output === 'json'
      ? `${plainJson(stringifyJson(migrationToJson(result), 2))}\n`
      : formatMigration(result, styleFor(io.stdout, color, io), io.stdout.columns),
  );
}
