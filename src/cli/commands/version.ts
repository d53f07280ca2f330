import { VERSION } from '../../version.ts';
import { defineCommand } from '../command.ts';

export const version = defineCommand({
  description: 'Prints the version of gitfed.',
  options: {},
  examples: [['gitfed version', 'The same as gitfed --version.']],
  async run(_args, io) {
    await io.stdout.write(`gitfed ${VERSION}\n`);
    return 0;
  },
});
