import { isJsonObject, type JsonValue } from '../../core/index.ts';
import { GitfedError } from '../../errors.ts';
import { type Sandbox, startSandbox } from '../../sandbox/index.ts';
import { SHOP_CLUSTERS } from './shop-example.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';

/** What gitfed marks everything with that it keeps. */
const MANAGED = 'labelSelector=kubefed.io%2Fmanaged%3Dtrue';

/** The clusters of the demo, and what a person can see of them and do in them. */
export class DemoFleet {
  readonly clusters: readonly Sandbox[];

  private constructor(clusters: readonly Sandbox[]) {
    this.clusters = clusters;
  }

  static async start(): Promise<DemoFleet> {
    const namespaces = ['kube-federation-system'];
    return new DemoFleet(
      await Promise.all(SHOP_CLUSTERS.map(({ name, capacity }) => startSandbox({ name, capacity, namespaces }))),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.clusters.map((cluster) => cluster.stop()));
  }

  /** Until no controller in any of them has anything left to do. */
  async settled(): Promise<void> {
    await Promise.all(this.clusters.map((cluster) => cluster.settled()));
  }

  get(name: string): Sandbox {
    const cluster = this.clusters.find((one) => one.name === name);
    if (cluster === undefined) throw new GitfedError('USAGE', `The demo has no cluster ${name}.`);
    return cluster;
  }

  /** One context per cluster, of its name. */
  kubeconfig(): string {
    const configs = this.clusters.map((cluster) => JSON.parse(cluster.kubeconfig()) as Record<string, unknown>);
    const joined = (key: string): unknown[] => configs.flatMap((config) => config[key] as unknown[]);
    return JSON.stringify(
      { ...configs[0], clusters: joined('clusters'), users: joined('users'), contexts: joined('contexts') },
      undefined,
      2,
    );
  }

  /** What a server has at a path. */
  read(name: string, target: string): JsonValue {
    return this.get(name).request({ method: 'GET', path: target, accept: AGGREGATED }).body;
  }

  /** How many objects of a cluster gitfed keeps: of every kind that its server has. */
  countManaged(name: string): number {
    const paths = ['/api', '/apis'].flatMap((root) => items(this.read(name, root)).flatMap(collectionsOf));
    return paths.reduce((sum, target) => sum + items(this.read(name, `${target}?${MANAGED}`)).length, 0);
  }

  /** Pods that run in a cluster; all of them, or those of one Deployment of the shop. */
  countRunning(name: string, app?: string): number {
    const query = app === undefined ? '' : `?labelSelector=app.kubernetes.io%2Fname%3D${app}`;
    const pods = items(this.read(name, `/api/v1/pods${query}`));
    return pods.filter((pod) => at(pod, 'status', 'phase') === 'Running').length;
  }

  /** What a person does with `kubectl set image deployment/APP APP=IMAGE`: the request that kubectl sends. */
  async setImage(name: string, app: string, image: string): Promise<void> {
    const { url, token } = this.get(name);
    const patch = { spec: { template: { spec: { containers: [{ name: app, image }] } } } };
    const response = await fetch(`${url}${deploymentPath(app)}?fieldManager=kubectl-set`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/strategic-merge-patch+json', authorization: `Bearer ${token}` },
      body: JSON.stringify(patch),
    });
    if (!response.ok) throw new GitfedError('CLUSTER', `${name} refused a change by hand: HTTP ${response.status}.`);
    await response.body?.cancel();
  }

  /** The image that a Deployment of the shop has in a cluster. */
  imageOf(name: string, app: string): string {
    const containers = at(this.read(name, deploymentPath(app)), 'spec', 'template', 'spec', 'containers');
    const [first] = Array.isArray(containers) ? (containers as readonly JsonValue[]) : [];
    return text(at(first, 'image'));
  }

  /** A value of a ConfigMap of the shop. */
  settingOf(name: string, configMap: string, key: string): string {
    return text(at(this.read(name, `/api/v1/namespaces/shop/configmaps/${configMap}`), 'data', key));
  }

  /** Writes that came over HTTP since the last {@link forgetWrites}, but for those to records that gitfed keeps for itself. */
  writes(name: string): readonly string[] {
    return this.get(name)
      .requestLog.filter(({ method, url }) => method !== 'GET' && !url.includes('/namespaces/kube-federation-system/'))
      .map(({ method, url }) => `${method} ${url.replace(/\?.*/, '')}`);
  }

  forgetWrites(): void {
    for (const cluster of this.clusters) cluster.clearRequestLog();
  }
}

function deploymentPath(app: string): string {
  return `/apis/apps/v1/namespaces/shop/deployments/${app}`;
}

/** Paths of the lists of one group, in the version that its server prefers. */
function collectionsOf(group: JsonValue): readonly string[] {
  const name = at(group, 'metadata', 'name');
  const [preferred] = list(at(group, 'versions'));
  const version = text(at(preferred, 'version'));
  const root = typeof name === 'string' ? `/apis/${name}/${version}` : `/api/${version}`;
  return list(at(preferred, 'resources'))
    .filter((resource) => list(at(resource, 'verbs')).includes('list'))
    .map((resource) => `${root}/${text(at(resource, 'resource'))}`);
}

function items(value: JsonValue): readonly JsonValue[] {
  return list(at(value, 'items'));
}

/** The value below some keys of a document that a sandbox gave. */
function at(value: JsonValue | undefined, ...keys: readonly string[]): JsonValue | undefined {
  return keys.reduce<JsonValue | undefined>((found, key) => {
    return isJsonObject(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  }, value);
}

function list(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
