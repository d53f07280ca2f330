import path from 'node:path';
import { formatYaml } from '../../core/index.ts';
import { GitfedError } from '../../errors.ts';
import type { JoinOptions } from '../../reconcile/join-options.ts';
import { plainText } from '../../report/plain-text.ts';
import { defineCommand } from '../command.ts';
import { parseTimeout } from '../duration.ts';
import { membershipAccess, membershipOptions, runMembership } from '../membership-options.ts';
import { PATH } from '../options.ts';

export const join = defineCommand({
  positional: { name: 'cluster', description: 'The name that the cluster has, or is to have, in the repository.' },
  second: PATH,
  description:
    'Makes an account for gitfed in a cluster with the rights that the repository takes, gets a token for it, and writes its KubeFedCluster into the repository. What is done is shown first. Run again it changes nothing, or mends what is missing. Nothing is committed, and a token is never written into git in plain text.',
  options: {
    ...membershipOptions,
    'secret-name': {
      type: 'string',
      requiresArg: true,
      description:
        'Calls the Secret with the token so, in the KubeFedCluster and where it is kept. The default is CLUSTER-credentials.',
    },
    'age-recipient': {
      type: 'string',
      array: true,
      requiresArg: true,
      description:
        'Keeps the token in the repository, encrypted for this recipient of age as SOPS does it; may be repeated.',
    },
    'error-on-existing': {
      type: 'boolean',
      description:
        'Refuses everything that is there already; with --no-error-on-existing it is taken over. The default is to go on with what an earlier join made, and to refuse what it did not.',
    },
    'use-existing': {
      type: 'boolean',
      default: false,
      description: 'Makes no account and no role in the member: an administrator has applied what -o yaml prints.',
    },
    admin: {
      type: 'boolean',
      default: false,
      description: 'Gives every right, as KubeFed does. The default is the role of gitfed rbac.',
    },
    'list-everything': {
      type: 'boolean',
      default: false,
      description:
        'Lets gitfed list every kind, which it takes to see that a namespace is empty and may be deleted. The default is to leave namespaces.',
    },
    'token-duration': {
      type: 'string',
      requiresArg: true,
      description:
        'Asks for a token that expires after this time, such as 168h, at least 10m. The default is one that lasts until it is rotated.',
    },
    rotate: {
      type: 'boolean',
      default: false,
      description: 'Gives a joined cluster a new token, and ends the old one once the new one works.',
    },
    'output-dir': {
      type: 'string',
      requiresArg: true,
      description: 'Writes new files here, a folder of the repository. The default is the folder clusters.',
    },
    output: {
      alias: 'o',
      choices: ['text', 'json', 'yaml'],
      default: 'text',
      requiresArg: true,
      description:
        'Prints text for people, or a JSON document; with yaml, what an administrator has to apply in the member, and no cluster is asked.',
    },
  },
  examples: [
    [
      'gitfed join eu-1 --credentials-dir ../credentials --dry-run',
      'Shows what it takes to join the cluster of context eu-1.',
    ],
    ['gitfed join eu-1 --age-recipient age1…', 'Joins it, with the token encrypted in the repository.'],
    ['gitfed join eu-1 --rotate --credentials-dir ../credentials', 'Gives it a new token.'],
  ],
  async run({ positional, second, options }, io) {
    const isYaml = options.output === 'yaml';
    refuseContradictions(options);
    const access = await membershipAccess({ positional, second }, options, {
      io,
      needsMember: !isYaml,
      command: 'join',
    });
    const outputDir = options['output-dir'];
    const request: JoinOptions = {
      ...access,
      secretName: options['secret-name'],
      errorOnExisting: options['error-on-existing'],
      useExisting: options['use-existing'],
      admin: options.admin,
      listEverything: options['list-everything'],
      tokenSeconds: tokenSeconds(options['token-duration']),
      rotate: options.rotate,
      outputDir: outputDir === undefined ? undefined : path.resolve(io.cwd, outputDir),
    };
    // Loaded here: it brings the connections to clusters, which the help of this command does without.
    const { joinManifests, prepareJoin } = await import('../../reconcile/join.ts');
    if (isYaml) {
      const manifests = await joinManifests(request);
      await io.stdout.write(manifests.map((manifest) => `---\n${formatYaml(manifest)}`).join(''));
      return 0;
    }
    const name = plainText(access.cluster);
    const done = request.rotate ? `${name} has a new token.` : `${name} is joined.`;
    return await runMembership(() => prepareJoin(request), {
      io,
      colour: options.color,
      isJson: options.output === 'json',
      done,
    });
  },
});

interface Contradictory {
  readonly admin: boolean;
  readonly 'list-everything': boolean;
  readonly rotate: boolean;
  readonly 'use-existing': boolean;
  readonly 'dry-run': boolean;
  readonly output: string;
  readonly 'error-on-existing': boolean | undefined;
}

function refuseContradictions(options: Contradictory): void {
  const roles = ['admin', 'list-everything'] as const;
  const writes = [...roles, 'use-existing', 'error-on-existing'] as const;
  const [first, other] = options.rotate
    ? ['--rotate', writes.find((name) => options[name] !== undefined && options[name] !== false)]
    : options['use-existing']
      ? ['--use-existing', roles.find((name) => options[name])]
      : options.admin
        ? ['--admin', options['list-everything'] ? 'list-everything' : undefined]
        : ['', undefined];
  if (other !== undefined) {
    throw new GitfedError('USAGE', `${first} has no use for --${other}: leave one of them out`);
  }
  if (options.output === 'yaml' && (options.rotate || options['use-existing'] || options['dry-run'])) {
    throw new GitfedError(
      'USAGE',
      '-o yaml prints what is to be in the member, and writes nothing: leave out --rotate, --use-existing and --dry-run',
    );
  }
}

/** What an API server takes. */
const SHORTEST_SECONDS = 600;
const LONGEST_SECONDS = 2 ** 32;

function tokenSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const hours = /^(\d{1,6})h$/.exec(text)?.[1];
  const seconds = hours === undefined ? Math.ceil(parseTimeout('--token-duration', text) / 1000) : Number(hours) * 3600;
  if (seconds >= SHORTEST_SECONDS && seconds <= LONGEST_SECONDS) return seconds;
  throw new GitfedError('USAGE', '--token-duration must be between 10m and 136 years, such as 168h');
}
