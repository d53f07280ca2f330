import type { Io, Output } from '../../src/cli/io.ts';
import { runProgram } from '../../src/cli/program.ts';

/** A command line on a terminal that is so wide. @returns what a person sees, both streams in the order of writing. */
export async function onTerminal(
  args: readonly string[],
  cwd: string,
  { columns, env = {} }: { readonly columns: number; readonly env?: Io['env'] },
): Promise<{ readonly code: number; readonly screen: string }> {
  const pieces: string[] = [];
  const output: Output = {
    isTTY: true,
    columns,
    write: async (text) => {
      pieces.push(text);
    },
  };
  const io: Io = { stdout: output, stderr: output, cwd, env, interruption: () => new AbortController().signal };
  const code = await runProgram(args, io);
  return { code, screen: pieces.join('') };
}
