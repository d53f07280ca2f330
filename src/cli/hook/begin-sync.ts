import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, renameSync } from 'node:fs';
import path from 'node:path';
import { GitfedError } from '../../errors.ts';
import type { Repository } from '../../git/index.ts';
import { HOOK_WORK_COMMAND } from '../invocation.ts';
import type { Io } from '../io.ts';
import type { SyncRequest } from './run-sync.ts';

/** In the folder of git. */
const LOG = 'gitfed-sync.log';
const MOST_BYTES = 1_048_576;

/** Begins a sync that goes on when the push is over. @returns what to tell of it. */
export async function beginSync(
  repository: Repository,
  request: SyncRequest,
  { self }: Pick<Io, 'self'>,
): Promise<{ readonly ok: boolean; readonly text: string }> {
  if (self === undefined) throw new GitfedError('INTERNAL', 'a hook needs a program that it can run again');
  const [program = '', ...args] = self;
  try {
    const log = openLog(path.join(repository.gitDir, LOG));
    // Nothing of it may hold the streams of the push: git waits until they are closed.
    const child = spawn(program, [...args, HOOK_WORK_COMMAND, 'sync'], {
      cwd: repository.gitDir,
      detached: true,
      stdio: ['pipe', log, log],
    });
    closeSync(log);
    await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.stdin?.once('error', reject);
      child.stdin?.end(JSON.stringify(request), () => resolve(undefined));
    });
    child.unref();
  } catch (error) {
    return { ok: false, text: `No sync was begun: ${error instanceof Error ? error.message : error}` };
  }
  return { ok: true, text: `gitfed sync applies it in the background. What it says: ${LOG} in the repository.` };
}

/** What was said before stays, as far as it is not too much. */
function openLog(file: string): number {
  const log = openSync(file, 'a');
  if (fstatSync(log).size < MOST_BYTES) return log;
  closeSync(log);
  renameSync(file, `${file}.1`);
  return openSync(file, 'a');
}
