import { GitfedError } from '../../errors.ts';
import type { ExitCode, Io } from '../io.ts';
import type { PushRequest } from './push-request.ts';
import type { SyncRequest } from './run-sync.ts';

/** The work of a hook, in a process of its own: one that can be ended, or one that goes on. What it is to do comes from the same program. */
export async function workForHook([work]: readonly string[], io: Io): Promise<ExitCode> {
  const input = await io.readInput?.();
  if (input !== undefined && work === 'judge') {
    const { judgePush } = await import('./judge-push.ts');
    await io.stdout.write(JSON.stringify(await judgePush(JSON.parse(input) as PushRequest)));
    return 0;
  }
  if (input !== undefined && work === 'sync') {
    const { runSync } = await import('./run-sync.ts');
    await runSync(JSON.parse(input) as SyncRequest, io);
    return 0;
  }
  throw new GitfedError('USAGE', 'Hooks run this, and nobody else.');
}
