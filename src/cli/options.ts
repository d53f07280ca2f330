import type { Options } from 'yargs';

/** Options that mean the same in every command. */
export const refOption = {
  type: 'string',
  requiresArg: true,
  description: 'Reads this commit, branch or tag instead of the working tree.',
} as const satisfies Options;

export const colourOption = {
  type: 'boolean',
  description: 'Colours the output; by default where it goes to a terminal and NO_COLOR is not set.',
} as const satisfies Options;

/** The positional argument of commands that read a repository. */
export const PATH = {
  name: 'path',
  description: 'The repository, or a folder in it that is read as one. The default is the current folder.',
} as const;
