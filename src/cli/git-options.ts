import type { Options } from 'yargs';
import { GitfedError } from '../errors.ts';
import { type Author, type CommitPolicy, type GitAccessOptions, parseAuthor } from '../git/index.ts';
import type { Io } from './io.ts';

/** How remotes are reached: the same in every command that fetches a repository. */
export const gitOptions = {
  'git-token-file': {
    type: 'string',
    requiresArg: true,
    description:
      'Shows the token in this file to the server of the repository, and to no other. The default is $GITFED_GIT_TOKEN.',
  },
  'git-username': {
    type: 'string',
    requiresArg: true,
    description:
      'Shows the token under this name. The default is $GITFED_GIT_USERNAME, else x-access-token, which most servers take.',
  },
  'git-credentials-file': {
    type: 'string',
    requiresArg: true,
    description: 'Takes credentials for several servers from here, one on a line: https://user:token@host.',
  },
  'git-ssh-key-file': {
    type: 'string',
    requiresArg: true,
    description: 'Offers servers of ssh this private key and no other. The default is what ssh offers by itself.',
  },
  'git-ssh-known-hosts': {
    type: 'string',
    requiresArg: true,
    description: 'Trusts the host keys in this file and no others. The default is ~/.ssh/known_hosts.',
  },
  'git-ca-file': {
    type: 'string',
    requiresArg: true,
    description:
      'Checks certificates of https with the authorities in this file (PEM). The default is those of the system.',
  },
} as const satisfies Record<string, Options>;

interface GitArguments {
  readonly 'git-token-file': string | undefined;
  readonly 'git-username': string | undefined;
  readonly 'git-credentials-file': string | undefined;
  readonly 'git-ssh-key-file': string | undefined;
  readonly 'git-ssh-known-hosts': string | undefined;
  readonly 'git-ca-file': string | undefined;
}

/** What {@link gitOptions} and the environment were given. */
export function gitAccess(options: GitArguments, { env }: Pick<Io, 'env'>): { readonly git: GitAccessOptions } {
  const given = {
    tokenFile: options['git-token-file'],
    username: options['git-username'] ?? env.GITFED_GIT_USERNAME,
    credentialsFile: options['git-credentials-file'],
    sshKeyFile: options['git-ssh-key-file'],
    sshKnownHostsFile: options['git-ssh-known-hosts'],
    caFile: options['git-ca-file'],
    token: env.GITFED_GIT_TOKEN,
  } satisfies Record<keyof GitAccessOptions, string | undefined>;
  return { git: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== '')) };
}

/** Which commits are followed. */
export const verifyOptions = {
  'verify-commits': {
    type: 'boolean',
    default: false,
    description: 'Applies only commits that, with all since the last accepted one, are signed by somebody who may.',
  },
  'allowed-signers': {
    type: 'string',
    requiresArg: true,
    description: "Lets the SSH keys in this file sign commits, in the format of ssh-keygen's allowed signers.",
  },
  'allowed-gpg-keys': {
    type: 'string',
    requiresArg: true,
    description: 'Lets the OpenPGP keys in this file sign commits, as gpg --export writes them.',
  },
} as const satisfies Record<string, Options>;

interface VerifyArguments {
  readonly 'verify-commits': boolean;
  readonly 'allowed-signers': string | undefined;
  readonly 'allowed-gpg-keys': string | undefined;
}

/** What {@link verifyOptions} were given. @throws {GitfedError} `USAGE` for a policy without signers, or signers without one. */
export function commitPolicy(options: VerifyArguments): { readonly verify?: CommitPolicy } {
  const { 'allowed-signers': allowedSigners, 'allowed-gpg-keys': allowedGpgKeys } = options;
  const isNamed = allowedSigners !== undefined || allowedGpgKeys !== undefined;
  if (options['verify-commits'] !== isNamed) {
    const missing = isNamed ? '--verify-commits' : '--allowed-signers FILE or --allowed-gpg-keys FILE';
    throw new GitfedError(
      'USAGE',
      `Signatures are checked with --verify-commits and who may sign: ${missing} is missing.`,
    );
  }
  if (!isNamed) return {};
  return {
    verify: {
      mode: 'Range',
      ...(allowedSigners === undefined ? {} : { allowedSigners }),
      ...(allowedGpgKeys === undefined ? {} : { allowedGpgKeys }),
    },
  };
}

export const statusAuthorOption = {
  type: 'string',
  requiresArg: true,
  description: "Writes commits of the status branch as 'Name <mail>'. The default is gitfed <gitfed@localhost>.",
} as const satisfies Options;

/** @throws {GitfedError} `USAGE` for what is not `Name <mail>`. */
export function statusAuthor(text: string | undefined): { readonly author?: Author } {
  return text === undefined ? {} : { author: parseAuthor(text, '--status-author') };
}
