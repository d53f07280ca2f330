import { expect } from 'vitest';
import { type Cluster, describe, test } from '../controlplane/fixtures.ts';
import { credentialsFor } from './acceptance-credentials.ts';
import {
  changes,
  clusterYaml,
  EVERYWHERE,
  federatedYaml,
  fleetRepository,
  get,
  problems,
  statusDocument,
  syncOnce,
} from './fleet.ts';

const TEMPLATE = {
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
  },
};

function preference(namespace: string, kind: string, spec: object): string {
  const document = {
    apiVersion: 'scheduling.kubefed.io/v1alpha1',
    kind: 'ReplicaSchedulingPreference',
    metadata: { name: 'web', namespace },
    spec: { targetKind: `Federated${kind}`, ...spec },
  };
  return `${JSON.stringify(document)}\n`;
}

async function replicas(clusters: readonly Cluster[], target: string): Promise<readonly (number | undefined)[]> {
  const found = await Promise.all(clusters.map((cluster) => get(cluster, target)));
  return found.map((object) => object?.spec.replicas);
}

const WEIGHTS = { cluster1: { weight: 2 }, cluster2: { weight: 1 } };
const MINIMA = { cluster1: { minReplicas: 3, weight: 1 }, cluster2: { minReplicas: 3, weight: 1 } };

describe('a ReplicaSchedulingPreference', () => {
  test.for([
    { kind: 'Deployment', plural: 'deployments' },
    { kind: 'ReplicaSet', plural: 'replicasets' },
  ])(
    'shares the replicas of a $kind between two members: evenly, by weight, by minimum, by label',
    async (one, { clusters: [first, second] }) => {
      const clusters = [first, second];
      const name = `share-${one.plural}`;
      const target = `/apis/apps/v1/namespaces/${name}/${one.plural}/web`;
      const workload = (placement: unknown) =>
        federatedYaml(`Federated${one.kind}`, 'web', { namespace: name, spec: { template: TEMPLATE, placement } });
      const prefer = (spec: object): Readonly<Record<string, string>> => ({
        'replicas.yaml': preference(name, one.kind, spec),
      });
      const repository = fleetRepository(clusters, name, {
        'clusters/cluster1.yaml': clusterYaml(first, first.name, { foo: 'bar' }),
        'web.yaml': workload(EVERYWHERE),
        ...prefer({ totalReplicas: 4 }),
      });
      const credentials = await credentialsFor(clusters, repository);
      expect(problems(await syncOnce(repository, credentials))).toEqual([]);
      expect(await replicas(clusters, target)).toEqual([2, 2]);
      expect(statusDocument(repository, 'objects/cluster1.yaml').objects).toContainEqual(
        expect.objectContaining({ kind: one.kind, name: 'web', scheduledReplicas: 2 }),
      );

      repository.commit(prefer({ totalReplicas: 6, clusters: WEIGHTS }));
      expect(problems(await syncOnce(repository, credentials))).toEqual([]);
      expect(await replicas(clusters, target)).toEqual([4, 2]);

      repository.commit(prefer({ totalReplicas: 6, clusters: MINIMA }));
      expect(problems(await syncOnce(repository, credentials))).toEqual([]);
      expect(await replicas(clusters, target)).toEqual([3, 3]);

      repository.commit({
        'web.yaml': workload({ clusterSelector: { matchLabels: { foo: 'bar' } } }),
        ...prefer({ totalReplicas: 6, intersectWithClusterSelector: true }),
      });
      expect(changes(await syncOnce(repository, credentials))).toEqual([
        `cluster1: ${one.kind}/${name}/web configured`,
        `cluster2: ${one.kind}/${name}/web deleted`,
      ]);
      expect(await replicas(clusters, target)).toEqual([6, undefined]);
      expect(changes(await syncOnce(repository, credentials))).toEqual([]);
    },
  );
});
