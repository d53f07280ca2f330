import { GitfedError } from '../../errors.ts';
import type { RefUpdate, Repository } from '../../git/index.ts';
import { plainText } from '../../report/plain-text.ts';
import { HOOK_WORK_COMMAND } from '../invocation.ts';
import type { Io } from '../io.ts';
import { runLimited } from './limited-process.ts';
import type { PushAnswer, PushRequest } from './push-request.ts';

/** What became of looking at a push. */
export type Look =
  | { readonly type: 'answered'; readonly answer: PushAnswer }
  | { readonly type: 'timedOut' }
  | { readonly type: 'interrupted' }
  /** Nothing is known of the push; `message` says why. */
  | { readonly type: 'failed'; readonly message: string };

export type LookRequest = Pick<PushRequest, 'hook' | 'path' | 'update' | 'remote' | 'refusesErrors'> & {
  readonly repository: Repository;
  readonly timeoutMs: number;
};

/** Where the width of the other terminal is not known. Git writes `remote: ` before each line. */
const COLUMNS = 100;

/** Looks at a push in another process, for so long and no longer. Whatever goes wrong there is an answer too. */
export async function lookAtPush(request: LookRequest, io: Io): Promise<Look> {
  const { repository, timeoutMs, ...rest } = request;
  const { stderr, env, self } = io;
  if (self === undefined) throw new GitfedError('INTERNAL', 'a hook needs a program that it can run again');
  const noColour = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  const push: PushRequest = {
    ...rest,
    folder: repository.directory,
    colour: stderr.isTTY && !noColour,
    columns: Math.min(stderr.columns ?? COLUMNS, COLUMNS),
  };
  const result = await runLimited({
    words: [...self, HOOK_WORK_COMMAND, 'judge'],
    input: JSON.stringify(push),
    cwd: repository.directory,
    timeoutMs,
    signal: io.interruption(),
  });
  if (result.type !== 'ended') return result;
  const answer = readAnswer(result.stdout);
  if (result.code === 0 && answer !== undefined) return { type: 'answered', answer };
  const words = result.stderr.split('\n').map(plainText).join('\n').trim();
  const end = result.code === undefined ? 'a signal ended it' : `it ended with code ${result.code}`;
  return { type: 'failed', message: words === '' ? `gitfed failed without a word: ${end}.` : words };
}

function readAnswer(text: string): PushAnswer | undefined {
  try {
    return JSON.parse(text) as PushAnswer;
  } catch {
    return undefined;
  }
}

/** The branch of `--ref` in full. */
export function fullRef(name: string): string {
  return name.startsWith('refs/') ? name : `refs/heads/${name}`;
}

/** A folder of `--path` as git names it. @throws {GitfedError} `USAGE` for one outside of the repository. */
export function folderInRepository(name: string | undefined): string {
  const parts = (name ?? '').split('/').filter((part) => part !== '' && part !== '.');
  if (!parts.includes('..') && name?.startsWith('/') !== true) return parts.join('/');
  throw new GitfedError(
    'USAGE',
    '--path must be a folder of the repository, named from its top, such as clusters/shop',
  );
}

/** What is said of a branch that nobody looks at, because it is not the one that is there. */
export function unfollowedNote(followed: string, updates: readonly RefUpdate[]): string | undefined {
  const created = updates.filter(({ ref, before }) => ref.startsWith('refs/heads/') && before === undefined);
  if (created.length === 0) return undefined;
  const names = created.map(({ ref }) => ref.slice('refs/heads/'.length)).join(', ');
  return `gitfed follows ${followed.replace('refs/heads/', '')}, which is not there yet, and did not look at ${names}. Follow another branch with: git symbolic-ref HEAD refs/heads/BRANCH`;
}
