import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type SyncOptions, type SyncResult, sync } from '../../src/reconcile/index.ts';
import { readDocument } from '../../src/report/status-objects.ts';
import type { AuditEvent, Cluster } from '../controlplane/fixtures.ts';
import { auditEvents } from '../controlplane/fixtures.ts';
import { grantFor, temporaryFolder } from './credentials.ts';

export { grant, grantFor, temporaryFolder, writeCredential, writeCredentials } from './credentials.ts';

export function clusterYaml(
  cluster: Cluster,
  name = cluster.name,
  labels: Readonly<Record<string, string>> = {},
): string {
  return `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata:
  name: ${name}
  namespace: kube-federation-system
  labels: ${JSON.stringify(labels)}
spec:
  apiEndpoint: ${cluster.url}
  caBundle: ${cluster.caBundle}
  secretRef: {name: ${name}-credentials}
`;
}

/** A federated object of `types.kubefed.io/v1beta1`; `spec` is YAML in flow style or JSON. */
export function federatedYaml(
  kind: string,
  name: string,
  { namespace, spec, annotations = {} }: { namespace: string; spec: unknown; annotations?: Record<string, string> },
): string {
  const metadata = { name, ...(namespace === '' ? {} : { namespace }), annotations };
  return `${JSON.stringify({ apiVersion: 'types.kubefed.io/v1beta1', kind, metadata, spec }, undefined, 1)}\n`;
}

export const EVERYWHERE = { clusterSelector: {} };

export function namespaceYaml(name: string, placement: unknown = EVERYWHERE): string {
  return federatedYaml('FederatedNamespace', name, { namespace: name, spec: { placement } });
}

export function configMapYaml(
  namespace: string,
  name: string,
  data: Readonly<Record<string, string>> = { a: '1' },
  rest: Readonly<Record<string, unknown>> = {},
  annotations: Record<string, string> = {},
): string {
  const spec = { template: { data }, placement: EVERYWHERE, ...rest };
  return federatedYaml('FederatedConfigMap', name, { namespace, spec, annotations });
}

/** A repository in a temporary folder whose files a test writes and commits. */
export class TestRepository {
  readonly folder = temporaryFolder();
  /** Where it is pushed to. */
  readonly bare: string;

  constructor(files: Readonly<Record<string, string>> = {}) {
    this.bare = path.join(temporaryFolder(), 'fleet.git');
    this.git('init', '--quiet', '--initial-branch=main');
    this.commit(files, 'First commit');
  }

  git(...args: readonly string[]): string {
    return execFileSync('git', ['-C', this.folder, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  }

  /** Writes files (`undefined` removes) and commits all of them. */
  commit(files: Readonly<Record<string, string | undefined>>, message = 'Change'): string {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(this.folder, name);
      if (text === undefined) {
        rmSync(file, { force: true });
        continue;
      }
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '--message', message);
    return this.git('rev-parse', 'HEAD');
  }

  /** Writes a file without committing it. */
  write(name: string, text: string): void {
    writeFileSync(path.join(this.folder, name), text);
  }

  /** Makes a bare copy and pushes there from now on with {@link push}. */
  publish(): string {
    execFileSync('git', ['clone', '--quiet', '--bare', this.folder, this.bare]);
    this.git('remote', 'add', 'origin', this.bare);
    return `file://${this.bare}`;
  }

  push(): void {
    this.git('push', '--quiet', 'origin', 'main');
  }

  read(name: string): string {
    return readFileSync(path.join(this.folder, name), 'utf8');
  }

  /** A file of the status branch, `undefined` where it has none. */
  status(name: string): string | undefined {
    try {
      return this.git('show', `gitfed/status:${name}`);
    } catch {
      return undefined;
    }
  }

  /** Commits of the status branch, newest first. */
  statusCommits(): readonly string[] {
    try {
      return this.git('log', '--format=%H', 'gitfed/status').split('\n');
    } catch {
      return [];
    }
  }
}

/** One pass, over the repository's folder unless said otherwise. */
export async function syncOnce(
  repository: TestRepository,
  credentialsDir: string,
  options: Partial<SyncOptions> = {},
): Promise<SyncResult> {
  await grantFor(credentialsDir, repository.folder, options.ageKeyFile);
  return await sync({ source: repository.folder, credentialsDir, ...options });
}

/** `cluster: Kind/ns/name action status` of everything that is not simply unchanged. */
export function changes(result: SyncResult): readonly string[] {
  return result.clusters.flatMap(({ cluster, objects }) =>
    objects
      .filter(({ action, status }) => action !== 'unchanged' || status !== '')
      .map(({ id, action, status }) => {
        const place = id.namespace === '' ? id.name : `${id.namespace}/${id.name}`;
        return `${cluster}: ${id.kind}/${place} ${action}${status === '' ? '' : ` ${status}`}`;
      }),
  );
}

export function problems(result: SyncResult): readonly string[] {
  return result.clusters.flatMap(({ cluster, state, message, objects }) => [
    ...(state === 'Synced' ? [] : [`${cluster} ${state} ${message ?? ''}`]),
    ...objects
      // Told once, and put right.
      .filter(({ status }) => status !== '' && status !== 'FieldTaken')
      .map(({ id, status, message: why }) => `${cluster} ${id.kind} ${id.name} ${status} ${why}`),
  ]);
}

const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

/** What gitfed wrote to a cluster since there were `before` events. */
export async function writesOf(cluster: Cluster, before = 0): Promise<readonly AuditEvent[]> {
  const events = await requestsOf(cluster);
  return events.slice(before).filter(({ verb }) => WRITES.has(verb));
}

/** Every request of gitfed that a cluster has answered. */
export async function requestsOf(cluster: Cluster): Promise<readonly AuditEvent[]> {
  const events = await auditEvents(cluster);
  return events.filter(({ userAgent }) => userAgent?.startsWith('gitfed/') === true);
}

/** The files below a folder, by path. */
export function filesBelow(folder: string): Readonly<Record<string, string>> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return [path.relative(folder, file), readFileSync(file, 'utf8')];
    }),
  );
}

/** A repository with these clusters, an inventory and a namespace of the test's own, all called `name`. */
export function fleetRepository(
  clusters: readonly Cluster[],
  name: string,
  files: Readonly<Record<string, string>> = {},
): TestRepository {
  return new TestRepository({
    'gitfed.yaml': `inventory: ${name}\n`,
    ...Object.fromEntries(clusters.map((one) => [`clusters/${one.name}.yaml`, clusterYaml(one)])),
    'namespace.yaml': namespaceYaml(name),
    ...files,
  });
}

/** `count` ConfigMaps in one file. */
export function configMaps(namespace: string, count: number): string {
  return Array.from({ length: count }, (_, index) => configMapYaml(namespace, `map-${index}`)).join('---\n');
}

/** An object as the cluster has it, `undefined` where there is none. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into objects of any kind.
export async function get<T = any>(cluster: Cluster, target: string): Promise<T | undefined> {
  const { status, body } = await cluster.request<T>('GET', target);
  if (status === 404) return undefined;
  if (status !== 200) throw new Error(`${target}: ${status}`);
  return body;
}

/** A YAML file of the status branch, `undefined` where it has none. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into documents of any kind.
export function statusDocument(repository: TestRepository, name: string): any {
  const text = repository.status(name);
  return text === undefined ? undefined : readDocument(name, text);
}
