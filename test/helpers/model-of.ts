import { buildModel, type Model, type RepositoryEntry } from '../../src/api/index.ts';
import { compareText } from '../../src/core/index.ts';

/** The model of a repository with these files: path → text. `gitfed.yaml` is its configuration. */
export function modelOf(files: Readonly<Record<string, string>>, others: readonly RepositoryEntry[] = []): Model {
  const entries = [...Object.entries(files).map(([path, text]) => fileEntry(path, text)), ...others];
  const configuration = entries.find(({ path }) => path === 'gitfed.yaml');
  return buildModel({
    entries: entries.filter((entry) => entry !== configuration).toSorted((a, b) => compareText(a.path, b.path)),
    ...(configuration?.kind === 'file' ? { configuration } : {}),
    complete: true,
  });
}

export function fileEntry(path: string, text: string): Extract<RepositoryEntry, { kind: 'file' }> {
  return { kind: 'file', path, content: new TextEncoder().encode(text) };
}

/** Findings as `file:line:column code`, in their order. */
export function places(model: Pick<Model, 'findings'>): string[] {
  return model.findings.map(({ file, line, column, code }) => `${file}:${line}:${column} ${code}`);
}

/** Findings as `code message`. */
export function messages(model: Pick<Model, 'findings'>): string[] {
  return model.findings.map(({ code, message }) => `${code} ${message}`);
}

/** Documents of one file. */
export function documents(...texts: readonly string[]): string {
  return texts.map((text) => text.trim()).join('\n---\n');
}

/** A registered cluster. */
export function cluster(name: string, labels: Readonly<Record<string, string>> = {}, spec = ''): string {
  return `
apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata:
  name: ${JSON.stringify(name)}
  namespace: kube-federation-system
  labels: ${JSON.stringify(labels)}
spec:
  apiEndpoint: https://${name}.example
  secretRef: {name: ${JSON.stringify(name)}}
${spec}`;
}

/** A namespace that is federated everywhere. */
export function federatedNamespace(name: string, placement = '{clusterSelector: {}}'): string {
  return `
apiVersion: types.kubefed.io/v1beta1
kind: FederatedNamespace
metadata: {name: ${name}, namespace: ${name}}
spec: {placement: ${placement}}
`;
}

/** A federated object in namespace `shop`, named `web`; `spec` is YAML in flow style. */
export function federated(kind: string, spec: string, metadata = '{name: web, namespace: shop}'): string {
  return `
apiVersion: types.kubefed.io/v1beta1
kind: ${kind}
metadata: ${metadata}
spec: ${spec}
`;
}

/** A preference for `shop/web`. */
export function preference(spec: string, metadata = '{name: web, namespace: shop}'): string {
  return `
apiVersion: scheduling.kubefed.io/v1alpha1
kind: ReplicaSchedulingPreference
metadata: ${metadata}
spec: ${spec}
`;
}

/** Two clusters and the namespace `shop`: what most objects need to be without findings. */
export const FLEET = documents(
  cluster('eu-1', { region: 'eu' }),
  cluster('us-1', { region: 'us' }),
  federatedNamespace('shop'),
);
