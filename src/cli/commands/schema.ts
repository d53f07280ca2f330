import { configurationSchema } from '../../api/configuration-schema.ts';
import { defineCommand } from '../command.ts';

export const schema = defineCommand({
  description: 'Prints the JSON Schema of gitfed.yaml, with which editors complete and check the file.',
  options: {},
  examples: [['gitfed schema > gitfed.schema.json', 'Keeps the schema next to the repository for an editor.']],
  async run(_args, io) {
    await io.stdout.write(`${JSON.stringify(configurationSchema, undefined, 2)}\n`);
    return 0;
  },
});
