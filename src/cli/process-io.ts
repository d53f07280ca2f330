import path from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { GitfedError } from '../errors.ts';
import type { Io, Output } from './io.ts';

/** The real process. */
export function createProcessIo(): Io {
  return {
    stdout: createOutput(process.stdout),
    stderr: createOutput(process.stderr),
    cwd: process.cwd(),
    env: process.env,
    readInput,
    ...(process.stdin.isTTY && process.stderr.isTTY ? { ask } : {}),
    self: [process.execPath, ...process.execArgv, path.resolve(process.argv[1] ?? '')],
    interruption,
    onHangup,
  };
}

function createOutput(stream: NodeJS.WriteStream): Output {
  let isClosed = false;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // The reader has seen enough (`gitfed render | head`): nobody is left to tell, and what is under way goes on to its end.
    if (error.code !== 'EPIPE') throw error;
    isClosed = true;
  });
  return {
    isTTY: stream.isTTY === true,
    get columns() {
      // A terminal may say that it has none.
      return stream.isTTY === true && stream.columns > 0 ? stream.columns : undefined;
    },
    get isClosed() {
      return isClosed;
    },
    async write(text) {
      // Called after a failure too, which the listener above takes.
      if (!isClosed) await new Promise<void>((resolve) => stream.write(text, () => resolve()));
    },
  };
}

async function readInput(): Promise<string> {
  if (!process.stdin.isTTY) return await text(process.stdin);
  throw new GitfedError(
    'USAGE',
    'This is run by git, which writes to it what is pushed. See: gitfed hook install --help',
  );
}

async function ask(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await prompt.question(question);
  } finally {
    prompt.close();
  }
}

function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // Once: a second Ctrl-C ends the process at once.
    process.once(signal, () => controller.abort());
  }
  return controller.signal;
}

function onHangup(listener: () => void): () => void {
  process.on('SIGHUP', listener);
  return () => process.off('SIGHUP', listener);
}
