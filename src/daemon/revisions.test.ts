import { expect, it } from 'vitest';
import { TestRepository } from '../../test/helpers/git-repository.ts';
import { EMPTY_TREE, openRepository } from '../git/index.ts';
import { type RevisionReading, Revisions } from './revisions.ts';

const CLUSTER = `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata: {name: a, namespace: kube-federation-system}
spec: {apiEndpoint: "https://a.example", secretRef: {name: a}}
`;

const READ_HERE: Pick<RevisionReading, 'placeOf' | 'known'> = { placeOf: (place) => place, known: () => undefined };

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
    const { model } = await revisions.read(opened, commit, { options, ...READ_HERE });
    return model.configuration.suspend.clusters;
  };
  expect(await read('suspend: {clusters: [a]}')).toEqual(['a']);
  expect(await read('suspend: [')).toEqual(['a']);
  expect(await read('{}')).toEqual([]);
});

it('keeps all settings of a gitfed.yaml that is broken afterwards, and reports drift only where none are known', async () => {
  const repository = new TestRepository();
  repository.git('checkout', '--quiet', '--orphan', 'gitfed/status');
  repository.write({ 'status.json': '{"inventory": "fleet"}' }).commit();
  repository.git('checkout', '--quiet', '--orphan', 'main');
  const opened = await openRepository(repository.folder);
  const commit = (configuration: string): string =>
    repository.write({ 'a.yaml': CLUSTER, 'gitfed.yaml': configuration }).commit();
  const read = async (revisions: Revisions, at: string): Promise<readonly unknown[]> => {
    const options = { source: repository.folder };
    const { model } = await revisions.read(opened, at, { options, ...READ_HERE });
    const { drift, ignoreDifferences, suspend } = model.configuration;
    return [drift.policy, ignoreDifferences.length, suspend.clusters, model.holds.length > 0];
  };
  const good = commit('ignoreDifferences: [{kind: Deployment, jsonPointers: [/spec/replicas]}]');
  const bad = commit('suspend: {clusters: [a]}\nnonsense: true\n');
  const revisions = new Revisions();
  expect(await read(revisions, good)).toEqual(['Correct', 1, [], false]);
  expect(await read(revisions, bad)).toEqual(['Correct', 1, ['a'], true]);
  expect(await read(new Revisions(), bad)).toEqual(['Report', 0, ['a'], true]);
});

it('does not read a status branch that is known', async () => {
  const repository = new TestRepository();
  const commit = repository.write({ 'a.yaml': CLUSTER, 'gitfed.yaml': 'suspend: [' }).commit();
  const files = new Map([['status.json', '{"inventory": "fleet", "suspend": {"all": false, "clusters": ["a"]}}']]);
  const { model, branch } = await new Revisions().read(await openRepository(repository.folder), commit, {
    options: { source: repository.folder },
    placeOf: ({ name }) => ({ name, elsewhere: 'https://status.example/fleet.git' }),
    known: ({ name, elsewhere }) => ({
      name: `${name} of ${elsewhere}`,
      tip: undefined,
      files,
      observations: EMPTY_TREE,
    }),
  });
  expect(model.configuration.suspend.clusters).toEqual(['a']);
  expect(branch.name).toBe('gitfed/status of https://status.example/fleet.git');
});
