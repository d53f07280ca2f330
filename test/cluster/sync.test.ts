import { expect } from 'vitest';
import { describe, test } from '../controlplane/fixtures.ts';
import {
  changes,
  clusterYaml,
  configMapYaml,
  namespaceYaml,
  problems,
  requestsOf,
  syncOnce,
  TestRepository,
  writeCredentials,
  writesOf,
} from './fleet.ts';

describe('first', () => {
  test('end to end', async ({ clusters }) => {
    const repository = new TestRepository({
      'gitfed.yaml': 'inventory: first\n',
      'clusters.yaml': clusters.map((one) => clusterYaml(one)).join('---\n'),
      'shop.yaml': [namespaceYaml('shop'), configMapYaml('shop', 'one')].join('---\n'),
    });
    const credentials = writeCredentials(clusters);
    const result = await syncOnce(repository, credentials);
    expect(problems(result)).toEqual([]);
    console.log(changes(result), result.status);
    console.log(repository.git('show', '--stat', 'gitfed/status'));
    console.log(
      repository.status('README.md'),
      repository.status('clusters/cluster1.yaml'),
      repository.status('objects/cluster1.yaml'),
    );
    const before = (await requestsOf(clusters[0])).length;
    const second = await syncOnce(repository, credentials);
    expect(changes(second)).toEqual([]);
    expect(await writesOf(clusters[0], before)).toEqual([]);
    console.log((await requestsOf(clusters[0])).slice(before).map(({ requestURI }) => requestURI));
    expect(second.status.commit).toBeUndefined();
  });
});
