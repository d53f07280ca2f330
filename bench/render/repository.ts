import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/** What a repository of the benchmark holds: federated Deployments in one namespace, each in every cluster, with one override a cluster. */
export interface Size {
  readonly clusters: number;
  readonly deployments: number;
  /** Different manifests that an object has: as many as there are clusters, or fewer. */
  readonly contents: number;
}

/** Its name in a table: `1,000 × 100`, and how many contents where they are fewer. */
export function sizeName({ clusters, deployments, contents }: Size): string {
  const name = `${deployments.toLocaleString('en')} × ${clusters.toLocaleString('en')}`;
  return contents < clusters ? `${name}, ${contents} contents` : name;
}

/** Manifests that it renders to: the Namespace is one in each cluster. */
export function manifestCount({ clusters, deployments }: Size): number {
  return clusters * (deployments + 1);
}

export function clusterNames({ clusters }: Size): readonly string[] {
  return Array.from({ length: clusters }, (_, index) => `cluster-${String(index).padStart(4, '0')}`);
}

export function deploymentNames({ deployments }: Size): readonly string[] {
  return Array.from({ length: deployments }, (_, index) => `app-${String(index).padStart(4, '0')}`);
}

/** Replicas that the override of a cluster says. */
export function replicasIn(size: Size, cluster: number): number {
  return cluster % Math.min(size.contents, size.clusters);
}

/** Its files, by path. */
export function repositoryFiles(size: Size): ReadonlyMap<string, string> {
  return new Map([
    ['clusters.yaml', clustersText(size, 'yes')],
    [
      'namespace.yaml',
      objectText('FederatedNamespace', 'shop', '  placement: {clusterSelector: {matchLabels: {shop: "yes"}}}\n'),
    ],
    ...deploymentNames(size).map((name) => [deploymentPath(name), deploymentText(name, size)] as const),
  ]);
}

export function deploymentPath(name: string): string {
  return `apps/${name}.yaml`;
}

/**
 * Makes a bare repository of it with one commit, and one more in which one file has changed. On the branch `relabelled` all Deployments leave
 * the first cluster, because it has another label.
 */
export function createRepository(folder: string, size: Size): void {
  mkdirSync(folder, { recursive: true });
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', folder]);
  const [name = ''] = deploymentNames(size);
  const changed = new Map([[deploymentPath(name), deploymentText(name, size, '1.1')]]);
  const relabelled = new Map([['clusters.yaml', clustersText(size, 'no')]]);
  const commits = [
    commit('main', 'first', repositoryFiles(size)),
    commit('main', 'second', changed),
    commit('relabelled', 'third', relabelled, 'from refs/heads/main\n'),
  ];
  const input = `${commits.join('')}done\n`;
  execFileSync('git', ['fast-import', '--quiet', '--done'], { cwd: folder, input });
}

function commit(branch: string, message: string, files: ReadonlyMap<string, string>, from = ''): string {
  const contents = [...files].map(([path, text]) => `M 100644 inline ${path}\n${data(text)}`);
  return `commit refs/heads/${branch}\ncommitter bench <bench@example> 1767225600 +0000\n${data(message)}${from}${contents.join('')}\n`;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

/** @param shop a label of the first cluster. */
function clustersText(size: Size, shop: 'yes' | 'no'): string {
  return clusterNames(size)
    .map((name, index) => clusterText(name, index === 0 ? shop : 'yes'))
    .join('---\n');
}

function clusterText(name: string, shop: string): string {
  return `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata: {name: ${name}, namespace: kube-federation-system, labels: {shop: "${shop}"}}
spec: {apiEndpoint: 'https://${name}.example', secretRef: {name: ${name}}}
`;
}

function objectText(kind: string, name: string, spec: string): string {
  return `apiVersion: types.kubefed.io/v1beta1\nkind: ${kind}\nmetadata: {name: ${name}, namespace: shop}\nspec:\n${spec}`;
}

/** What is below `spec.template` of a Deployment, indented by four. */
export function templateText(name: string, tag = '1.0'): string {
  return `    metadata:
      labels: {app: ${name}}
    spec:
      replicas: 1
      selector:
        matchLabels: {app: ${name}}
      template:
        metadata:
          labels: {app: ${name}}
        spec:
          containers:
          - name: app
            image: registry.example/${name}:${tag}
            ports:
            - {name: http, containerPort: 8080}
            resources:
              requests: {cpu: 100m, memory: 64Mi}
`;
}

export function deploymentText(name: string, size: Size, tag = '1.0'): string {
  const overrides = clusterNames(size).map(
    (cluster, at) => `  - clusterName: ${cluster}
    clusterOverrides:
    - {path: /spec/replicas, value: ${replicasIn(size, at)}}
`,
  );
  const spec = `  template:\n${templateText(name, tag)}  placement:\n    clusterSelector: {}\n  overrides:\n${overrides.join('')}`;
  return objectText('FederatedDeployment', name, spec);
}
