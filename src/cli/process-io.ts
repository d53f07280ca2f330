import { once } from 'node:events';
import process from 'node:process';
import type { Io, Output } from './io.ts';

/** The real process. */
export function createProcessIo(): Io {
  return {
    stdout: createOutput(process.stdout),
    stderr: createOutput(process.stderr),
    cwd: process.cwd(),
    env: process.env,
    interruption,
  };
}

function createOutput(stream: NodeJS.WriteStream): Output {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // The reader has seen enough (`gitfed render | head`): nobody is left to tell, and nothing went wrong.
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  return {
    isTTY: stream.isTTY === true,
    get columns() {
      // A terminal may say that it has none.
      return stream.isTTY === true && stream.columns > 0 ? stream.columns : undefined;
    },
    async write(text) {
      if (!stream.write(text)) await once(stream, 'drain');
    },
  };
}

function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // Once: a second Ctrl-C ends the process at once.
    process.once(signal, () => controller.abort());
  }
  return controller.signal;
}
