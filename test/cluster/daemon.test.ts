import { expect } from 'vitest';
import { describe, test } from '../controlplane/fixtures.ts';
import { configMapYaml, EVERYWHERE, fleetRepository, get, grantFor, writeCredentials } from './fleet.ts';
import { runDaemon } from './running-daemon.ts';

const map = (name: string): string => `/api/v1/namespaces/${name}/configmaps/map`;

describe('a daemon', () => {
  test('applies each commit: a change, an override, another placement', async ({ clusters }) => {
    const name = 'loop';
    const repository = fleetRepository(clusters, name, { 'map.yaml': configMapYaml(name, 'map') });
    const credentialsDir = writeCredentials(clusters);
    await grantFor(credentialsDir, repository.folder);
    const { applied } = await runDaemon(repository.publish(), { credentialsDir });
    const values = async (): Promise<readonly unknown[]> => {
      const objects = await Promise.all(clusters.map((cluster) => get(cluster, map(name))));
      return objects.map((object) => object?.data.a);
    };
    await applied(repository.git('rev-parse', 'HEAD'));
    expect(await values()).toEqual(['1', '1', '1']);

    const commitAndPush = async (text: string): Promise<void> => {
      const commit = repository.commit({ 'map.yaml': text });
      repository.push();
      await applied(commit);
    };
    await commitAndPush(configMapYaml(name, 'map', { a: '2' }));
    expect(await values()).toEqual(['2', '2', '2']);
    const overrides = [{ clusterName: 'cluster2', clusterOverrides: [{ path: '/data/a', value: '3' }] }];
    await commitAndPush(configMapYaml(name, 'map', { a: '2' }, { placement: EVERYWHERE, overrides }));
    expect(await values()).toEqual(['2', '3', '2']);
    const placement = { clusters: [{ name: 'cluster2' }, { name: 'cluster3' }] };
    await commitAndPush(configMapYaml(name, 'map', { a: '2' }, { placement, overrides }));
    expect(await values()).toEqual([undefined, '3', '2']);
  });
});
