import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';

/** The user of the image. */
export const IMAGE_USER = 65_532;

/**
 * What a container runtime does for an image, as far as a shell can do it: a read-only root, devices, a temporary folder and a volume; the
 * environment that `deploy/Dockerfile` sets, and nothing of ours.
 */
const ENTER = `set -e
root=$1; data=$2; shift 2
mount --bind "$root" "$root"
mount -o remount,ro,bind "$root"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount --bind "$data" "$root/var/lib/gitfed"
chroot=$(command -v chroot)
exec env -i HOME=/tmp PATH=/usr/local/bin:/usr/bin MALLOC_ARENA_MAX=2 "$chroot" --userspec=${IMAGE_USER}:${IMAGE_USER} --groups= "$root" "$@"`;

export interface Container {
  readonly root: string;
  /** Becomes `/var/lib/gitfed`. */
  readonly data: string;
}

/** Takes root, or sudo that does not ask: an ordinary user cannot mount. The program is process 1 of its own, and ends with ours. */
function commandFor({ root, data }: Container, args: readonly string[]): readonly [string, ...string[]] {
  const unshare = ['unshare', '--mount', '--pid', '--fork', '--kill-child'] as const;
  const command = [...unshare, 'sh', '-c', ENTER, 'sh', root, data, ...args] as const;
  return process.getuid?.() === 0 ? command : ['sudo', '-n', ...command];
}

/** Runs a program of the root to its end. */
export function runIn(
  container: Container,
  args: readonly string[],
): { readonly code: number | null; readonly stdout: string; readonly stderr: string } {
  const [program, ...rest] = commandFor(container, args);
  const { status, stdout, stderr } = spawnSync(program, rest, { encoding: 'utf8', maxBuffer: 1 << 28 });
  return { code: status, stdout, stderr };
}

/** A program of the root that goes on; it ends with the test. */
export class ContainerProcess {
  readonly #child: ChildProcess;
  readonly ended: Promise<readonly unknown[]>;
  #stderr = '';

  constructor(container: Container, args: readonly string[]) {
    const [program, ...rest] = commandFor(container, args);
    this.#child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.ended = once(this.#child, 'close');
    onTestFinished(async () => {
      // A program that changed its user is not ended with its parent.
      this.#signal('SIGKILL');
      await this.ended;
    });
  }

  get stderr(): string {
    return this.#stderr;
  }

  terminate(): void {
    this.#signal('SIGTERM');
  }

  /** To process 1 of the container, as a runtime does it: `unshare` waits for that one, and takes no notice of signals. */
  #signal(name: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    process.kill(Number(child), name);
  }
}
