import { stringifyJson } from '../../core/index.ts';
import { plainJson, plainText } from '../../report/plain-text.ts';
import { defineCommand } from '../command.ts';
import { migrateOptions, readMigrateOptions } from '../migrate-options.ts';
import { PATH } from '../options.ts';

const {
  'allow-missing': _,
  'allow-unreached': __,
  'stop-timeout': ___,
  'credentials-dir': ____,
  'age-key-file': _____,
  color: ______,
  ...shared
} = migrateOptions;

export const migrateRollback = defineCommand({
  positional: PATH,
  description:
    'Goes back to KubeFed after any step of gitfed migrate cutover: its finalizers are put back and its controller is started as before. The members are not touched. gitfed.yaml has to say suspend: true in the repository, so that not both write.',
  options: {
    ...shared,
    'allow-changes': {
      type: 'boolean',
      default: false,
      description: 'Goes back though git has changed since what KubeFed would bring the members back to.',
    },
  },
  examples: [['gitfed migrate rollback --host-context kubefed-host', 'Lets KubeFed go on where it was stopped.']],
  async run({ positional, options: given }, io) {
    // Loaded here: it brings the Kubernetes client, which the help of this command does without.
    const { rollBack } = await import('../../reconcile/migrate.ts');
    const all = {
      ...given,
      'allow-missing': false,
      'allow-unreached': false,
      'stop-timeout': '2m',
      'credentials-dir': undefined,
      'age-key-file': undefined,
    };
    const done = await rollBack({
      ...(await readMigrateOptions(positional, all, io)),
      allowChanges: given['allow-changes'],
    });
    const lines = done.length === 0 ? ['KubeFed is as it was: there was nothing to do.'] : done;
    await io.stdout.write(
      given.output === 'json'
        ? `${plainJson(stringifyJson({ done: [...done] }, 2))}\n`
        : lines.map((line) => `${plainText(line)}\n`).join(''),
    );
    return 0;
  },
});
