import path from 'node:path';
import { isDns1123Subdomain } from '../../api/index.ts';
import { stringifyJson } from '../../core/index.ts';
import { GitfedError } from '../../errors.ts';
import type { MemberRoleOptions } from '../../reconcile/member-role.ts';
import { hasErrors } from '../../report/findings.ts';
import { plainJson, plainText } from '../../report/plain-text.ts';
import { formatRoleYaml, roleToJson, roleWarnings } from '../../report/role-yaml.ts';
import { styleFor } from '../colour.ts';
import { defineCommand } from '../command.ts';
import { parseTimeout } from '../duration.ts';
import { colourOption, memberOptions, PATH, refOption } from '../options.ts';
import { printFindings } from '../print-findings.ts';

export const rbac = defineCommand({
  positional: PATH,
  description:
    'Prints the least role that gitfed needs in a member cluster, for the kinds in the repository. With credentials, the kinds in the inventories of the members are added: what they hold must be removable. Apply it in each member as its administrator. Exit code 1 if something may be missing in it.',
  options: {
    user: {
      type: 'string',
      requiresArg: true,
      description: 'Gives the role to this user. The default is a ServiceAccount.',
    },
    'service-account': {
      type: 'string',
      requiresArg: true,
      description: 'Gives the role to this ServiceAccount of the system namespace. The default is gitfed.',
    },
    namespaced: {
      type: 'boolean',
      default: false,
      description:
        'Grants namespaced kinds in the namespaces of the repository only, by a Role in each. The default is the whole cluster.',
    },
    'list-everything': {
      type: 'boolean',
      default: false,
      description:
        'Lets gitfed list every kind, which it takes to see that a namespace is empty and may be deleted. The default is to leave namespaces.',
    },
    'credentials-dir': {
      type: 'string',
      requiresArg: true,
      description: 'Reads the inventories of the members with credentials from here. There is no default.',
    },
    kubeconfig: {
      type: 'string',
      requiresArg: true,
      description: 'Reads the inventories of the members with contexts of this kubeconfig. There is no default.',
    },
    'age-key-file': memberOptions['age-key-file'],
    cluster: {
      type: 'string',
      array: true,
      requiresArg: true,
      description: 'Reads the inventory of this member only; may be repeated. The default is all of them.',
    },
    'request-timeout': {
      type: 'string',
      requiresArg: true,
      default: '15s',
      description: 'Gives up on a request that is not answered for so long, such as 15s or 1m30s.',
    },
    output: {
      alias: 'o',
      choices: ['yaml', 'json'],
      default: 'yaml',
      requiresArg: true,
      description: 'Prints a stream of YAML documents, or one JSON document.',
    },
    ref: refOption,
    color: colourOption,
  },
  examples: [
    ['gitfed rbac | kubectl --context eu-1 apply -f -', 'Grants it in one member.'],
    ['gitfed rbac --user gitfed --kubeconfig ~/.kube/config', 'For a user, with what the members hold.'],
  ],
  async run({ positional, options }, io) {
    const { 'credentials-dir': credentialsDir, 'age-key-file': ageKeyFile, kubeconfig } = options;
    if (options.cluster !== undefined && credentialsDir === undefined && kubeconfig === undefined) {
      throw new GitfedError(
        'USAGE',
        '--cluster says whose inventory is read: use it with --credentials-dir or --kubeconfig',
      );
    }
    const roleOptions: MemberRoleOptions = {
      path: path.resolve(io.cwd, positional ?? '.'),
      subject: chooseSubject(options.user, options['service-account']),
      namespaced: options.namespaced,
      listEverything: options['list-everything'],
      requestTimeoutMs: parseTimeout('--request-timeout', options['request-timeout']),
      signal: io.interruption(),
      ...(options.ref === undefined ? {} : { ref: options.ref }),
      ...(credentialsDir === undefined ? {} : { credentialsDir: path.resolve(io.cwd, credentialsDir) }),
      ...(options.cluster === undefined ? {} : { clusters: options.cluster }),
      ...(kubeconfig === undefined ? {} : { kubeconfig: path.resolve(io.cwd, kubeconfig) }),
      ...(ageKeyFile === undefined ? {} : { ageKeyFile }),
    };
    // Loaded here: it brings the Kubernetes client, which the help of this command does without.
    const { roleForMembers } = await import('../../reconcile/member-role.ts');
    const role = await roleForMembers(roleOptions);
    await printFindings(role.findings, io.stderr, styleFor(io.stderr, options.color, io));
    const lines = [...roleWarnings(role), ...role.problems].map((line) => `${plainText(line)}\n`);
    if (lines.length > 0) await io.stderr.write(lines.join(''));
    const isJson = options.output === 'json';
    await io.stdout.write(isJson ? `${plainJson(stringifyJson(roleToJson(role), 2))}\n` : formatRoleYaml(role));
    return role.problems.length > 0 || hasErrors(role.findings) ? 1 : 0;
  },
});

function chooseSubject(user: string | undefined, account: string | undefined): MemberRoleOptions['subject'] {
  if (user !== undefined && account !== undefined) {
    throw new GitfedError('USAGE', '--user and --service-account both say who gets the role: use one of them');
  }
  if (user !== undefined) {
    if (user === '') throw new GitfedError('USAGE', '--user is empty: name the user that gitfed is in the members');
    return { kind: 'User', name: user };
  }
  const name = account ?? 'gitfed';
  if (!isDns1123Subdomain(name)) {
    throw new GitfedError(
      'USAGE',
      `--service-account ${name} is not a name that Kubernetes takes: use small letters, digits and hyphens`,
    );
  }
  return { kind: 'ServiceAccount', name };
}
