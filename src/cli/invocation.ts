import path from 'node:path';

/** The first word of the command line with which shells ask for completions. Not in `--help`: it is not for people. */
export const COMPLETE_COMMAND = '__complete';

/** The first word with which a hook starts its own work in another process, which can be ended. Not for people either. */
export const HOOK_WORK_COMMAND = '__hook';

/** What the program is called, and with what. */
export interface Invocation {
  /** What a person types before the command: `gitfed`, or `kubectl gitfed`. */
  readonly program: string;
  readonly args: readonly string[];
}

/**
 * kubectl finds its plug-ins by their file names: `kubectl-gitfed` is the program, and `kubectl_complete-gitfed` is asked
 * for completions, with the words after `kubectl gitfed`.
 *
 * @param file the file that was run, as `process.argv` has it.
 */
export function readInvocation(file: string | undefined, args: readonly string[]): Invocation {
  const name = path.basename(file ?? '').replace(/\.js$/, '');
  if (name === 'kubectl-gitfed') return { program: 'kubectl gitfed', args };
  if (name === 'kubectl_complete-gitfed') return { program: 'kubectl gitfed', args: [COMPLETE_COMMAND, ...args] };
  return { program: 'gitfed', args };
}

/** A command line of `gitfed`, in words of ours, as the person has to type it. */
export function asCalled(line: string, program: string): string {
  return line.replaceAll(/\bgitfed (?=[a-z])/g, `${program} `);
}
