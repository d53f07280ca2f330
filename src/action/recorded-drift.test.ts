import { describe, expect, it } from 'vitest';
import { TestRepository } from '../../test/helpers/git-repository.ts';
import { openRepository } from '../git/index.ts';
import { readRecordedDrift } from './recorded-drift.ts';

function configuration(branch: string): string {
  return `apiVersion: gitfed.io/v1alpha1\nkind: Configuration\ninventory: shop\nstatus: {branch: ${branch}}\n`;
}

describe('readRecordedDrift (security row 23)', () => {
  it('reads the branch that the older side names, whatever the checkout of a pull request says', async () => {
    const repository = new TestRepository();
    const base = repository.write({ 'gitfed.yaml': configuration('fleet-status') }).commit('A shop');
    for (const branch of ['fleet-status', 'forged']) {
      repository.git('checkout', '--quiet', '--orphan', branch);
      repository.write({ 'status.json': '{}' }).commit('Status');
      repository.git('checkout', '--quiet', 'main');
    }
    repository.write({ 'gitfed.yaml': configuration('forged') }).commit('Another status');

    const drift = await readRecordedDrift(await openRepository(repository.folder), repository.folder, base);
    expect(drift).toMatchObject({ status: { branch: 'fleet-status' } });
  });
});
