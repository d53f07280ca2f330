import type { Options } from 'yargs';
import type { StartLoop } from '../../daemon/service.ts';
import { SETTINGS, type Setting } from '../../daemon/settings.ts';
import { type Command, defineCommand, type OptionDeclarations } from '../command.ts';

/**
 * `gitfed daemon`. Its options are the settings of the daemon's configuration; what they mean and whether they are right is decided there.
 *
 * @param loadLoop what follows git and keeps the members in order; loaded here, for the help of this command does without.
 */
export function daemonCommand(loadLoop: () => Promise<StartLoop>): Command<OptionDeclarations> {
  return defineCommand<OptionDeclarations>({
    positional: {
      name: 'source',
      description:
        'A repository, a folder in it, or a URL that git can fetch. Without one, and without a configuration file, it is the current folder.',
    },
    description:
      'Follows a branch, keeps every cluster as its last good commit says, and commits what happened, until it is stopped. Every option is also a setting of the file, and a variable: --poll-interval is pollInterval there and GITFED_POLL_INTERVAL; an option wins over the variable, and that over the file. The log goes to standard error. Exit code 0 after SIGTERM or Ctrl-C; a second one ends it at once.',
    options: {
      config: {
        type: 'string',
        requiresArg: true,
        description: 'Reads settings from this file, and again when it changes or SIGHUP comes. There is no default.',
      },
      ...Object.fromEntries(SETTINGS.filter(({ name }) => name !== 'source').map(optionOf)),
    },
    examples: [
      [
        'gitfed daemon --kubeconfig ~/.kube/config --log-format text',
        'Follows the branch of the repository here, with credentials from a kubeconfig.',
      ],
      [
        'gitfed daemon https://git.example/fleet.git --data-dir /var/lib/gitfed --credentials-dir /run/credentials',
        'Follows a remote repository.',
      ],
      ['gitfed daemon --config /etc/gitfed/daemon.yaml', 'Takes everything from a file.'],
    ],
    async run({ positional, options }, io) {
      const { runService } = await import('../../daemon/service.ts');
      const { config, ...flags } = options as Readonly<
        Record<string, string | boolean | readonly string[] | undefined>
      >;
      const named = config ?? io.env['GITFED_CONFIG'];
      const file = typeof named === 'string' && named !== '' ? { file: named } : {};
      const isNamedElsewhere = 'file' in file || (io.env['GITFED_SOURCE'] ?? '') !== '';
      const here = positional ?? (isNamedElsewhere ? undefined : '.');
      const source = here === undefined ? {} : { source: here };
      await runService({
        source: { ...file, env: io.env, flags: { ...flags, ...source }, cwd: io.cwd },
        startLoop: await loadLoop(),
        logStream: { write: (text) => io.stderr.write(text) },
        signal: io.interruption(),
        ...(io.onHangup === undefined ? {} : { onReloadRequest: io.onHangup }),
      });
      return 0;
    },
  });
}

function optionOf({ flag, schema }: Setting): readonly [string, Options] {
  const { type, enum: choices, description = '', default: value } = schema;
  // No default for yargs: what was not given must not win over the environment and the file.
  const sentence = typeof value === 'string' ? `${description} The default is ${value}.` : description;
  if (type === 'boolean') return [flag, { type: 'boolean', description: sentence }];
  return [
    flag,
    {
      type: 'string',
      requiresArg: true,
      description: sentence,
      ...(type === 'array' ? { array: true } : {}),
      ...(choices === undefined ? {} : { choices: choices.map(String) }),
    },
  ];
}
