import { describe, expect, it } from 'vitest';
import { TestRepository } from '../../test/helpers/git-repository.ts';
import { FLEET, federated } from '../../test/helpers/model-of.ts';
import { openRepository } from '../git/index.ts';
import { chooseBase, readComparison } from './comparison.ts';

function settings(mode: string): string {
  return federated('FederatedConfigMap', `{template: {data: {mode: ${mode}}}, placement: {clusterSelector: {}}}`);
}

/** `main` with two commits, and a branch that left it at the first. */
function branchedRepository(): { readonly repository: TestRepository; readonly fork: string } {
  const repository = new TestRepository().write({ 'fleet.yaml': FLEET, 'a.yaml': settings('a') });
  const fork = repository.commit();
  repository.git('checkout', '--quiet', '-b', 'topic');
  repository.write({ 'a.yaml': settings('b') }).commit();
  repository.git('checkout', '--quiet', 'main');
  repository.write({ 'a.yaml': settings('c') }).commit();
  repository.git('checkout', '--quiet', 'topic');
  return { repository, fork };
}

describe('what a state is compared with', () => {
  it('is where the branch left the default branch', async () => {
    const { repository, fork } = branchedRepository();
    const opened = await openRepository(repository.folder);
    expect(await chooseBase(opened, undefined)).toBe(fork);
    expect(await chooseBase(opened, 'topic')).toBe(fork);
  });

  it('is HEAD where there are uncommitted changes, unless a commit is asked about', async () => {
    const { repository, fork } = branchedRepository();
    repository.write({ 'a.yaml': settings('d') });
    const opened = await openRepository(repository.folder);
    expect(await chooseBase(opened, undefined)).toBe('HEAD');
    expect(await chooseBase(opened, 'topic')).toBe(fork);
  });
});

describe('a comparison', () => {
  it('has both states with their names', async () => {
    const { repository, fork } = branchedRepository();
    const phases: string[] = [];
    const comparison = await readComparison({
      folder: repository.folder,
      ref: 'topic',
      onPhase: (phase) => phases.push(phase),
    });
    const modes = [comparison.before, comparison.after].map(
      ({ rendering }) => rendering.clusters[0]?.objects.find(({ id }) => id.kind === 'ConfigMap')?.manifest.data,
    );
    expect(modes).toEqual([{ mode: 'a' }, { mode: 'b' }]);
    expect(comparison.from).toBe(fork.slice(0, 12));
    expect(comparison.to).toMatch(/^topic \([0-9a-f]{12}\)$/);
    expect(phases).toEqual(['reading', 'rendering']);
  });

  it('names the working tree as such', async () => {
    const { repository } = branchedRepository();
    const { from, to } = await readComparison({ folder: repository.folder, against: 'main' });
    expect(from).toMatch(/^main \(/);
    expect(to).toBe('the working tree');
  });

  it('cannot be made with a commit that is not there', async () => {
    const { repository } = branchedRepository();
    await expect(readComparison({ folder: repository.folder, against: 'nowhere' })).rejects.toThrow(
      /There is no commit named "nowhere"/,
    );
  });
});
