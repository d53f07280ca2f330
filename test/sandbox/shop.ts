import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { sync } from '../../src/reconcile/index.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { TestRepository, temporaryFolder } from '../helpers/git-repository.ts';

const EXAMPLE = path.resolve(import.meta.dirname, '../../examples/repo');
export const MEMBERS = ['ap-1', 'eu-1', 'eu-2', 'us-1', 'us-2'];

/** `examples/repo` with a sandbox in the place of each of its clusters. */
export class Shop {
  readonly repository = new TestRepository();
  readonly #folder = temporaryFolder();
  readonly sandboxes = new Map<string, Sandbox>();

  static async start(): Promise<Shop> {
    const shop = new Shop();
    cpSync(EXAMPLE, shop.repository.folder, { recursive: true });
    for (const name of MEMBERS) {
      const sandbox = await startSandbox({ name, namespaces: ['kube-federation-system'] });
      onTestFinished(() => sandbox.stop());
      shop.sandboxes.set(name, sandbox);
    }
    writeFileSync(shop.kubeconfig, shop.#kubeconfig());
    shop.repository.commit('A shop');
    return shop;
  }

  get kubeconfig(): string {
    return path.join(this.#folder, 'kubeconfig');
  }

  async sync(): ReturnType<typeof sync> {
    const result = await sync({ source: this.repository.folder, kubeconfig: this.kubeconfig });
    for (const sandbox of this.sandboxes.values()) await sandbox.settled();
    return result;
  }

  member(name: string): Sandbox {
    const sandbox = this.sandboxes.get(name);
    if (sandbox === undefined) throw new Error(`there is no cluster ${name}`);
    return sandbox;
  }

  get(cluster: string, target: string): { readonly status: number; readonly body: Record<string, unknown> } {
    return this.member(cluster).request({ method: 'GET', path: target });
  }

  edit(name: string, from: string, to: string): void {
    const file = path.join(this.repository.folder, name);
    const text = readFileSync(file, 'utf8');
    expect(text).toContain(from);
    writeFileSync(file, text.replace(from, to));
  }

  /** Requests of gitfed that write, since the last time, by cluster. */
  writes(): Record<string, readonly string[]> {
    return Object.fromEntries(
      [...this.sandboxes].map(([name, sandbox]) => {
        const writes = sandbox.requestLog.filter(({ method, status }) => method !== 'GET' && status < 300);
        sandbox.clearRequestLog();
        return [name, writes.map(({ method, url }) => `${method} ${url.replace(/\?.*/, '')}`)];
      }),
    );
  }

  #kubeconfig(): string {
    const all = [...this.sandboxes.values()].map((sandbox) => JSON.parse(sandbox.kubeconfig()));
    const joined = (key: string): unknown[] => all.flatMap((config) => config[key]);
    return JSON.stringify({
      ...all[0],
      clusters: joined('clusters'),
      users: joined('users'),
      contexts: joined('contexts'),
    });
  }
}
