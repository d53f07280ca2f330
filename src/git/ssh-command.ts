import path from 'node:path';
import { GitfedError } from '../errors.ts';

export interface SshFiles {
  /** The only key that is offered. Default: what the person's own ssh offers. */
  readonly sshKeyFile?: string;
  /** The only hosts that are trusted. Default: what the person's own ssh trusts. */
  readonly sshKnownHostsFile?: string;
}

/**
 * The program and the options that git calls for ssh. A host key that is not known, or is another one, ends the connection: nobody is there to be
 * asked, and nothing is learnt on first use.
 *
 * @throws {GitfedError} `USAGE` for a path that ssh would not take literally.
 */
export function sshCommand({ sshKeyFile, sshKnownHostsFile }: SshFiles): string {
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'UpdateHostKeys=no',
    'VerifyHostKeyDNS=no',
    'ConnectTimeout=20',
    'ServerAliveInterval=15',
    'ServerAliveCountMax=4',
    ...(sshKnownHostsFile === undefined
      ? []
      : [
          `UserKnownHostsFile=${file(sshKnownHostsFile, '--git-ssh-known-hosts')}`,
          'GlobalKnownHostsFile=/dev/null',
          'KnownHostsCommand=none',
        ]),
    ...(sshKeyFile === undefined
      ? []
      : [`IdentityFile=${file(sshKeyFile, '--git-ssh-key-file')}`, 'IdentitiesOnly=yes', 'IdentityAgent=none']),
  ];
  return ['ssh', ...options.flatMap((option) => ['-o', quoted(option)])].join(' ');
}

/** As one word of a shell: git hands the command to one. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** In quotes, for ssh splits values at blanks; `%` begins a placeholder. There is no way to write a quote, a backslash or `${`. */
function file(name: string, option: string): string {
  const absolute = path.resolve(name);
  if (/["\\\p{Cc}]|\$\{/u.test(absolute)) {
    throw new GitfedError('USAGE', `${option}: ssh cannot read a file of this name: ${JSON.stringify(absolute)}`);
  }
  return `"${absolute.replaceAll('%', '%%')}"`;
}
