import { defineCommand } from '../command.ts';
import { migrateOptions, printMigration, readMigrateOptions } from '../migrate-options.ts';
import { PATH } from '../options.ts';

export const migrateCheck = defineCommand({
  positional: PATH,
  description: 'As gitfed migrate plan, for scripts: exit code 1 while something stands in the way of the cut-over.',
  options: migrateOptions,
  examples: [
    [
      'gitfed migrate check --host-context kubefed-host --credentials-dir ../credentials',
      'Says whether the cut-over can begin.',
    ],
  ],
  async run({ positional, options }, io) {
    // Loaded here: it brings the Kubernetes client, which the help of this command does without.
    const { checkMigration } = await import('../../reconcile/migrate.ts');
    const result = await checkMigration(await readMigrateOptions(positional, options, io));
    await printMigration(result, options, io);
    return result.ok ? 0 : 1;
  },
});
