import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { type Daemon, type DaemonOptions, startDaemon } from '../../src/daemon/daemon.ts';
import type { DaemonEvent } from '../../src/daemon/events.ts';
import { createLog } from '../../src/daemon/log.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts';
import { createServedRepository, type ServedRepository } from '../git-server/served-repository.ts';
import { type TestRepository, temporaryFolder } from '../helpers/git-repository.ts';

type EventOf<Type extends DaemonEvent['type']> = Extract<DaemonEvent, { readonly type: Type }>;
type Data = Readonly<Record<string, string>>;

/** Where every object of a fleet is, in each of its clusters. */
const NAMESPACE = 'shop';
const MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
const MERGE = 'application/merge-patch+json';

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A daemon that runs in this process, with its log. */
export interface FaultedDaemon {
  readonly daemon: Daemon;
  readonly dataDir: string;
  readonly events: readonly DaemonEvent[];
  readonly lines: readonly LogLine[];
  of<Type extends DaemonEvent['type']>(type: Type): readonly EventOf<Type>[];
  /** Until a line was written whose text has this; `after` lines are passed over. */
  says(pattern: RegExp, options?: { readonly after?: number; readonly timeout?: number }): Promise<void>;
  stop(): Promise<void>;
}

export function configMap(name: string, data: Data, rest: object = {}): string {
  return federated('FederatedConfigMap', name, { template: { data }, placement: { clusterSelector: {} }, ...rest });
}

function federated(kind: string, name: string, spec: object): string {
  const metadata = { name, namespace: NAMESPACE };
  return `${JSON.stringify({ apiVersion: 'types.kubefed.io/v1beta1', kind, metadata, spec }, undefined, 1)}\n`;
}

/** A member is asked how it is each second, and one answer counts. */
const CONFIG = `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedConfig
metadata: {name: kubefed, namespace: kube-federation-system}
spec:
  scope: Cluster
  clusterHealthCheck: {period: 1s, failureThreshold: 1, successThreshold: 1, timeout: 1s}
`;

/** How a fleet is set up that nothing waits for. */
export const GITFED = `inventory: faults
status: {minInterval: 0s}
`;

/** Sandboxes, and a repository for them that a server may serve. */
export class FaultyFleet {
  readonly repository: ServedRepository;
  readonly sandboxes: readonly Sandbox[];
  readonly #folder = temporaryFolder();

  private constructor(sandboxes: readonly Sandbox[], files: Readonly<Record<string, string>>) {
    this.sandboxes = sandboxes;
    writeFileSync(this.kubeconfig, kubeconfigOf(sandboxes));
    this.repository = createServedRepository({
      'gitfed.yaml': GITFED,
      'config.yaml': CONFIG,
      'namespace.yaml': federated('FederatedNamespace', NAMESPACE, { placement: { clusterSelector: {} } }),
      ...Object.fromEntries(sandboxes.map(({ name }) => [`clusters/${name}.yaml`, clusterYaml(name)])),
      ...files,
    });
  }

  /** Each cluster gets the ConfigMaps `one` and `two`, with `{a: "1"}`. */
  static async start(
    names: readonly string[] = ['east', 'west'],
    options: Partial<SandboxOptions> = {},
  ): Promise<FaultyFleet> {
    const sandboxes: Sandbox[] = [];
    for (const name of names) {
      const sandbox = await startSandbox({ ...options, name, namespaces: ['kube-federation-system'] });
      onTestFinished(() => sandbox.stop());
      sandboxes.push(sandbox);
    }
    return new FaultyFleet(sandboxes, {
      'one.yaml': configMap('one', { a: '1' }),
      'two.yaml': configMap('two', { a: '1' }),
    });
  }

  get kubeconfig(): string {
    return path.join(this.#folder, 'kubeconfig');
  }

  /** The repository without a server. */
  get url(): string {
    return `file://${this.repository.bare}`;
  }

  sandbox(name: string): Sandbox {
    const found = this.sandboxes.find((one) => one.name === name);
    if (found === undefined) throw new Error(`there is no cluster ${name}`);
    return found;
  }

  /** Commits and publishes `one` with this value. @returns the commit. */
  change(value: string): string {
    return this.repository.commit({ 'one.yaml': configMap('one', { a: value }) });
  }

  /** Commits and publishes files. @returns the commit. */
  commit(files: Parameters<TestRepository['write']>[0]): string {
    return this.repository.commit(files);
  }

  /** Somebody changes `one` in a cluster by hand. */
  meddle(cluster: string, name = 'one'): void {
    const request = { method: 'PATCH', path: `${MAPS}/${name}?fieldManager=kubectl-edit`, contentType: MERGE };
    expect(this.sandbox(cluster).request({ ...request, body: { data: { a: 'by hand' } } }).status).toBe(200);
  }

  /** Somebody deletes `one` in a cluster. */
  remove(cluster: string, name = 'one'): void {
    expect(this.sandbox(cluster).request({ method: 'DELETE', path: `${MAPS}/${name}` }).status).toBe(200);
  }

  /** The data of the ConfigMaps of a cluster, by name. */
  maps(cluster: string): Readonly<Record<string, Data>> {
    const { items } = this.sandbox(cluster).request({ method: 'GET', path: MAPS }).body as unknown as {
      readonly items: readonly { readonly metadata: { readonly name: string }; readonly data: Data }[];
    };
    const ours = items.filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt');
    return Object.fromEntries(ours.map(({ metadata, data }) => [metadata.name, data]));
  }

  /** What gitfed deleted, everywhere. */
  deletions(): readonly string[] {
    return this.writes().filter((line) => line.includes(' DELETE '));
  }

  /** What gitfed wrote of the objects of the repository, everywhere: `cluster METHOD path`. */
  writes(): readonly string[] {
    return this.sandboxes.flatMap(({ name, requestLog }) =>
      requestLog
        .filter(({ method, url, userAgent, status }) => {
          const isOurs = userAgent.startsWith('gitfed/') && url.startsWith(`/api/v1/namespaces/${NAMESPACE}`);
          return isOurs && method !== 'GET' && status < 300;
        })
        .map(({ method, url }) => `${name} ${method} ${url.replace(/\?.*/, '')}`),
    );
  }

  /** Until each cluster has exactly these ConfigMaps. */
  async holds(maps: Readonly<Record<string, Data>>, names = this.sandboxes.map(({ name }) => name)): Promise<void> {
    for (const name of names) await expect.poll(() => this.maps(name), { timeout: 30_000 }).toEqual(maps);
  }

  /** Until each cluster has `one` with this value, and `two` as ever. */
  async converges(value: string, names?: readonly string[]): Promise<void> {
    await this.holds({ one: { a: value }, two: { a: '1' } }, names as string[] | undefined);
  }

  /** A file of the status branch where it was pushed to. */
  status(name: string): string | undefined {
    try {
      return this.repository.work.git('--git-dir', this.repository.bare, 'show', `gitfed/status:${name}`);
    } catch {
      return undefined;
    }
  }

  /** How many commits the status branch has. */
  get statusCommits(): number {
    const { work, bare } = this.repository;
    return Number(work.git('--git-dir', bare, 'rev-list', '--count', 'gitfed/status'));
  }

  /**
   * Until the status branch tells of a commit, with every cluster in this state. What failed is tried again after 5, 10, 20 and 40 s, so that it
   * may take longer than what was in the way.
   */
  async reports(commit: string, states: Readonly<Record<string, string>> = this.#allSynced()): Promise<void> {
    const clusters = Object.fromEntries(Object.entries(states).map(([name, state]) => [name, { state }]));
    await expect
      .poll(() => JSON.parse(this.status('status.json') ?? '{}'), { timeout: 90_000 })
      .toMatchObject({ commit, clusters });
  }

  #allSynced(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.sandboxes.map(({ name }) => [name, 'Synced']));
  }

  async run(options: Partial<DaemonOptions> = {}): Promise<FaultedDaemon> {
    const events: DaemonEvent[] = [];
    const lines: LogLine[] = [];
    const log = createLog({ level: 'info', format: 'json' }, { write: (text) => lines.push(JSON.parse(text)) });
    const control = new AbortController();
    const dataDir = options.dataDir ?? temporaryFolder();
    const daemon = await startDaemon({
      source: this.url,
      kubeconfig: this.kubeconfig,
      pollIntervalMs: 300,
      allowRewind: false,
      resyncIntervalMs: 3_600_000,
      signal: control.signal,
      dataDir,
      ...options,
      onEvent: (event) => {
        events.push(event);
        log.observe(event);
        options.onEvent?.(event);
      },
    });
    const stop = async (): Promise<void> => {
      control.abort();
      await daemon.finished;
    };
    onTestFinished(stop);
    return {
      daemon,
      dataDir,
      events,
      lines,
      of: (type) => events.filter((event) => event.type === type) as never,
      says: async (pattern, { after = 0, timeout = 30_000 } = {}) => {
        const texts = (): readonly string[] => lines.slice(after).map((line) => JSON.stringify(line));
        await expect.poll(texts, { timeout }).toContainEqual(expect.stringMatching(pattern));
      },
      stop,
    };
  }
}

export function clusterYaml(name: string): string {
  return `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata: {name: ${name}, namespace: kube-federation-system}
spec:
  apiEndpoint: https://${name}.example
  secretRef: {name: ${name}-credentials}
`;
}

function kubeconfigOf(sandboxes: readonly Sandbox[]): string {
  const all = sandboxes.map((sandbox) => JSON.parse(sandbox.kubeconfig()));
  const joined = (key: string): unknown[] => all.flatMap((config) => config[key]);
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: joined('clusters'),
    users: joined('users'),
    contexts: joined('contexts'),
  });
}
