import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { load } from 'js-yaml';
import type { Cluster } from '../../test/controlplane/cluster.ts';
import type { Gitfed } from './contenders.ts';

export interface FleetInput {
  /** Of the namespace, the inventory and the repository. */
  readonly name: string;
  readonly clusters: readonly Cluster[];
  readonly objects: number;
  /** For the repository, the manifests and the credentials. */
  readonly folder: string;
  readonly program: Gitfed;
}

/** Whoever runs the benchmark, their git is not part of it. */
const HERMETIC = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'Bench',
  GIT_AUTHOR_EMAIL: 'bench@gitfed.example',
  GIT_COMMITTER_NAME: 'Bench',
  GIT_COMMITTER_EMAIL: 'bench@gitfed.example',
};

/** What one contender brings into the clusters: a repository, the manifests rendered from it, and a namespace for them. */
export class Fleet {
  readonly name: string;
  readonly clusters: readonly Cluster[];
  readonly objects: number;
  readonly repository: string;
  readonly credentials: string;
  /** `<manifests>/<cluster>/…yaml`, as `gitfed render --output-dir` writes them. */
  readonly manifests: string;
  readonly #program: Gitfed;
  readonly #revisions = new Map<number, string>();

  constructor({ name, clusters, objects, folder, program }: FleetInput) {
    this.name = `bench-${name}`;
    this.clusters = clusters;
    this.objects = objects;
    this.repository = join(folder, 'repository');
    this.credentials = join(folder, 'credentials');
    this.manifests = join(folder, 'manifests');
    this.#program = program;
  }

  /** Makes the namespace, which none of the contenders is timed for, and a repository without ConfigMaps. */
  async prepare(): Promise<void> {
    for (const cluster of this.clusters) {
      await expectStatus(cluster, 201, 'POST', '/api/v1/namespaces', namespaceManifest(this.name));
      write(join(this.credentials, `${cluster.name}-credentials`, 'token'), cluster.adminToken);
      write(join(this.repository, 'clusters', `${cluster.name}.yaml`), clusterYaml(cluster));
      write(this.kubeconfig(cluster), cluster.kubeconfig('admin'));
    }
    write(join(this.repository, 'gitfed.yaml'), `inventory: ${this.name}\n`);
    write(join(this.repository, 'namespace.yaml'), federatedYaml('FederatedNamespace', this.name, this.name, ''));
    git(this.repository, 'init', '--quiet', '--initial-branch=main');
  }

  kubeconfig(cluster: Cluster): string {
    return join(this.credentials, `${cluster.name}.kubeconfig`);
  }

  /** Commits every ConfigMap with other data than before, and renders the manifests. */
  commit(revision: string): void {
    this.change(revision, this.objects);
    const args = [this.#program.main, 'render', this.repository, '--output-dir', this.manifests];
    execFileSync(process.execPath, args, { env: HERMETIC, stdio: ['ignore', 'ignore', 'pipe'] });
  }

  /** Commits so many ConfigMaps with other data than before. @returns the commit. */
  change(revision: string, count: number): string {
    for (let index = 0; index < count; index += 1) {
      const name = `map-${String(index).padStart(4, '0')}`;
      const template = `  template: {data: ${JSON.stringify(data(index, revision))}}\n`;
      const yaml = federatedYaml('FederatedConfigMap', this.name, name, template);
      write(join(this.repository, 'configmaps', `${name}.yaml`), yaml);
      this.#revisions.set(index, revision);
    }
    return commitAll(this.repository, revision);
  }

  /** The rendered ConfigMaps of a cluster. */
  configMaps(cluster: Cluster): readonly unknown[] {
    const folder = join(this.manifests, cluster.name, this.name);
    const files = readdirSync(folder).filter((file) => file.startsWith('ConfigMap-'));
    return files.sort().map((file) => load(readFileSync(join(folder, file), 'utf8')));
  }

  /** @throws {Error} when a cluster does not have what was committed last: then there is nothing to compare. */
  async verify(): Promise<void> {
    for (const cluster of this.clusters) {
      const list = await expectStatus<ConfigMapList>(cluster, 200, 'GET', this.collection);
      const right = list.items.filter(({ data: found }) => {
        const wanted = this.#revisions.get(Number(found?.['index'] ?? Number.NaN));
        return wanted !== undefined && found?.['revision'] === wanted;
      }).length;
      if (right !== this.objects)
        throw new Error(`${cluster.name} has ${right} of ${this.objects} ConfigMaps of ${this.name}`);
    }
  }

  get collection(): string {
    return `/api/v1/namespaces/${this.name}/configmaps`;
  }

  /** Without a controller manager nobody else would empty the namespace. */
  async remove(): Promise<void> {
    const parent = `/api/v1/namespaces/kube-federation-system/secrets/gitfed-${this.name}`;
    for (const cluster of this.clusters) {
      await expectStatus(cluster, 200, 'DELETE', this.collection);
      await cluster.request('DELETE', parent);
      await expectStatus(cluster, 200, 'DELETE', `/api/v1/namespaces/${this.name}`);
      const finalized = { ...namespaceManifest(this.name), spec: { finalizers: [] } };
      await cluster.request('PUT', `/api/v1/namespaces/${this.name}/finalize`, finalized);
    }
  }
}

/** git without what the person has configured. */
export function git(folder: string, ...args: readonly string[]): string {
  return execFileSync('git', ['-C', folder, ...args], {
    env: HERMETIC,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
}

/** @returns the commit. */
export function commitAll(folder: string, message: string): string {
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--message', message);
  return git(folder, 'rev-parse', 'HEAD');
}

export interface ConfigMapList {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly { readonly data?: Readonly<Record<string, string>> }[];
}

/** @throws {Error} for another status. */
export async function expectStatus<T>(
  cluster: Cluster,
  expected: number,
  method: string,
  target: string,
  body?: unknown,
): Promise<T> {
  const { status, body: answer } = await cluster.request<T>(method, target, body);
  if (status !== expected) throw new Error(`${cluster.name}: ${method} ${target}: ${status} instead of ${expected}`);
  return answer;
}

export function write(file: string, text: string): void {
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
}

function namespaceManifest(name: string): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

function clusterYaml({ name, url, caBundle }: Cluster): string {
  return `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata: {name: ${name}, namespace: kube-federation-system}
spec:
  apiEndpoint: ${url}
  caBundle: ${caBundle}
  secretRef: {name: ${name}-credentials}
`;
}

function federatedYaml(kind: string, namespace: string, name: string, template: string): string {
  return `apiVersion: types.kubefed.io/v1beta1
kind: ${kind}
metadata: {name: ${name}, namespace: ${namespace}}
spec:
${template}  placement: {clusterSelector: {}}
`;
}

function data(index: number, revision: string): Readonly<Record<string, string>> {
  const lines = Array.from({ length: 10 }, (_, line) => `setting-${line} = value ${index} of ${revision}\n`);
  return { revision, index: String(index), 'settings.conf': lines.join('') };
}
