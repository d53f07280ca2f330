import { describe, expect, it } from 'vitest';
import { readYaml } from '../../src/core/index.ts';
import { documents, FLEET, federated } from '../helpers/model-of.ts';
import { commitAll, createFolder, git, gitfed } from './run-gitfed.ts';

const SETTINGS = federated('FederatedConfigMap', '{template: {data: {a: b}}, placement: {clusterSelector: {}}}');
const ROLE = federated(
  'FederatedClusterRole',
  '{template: {rules: []}, placement: {clusterSelector: {}}}',
  '{name: web}',
);
const FILES = { 'gitfed.yaml': 'inventory: shop\n', 'fleet.yaml': FLEET, 'a.yaml': SETTINGS };

function kindsOf(yaml: string): readonly unknown[] {
  return readYaml('', yaml, { documentNodes: 10_000, depth: 50 }).map(
    (one) => one.ok && (one.document.value as { kind: string }).kind,
  );
}

describe('gitfed rbac', () => {
  it('prints a stream for kubectl, with a comment on what it is for', async () => {
    const { code, stdout, stderr } = await gitfed(['rbac'], createFolder(FILES));
    expect(code).toBe(0);
    expect(kindsOf(stdout)).toEqual([
      'Namespace',
      'ServiceAccount',
      'ClusterRole',
      'ClusterRoleBinding',
      'Role',
      'RoleBinding',
    ]);
    expect(stdout).toContain(
      '# The least that gitfed needs in a member, for inventory shop: 2 kinds of the repository.\n',
    );
    expect(stdout).toContain('NamespaceNotEmpty');
    expect(stderr).toContain('NamespaceNotEmpty');
    expect(stdout).not.toMatch(/escalate|CLUSTER-ADMIN/);
  });

  it('prints a List with -o json, and keeps standard output to it', async () => {
    const { code, stdout } = await gitfed(['rbac', '-o', 'json', '--user', 'gitfed'], createFolder(FILES));
    expect(code).toBe(0);
    const { apiVersion, kind, items } = JSON.parse(stdout);
    expect({ apiVersion, kind }).toEqual({ apiVersion: 'v1', kind: 'List' });
    expect(items.at(-1).subjects).toEqual([{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'gitfed' }]);
  });

  it.each([
    ['yaml', true],
    ['json', false],
  ])('says in capitals that it equals cluster-admin where roles are federated: -o %s', async (output, inResult) => {
    const folder = createFolder({ ...FILES, 'role.yaml': ROLE });
    const { stdout, stderr } = await gitfed(['rbac', '-o', output], folder);
    expect(stderr).toContain('THIS ROLE EQUALS CLUSTER-ADMIN');
    expect(stdout.startsWith('# THIS ROLE EQUALS CLUSTER-ADMIN')).toBe(inResult);
    expect(stdout).toContain('escalate');
  });

  it('says that namespaces stay only where they would', async () => {
    const args = ['rbac', '--list-everything'];
    expect((await gitfed(args, createFolder(FILES))).stderr).toBe('');
  });

  it('makes a Role for each namespace with --namespaced', async () => {
    const { stdout } = await gitfed(['rbac', '--namespaced'], createFolder(FILES));
    expect(kindsOf(stdout).filter((kind) => kind === 'Role')).toHaveLength(2);
    expect(stdout).toContain('  name: gitfed-shop\n  namespace: shop\n');
  });

  it('reads a commit with --ref', async () => {
    const folder = createFolder(FILES);
    commitAll(folder);
    git(folder, 'rm', '--quiet', '--cached', 'a.yaml');
    git(folder, 'commit', '--quiet', '--message', 'Less');
    expect((await gitfed(['rbac', '--ref', 'HEAD'], folder)).stdout).not.toContain('configmaps');
    expect((await gitfed(['rbac'], folder)).stdout).toContain('configmaps');
  });

  it('derives the name of the inventory from the history, as sync does', async () => {
    const folder = createFolder({ ...FILES, 'gitfed.yaml': '' });
    commitAll(folder);
    expect((await gitfed(['rbac'], folder)).stdout).toMatch(/^ {2}name: gitfed-[0-9a-f]{10}$/m);
  });

  it('grants a kind in error its rights, and tells of the error', async () => {
    const twice = documents(SETTINGS, SETTINGS);
    const { code, stdout, stderr } = await gitfed(['rbac'], createFolder({ ...FILES, 'a.yaml': twice }));
    expect(code).toBe(1);
    expect(stderr).toContain('DuplicateObject');
    expect(stdout).toContain('- configmaps\n');
  });

  it.each<[title: string, args: readonly string[], files: Readonly<Record<string, string>>, message: RegExp]>([
    ['two subjects', ['--user', 'a', '--service-account', 'b'], FILES, /--user and --service-account/],
    ['a name that no ServiceAccount has', ['--service-account', 'A b'], FILES, /--service-account A b/],
    ['an empty user', ['--user', ''], FILES, /--user is empty/],
    ['no name of an inventory and no history', [], { ...FILES, 'gitfed.yaml': '' }, /not in a git repository/],
    [
      'a broken gitfed.yaml',
      [],
      { ...FILES, 'gitfed.yaml': 'inventory: [' },
      /gitfed\.yaml:1:\d+: .*correct it first/s,
    ],
    ['a cluster whose inventory nobody reads', ['--cluster', 'eu-1'], FILES, /--cluster says whose inventory is read/],
    ['a kubeconfig that is not there', ['--kubeconfig', 'none'], FILES, /none/],
  ])('refuses %s', async (_title, args, files, message) => {
    const folder = createFolder(files);
    if (args.includes('--kubeconfig')) commitAll(folder);
    const { code, stdout, stderr } = await gitfed(['rbac', ...args], folder);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
  });

  it('tells of each member that it could not read', async () => {
    const folder = createFolder({ ...FILES, 'credentials/.keep': '' });
    commitAll(folder);
    const { code, stdout, stderr } = await gitfed(['rbac', '--credentials-dir', 'credentials'], folder);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^eu-1: its inventory was not read.*no credential was found/m);
    expect(stderr).toMatch(/^us-1: its inventory was not read/m);
    expect(stdout).toContain('- configmaps\n');
    const one = await gitfed(['rbac', '--credentials-dir', 'credentials', '--cluster', 'us-1'], folder);
    expect(one.stderr).toMatch(/^us-1: /m);
    expect(one.stderr).not.toContain('eu-1');
    const none = await gitfed(['rbac', '--credentials-dir', 'credentials', '--cluster', 'x'], folder);
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('There is no cluster "x"') });
  });

  it('asks for a FederatedTypeConfig or a member where it cannot know the plural of a kind', async () => {
    const spec = '{template: {apiVersion: shop.example/v1}, placement: {clusterSelector: {}}}';
    const folder = createFolder({ ...FILES, 'a.yaml': federated('FederatedConfigMap', spec) });
    const { code, stderr } = await gitfed(['rbac'], folder);
    expect(code).toBe(1);
    expect(stderr).toContain('ConfigMap.shop.example: the plural name of this kind is not known');
  });
});
