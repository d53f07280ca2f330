import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { SERVICE_ACCOUNT } from '../../src/cluster/credentials.ts';
import type { Cluster } from '../controlplane/fixtures.ts';
import { temporaryFolder } from './credentials.ts';

const MAIN = path.resolve(import.meta.dirname, '../../src/cli/main.ts');

/** Puts the token of a service account where a pod has it, for this process and its children alone. */
const MOUNT = `set -e
from=$1; shift
mount -t tmpfs tmpfs /var/run
mkdir -p "${SERVICE_ACCOUNT}"
cp "$from/token" "$from/ca.crt" "${SERVICE_ACCOUNT}"
exec "$@"`;

/** `gitfed daemon` as a process that finds what it would find in a pod of the cluster. It ends with the test. */
export class InClusterDaemon {
  readonly adminKubeconfig: string;
  readonly #child: ChildProcess;
  #stderr = '';

  constructor(cluster: Cluster, token: string, configuration: string) {
    const folder = temporaryFolder();
    const at = (name: string, text: string): string => {
      const file = path.join(folder, name);
      writeFileSync(file, text);
      return file;
    };
    this.adminKubeconfig = at('admin', cluster.kubeconfig('admin'));
    at('token', token);
    at('ca.crt', Buffer.from(cluster.caBundle, 'base64').toString('utf8'));
    const file = at('daemon.yaml', configuration);
    const { hostname, port } = new URL(cluster.url);
    const env = [`PATH=${process.env.PATH}`, `KUBERNETES_SERVICE_HOST=${hostname}`, `KUBERNETES_SERVICE_PORT=${port}`];
    const daemon = [process.execPath, MAIN, 'daemon', '--config', file, '--listen', '127.0.0.1:0'];
    const command = ['unshare', '--mount', 'sh', '-c', MOUNT, 'sh', folder, 'env', '-i', ...env, ...daemon] as const;
    const [program, ...args] = process.getuid?.() === 0 ? command : (['sudo', '-n', ...command] as const);
    this.#child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    const ended = once(this.#child, 'close');
    onTestFinished(async () => {
      this.#child.kill('SIGTERM');
      await ended;
    });
  }

  /** Waits until every cluster had its pass. */
  async ready(): Promise<void> {
    const listening = (): string | undefined => /"address":"(?<address>[^"]+)"/.exec(this.#stderr)?.groups?.['address'];
    await expect.poll(() => listening() ?? this.#stderr, { timeout: 30_000 }).toMatch(/^127\.0\.0\.1:\d+$/);
    const answer = async (): Promise<number | string> => {
      const { status } = await fetch(`http://${listening()}/readyz`);
      return status === 200 ? status : this.#stderr;
    };
    await expect.poll(answer, { timeout: 40_000 }).toBe(200);
  }
}
