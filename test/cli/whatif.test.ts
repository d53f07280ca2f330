import { describe, expect, it } from 'vitest';
import { cluster, documents, FLEET, federated, federatedNamespace, preference } from '../helpers/model-of.ts';
import { createFolder, gitfed } from './run-gitfed.ts';

const EVERYWHERE = 'placement: {clusterSelector: {}}';
const WEB = federated('FederatedDeployment', `{${EVERYWHERE}, template: {spec: {replicas: 2}}}`);
const PLANNED = documents(FLEET, WEB, preference('{targetKind: FederatedDeployment, totalReplicas: 4}'));
const OBSERVED = `apiVersion: gitfed.io/v1alpha1
kind: Observations
clusters:
  us-1:
    workloads:
      - {kind: Deployment, namespace: shop, name: web, specReplicas: 3, readyReplicas: 1, runningAndReadyPods: 1, unschedulablePods: 2}
`;

describe('gitfed whatif', () => {
  it.each<[title: string, args: readonly string[], message: RegExp]>([
    ['without a cluster', [], /name the cluster to lose with --lose CLUSTER, or use --each/],
    ['with both ways to name clusters', ['--lose', 'eu-1', '--each'], /use one of them/],
    ['of a cluster that is misspelt', ['--lose', 'eu-2'], /no cluster "eu-2" is registered: did you mean eu-1\?/],
    ['of a cluster far from any', ['--lose', 'mars'], /no cluster "mars" is registered: registered are eu-1, us-1/],
    ['of a folder that is none', ['nowhere', '--each'], /nowhere/],
  ])('%s could not run, and says so', async (_title, args, message) => {
    const folder = createFolder({ 'fleet.yaml': PLANNED });
    const { code, stdout, stderr } = await gitfed(['whatif', ...args], folder);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('moves planned replicas, which is no reason to worry', async () => {
    const folder = createFolder({ 'fleet.yaml': PLANNED });
    const { code, stdout, stderr } = await gitfed(['whatif', '--lose', 'eu-1'], folder);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('every workload goes on, and planned replicas find a place');
    expect(stdout).toContain('FederatedDeployment/shop/web\n  us-1 2 -> 4\n');
  });

  it('finds no place where there is no room, and says where', async () => {
    const folder = createFolder({ 'fleet.yaml': PLANNED, '../observed.yaml': OBSERVED });
    const { code, stdout } = await gitfed(['whatif', '--lose', 'eu-1', '--observed', '../observed.yaml'], folder);
    expect(code).toBe(1);
    expect(stdout).toContain('3 missing: 2 of them written where there is no room, until there is; us-1 at capacity 1');
  });

  it('loses what is fixed without an error, as long as it runs elsewhere', async () => {
    const folder = createFolder({ 'fleet.yaml': documents(FLEET, WEB) });
    const { code, stdout } = await gitfed(['whatif', '--lose', 'eu-1', '-o', 'json'], folder);
    expect(code).toBe(0);
    const { losses } = JSON.parse(stdout);
    expect(losses[0].workloads).toMatchObject([
      { outcome: 'Reduced', replicas: 'Fixed', before: 4, missing: 2, homes: 1 },
    ]);
  });

  it('names what has no second home, and other objects that are gone', async () => {
    const only = 'placement: {clusters: [{name: eu-1}]}';
    const settings = federated('FederatedConfigMap', `{${only}}`, '{name: settings, namespace: shop}');
    const job = federated('FederatedJob', `{${only}}`, '{name: once, namespace: shop}');
    const folder = createFolder({ 'fleet.yaml': documents(FLEET, settings, job) });
    const { code, stdout } = await gitfed(['whatif', '--lose', 'eu-1'], folder);
    expect(code).toBe(1);
    expect(stdout).toMatch(/FederatedJob\/shop\/once +no second home/);
    expect(stdout).toContain('Other objects that are nowhere any more:\n  FederatedConfigMap/shop/settings\n');
    expect(stdout).toContain('1 other object loses a copy and is elsewhere too.');
  });

  it('folds clusters with the same numbers into one line', async () => {
    const names = ['c1', 'c2', 'c3'];
    const fleet = documents(...names.map((name) => cluster(name)), federatedNamespace('shop'), WEB);
    const { code, stdout } = await gitfed(['whatif', '--each'], createFolder({ 'fleet.yaml': fleet }));
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(stdout).toMatch(/^c1, c2, c3 +1 +2 +0 +0 +2 +0 +0$/m);
  });

  it('leaves out what is in error, and says what keeps replicas from moving', async () => {
    const broken = federated('FederatedDeployment', '{placement: {clusters: 1}}', '{name: api, namespace: shop}');
    const folder = createFolder({ 'fleet.yaml': documents(FLEET, WEB, broken), 'bad.yaml': 'a: "b" c\n' });
    const { code, stderr } = await gitfed(['whatif', '--lose', 'eu-1'], folder);
    expect(code).toBe(0);
    expect(stderr).toContain('1 object is in error or switched off, and stays as applied last: left out here.');
    expect(stderr).toContain('bad.yaml:1 (InvalidYAML)');
  });

  it('moves nothing into a cluster that is suspended', async () => {
    const configuration = `apiVersion: gitfed.io/v1alpha1
kind: Configuration
metadata: {name: gitfed}
suspend: {clusters: [us-1]}
`;
    const folder = createFolder({ 'fleet.yaml': PLANNED, 'gitfed.yaml': configuration });
    const { code, stdout } = await gitfed(['whatif', '--lose', 'eu-1'], folder);
    expect(code).toBe(1);
    expect(stdout).toContain('2 missing: us-1 suspended');
  });

  it('says that a cluster is not ready already', async () => {
    const observed = 'apiVersion: gitfed.io/v1alpha1\nkind: Observations\nclusters: {eu-1: {ready: false}}\n';
    const folder = createFolder({ 'fleet.yaml': PLANNED, '../observed.yaml': observed });
    const { code, stdout } = await gitfed(['whatif', '--lose', 'eu-1', '--observed', '../observed.yaml'], folder);
    expect(code).toBe(0);
    expect(stdout).toContain('Observed not to be ready already: eu-1.\n');
    expect(stdout).toContain('no replica is lost');
  });

  it('names the largest of many moves, and says how many there are', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `c${String(index).padStart(2, '0')}`);
    const clusters = '{c00: {minReplicas: 20}, c07: {weight: 9}, "*": {weight: 1}}';
    const fleet = documents(
      ...names.map((name) => cluster(name)),
      federatedNamespace('shop'),
      WEB,
      preference(`{targetKind: FederatedDeployment, totalReplicas: 40, clusters: ${clusters}}`),
    );
    const { stdout } = await gitfed(['whatif', '--lose', 'c00'], createFolder({ 'fleet.yaml': fleet }));
    const moves = 'c07 10 -> 15, c04 0 -> 2, c05 0 -> 2, c06 0 -> 2, c08 0 -> 2, c10 0 -> 2, c01 2 -> 3';
    expect(stdout).toContain(`\n  ${moves} and 4 more clusters\n`);
  });

  it('tells of some objects only, as Markdown too', async () => {
    const other = federated(
      'FederatedDeployment',
      '{placement: {clusters: [{name: eu-1}]}}',
      '{name: api, namespace: shop}',
    );
    const folder = createFolder({ 'fleet.yaml': documents(PLANNED, other) });
    const all = await gitfed(['whatif', '--each', '-o', 'markdown'], folder);
    expect(all.code).toBe(1);
    expect(all.stdout).toContain('| lost | workloads |');
    expect(all.stdout).toContain(
      'Workloads that have no second home:\n\n- `FederatedDeployment/shop/api` without `eu-1`\n',
    );
    const one = await gitfed(['whatif', '--lose', 'eu-1', '-o', 'markdown', '-n', 'shop', '--name', 'web'], folder);
    expect(one.code).toBe(0);
    expect(one.stdout).toContain('- `FederatedDeployment/shop/web`: `us-1` 2 → 4');
    expect(one.stdout).not.toContain('api');
    const none = await gitfed(['whatif', '--lose', 'eu-1', '--kind', 'StatefulSet'], folder);
    expect(none.stdout).toContain('no replica is lost');
  });

  it('has nothing to lose in an empty repository', async () => {
    const { code, stdout } = await gitfed(['whatif', '--each'], createFolder({ 'README.md': 'nothing' }));
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'No cluster is ready: there is none to lose.\n' });
  });
});
