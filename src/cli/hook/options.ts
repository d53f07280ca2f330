import type { Options } from 'yargs';

const POLICY = { choices: ['allow', 'refuse'], requiresArg: true } as const;

/** What hooks that look at a push have in common. A default that git's configuration may change is not declared here. */
export const lookOptions = {
  ref: {
    type: 'string',
    requiresArg: true,
    description: 'Looks at pushes to this branch, and at no others. The default is the one that clones begin with.',
  },
  path: {
    type: 'string',
    requiresArg: true,
    description: 'Reads this folder of the repository, named from its top. The default is all of it.',
  },
  timeout: {
    type: 'string',
    requiresArg: true,
    description: 'Gives up after so long, such as 30s. The default is gitfed.hookTimeout of the git config, else 30s.',
  },
} as const satisfies Record<string, Options>;

/** What hooks that can refuse a push have in common. */
export const refusalOptions = {
  'on-errors': {
    ...POLICY,
    description:
      'Lets a push with errors that were not there before through, or refuses it. The default is gitfed.hookOnErrors, else refuse.',
  },
  'on-timeout': {
    ...POLICY,
    description:
      'Lets a push through, or refuses it, that takes longer to look at than --timeout. The default is gitfed.hookOnTimeout, else allow.',
  },
  'on-failure': {
    ...POLICY,
    description:
      'Lets a push through, or refuses it, that could not be looked at. The default is gitfed.hookOnFailure, else allow.',
  },
} as const satisfies Record<string, Options>;

export const remoteOption = {
  type: 'string',
  requiresArg: true,
  default: 'origin',
  description: 'The remote that is pushed to, as git names it.',
} as const satisfies Options;

export const wakeOptions = {
  daemon: {
    type: 'string',
    requiresArg: true,
    description: 'Wakes the daemon at this URL, such as http://127.0.0.1:9090, by its webhook.',
  },
  'webhook-secret-file': {
    type: 'string',
    requiresArg: true,
    description: 'Signs what the daemon is told with the secret in this file, the one that the daemon has.',
  },
  sync: {
    type: 'boolean',
    default: false,
    description: 'Runs gitfed sync in the background, one at a time, for repositories without a daemon.',
  },
} as const satisfies Record<string, Options>;
