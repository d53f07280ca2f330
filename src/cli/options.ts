import type { Options } from 'yargs';
import { parseTimeout } from './duration.ts';

/** Options that mean the same in every command. */
export const refOption = {
  type: 'string',
  requiresArg: true,
  description: 'Reads this commit, branch or tag instead of the working tree.',
} as const satisfies Options;

export const observedOption = {
  type: 'string',
  requiresArg: true,
  description:
    'Plans replicas with these observations of the members: a file, a commit of the status branch, or a tree. The default is that every cluster is ready.',
} as const satisfies Options;

export const watchOption = {
  type: 'boolean',
  default: false,
  description: 'Shows it again after each change of the repository, until Ctrl-C.',
} as const satisfies Options;

export const colourOption = {
  type: 'boolean',
  description: 'Colours the output; by default where it goes to a terminal and NO_COLOR is not set.',
} as const satisfies Options;

export const outputOption = {
  alias: 'o',
  choices: ['text', 'json'],
  default: 'text',
  requiresArg: true,
  description: 'Prints text for people, or a JSON document.',
} as const satisfies Options;

/** Of commands that write files. */
export const dryRunOption = {
  type: 'boolean',
  default: false,
  description: 'Shows what would be written, and writes nothing.',
} as const satisfies Options;

/** The repository of commands that write files, and whose positional arguments mean something else. */
export const repositoryOption = {
  type: 'string',
  requiresArg: true,
  description: 'Edits this repository, or this folder of one. The default is the current folder.',
} as const satisfies Options;

/** The positional argument of commands that read a repository. */
export const PATH = {
  name: 'path',
  description: 'The repository, or a folder in it that is read as one. The default is the current folder.',
} as const;

/** How members are reached: the same in every command that talks to them. */
export const memberOptions = {
  cluster: {
    type: 'string',
    array: true,
    requiresArg: true,
    description: 'Works on this cluster only; may be repeated. The default is all of them.',
  },
  'credentials-dir': {
    type: 'string',
    requiresArg: true,
    description:
      'Reads credentials from here: SECRET-NAME/token, with ca.crt, or SECRET-NAME/kubeconfig. There is no default.',
  },
  kubeconfig: {
    type: 'string',
    requiresArg: true,
    description:
      'Reads credentials from contexts of this kubeconfig, and runs the programs it names. There is no default.',
  },
  'age-key-file': {
    type: 'string',
    requiresArg: true,
    description:
      'Decrypts Secrets and FederatedSecrets that SOPS encrypted for age, in memory, with the identities in this file. There is no default.',
  },
  'request-timeout': {
    type: 'string',
    requiresArg: true,
    default: '15s',
    description: 'Gives up on a request that is not answered for so long, such as 15s or 1m30s.',
  },
} as const satisfies Record<string, Options>;

interface MemberArguments {
  readonly cluster: readonly string[] | undefined;
  readonly 'credentials-dir': string | undefined;
  readonly kubeconfig: string | undefined;
  readonly 'age-key-file': string | undefined;
  readonly 'request-timeout': string;
}

/** What {@link memberOptions} were given. @throws {GitfedError} `USAGE` for a time that is none. */
export function memberAccess(options: MemberArguments): {
  readonly clusters?: readonly string[];
  readonly credentialsDir?: string;
  readonly kubeconfig?: string;
  readonly ageKeyFile?: string;
  readonly requestTimeoutMs: number;
} {
  const { cluster: clusters, 'credentials-dir': credentialsDir, kubeconfig, 'age-key-file': ageKeyFile } = options;
  return {
    requestTimeoutMs: parseTimeout('--request-timeout', options['request-timeout']),
    ...(clusters === undefined ? {} : { clusters }),
    ...(credentialsDir === undefined ? {} : { credentialsDir }),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(ageKeyFile === undefined ? {} : { ageKeyFile }),
  };
}
