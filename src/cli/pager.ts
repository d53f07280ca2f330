import process from 'node:process';
import type { Io } from './io.ts';

const SHELL_DID_NOT_FIND_IT = new Set([126, 127]);

/**
 * Writes a result through the person's pager where it goes to a terminal, else as it is. A pager that is not there loses nothing,
 * and one that is left early is no error.
 */
export async function writePaged(text: string, io: Io, isWanted: boolean): Promise<void> {
  const pager = isWanted && text !== '' ? choosePager(io) : undefined;
  if (pager === undefined || !(await page(pager, text, io.env))) await io.stdout.write(text);
}

interface Pager {
  readonly command: string;
  /** The default has arguments, and is not handed to a shell: that would tell people that they have no `less`. */
  readonly args?: readonly string[];
}

function choosePager({ stdout, env }: Io): Pager | undefined {
  if (!stdout.isTTY || env['TERM'] === 'dumb' || isContinuousIntegration(env['CI'])) return undefined;
  const command = env['GITFED_PAGER'] ?? env['PAGER'];
  if (command === undefined) return { command: 'less', args: ['-FRX'] };
  return command.trim() === '' || command.trim() === 'cat' ? undefined : { command };
}

function isContinuousIntegration(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false'].includes(value.toLowerCase());
}

/** @returns whether there was a pager. */
async function page({ command, args }: Pager, text: string, env: Io['env']): Promise<boolean> {
  // Loaded here: most runs have no terminal, or nothing to show.
  const { spawn } = await import('node:child_process');
  // Ctrl-C in a pager stops a search in it; the pager decides what ends it.
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  try {
    return await new Promise<boolean>((resolve) => {
      const child = spawn(command, [...(args ?? [])], {
        shell: args === undefined,
        stdio: ['pipe', 'inherit', 'inherit'],
        // For a `less` without arguments: show colours, and end where all of it fits.
        env: { LESS: 'FRX', ...env },
      });
      child.on('error', () => resolve(false));
      child.on('close', (code) => resolve(code === null || !SHELL_DID_NOT_FIND_IT.has(code)));
      // It does not have to read all of it.
      child.stdin.on('error', ignore);
      child.stdin.end(text);
    });
  } finally {
    process.off('SIGINT', ignore);
  }
}
