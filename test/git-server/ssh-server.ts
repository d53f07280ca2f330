import { spawn } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import ssh2, { type Connection, type ParsedKey, type ServerChannel } from 'ssh2';

export interface SshServer extends AsyncDisposable {
  /** `ssh://git@127.0.0.1:PORT`, without a slash at its end. */
  readonly url: string;
  /** The line of a known_hosts file that is right for it. */
  readonly knownHost: string;
  /** In OpenSSH's format. Whoever has it may read and push. */
  readonly clientKey: string;
  /** The commands that were asked for, oldest first. */
  readonly log: string[];
  stop(): Promise<void>;
}

interface KeyPair {
  readonly private: string;
  readonly public: string;
  readonly parsed: ParsedKey;
}

/** The library makes keys of which some cannot be read again: it leaves zeros out that they begin with. */
function createKey(): KeyPair {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519');
    const parsed = ssh2.utils.parseKey(pair.public);
    const own = ssh2.utils.parseKey(pair.private);
    if (!(parsed instanceof Error) && !(own instanceof Error)) return { ...pair, parsed };
  }
}

/** Serves the bare repositories below a folder: `folder/fleet.git` is `URL/fleet.git`. Each server has a host key of its own. */
export async function startSshServer({ folder }: { readonly folder: string }): Promise<SshServer> {
  const { Server } = ssh2;
  const [host, client] = [createKey(), createKey()];
  const allowed = client.parsed;
  const log: string[] = [];
  const connections = new Set<Connection>();
  const server = new Server({ hostKeys: [host.private] }, (connection) => {
    connections.add(connection);
    connection.on('close', () => connections.delete(connection));
    connection.on('error', () => undefined);
    connection.on('authentication', (context) => {
      const isRight =
        context.method === 'publickey' &&
        context.key.data.equals(allowed.getPublicSSH()) &&
        (context.signature === undefined ||
          (context.blob !== undefined && allowed.verify(context.blob, context.signature, context.hashAlgo) === true));
      if (isRight) context.accept();
      else context.reject(['publickey']);
    });
    connection.on('session', (accept) => {
      let protocol = '';
      const session = accept();
      session.on('env', (acceptEnv, _reject, { key, val }) => {
        if (key === 'GIT_PROTOCOL') protocol = val;
        acceptEnv?.();
      });
      session.on('exec', (acceptExec, _reject, { command }) => {
        log.push(command);
        serve(acceptExec(), command, { folder, protocol });
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const connection of connections) connection.end();
    await closed;
  };
  return {
    url: `ssh://git@127.0.0.1:${port}`,
    knownHost: `[127.0.0.1]:${port} ${host.public.split(' ').slice(0, 2).join(' ')}`,
    clientKey: client.private,
    log,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function serve(
  channel: ServerChannel,
  command: string,
  { folder, protocol }: { readonly folder: string; readonly protocol: string },
): void {
  const [, program, name] = /^(git-upload-pack|git-receive-pack) '\/([\w./-]+)'$/.exec(command) ?? [];
  if (program === undefined || name === undefined || name.includes('..')) {
    channel.stderr.write('no such command\n');
    channel.exit(127);
    channel.end();
    return;
  }
  const env = { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };
  const child = spawn('git', [program.slice('git-'.length), join(folder, name)], {
    env: { ...env, GIT_PROTOCOL: protocol },
  });
  child.stdin.on('error', () => undefined);
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  child.on('close', (code) => {
    channel.exit(code ?? 1);
    channel.end();
  });
}
