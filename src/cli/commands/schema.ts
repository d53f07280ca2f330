import { configurationSchema } from '../../api/configuration-schema.ts';
import { defineCommand } from '../command.ts';

export const schema = defineCommand({
  description:
    'Prints the JSON Schema of gitfed.yaml, or of the configuration of the daemon, with which editors complete and check the file.',
  options: {
    kind: {
      choices: ['Configuration', 'DaemonConfiguration'],
      default: 'Configuration',
      requiresArg: true,
      description: 'Chooses the file: Configuration is gitfed.yaml, DaemonConfiguration what gitfed daemon reads.',
    },
  },
  examples: [
    ['gitfed schema > gitfed.schema.json', 'Keeps the schema next to the repository for an editor.'],
    ['gitfed schema --kind DaemonConfiguration', 'Prints that of the file for gitfed daemon --config.'],
  ],
  async run({ options }, io) {
    const chosen =
      options.kind === 'DaemonConfiguration'
        ? (await import('../../daemon/configuration-schema.ts')).daemonConfigurationSchema
        : configurationSchema;
    await io.stdout.write(`${JSON.stringify(chosen, undefined, 2)}\n`);
    return 0;
  },
});
