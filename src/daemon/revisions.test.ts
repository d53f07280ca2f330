import { expect, it } from 'vitest';
import { TestRepository } from '../../test/helpers/git-repository.ts';
import { openRepository } from '../git/index.ts';
import { Revisions } from './revisions.ts';

const CLUSTER = `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata: {name: a, namespace: kube-federation-system}
spec: {apiEndpoint: "https://a.example", secretRef: {name: a}}
`;

it('keeps suspended what the revision before suspended, also where the status branch does not say so yet', async () => {
  const repository = new TestRepository();
  repository.git('checkout', '--quiet', '--orphan', 'gitfed/status');
  repository.write({ 'status.json': '{"inventory": "fleet"}' }).commit();
  repository.git('checkout', '--quiet', '--orphan', 'main');
  const opened = await openRepository(repository.folder);
  const revisions = new Revisions();
  const read = async (configuration: string): Promise<readonly string[]> => {
    const commit = repository.write({ 'a.yaml': CLUSTER, 'gitfed.yaml': configuration }).commit();
    const options = { source: repository.folder };
    const { model } = await revisions.read(opened, commit, { options, placeOf: (place) => place });
    return model.configuration.suspend.clusters;
  };
  expect(await read('suspend: {clusters: [a]}')).toEqual(['a']);
  expect(await read('suspend: [')).toEqual(['a']);
  expect(await read('{}')).toEqual([]);
});
