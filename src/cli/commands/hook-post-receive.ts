import { join } from 'node:path';
import { GitfedError } from '../../errors.ts';
import { openRepository, type RefUpdate, type Repository, readReceivedRefs, servedBranch } from '../../git/index.ts';
import { plainText } from '../../report/plain-text.ts';
import { type CommandArguments, defineCommand, type OptionDeclarations } from '../command.ts';
import { inSeconds } from '../hook/decide-push.ts';
import { folderInRepository, fullRef, type Look, lookAtPush } from '../hook/look-at-push.ts';
import { optionWords } from '../hook/option-words.ts';
import { lookOptions, wakeOptions } from '../hook/options.ts';
import { readHookSettings } from '../hook/settings.ts';
import type { Io } from '../io.ts';
import { memberOptions } from '../options.ts';

const OPTIONS = {
  ...lookOptions,
  ...wakeOptions,
  ...memberOptions,
  summary: {
    type: 'boolean',
    default: true,
    description: 'Tells what the push means for every cluster; --no-summary where pre-receive has told it.',
  },
} as const satisfies OptionDeclarations;

export const hookPostReceive = defineCommand({
  description:
    'Runs in a repository that was pushed to, after a push was accepted: wakes the daemon or runs a sync, and tells whoever pushes what happens now. Git gives it the refs on standard input. The push is done, whatever comes of this: exit code 1 if the daemon was not told or no sync was begun.',
  options: OPTIONS,
  examples: [
    [
      'gitfed hook post-receive --daemon http://127.0.0.1:9090 --webhook-secret-file /etc/gitfed/webhook-secret',
      'Wakes the daemon.',
    ],
    ['gitfed hook post-receive --sync --credentials-dir /run/credentials', 'Runs a sync in the background.'],
  ],
  async run({ options }, io) {
    const path = folderInRepository(options.path);
    const updates = readReceivedRefs((await io.readInput?.()) ?? '');
    const repository = await openRepository(io.cwd);
    const followed = options.ref === undefined ? await servedBranch(repository) : fullRef(options.ref);
    const update = updates.find(({ ref }) => ref === followed);
    if (update === undefined) return 0;
    const settings = await readHookSettings(repository, options);
    const told = update.after === undefined ? [] : await wake(options, update, repository, io);
    for (const { text } of told) await io.stderr.write(`gitfed: ${plainText(text)}\n`);
    if (options.summary) {
      const { timeoutMs } = settings;
      const request = { hook: 'post-receive', path, update, refusesErrors: false, repository, timeoutMs } as const;
      await io.stderr.write(describeLook(await lookAtPush(request, io), timeoutMs));
    }
    return told.every(({ ok }) => ok) ? 0 : 1;
  },
});

type WakeArguments = CommandArguments<typeof OPTIONS>['options'];
type Told = { readonly ok: boolean; readonly text: string };

async function wake(
  options: WakeArguments,
  update: RefUpdate,
  repository: Repository,
  io: Io,
): Promise<readonly Told[]> {
  const { daemon, sync } = options;
  const told: Told[] = [];
  if (daemon !== undefined) told.push(await wakeDaemon(daemon, options['webhook-secret-file'], update));
  if (sync) {
    const { beginSync } = await import('../hook/begin-sync.ts');
    told.push(await beginSync(repository, { args: syncArguments(options, update.ref, repository) }, io));
  }
  if (told.length > 0) return told;
  return [{ ok: true, text: 'A daemon that follows this repository sees the push by itself.' }];
}

/** @throws {GitfedError} `USAGE` for a folder of a bare repository. */
function syncArguments(options: WakeArguments, ref: string, { directory, isBare }: Repository): readonly string[] {
  const folder = folderInRepository(options.path);
  if (isBare && folder !== '') {
    throw new GitfedError('USAGE', 'gitfed sync reads all of a bare repository: for --path, run a daemon with it');
  }
  return ['sync', join(directory, folder), '--ref', ref, ...optionWords(options, Object.keys(memberOptions))];
}

/** A daemon that does not answer must not keep the push for long. */
const ANSWER_MS = 10_000;

async function wakeDaemon(address: string, secretFile: string | undefined, update: RefUpdate): Promise<Told> {
  const { WebhookSecrets } = await import('../../daemon/webhook-secrets.ts');
  const { sendHint, webhookUrl } = await import('../../daemon/send-hint.ts');
  try {
    if (secretFile === undefined) {
      throw new GitfedError('USAGE', '--daemon needs --webhook-secret-file, the secret that the daemon has');
    }
    const secrets = new WebhookSecrets();
    await secrets.read(secretFile, undefined);
    const [secret = ''] = secrets.current;
    return await sendHint({
      url: webhookUrl(address, '--daemon'),
      secret,
      update,
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  } catch (error) {
    if (!(error instanceof GitfedError)) throw error;
    return { ok: false, text: `The daemon was not told: ${error.message}` };
  }
}

function describeLook(look: Look, timeoutMs: number): string {
  switch (look.type) {
    case 'answered':
      return look.answer.text;
    case 'timedOut':
      return `gitfed: Gave up after ${inSeconds(timeoutMs)}: it takes longer to see what the push means. The push is done.\n`;
    case 'failed':
      return `${look.message}\ngitfed: Nobody can say what the push means. It is done.\n`;
    case 'interrupted':
      return '';
    default:
      return look satisfies never;
  }
}
