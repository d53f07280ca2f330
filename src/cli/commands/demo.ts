import { defineCommand } from '../command.ts';
import { colourOption } from '../options.ts';

export const demo = defineCommand({
  description:
    'Shows in less than a minute what gitfed does: starts three small clusters in this process and a git repository in a temporary folder, lets the daemon work on them, and tells what happens. Needs git, and neither a cluster nor a network. Everything is removed at the end.',
  options: {
    keep: {
      type: 'boolean',
      default: false,
      description: 'Goes on after the story, for kubectl and commits of your own, until Ctrl-C.',
    },
    color: colourOption,
  },
  examples: [
    ['gitfed demo', 'Tells the story.'],
    ['gitfed demo --keep', 'Tells it, and leaves clusters, repository and daemon to you.'],
  ],
  async run({ options: { keep, color } }, io) {
    const { runDemo } = await import('../demo/run-demo.ts');
    return await runDemo({ keep, color }, io);
  },
});
