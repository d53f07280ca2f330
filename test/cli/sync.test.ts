import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documents, federatedNamespace } from '../helpers/model-of.ts';
import { commitAll, createFolder, git, gitfed } from './run-gitfed.ts';

/** Nobody listens on port 1: a cluster that is down, without a network. What happens to one that is up is in test/cluster. */
const CLUSTER = `
apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata: {name: down, namespace: kube-federation-system}
spec: {apiEndpoint: "https://127.0.0.1:1", secretRef: {name: down-credentials}}
`;

function createRepository(): { readonly folder: string; readonly args: readonly string[] } {
  const credentials = createFolder({ 'down-credentials/token': 'canary-token' });
  const folder = createFolder({
    'fleet.yaml': documents(CLUSTER, federatedNamespace('shop')),
    'gitfed.yaml': 'inventory: shop\n',
  });
  commitAll(folder);
  return { folder, args: ['sync', folder, '--credentials-dir', credentials] };
}

describe('gitfed sync', () => {
  it('ends with 1 where a cluster is down, and says which, why and what next', async () => {
    const { folder, args } = createRepository();
    const { code, stdout, stderr } = await gitfed(args, folder);
    expect(code, stderr).toBe(1);
    expect(stdout).toMatch(/^down +NotReady/m);
    expect(stdout).toMatch(/^down: NotReady: \S/m);
    expect(stdout).toMatch(/^Next: for clusters that are NotReady/m);
    expect(stdout + stderr).not.toContain('canary');
  });

  it('commits what happened to the status branch, once', async () => {
    const { folder, args } = createRepository();
    const first = JSON.parse((await gitfed([...args, '-o', 'json'], folder)).stdout);
    expect(first).toMatchObject({
      ok: false,
      commit: git(folder, 'rev-parse', 'HEAD'),
      inventory: 'shop',
      clusters: { down: { state: 'NotReady', message: expect.any(String), counts: expect.any(Object) } },
      status: { branch: 'gitfed/status', commit: git(folder, 'rev-parse', 'gitfed/status') },
      findings: [],
    });
    const second = JSON.parse((await gitfed([...args, '-o', 'json'], folder)).stdout);
    expect(second.status.commit).toBeUndefined();
    expect(git(folder, 'rev-list', '--count', 'gitfed/status')).toBe('1');
    expect(git(folder, 'log', '-1', '--format=%B%n', '-p', 'gitfed/status')).not.toContain('canary');
  });

  it('prints findings beside the result', async () => {
    const { folder, args } = createRepository();
    const broken = createFolder({ 'bad.yaml': 'kind: [' });
    git(folder, 'checkout', '--quiet', '--orphan', 'broken');
    git(folder, '--work-tree', broken, 'add', '--all');
    git(folder, 'commit', '--quiet', '--message', 'Broken');
    const { code, stderr } = await gitfed(args, folder);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^bad\.yaml:\d+:\d+: error InvalidYAML: /m);
  });

  it.each<[title: string, args: readonly string[]]>([
    ['a folder without a repository', []],
    ['a folder that is not there', ['nowhere']],
    ['a commit that is not there', ['--ref', 'nowhere']],
    ['a URL of an unknown kind', ['ext::sh -c id']],
  ])('cannot run on %s', async (_title, args) => {
    const { code, stdout, stderr } = await gitfed(['sync', ...args], createFolder());
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^gitfed: /);
    expect(stderr).not.toMatch(/internal error/);
  });

  it('cannot run for a cluster that is not registered', async () => {
    const { folder, args } = createRepository();
    const { code, stderr } = await gitfed([...args, '--cluster', 'mars'], folder);
    expect(code).toBe(2);
    expect(stderr).toMatch(/mars/);
  });

  it('never applies what is not committed', async () => {
    const folder = createFolder({ 'fleet.yaml': CLUSTER });
    git(folder, 'init', '--quiet', '--initial-branch=main');
    const { code, stderr } = await gitfed(['sync', join(folder)], folder);
    expect(code).toBe(2);
    expect(stderr).toMatch(/no commit yet/);
  });
});
