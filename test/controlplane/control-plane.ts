import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AUDIT_POLICY } from './audit.ts';
import type { ComponentName } from './binary.ts';
import { componentCommand, ensureControlPlaneBinary, unavailable } from './binary.ts';
import { Cluster, kubeconfigYaml, servingCertificate } from './cluster.ts';
import { Component } from './component.ts';
import { poll } from './poll.ts';
import { freePort } from './ports.ts';

export interface ControlPlaneOptions<N extends number = number> {
  /** How many clusters: cluster1, cluster2 and so on. */
  clusters: N;
  /** Garbage collection, deletion of namespaces, service accounts and so on; by default off, as it costs 130 MB. */
  controllerManager?: boolean;
  scheduler?: boolean;
  /** Needed for auditEvents; by default off. */
  audit?: boolean;
  /** PEM: who shows a certificate of this authority is its common name, in the groups of its organizations. */
  clientAuthority?: string;
}

/** N elements where N is a literal, so that each can be taken out without a check; else an array. */
export type Tuple<T, N extends number, Elements extends readonly T[] = []> = number extends N
  ? readonly T[]
  : Elements['length'] extends N
    ? Elements
    : Tuple<T, N, readonly [...Elements, T]>;

export interface ControlPlane<N extends number = number> extends AsyncDisposable {
  readonly clusters: Tuple<Cluster, N>;
  /** Ends every process at once and removes every file. */
  stop(): Promise<void>;
}

/**
 * Starts clusters that share nothing but an etcd, in which each has a prefix of its own.
 *
 * All of it listens on 127.0.0.1 only and ends with this process.
 */
export async function startControlPlane<const N extends number>(
  options: ControlPlaneOptions<N>,
): Promise<ControlPlane<N>> {
  const launcher = await Launcher.create(neededComponents(options));
  try {
    const etcdUrl = await startEtcd(launcher);
    const starting = Array.from({ length: options.clusters }, (_, index) =>
      startCluster(launcher, { index, etcdUrl, options }),
    );
    const clusters = (await Promise.all(starting)) as readonly Cluster[] as Tuple<Cluster, N>;
    const stop = (): Promise<void> => launcher.stop();
    return { clusters, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await launcher.stop();
    throw error;
  }
}

/** The parts of a control plane with these options. */
export function neededComponents(options: Omit<ControlPlaneOptions, 'clusters'>): ComponentName[] {
  const needed: ComponentName[] = ['etcd', 'apiserver'];
  if (options.controllerManager) {
    needed.push('controller-manager');
  }
  if (options.scheduler) {
    needed.push('scheduler');
  }
  return needed;
}

/** Knows everything that has been started and so how to end it. */
class Launcher {
  readonly directory: string;
  readonly #found: string;
  readonly #components: Component[] = [];
  readonly #clusters: Cluster[] = [];

  private constructor(found: string, directory: string) {
    this.#found = found;
    this.directory = directory;
  }

  static async create(needed: readonly ComponentName[]): Promise<Launcher> {
    const found = await ensureControlPlaneBinary();
    const reason = await unavailable(needed);
    if (found === undefined || reason !== undefined) {
      throw new Error(reason);
    }
    return new Launcher(found, await mkdtemp(path.join(tmpdir(), 'gitfed-controlplane-')));
  }

  command(component: ComponentName): Promise<string[]> {
    return componentCommand(this.#found, component);
  }

  async start(component: ComponentName, args: readonly string[], directory: string, name: string): Promise<Component> {
    const started = new Component({
      name,
      command: await this.command(component),
      args,
      logPath: path.join(directory, `${component}.log`),
    });
    this.#components.push(started);
    return started;
  }

  /** A cluster's API server can be started again by a test, so that the cluster is what has to be ended. */
  own(cluster: Cluster): void {
    this.#clusters.push(cluster);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#clusters, ...this.#components].map((running) => running.kill()));
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function startEtcd(launcher: Launcher): Promise<string> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const args = [
    `--data-dir=${path.join(launcher.directory, 'etcd')}`,
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    // A single member has no peers, but has to listen for them.
    '--listen-peer-urls=http://127.0.0.1:0',
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
  const etcd = await launcher.start('etcd', args, launcher.directory, 'etcd');
  const isHealthy = async (): Promise<boolean> => {
    etcd.assertRunning();
    return fetch(`${url}/health`).then(
      (response) => response.ok,
      () => false, // not listening yet
    );
  };
  await poll(isHealthy, { what: 'etcd is healthy' });
  return url;
}

interface ClusterInput {
  index: number;
  etcdUrl: string;
  options: ControlPlaneOptions;
}

/** The users of the static token file, with the group that gives each its rights. */
const USERS = {
  admin: 'system:masters',
  gitfed: undefined,
  // RBAC knows these two by their names.
  'system:kube-controller-manager': undefined,
  'system:kube-scheduler': undefined,
} as const;

type User = keyof typeof USERS;

async function startCluster(launcher: Launcher, { index, etcdUrl, options }: ClusterInput): Promise<Cluster> {
  const name = `cluster${index + 1}`;
  const directory = path.join(launcher.directory, name);
  await mkdir(directory);
  const files = new ClusterFiles(directory);
  const tokens = await files.writeTokens();
  await files.writeServiceAccountKey();
  await files.writeAuditPolicy();
  await files.writeClientAuthority(options.clientAuthority ?? '');

  const port = await freePort();
  const cluster = new Cluster({
    name,
    port,
    directory,
    tokens,
    apiServer: {
      command: await launcher.command('apiserver'),
      args: apiServerArgs({ index, port, etcdUrl, files, options }),
    },
    auditLog: options.audit ? files.auditLog : undefined,
    hasControllerManager: options.controllerManager ?? false,
  });
  launcher.own(cluster);
  await cluster.start();

  if (options.controllerManager) {
    await startControllerManager(launcher, { cluster, files, tokens });
  }
  if (options.scheduler) {
    await startScheduler(launcher, { cluster, files, tokens });
  }
  return cluster;
}

/** The files which the components of one cluster read. */
class ClusterFiles {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  get tokens(): string {
    return path.join(this.directory, 'tokens.csv');
  }

  get serviceAccountKey(): string {
    return path.join(this.directory, 'service-account.key');
  }

  get auditPolicy(): string {
    return path.join(this.directory, 'audit-policy.json');
  }

  get auditLog(): string {
    return path.join(this.directory, 'audit.log');
  }

  get clientAuthority(): string {
    return path.join(this.directory, 'client-ca.crt');
  }

  /** Random, so that the token of one cluster opens no other. */
  async writeTokens(): Promise<Record<User, string>> {
    const users = Object.entries(USERS) as [User, string | undefined][];
    const rows = users.map(([user, group]) => ({ user, group, token: randomUUID() }));
    const line = ({ user, group, token }: (typeof rows)[number]): string => `${token},${user},${user},${group ?? ''}\n`;
    await writeFile(this.tokens, rows.map(line).join(''), { mode: 0o600 });
    return Object.fromEntries(rows.map(({ user, token }) => [user, token])) as Record<User, string>;
  }

  async writeServiceAccountKey(): Promise<void> {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await writeFile(this.serviceAccountKey, privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
  }

  async writeAuditPolicy(): Promise<void> {
    await writeFile(this.auditPolicy, JSON.stringify(AUDIT_POLICY));
  }

  async writeClientAuthority(pem: string): Promise<void> {
    await writeFile(this.clientAuthority, pem);
  }

  async writeKubeconfig(cluster: Cluster, user: User, token: string): Promise<string> {
    const file = path.join(this.directory, `${user.replace('system:', '')}.kubeconfig`);
    const { name, url, caBundle } = cluster;
    await writeFile(file, kubeconfigYaml({ name, url, caBundle, user, token }), { mode: 0o600 });
    return file;
  }
}

interface ApiServerInput extends ClusterInput {
  port: number;
  files: ClusterFiles;
}

function apiServerArgs({ index, port, etcdUrl, files, options }: ApiServerInput): string[] {
  const args = [
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    // Without a certificate it makes one here, with an authority of its own, and uses it again after a restart.
    `--cert-dir=${files.directory}`,
    // Nothing reaches the service "kubernetes" without nodes; but the address must not be a loopback one.
    '--advertise-address=192.0.2.1',
    '--endpoint-reconciler-type=none',
    `--service-cluster-ip-range=10.${index + 1}.0.0/24`,
    `--etcd-servers=${etcdUrl}`,
    `--etcd-prefix=/registry/cluster${index + 1}`,
    // The data of a test is not worth compacting.
    '--etcd-compaction-interval=0',
    '--authorization-mode=Node,RBAC',
    `--token-auth-file=${files.tokens}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${files.serviceAccountKey}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    // Tests ask a lot at once, and throttling is not what they are about.
    '--max-requests-inflight=3000',
    '--max-mutating-requests-inflight=1000',
    // By default SIGTERM lets watches run on and waits a minute for them.
    '--shutdown-watch-termination-grace-period=1s',
    '--allow-privileged=true',
    '--profiling=false',
  ];
  if (!options.controllerManager) {
    // Nobody makes the service accounts "default", without which this plugin admits no pods.
    args.push('--disable-admission-plugins=ServiceAccount');
  }
  if (options.clientAuthority !== undefined) {
    args.push(`--client-ca-file=${files.clientAuthority}`);
  }
  if (options.audit) {
    args.push(`--audit-policy-file=${files.auditPolicy}`, `--audit-log-path=${files.auditLog}`);
  }
  return args;
}

interface ClientInput {
  cluster: Cluster;
  files: ClusterFiles;
  tokens: Record<User, string>;
}

async function startControllerManager(launcher: Launcher, { cluster, files, tokens }: ClientInput): Promise<void> {
  const user = 'system:kube-controller-manager';
  const kubeconfig = await files.writeKubeconfig(cluster, user, tokens[user]);
  const args = [
    ...clientArgs(kubeconfig),
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${files.serviceAccountKey}`,
    `--root-ca-file=${servingCertificate(files.directory)}`,
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
    // Nodes of tests have no heartbeat: without one for this long, they would be tainted as unreachable.
    '--node-monitor-grace-period=24h',
  ];
  const manager = await launcher.start(
    'controller-manager',
    args,
    files.directory,
    `${cluster.name} controller-manager`,
  );
  const check = async (): Promise<boolean> => {
    manager.assertRunning();
    return hasServiceAccount(cluster, 'default');
  };
  await poll(check, { what: `the controller manager of ${cluster.name} works` });
}

async function startScheduler(launcher: Launcher, { cluster, files, tokens }: ClientInput): Promise<void> {
  const user = 'system:kube-scheduler';
  const kubeconfig = await files.writeKubeconfig(cluster, user, tokens[user]);
  await launcher.start('scheduler', clientArgs(kubeconfig), files.directory, `${cluster.name} scheduler`);
}

/** For components that are the only one of their kind and whom nobody asks anything. */
function clientArgs(kubeconfig: string): string[] {
  return [`--kubeconfig=${kubeconfig}`, '--leader-elect=false', '--secure-port=0', '--profiling=false'];
}

/** Makes a namespace of a new name, ready for pods, and returns the name. */
export async function freshNamespace(cluster: Cluster, prefix = 'test'): Promise<string> {
  const name = `${prefix}-${randomUUID().slice(0, 8)}`;
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  const { status, body } = await cluster.request('POST', '/api/v1/namespaces', namespace);
  if (status !== 201) {
    throw new Error(`namespace ${name} was not created in ${cluster.name}: ${JSON.stringify(body)}`);
  }
  if (cluster.hasControllerManager) {
    const check = (): Promise<boolean> => hasServiceAccount(cluster, name);
    await poll(check, { what: `namespace ${name} has its service account` });
  }
  return name;
}

async function hasServiceAccount(cluster: Cluster, namespace: string): Promise<boolean> {
  const { status } = await cluster.request('GET', `/api/v1/namespaces/${namespace}/serviceaccounts/default`);
  return status === 200;
}
