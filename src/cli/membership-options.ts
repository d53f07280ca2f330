import path from 'node:path';
import type { Options } from 'yargs';
import { stringifyJson } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import type { CredentialPlace, MemberAccessOptions, PreparedMembership } from '../reconcile/join-options.ts';
import { formatMembershipPlan, membershipToJson } from '../report/membership-report.ts';
import { plainJson, plainText } from '../report/plain-text.ts';
import { styleFor } from './colour.ts';
import { parseTimeout } from './duration.ts';
import type { ExitCode, Io } from './io.ts';
import { colourOption, memberOptions } from './options.ts';
import { printFindings } from './print-findings.ts';
import { kubeconfigsOf } from './type-options.ts';

/** What `gitfed join` and `gitfed unjoin` have in common. */
export const membershipOptions = {
  'cluster-context': {
    type: 'string',
    requiresArg: true,
    description: 'Reaches the member by this context of the kubeconfig. The default is the name of the cluster.',
  },
  'host-cluster-name': {
    type: 'string',
    requiresArg: true,
    description:
      'Ends the name of the ServiceAccount in the member, CLUSTER-NAME. The default is the name of the inventory.',
  },
  kubeconfig: {
    type: 'string',
    requiresArg: true,
    description:
      'Has the contexts, and may name programs that are run. The default is $KUBECONFIG, else ~/.kube/config.',
  },
  'kubefed-namespace': {
    type: 'string',
    requiresArg: true,
    description:
      'Says the system namespace of a repository that has neither a KubeFedConfig nor a cluster. The default is kube-federation-system.',
  },
  'credentials-dir': {
    type: 'string',
    requiresArg: true,
    description: 'Keeps the token in this folder outside of the repository: SECRET-NAME/token, with ca.crt.',
  },
  'host-context': {
    type: 'string',
    requiresArg: true,
    description: 'Keeps the token as a Secret in the cluster of this context, where gitfed runs.',
  },
  'age-key-file': memberOptions['age-key-file'],
  'request-timeout': memberOptions['request-timeout'],
  'dry-run': {
    type: 'boolean',
    default: false,
    description: 'Shows what would be done, after the member was asked whether it would let it be done.',
  },
  color: colourOption,
} as const satisfies Record<string, Options>;

export interface MembershipArguments {
  readonly 'cluster-context': string | undefined;
  readonly 'host-cluster-name': string | undefined;
  readonly kubeconfig: string | undefined;
  readonly 'kubefed-namespace': string | undefined;
  readonly 'credentials-dir': string | undefined;
  readonly 'host-context': string | undefined;
  readonly 'age-key-file': string | undefined;
  readonly 'age-recipient'?: readonly string[] | undefined;
  readonly 'request-timeout': string;
  readonly 'dry-run': boolean;
  readonly color: boolean | undefined;
}

/** @throws {GitfedError} `USAGE` */
export async function membershipAccess(
  { positional, second }: { readonly positional: string | undefined; readonly second?: string | undefined },
  options: MembershipArguments,
  { io, needsMember, command }: { readonly io: Io; readonly needsMember: boolean; readonly command: string },
): Promise<MemberAccessOptions> {
  if (positional === undefined || positional === '') {
    throw new GitfedError('USAGE', `Name the cluster: gitfed ${command} eu-1`);
  }
  const ageKeyFile = options['age-key-file'];
  return {
    cluster: positional,
    folder: path.resolve(io.cwd, second ?? '.'),
    kubeconfigs: needsMember ? await kubeconfigsOf(options.kubeconfig, io) : [],
    clusterContext: options['cluster-context'],
    hostClusterName: options['host-cluster-name'],
    systemNamespace: options['kubefed-namespace'],
    credential: placeOf(options, io),
    ageKeyFile: ageKeyFile === undefined ? undefined : path.resolve(io.cwd, ageKeyFile),
    dryRun: options['dry-run'],
    requestTimeoutMs: parseTimeout('--request-timeout', options['request-timeout']),
    signal: io.interruption(),
  };
}

function placeOf(options: MembershipArguments, io: Io): CredentialPlace | undefined {
  const folder = options['credentials-dir'];
  const context = options['host-context'];
  const recipients = options['age-recipient'];
  const named = [
    ...(folder === undefined ? [] : ['--credentials-dir']),
    ...(context === undefined ? [] : ['--host-context']),
    ...(recipients === undefined ? [] : ['--age-recipient']),
  ];
  if (named.length > 1) {
    throw new GitfedError('USAGE', `${named.join(' and ')} both say where the token is kept: use one of them`);
  }
  if (folder !== undefined) return { kind: 'directory', folder: path.resolve(io.cwd, folder) };
  if (context !== undefined) return { kind: 'host', context };
  return recipients === undefined ? undefined : { kind: 'repository', recipients };
}

/** Shows a plan, does it, and tells what came of it. */
export async function runMembership(
  prepare: () => Promise<PreparedMembership>,
  {
    io,
    colour,
    isJson,
    done,
  }: {
    readonly io: Io;
    readonly colour: boolean | undefined;
    readonly isJson: boolean;
    /** A sentence for when it is done. */
    readonly done: string;
  },
): Promise<ExitCode> {
  const prepared = await prepare();
  const { plan } = prepared;
  try {
    if (!isJson) await io.stdout.write(formatMembershipPlan(plan, styleFor(io.stdout, colour, io)));
    await io.stderr.write(plan.notes.map((note) => `${plainText(note)}\n`).join(''));
    await printFindings(plan.findings, io.stderr, styleFor(io.stderr, colour, io));
    const result = await prepared.run();
    if (isJson) await io.stdout.write(`${plainJson(stringifyJson(membershipToJson(plan, result), 2))}\n`);
    const lines = [...result.problems, ...result.notes];
    await io.stderr.write(lines.map((line) => `${plainText(line)}\n`).join(''));
    if (result.isChanged) {
      const isCommitNeeded = plan.files.some(({ action }) => action !== 'unchanged');
      await io.stderr.write(`${done}${isCommitNeeded ? ' Look at it with git diff, and commit it.' : ''}\n`);
    }
    return result.problems.length > 0 ? 1 : 0;
  } finally {
    prepared.close();
  }
}
