/** `gitfed daemon` as a process, with a loop that needs no members: a test sends it signals. */
import process from 'node:process';
import { daemonCommand } from '../../src/cli/commands/daemon.ts';
import { describeFailure } from '../../src/cli/failure.ts';
import { parseArguments } from '../../src/cli/parse-arguments.ts';
import { createProcessIo } from '../../src/cli/process-io.ts';
import { tinyLoop } from '../helpers/tiny-loop.ts';

const [, , mode, ...args] = process.argv;
/** What a loop that never ends is waiting for keeps a process. */
const forever = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2 ** 30));

const io = createProcessIo();
const command = daemonCommand(async () => tinyLoop(mode === 'stuck' ? { onStop: forever } : {}));
const entry = { name: 'daemon', usage: 'daemon [source]', summary: '', load: async () => command };
try {
  const parsed = await parseArguments(entry, command, args);
  if (parsed.type === 'help') await io.stdout.write(parsed.text);
  else process.exitCode = await command.run(parsed.arguments, io);
} catch (error) {
  await io.stderr.write(`${describeFailure(error, args)}\n`);
  process.exitCode = 2;
}
