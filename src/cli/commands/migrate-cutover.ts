import { GitfedError } from '../../errors.ts';
import type { Step } from '../../reconcile/migrate.ts';
import { STEP_TEXTS } from '../../report/migrate-report.ts';
import { defineCommand } from '../command.ts';
import { migrateOptions, printMigration, readMigrateOptions } from '../migrate-options.ts';
import { PATH } from '../options.ts';

export const migrateCutover = defineCommand({
  positional: PATH,
  description:
    "Takes the members over from KubeFed: checks, stops KubeFed's controller, takes over what it applied, compares, and takes KubeFed's finalizers away. No object is deleted, and no content changes. The first obstacle ends it; run again, it goes on where it ended. Until KubeFed's objects are deleted, gitfed migrate rollback goes back. Exit code 1 if something stood in the way.",
  options: {
    ...migrateOptions,
    yes: {
      type: 'boolean',
      default: false,
      description: 'Does it. Without this nothing is done, and exit code 2 says so.',
    },
    until: {
      choices: ['check', 'stop', 'take-over', 'verify', 'release'],
      default: 'release',
      requiresArg: true,
      description: 'Ends after this step.',
    },
  },
  examples: [
    [
      'gitfed migrate cutover --host-context kubefed-host --credentials-dir ../credentials --until verify --yes',
      'Takes over, and leaves the finalizers for later.',
    ],
  ],
  async run({ positional, options }, io) {
    if (!options.yes) {
      throw new GitfedError(
        'USAGE',
        'The cut-over stops KubeFed. Look at gitfed migrate plan with the same options first, and then say --yes. Nothing was changed.',
      );
    }
    // Loaded here: it brings the Kubernetes client, which the help of this command does without.
    const { cutOver } = await import('../../reconcile/migrate.ts');
    const given = await readMigrateOptions(positional, options, io);
    const onStep = (step: Step): void => void io.stderr.write(`${step}: ${STEP_TEXTS[step]}\n`);
    const result = await cutOver({ ...given, ...(io.stderr.isTTY ? { onStep } : {}) }, options.until as Step);
    await printMigration(result, options, io);
    return result.ok ? 0 : 1;
  },
});
