import type { RepositorySnapshot } from '../../src/api/index.ts';

const EVERYWHERE = { clusterSelector: {} };

/** A repository with as many members, and in each as many objects: a Namespace, ConfigMaps and, of three, one Deployment. */
export function snapshotOf(members: number, objects: number): RepositorySnapshot {
  const clusters = Array.from({ length: members }, (_, index) => ({
    apiVersion: 'core.kubefed.io/v1beta1',
    kind: 'KubeFedCluster',
    metadata: { name: `member-${index}`, namespace: 'kube-federation-system' },
    spec: { apiEndpoint: 'https://127.0.0.1:1', secretRef: { name: 'none' } },
  }));
  const namespace = federated('FederatedNamespace', 'bench', {});
  const rest = Array.from({ length: objects - 1 }, (_, index) =>
    index % 3 === 0
      ? federated('FederatedDeployment', `web-${index}`, { template: deployment(`web-${index}`) })
      : federated('FederatedConfigMap', `map-${index}`, {
          template: { data: { [`key-${index}`]: 'value', common: '1' } },
        }),
  );
  const text = [...clusters, namespace, ...rest].map((one) => JSON.stringify(one)).join('\n---\n');
  return { entries: [{ kind: 'file', path: 'fleet.yaml', content: Buffer.from(`${text}\n`) }], complete: true };
}

function federated(kind: string, name: string, spec: object): object {
  return {
    apiVersion: 'types.kubefed.io/v1beta1',
    kind,
    metadata: { name, namespace: 'bench' },
    spec: { ...spec, placement: EVERYWHERE },
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
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}
