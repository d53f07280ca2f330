import { expect } from 'vitest';
import { readLocality } from '../../src/cluster/nodes.ts';
import { describe, test } from '../controlplane/fixtures.ts';
import { clientOf } from './client-of.ts';
import { requestsOf } from './fleet.ts';

describe('where a cluster runs', () => {
  test('is read from the labels of its nodes, by one list of their metadata', async ({ clusters: [cluster] }) => {
    expect(await readLocality(clientOf(cluster))).toEqual({ zones: [] });
    const labels = { 'topology.kubernetes.io/region': 'eu-central', 'topology.kubernetes.io/zone': 'eu-central-b' };
    const older = { 'failure-domain.beta.kubernetes.io/zone': 'eu-central-a' };
    await cluster.request('POST', '/api/v1/nodes', { metadata: { name: 'node-1', labels } });
    await cluster.request('POST', '/api/v1/nodes', { metadata: { name: 'node-0', labels: older } });

    const before = await requestsOf(cluster);
    expect(await readLocality(clientOf(cluster))).toEqual({
      region: 'eu-central',
      zones: ['eu-central-a', 'eu-central-b'],
    });
    const asked = (await requestsOf(cluster)).slice(before.length);
    expect(asked.map(({ verb, requestURI }) => `${verb} ${requestURI}`)).toEqual(['list /api/v1/nodes?limit=500']);
  });

  test('is not known where nodes may not be listed, or nobody answers', async ({ clusters: [cluster, , down] }) => {
    expect(await readLocality(clientOf(cluster, cluster.gitfedToken))).toBeUndefined();
    const client = clientOf(down);
    expect(await readLocality(client)).toEqual({ zones: [] });
    await down.kill();
    expect(await readLocality(client)).toBeUndefined();
  });
});
