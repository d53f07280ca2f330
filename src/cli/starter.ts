import { configurationHead } from '../reconcile/configuration-head.ts';
import { VERSION } from '../version.ts';

/** A file of a starter repository. */
export interface StarterFile {
  readonly path: string;
  readonly content: string;
}

/** Everything but the clusters: a configuration, a namespace with one workload, a workflow, and a page for people. Pure. */
export function starterFiles(inventory: string): readonly StarterFile[] {
  return [
    { path: 'gitfed.yaml', content: configurationHead(inventory) },
    { path: 'hello/namespace.yaml', content: NAMESPACE },
    { path: 'hello/web.yaml', content: WEB },
    { path: '.github/workflows/gitfed.yaml', content: WORKFLOW },
    { path: 'README.md', content: readme(inventory) },
  ];
}

/** Two clusters to be filled in, for a start without a kubeconfig. */
export function exampleClusters(): readonly StarterFile[] {
  return [
    { path: 'clusters/east.yaml', content: exampleCluster('east') },
    { path: 'clusters/west.yaml', content: exampleCluster('west') },
  ];
}

/** The name of a folder as a name of an inventory: lower-case letters, digits and dashes, at most 56. */
export function inventoryName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 56)
    .replaceAll(/^-+|-+$/g, '');
  return name === '' ? 'fleet' : name;
}

function exampleCluster(name: string): string {
  return `# A member cluster. Put its real endpoint here; the token stays out of the repository (gitfed sync --credentials-dir).
apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata:
  name: ${name}
  namespace: kube-federation-system
  # Placements select clusters by these labels.
  labels:
    region: ${name}
spec:
  apiEndpoint: https://${name}.k8s.example:6443
  secretRef:
    name: ${name}-credentials
`;
}

const NAMESPACE = `# A namespace is federated too: what is in it lands only in clusters that have it.
apiVersion: types.kubefed.io/v1beta1
kind: FederatedNamespace
metadata:
  name: hello
  namespace: hello
spec:
  placement:
    clusterSelector: {}
`;

const WEB = `# A Deployment for every cluster.
apiVersion: types.kubefed.io/v1beta1
kind: FederatedDeployment
metadata:
  name: web
  namespace: hello
spec:
  template:
    metadata:
      labels:
        app: web
    spec:
      # The preference below decides.
      replicas: 1
      selector:
        matchLabels:
          app: web
      template:
        metadata:
          labels:
            app: web
        spec:
          containers:
            - name: web
              image: nginx:1.29
              ports:
                - containerPort: 80
                  protocol: TCP
  placement:
    # {} is every cluster; matchLabels selects some of them.
    clusterSelector: {}
  # What differs in one cluster, for example:
  # overrides:
  #   - clusterName: CLUSTER
  #     clusterOverrides:
  #       - path: /spec/template/spec/containers/0/image
  #         value: nginx:1.29-alpine
---
# Six replicas in all, shared evenly.
apiVersion: scheduling.kubefed.io/v1alpha1
kind: ReplicaSchedulingPreference
metadata:
  name: web
  namespace: hello
spec:
  targetKind: FederatedDeployment
  totalReplicas: 6
  clusters:
    "*":
      weight: 1
`;

const WORKFLOW = `# Every pull request is checked, and its log shows what it changes in each cluster.
name: gitfed
on:
  pull_request:
permissions: {}
jobs:
  check:
    runs-on: ubuntu-latest
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
        with:
          fetch-depth: 0
          persist-credentials: false
      - uses: actions/setup-node@a0853c24544627f65ddf259abe73b1d18a591444 # v5.0.0
        with:
          node-version: 24
      - name: Findings, at their lines
        run: npx --yes gitfed@${VERSION} validate -o github
      - name: What it changes
        env:
          BASE: \${{ github.event.pull_request.base.sha }}
        # 1 means that there are differences, which is what a pull request is for.
        run: npx --yes gitfed@${VERSION} diff --against "$BASE" || test $? -eq 1
`;

function readme(inventory: string): string {
  return `# ${inventory}

Kubernetes clusters, federated from this repository by gitfed.

| folder | holds |
|---|---|
| \`clusters/\` | the member clusters |
| \`hello/\` | a first namespace with one workload |

    gitfed validate      # what is wrong
    gitfed render        # what every cluster gets
    gitfed diff          # what the change you are making means for every cluster
    gitfed sync          # apply the last commit
`;
}
