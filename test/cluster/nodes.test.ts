import { expect } from 'vitest';
import { readLocality } from '../../src/cluster/nodes.ts';
import { describe, test } from '../controlplane/fixtures.ts';
import { clientOf } from './client-of.ts';
import {
  configMapYaml,
  fleetRepository,
  problems,
  requestsOf,
  statusDocument,
  syncOnce,
  writeCredentials,
} from './fleet.ts';

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

  test('is on the status branch, and read once for each version of Kubernetes', async ({ clusters }) => {
    const [first] = clusters;
    const labels = { 'topology.kubernetes.io/region': 'eu-north', 'topology.kubernetes.io/zone': 'eu-north-1' };
    await first.request('POST', '/api/v1/nodes', { metadata: { name: 'node-9', labels } });
    const repository = fleetRepository([first], 'somewhere', { 'one.yaml': configMapYaml('somewhere', 'one') });
    const credentials = writeCredentials(clusters);
    const path = `clusters/${first.name}.yaml`;
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const { status } = statusDocument(repository, path);
    expect(status).toMatchObject({ zones: expect.arrayContaining(['eu-north-1']), region: expect.any(String) });

    const before = await requestsOf(first);
    repository.commit({ 'two.yaml': configMapYaml('somewhere', 'two') });
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const asked = (await requestsOf(first)).slice(before.length);
    expect(asked.filter(({ requestURI }) => requestURI.includes('/nodes'))).toEqual([]);
    expect(statusDocument(repository, path).status).toEqual(status);
  });
});
