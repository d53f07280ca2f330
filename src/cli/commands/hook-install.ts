import path from 'node:path';
import { webhookUrl } from '../../daemon/send-hint.ts';
import { GitfedError } from '../../errors.ts';
import { hooksFolder, openRepository, type Repository } from '../../git/index.ts';
import { plainText } from '../../report/plain-text.ts';
import { type CommandArguments, defineCommand, type OptionDeclarations } from '../command.ts';
import { parseTimeout } from '../duration.ts';
import type { HookName } from '../hook/hook-script.ts';
import { type InstallPlan, install, planInstall } from '../hook/install-hook.ts';
import { folderInRepository } from '../hook/look-at-push.ts';
import { optionWords } from '../hook/option-words.ts';
import { lookOptions, refusalOptions, wakeOptions } from '../hook/options.ts';
import type { Io } from '../io.ts';
import { memberOptions } from '../options.ts';

const { 'request-timeout': _default, ...access } = memberOptions;

const OPTIONS = {
  hook: {
    choices: ['pre-receive', 'post-receive', 'pre-push'],
    array: true,
    requiresArg: true,
    description: 'Writes this hook; may be repeated. The default depends on the repository.',
  },
  chain: {
    type: 'boolean',
    default: false,
    description: 'Keeps a hook that is there already, as NAME.local, and runs it first.',
  },
  force: {
    type: 'boolean',
    default: false,
    description: 'Replaces a hook that is there already, and keeps it as NAME.replaced.',
  },
  program: {
    type: 'string',
    requiresArg: true,
    description: 'Lets the hooks run this file. The default is what runs now.',
  },
  ...lookOptions,
  ...refusalOptions,
  ...wakeOptions,
  ...access,
} as const satisfies OptionDeclarations;

export const hookInstall = defineCommand({
  positional: { name: 'dir', description: 'The repository. The default is the one of the current folder.' },
  description:
    'Writes the scripts that git runs at a push: pre-receive and post-receive in a bare repository, pre-push in a clone. They run the gitfed that wrote them, with the options that are given here. A hook that is there already stays, unless --chain or --force says otherwise; one of gitfed is replaced.',
  options: OPTIONS,
  examples: [
    ['gitfed hook install /srv/git/fleet.git', 'Lets pushes to this repository say what they mean.'],
    [
      'gitfed hook install /srv/git/fleet.git --sync --credentials-dir /run/credentials',
      'Runs a sync after each push too.',
    ],
    ['gitfed hook install --chain', 'Adds pre-push to this clone, after the hook that is there.'],
  ],
  async run({ positional, options }, io) {
    const { chain, force } = options;
    if (chain && force) throw new GitfedError('USAGE', '--chain keeps a hook and --force does not: use one of them');
    const repository = await openRepository(path.resolve(io.cwd, positional ?? '.'));
    const hooks = options.hook ?? (repository.isBare ? (['pre-receive', 'post-receive'] as const) : ['pre-push']);
    const folder = await chooseFolder(repository, force);
    const program = programWords(options.program, io);
    checkOptions(options, hooks as readonly HookName[], repository);
    const plans = (hooks as readonly HookName[]).map((hook) =>
      planInstall({
        folder,
        script: {
          hook,
          program,
          options: wordsFor(hook, options, hooks.includes('pre-receive'), io),
          onFailure: options['on-failure'],
        },
        others: chain ? 'chain' : force ? 'replace' : 'keep',
      }),
    );
    for (const plan of plans) install(plan);
    await io.stdout.write(
      `${[...plans.flatMap(describe), `They run: ${program.join(' ')}`].map(plainText).join('\n')}\n`,
    );
    return 0;
  },
});

type InstallArguments = CommandArguments<typeof OPTIONS>['options'];

async function chooseFolder(repository: Repository, force: boolean): Promise<string> {
  const { folder, scope } = await hooksFolder(repository);
  if (force || scope === undefined || scope === 'local' || scope === 'worktree') return folder;
  throw new GitfedError(
    'USAGE',
    `core.hooksPath of the ${scope} git config is ${folder}, for all repositories. Give this one a folder of its own (git config core.hooksPath FOLDER), or write there with --force.`,
  );
}

function programWords(program: string | undefined, { cwd, self }: Io): readonly string[] {
  if (program !== undefined) return [path.resolve(cwd, program)];
  if (self !== undefined) return self;
  throw new GitfedError('USAGE', 'Name the program that the hooks run with --program FILE');
}

/** A hook must not fail for an option at the first push. */
function checkOptions(options: InstallArguments, hooks: readonly HookName[], { isBare }: Repository): void {
  const refuse = (message: string): never => {
    throw new GitfedError('USAGE', message);
  };
  if (options.timeout !== undefined) parseTimeout('--timeout', options.timeout);
  const folder = folderInRepository(options.path);
  const ofWaking = [...Object.keys(wakeOptions), ...Object.keys(access)] as const;
  const [given] = optionWords(options, ofWaking);
  if (given !== undefined && !hooks.includes('post-receive')) {
    refuse(`${given.split('=')[0]} is for post-receive: use --hook post-receive`);
  }
  const [member] = optionWords(options, Object.keys(access));
  if (member !== undefined && !options.sync) refuse(`${member.split('=')[0]} is for --sync`);
  if ((options.daemon === undefined) !== (options['webhook-secret-file'] === undefined)) {
    refuse('--daemon and --webhook-secret-file go together: the daemon has to know who calls');
  }
  if (options.daemon !== undefined) webhookUrl(options.daemon, '--daemon');
  if (options.sync && isBare && folder !== '') {
    refuse('gitfed sync reads all of a bare repository: for --path, run a daemon with it');
  }
}

const FILES = ['webhook-secret-file', 'kubeconfig', 'credentials-dir', 'age-key-file'] as const;

function wordsFor(hook: HookName, options: InstallArguments, isToldBefore: boolean, { cwd }: Io): readonly string[] {
  const files = FILES.flatMap((name) => {
    const file = options[name];
    return file === undefined ? [] : [[name, path.resolve(cwd, file)] as const];
  });
  const given = { ...options, ...Object.fromEntries(files) };
  const look = optionWords(given, Object.keys(lookOptions));
  if (hook !== 'post-receive') return [...look, ...optionWords(given, Object.keys(refusalOptions))];
  const wake = optionWords(given, [...Object.keys(wakeOptions), ...Object.keys(access)]);
  return [...look, ...wake, ...(isToldBefore ? ['--no-summary'] : [])];
}

function describe({ file, moved, action }: InstallPlan): readonly string[] {
  const kept = moved === undefined ? [] : [`Moved the hook that was there to ${moved}`];
  return [...kept, action === 'nothing' ? `${file} is as it should be` : `Wrote ${file}`];
}
