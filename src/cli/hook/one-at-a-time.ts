import { rm } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';

const ANSWER = 'again';

/**
 * Runs a pass, unless another process is at it under the same name: that one then makes one more pass when it is done, however many ask for it.
 * So the last pass always begins after the last call.
 *
 * @param socket a path that is free, or was used by this function. Its process may have died.
 * @returns how many passes were made here.
 */
export async function oneAtATime(socket: string, pass: () => Promise<void>): Promise<number> {
  for (;;) {
    const server = await listen(socket);
    if (server !== undefined) return await passes(server, pass);
    if (await isTaken(socket)) return 0;
    // Nobody listens there: whoever did has died, or is just done.
    await rm(socket, { force: true });
  }
}

async function passes(server: Server, pass: () => Promise<void>): Promise<number> {
  let wanted = 1;
  let made = 0;
  server.on('connection', (connection) => {
    wanted = made + 1;
    connection.on('error', () => undefined);
    connection.end(ANSWER);
  });
  try {
    while (made < wanted) {
      made += 1;
      await pass();
    }
    return made;
  } finally {
    // Who asks from now on is not answered, and looks again. The socket goes with it.
    server.close();
  }
}

/** `undefined` where there is something at the path. */
async function listen(socket: string): Promise<Server | undefined> {
  const server = createServer();
  return await new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(socket, () => resolve(server));
  });
}

async function isTaken(socket: string): Promise<boolean> {
  try {
    return (await text(createConnection(socket))) === ANSWER;
  } catch {
    return false;
  }
}
