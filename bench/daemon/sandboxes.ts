/** A simulated fleet in a process of its own: says where it listens, and is told which cluster answers no more. */
import process from 'node:process';
import { startSandbox } from '../../src/sandbox/index.ts';

/** Where a cluster listens. */
export interface SandboxAddress {
  readonly name: string;
  readonly url: string;
  readonly token: string;
}

/** A cluster that accepts connections and never answers, or does again. */
export interface SandboxOrder {
  readonly cluster: string;
  readonly isLost: boolean;
}

if (process.send !== undefined) await serve(Number(process.argv[2]));

async function serve(count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `member-${String(index).padStart(3, '0')}`);
  const sandboxes = await Promise.all(names.map((name) => startSandbox({ name, capacity: 2000 })));
  process.on('message', ({ cluster, isLost }: SandboxOrder) => {
    const sandbox = sandboxes.find(({ name }) => name === cluster);
    void (isLost ? sandbox?.pause('hanging') : sandbox?.resume());
  });
  process.once('disconnect', () => process.exit());
  process.send?.(sandboxes.map(({ name, url, token }): SandboxAddress => ({ name, url, token })));
}
