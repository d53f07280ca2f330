/**
 * 1,000 federated Deployments × 100 clusters with one override for each cluster: how long reading, rendering and writing take.
 * Run with `node bench/render.ts [deployments] [clusters]`.
 */
import { performance } from 'node:perf_hooks';
import { buildModel, type RepositoryEntry } from '../src/api/index.ts';
import { formatRendering, manifestYaml, render } from '../src/render/index.ts';

const [deployments = 1000, clusters = 100] = process.argv.slice(2).map(Number);

const entries = generateRepository();
const bytes = entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.content.length : 0), 0);
const model = timed('read', () => buildModel({ entries, complete: true }));
const rendering = timed('render', () => render(model));
timed('render again', () => render(model));
const yaml = timed('YAML', () => lengthOf(yamlOf()));
const json = timed('JSON', () => lengthOf(formatRendering(rendering)));

const manifests = rendering.clusters.reduce((sum, { objects }) => sum + objects.length, 0);
const errors = rendering.findings.filter(({ severity }) => severity === 'error').length;
console.log(
  `${manifests} manifests, ${errors} errors; ${megabytes(bytes)} in, ${megabytes(yaml)} YAML or ${megabytes(json)} JSON out`,
);
console.log(`${megabytes(process.memoryUsage.rss())} resident`);

function timed<T>(what: string, action: () => T): T {
  const start = performance.now();
  const result = action();
  console.log(`${what.padEnd(14)} ${(performance.now() - start).toFixed(0).padStart(6)} ms`);
  return result;
}

function* yamlOf(): Generator<string> {
  for (const { objects } of rendering.clusters) for (const { manifest } of objects) yield manifestYaml(manifest);
}

function lengthOf(texts: Iterable<string>): number {
  let length = 0;
  for (const text of texts) length += text.length;
  return length;
}

function megabytes(count: number): string {
  return `${(count / 1e6).toFixed(1)} MB`;
}

function generateRepository(): RepositoryEntry[] {
  const names = Array.from({ length: clusters }, (_, index) => `cluster-${String(index).padStart(3, '0')}`);
  const files = [
    ['clusters.yaml', names.map(clusterText).join('---\n')],
    ['namespace.yaml', objectText('FederatedNamespace', 'shop', '  placement: {clusterSelector: {}}\n')],
    ...Array.from({ length: deployments }, (_, index) => deploymentFile(index, names)),
  ] as const;
  return files
    .map(([path, text]): RepositoryEntry => ({ kind: 'file', path, content: new TextEncoder().encode(text) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function clusterText(name: string): string {
  return `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata: {name: ${name}, namespace: kube-federation-system}
spec: {apiEndpoint: 'https://${name}.example', secretRef: {name: ${name}}}
`;
}

function objectText(kind: string, name: string, spec: string): string {
  return `apiVersion: types.kubefed.io/v1beta1\nkind: ${kind}\nmetadata: {name: ${name}, namespace: shop}\nspec:\n${spec}`;
}

function deploymentFile(index: number, names: readonly string[]): readonly [string, string] {
  const name = `app-${String(index).padStart(4, '0')}`;
  const overrides = names.map(
    (cluster, at) => `  - clusterName: ${cluster}
    clusterOverrides:
    - {path: /spec/replicas, value: ${at % 7}}
`,
  );
  const template = `  template:
    metadata:
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
            image: registry.example/${name}:1.0
            ports:
            - {name: http, containerPort: 8080}
            resources:
              requests: {cpu: 100m, memory: 64Mi}
  placement:
    clusterSelector: {}
  overrides:
`;
  return [`apps/${name}.yaml`, objectText('FederatedDeployment', name, template + overrides.join(''))];
}
