import { join } from 'node:path';
import { commitAll, git, write } from '../apply/fleet.ts';
import type { SandboxAddress } from './sandboxes.ts';

const NAMESPACE = 'shop';
/** One in so many objects is another one in each cluster. */
const OVERRIDDEN = 10;

/** A repository of a whole fleet: a file for each object, of which two in three are ConfigMaps and one is a Deployment. */
export class FleetRepository {
  readonly repository: string;
  readonly credentials: string;
  readonly #clusters: readonly SandboxAddress[];
  readonly #objects: number;

  constructor(folder: string, clusters: readonly SandboxAddress[], objects: number) {
    this.repository = join(folder, 'repository');
    this.credentials = join(folder, 'credentials');
    this.#clusters = clusters;
    this.#objects = objects;
  }

  create(): void {
    for (const { name, url, token } of this.#clusters) {
      write(join(this.credentials, `${name}-credentials`, 'token'), token);
      this.#write(`clusters/${name}.yaml`, {
        apiVersion: 'core.kubefed.io/v1beta1',
        kind: 'KubeFedCluster',
        metadata: { name, namespace: 'kube-federation-system' },
        spec: { apiEndpoint: url, secretRef: { name: `${name}-credentials` } },
      });
    }
    this.#write('namespace.yaml', federated('FederatedNamespace', NAMESPACE, {}));
    for (let index = 1; index < this.#objects; index += 1) this.#writeObject(index, 'first');
    git(this.repository, 'init', '--quiet', '--initial-branch=main');
    commitAll(this.repository, 'first');
  }

  /** One file, and with it one object in each cluster. @returns the commit. */
  changeOne(revision: string): string {
    this.#writeObject(1, revision);
    return this.#push(revision);
  }

  /** A file that nothing is rendered from. @returns the commit. */
  changeNothing(revision: string): string {
    write(join(this.repository, 'README.md'), `# ${revision}\n`);
    return this.#push(revision);
  }

  #push(message: string): string {
    const commit = commitAll(this.repository, message);
    git(this.repository, 'push', '--quiet', 'origin', 'main');
    return commit;
  }

  #writeObject(index: number, revision: string): void {
    const overrides = index % OVERRIDDEN === 0 ? { overrides: this.#clusters.map(({ name }) => override(name)) } : {};
    const isDeployment = index % 3 === 0;
    const name = `${isDeployment ? 'web' : 'settings'}-${String(index).padStart(4, '0')}`;
    const template = isDeployment ? deployment(name) : { data: data(index, revision) };
    const kind = isDeployment ? 'FederatedDeployment' : 'FederatedConfigMap';
    this.#write(`objects/${name}.yaml`, federated(kind, name, { template, ...overrides }));
  }

  #write(file: string, object: object): void {
    write(join(this.repository, file), `${JSON.stringify(object, undefined, 1)}\n`);
  }
}

function federated(kind: string, name: string, spec: object): object {
  return {
    apiVersion: 'types.kubefed.io/v1beta1',
    kind,
    metadata: { name, namespace: NAMESPACE },
    spec: { ...spec, placement: { clusterSelector: {} } },
  };
}

function override(clusterName: string): object {
  return {
    clusterName,
    clusterOverrides: [{ op: 'add', path: '/metadata/annotations', value: { cluster: clusterName } }],
  };
}

function data(index: number, revision: string): object {
  return {
    revision,
    ...Object.fromEntries(Array.from({ length: 8 }, (_, key) => [`KEY_${key}`, `value ${key} of ${index}`])),
  };
}

function deployment(name: string): object {
  const labels = { app: name, tier: 'web' };
  const container = {
    name: 'web',
    image: `registry.example.com/${name}:1.2.3`,
    ports: [{ name: 'http', containerPort: 8080 }],
    env: [{ name: 'A', value: '1' }],
    resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
  };
  return {
    metadata: { labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}
