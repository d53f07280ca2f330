import { spawn } from 'node:child_process';
import { GitfedError } from '../../errors.ts';
import type { Io } from '../io.ts';
import { oneAtATime } from './one-at-a-time.ts';

/** A sync that a hook asked for. */
export interface SyncRequest {
  /** The arguments of gitfed. The branch is read when a pass begins, so that the last pass applies the last push. */
  readonly args: readonly string[];
}

/** In the folder of git, where it is run: a whole path may be longer than a socket's may be. */
const SOCKET = 'gitfed-sync.sock';

/** Runs `gitfed sync`, one at a time in a repository. */
export async function runSync({ args }: SyncRequest, { self, stderr }: Io): Promise<void> {
  if (self === undefined) throw new GitfedError('INTERNAL', 'a hook needs a program that it can run again');
  await oneAtATime(SOCKET, async () => {
    await stderr.write(`${new Date().toISOString()} gitfed ${args.join(' ')}\n`);
    const end = await runToEnd([...self, ...args]);
    await stderr.write(`${new Date().toISOString()} ${end}\n`);
  });
}

/** A process of its own, so that whoever asks for one more pass is answered while this one computes. */
async function runToEnd([program = '', ...args]: readonly string[]): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  return await new Promise((resolve) => {
    child.once('error', (error) => resolve(`did not start: ${error.message}`));
    child.once('close', (code, signal) =>
      resolve(code === null ? `ended by ${signal}` : `ended with exit code ${code}`),
    );
  });
}
