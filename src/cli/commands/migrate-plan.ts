import { defineCommand } from '../command.ts';
import { migrateOptions, printMigration, readMigrateOptions } from '../migrate-options.ts';
import { PATH } from '../options.ts';

export const migratePlan = defineCommand({
  positional: PATH,
  description:
    'Shows the steps from KubeFed to this repository, how far they are done, and what stands in the way. The host and the members are asked, and nothing is changed. Run gitfed import kubefed first.',
  options: migrateOptions,
  examples: [
    ['gitfed migrate plan --host-context kubefed-host --credentials-dir ../credentials', 'Shows what would be done.'],
  ],
  async run({ positional, options }, io) {
    // Loaded here: it brings the Kubernetes client, which the help of this command does without.
    const { checkMigration } = await import('../../reconcile/migrate.ts');
    const result = await checkMigration(await readMigrateOptions(positional, options, io));
    await printMigration(result, options, io);
    return 0;
  },
});
