import { describe, expect, it } from 'vitest';
import { documents, FLEET, federated, federatedNamespace, preference } from '../helpers/model-of.ts';
import { commitAll, createFolder, git, gitfed, writeFiles } from './run-gitfed.ts';

const EVERYWHERE = 'placement: {clusterSelector: {}}';
const WEB = federated('FederatedDeployment', `{${EVERYWHERE}, template: {spec: {replicas: 2}}}`);

describe('gitfed explain', () => {
  it.each<[title: string, args: readonly string[], message: RegExp]>([
    ['without an object', [], /Name one object as KIND\/NAME/],
    ['without a name', ['deployment'], /Name one object as KIND\/NAME/],
    ['with too many parts', ['a/b/c/d'], /Name one object as KIND\/NAME/],
    ['with two namespaces', ['deployment/shop/web', '-n', 'stock'], /namespace shop, and --namespace says stock/],
    ['with a path that is none', ['deploy/web', '--field', 'a..b'], /--field "a\.\.b" cannot be read from "\.\.b" on/],
    [
      'of an object that is not there',
      ['deploy/wbe'],
      /There is no deploy\/wbe: did you mean FederatedDeployment\/shop\/web\?/,
    ],
    [
      'of an object in another namespace',
      ['deploy/web', '-n', 'stock'],
      /in namespace stock: did you mean FederatedDeployment\/shop\/web\?/,
    ],
    ['of an object far from any', ['deploy/frobnicate'], /Of this kind there are: FederatedDeployment\/shop\/web/],
    [
      'of a kind that is not there',
      ['deplyoment/web'],
      /of kind "deplyoment" in the repository: did you mean deployment\/web\?/,
    ],
    ['of a kind far from any', ['frobnicate/web'], /of kind "frobnicate" in the repository$/],
  ])('%s could not run, and says so', async (_title, args, message) => {
    const folder = createFolder({ 'fleet.yaml': documents(FLEET, WEB) });
    const { code, stdout, stderr } = await gitfed(['explain', ...args], folder);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trimEnd()).toMatch(message);
  });

  it.each<[title: string, args: readonly string[], answer: string]>([
    ['does not have', ['deploy/api'], 'There is no deploy/api. Of this kind there are: FederatedDeployment/shop/web.'],
    ['has by another name', ['deploy/wbe'], 'There is no deploy/wbe: did you mean FederatedDeployment/shop/web?'],
    ['has no kind of', ['sts/api'], 'There is no federated object of kind "sts" in the repository.'],
  ])('names the files in error that may hold an object that the repository %s', async (_title, args, answer) => {
    const folder = createFolder({ 'fleet.yaml': documents(FLEET, WEB), 'shop/api.yaml': 'a: 1\nname: "api" "x": y\n' });
    const { code, stdout, stderr } = await gitfed(['explain', ...args], folder);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`${answer} shop/api.yaml:2 (InvalidYAML) is in error, and may hold it`);
  });

  it('names no error of an object that is known to be another', async () => {
    const broken = federated('FederatedNamespace', '{placement: {clusters: 1}}', '{name: stock, namespace: stock}');
    const folder = createFolder({ 'fleet.yaml': documents(FLEET, WEB, broken) });
    const { stderr } = await gitfed(['explain', 'deploy/api'], folder);
    expect(stderr.trimEnd()).toMatch(/Of this kind there are: FederatedDeployment\/shop\/web$/);
  });

  it('wants to know which of several objects is meant', async () => {
    const others = federated('FederatedDeployment', '{}', '{name: web, namespace: stock}');
    const folder = createFolder({ 'fleet.yaml': documents(FLEET, WEB, others) });
    const { code, stderr } = await gitfed(['explain', 'deploy/web'], folder);
    expect(code).toBe(2);
    expect(stderr).toContain(
      'may be FederatedDeployment/shop/web, FederatedDeployment/stock/web. Say which one with -n NAMESPACE',
    );
  });

  it.each<[title: string, text: string, said: RegExp]>([
    ['is there twice', documents(WEB, WEB), /held {2}DuplicateObject: /],
    [
      'has a preference in error',
      documents(WEB, preference('{targetKind: FederatedDeployment}')),
      /held {2}InvalidPreference: /,
    ],
    ['has a placement in error', federated('FederatedDeployment', '{placement: 1}'), /held {2}InvalidPlacement: /],
  ])('ends with 1 for an object that %s', async (_title, text, said) => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'web.yaml': text });
    const { code, stdout } = await gitfed(['explain', 'deploy/web', '-n', 'shop'], folder);
    expect(stdout).toMatch(said);
    expect(code).toBe(1);
  });

  it('ends with 0 for an object that is not federated, and says why', async () => {
    const plain = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n';
    const folder = createFolder({ 'fleet.yaml': FLEET, 'web.yaml': plain });
    const { code, stdout } = await gitfed(['explain', 'deploy/web'], folder);
    expect(stdout).toMatch(/no {4}NotFederated: /);
    expect(code).toBe(0);
  });

  it('shows no value of a Secret, in text or JSON', async () => {
    const secret = federated(
      'FederatedSecret',
      `{${EVERYWHERE}, template: {stringData: {key: hush}}, overrides: [{clusterName: eu-1, clusterOverrides: [{path: /stringData/key, value: hush2}]}]}`,
    );
    const folder = createFolder({ 'fleet.yaml': FLEET, 'secret.yaml': secret });
    for (const output of ['text', 'json']) {
      for (const field of ['stringData.key', 'stringData', 'stringData.kee']) {
        const { stdout, stderr } = await gitfed(['explain', 'secret/web', '--field', field, '-o', output], folder);
        expect(stdout + stderr).not.toContain('hush');
        expect(stdout).toContain('eu-1');
      }
    }
  });

  it('lets nothing in a repository reach the terminal', async () => {
    const odd = federated(
      'FederatedConfigMap',
      `{${EVERYWHERE}, template: {data: {"a\\u001b[2J": "x\\u001b[31m"}}, overrides: [{clusterName: "eu\\u001b[1m", clusterOverrides: [{path: "/data/\\u001b[0m", value: x}]}]}`,
    );
    const folder = createFolder({ 'fleet.yaml': FLEET, 'odd.yaml': odd });
    for (const args of [
      [],
      ['--field', 'data'],
      ['--field', 'data.\u001b'],
      ['--cluster', 'eu-\u001b'],
      ['-o', 'json'],
    ]) {
      const { stdout, stderr } = await gitfed(['explain', 'cm/web', ...args], folder);
      expect(stdout).not.toBe('');
      expect(stdout + stderr).not.toContain('\u001b');
    }
  });

  it('reads a commit, and says who wrote its lines', async () => {
    const folder = createFolder({ 'fleet.yaml': documents(FLEET, WEB) });
    const commit = commitAll(folder, 'Two of them');
    const file = documents(FLEET, WEB.replace('replicas: 2', 'replicas: 3'));
    const { stdout: now } = await gitfed(['explain', 'deploy/web', '--field', 'spec.replicas'], folder);
    expect(now).toContain('Two of them');
    writeFiles(folder, { 'fleet.yaml': file });

    const changed = await gitfed(['explain', 'deploy/web', '--field', 'spec.replicas'], folder);
    expect(changed.stdout).toMatch(/^3 {2}in 2 clusters: eu-1, us-1\n.*\n +not committed yet$/m);
    const before = await gitfed(
      ['explain', 'deploy/web', '--field', 'spec.replicas', '--ref', 'HEAD', '-o', 'json'],
      folder,
    );
    expect(JSON.parse(before.stdout).field).toEqual({
      path: 'spec.replicas',
      groups: [
        {
          clusters: ['eu-1', 'us-1'],
          path: ['spec', 'replicas'],
          present: true,
          value: 2,
          masked: false,
          applied: 'Always',
          origin: {
            type: 'Template',
            file: 'fleet.yaml',
            line: expect.any(Number),
            column: expect.any(Number),
            history: {
              committed: true,
              commit,
              author: 'gitfed test',
              date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
              subject: 'Two of them',
              isOldest: false,
            },
          },
          changedBelow: [],
        },
      ],
    });
  });

  it.each<[mode: string, title: string, isRead: boolean]>([
    ['push', 'plans from what the status branch has', true],
    ['local', 'plans from a status branch that is never sent', true],
    ['off', 'does not plan from a status branch that nobody writes any more', false],
  ])('with status.mode %s %s', async (mode, _title, isRead) => {
    const folder = createFolder({
      'fleet.yaml': documents(FLEET, WEB, preference('{targetKind: FederatedDeployment, totalReplicas: 9}')),
      'gitfed.yaml': `apiVersion: gitfed.io/v1alpha1\nkind: Configuration\nstatus: {mode: ${mode}}\n`,
    });
    commitAll(folder, 'A fleet');
    const unknown = await gitfed(['explain', 'deploy/web'], folder);
    git(folder, 'checkout', '--quiet', '--orphan', 'gitfed/status');
    git(folder, 'rm', '--quiet', '-r', '-f', '.');
    writeFiles(folder, {
      'observations/us-1.yaml':
        'apiVersion: gitfed.io/v1alpha1\nkind: Observations\nclusters:\n  us-1: {ready: false}\n',
    });
    commitAll(folder, 'us-1 is lost');
    git(folder, 'checkout', '--quiet', 'main');

    const explained = await gitfed(['explain', 'deploy/web'], folder);
    if (!isRead) return expect(explained).toEqual(unknown);
    expect(unknown.stdout).not.toContain('status commit');
    expect(explained.stdout).toMatch(/status commit [0-9a-f]{12}/);
    expect(explained.stderr).toBe('');
  });

  it('goes on without git where git cannot tell, and says so', async () => {
    const folder = createFolder({ 'fleet.yaml': documents(FLEET, WEB) });
    commitAll(folder);
    git(folder, 'config', 'blame.ignoreRevsFile', 'nowhere');
    const { code, stdout, stderr } = await gitfed(['explain', 'deploy/web', '--field', 'spec.replicas'], folder);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^2 {2}in 2 clusters: eu-1, us-1\n {2}set by the template \(fleet\.yaml:\d+\)\n$/m);
    expect(stderr).toContain('Who wrote fleet.yaml is not known: git blame failed: ');
  });

  it('says what a field or a cluster is called that is misspelt', async () => {
    const folder = createFolder({ 'fleet.yaml': documents(FLEET, WEB) });
    const field = await gitfed(['explain', 'deploy/web', '--field', 'spec.replcas'], folder);
    expect(field).toMatchObject({ code: 0, stderr: 'There is no replcas: did you mean replicas?\n' });
    expect(field.stdout).toContain('neither the template nor an override sets it');
    const cluster = await gitfed(['explain', 'deploy/web', '--cluster', 'eu-11'], folder);
    expect(cluster).toMatchObject({ code: 0, stderr: 'There is no cluster eu-11: did you mean eu-1?\n' });
  });

  it('says why a field is not where the object is not', async () => {
    const here = federated(
      'FederatedDeployment',
      '{placement: {clusters: [{name: eu-1}]}, template: {spec: {replicas: 2}}}',
    );
    const folder = createFolder({ 'fleet.yaml': documents(FLEET, here) });
    const { stdout } = await gitfed(['explain', 'deploy/web', '--field', 'spec.replicas'], folder);
    expect(stdout).toContain('2  in eu-1\n');
    expect(stdout).toContain('- us-1: not placed\n  no    spec.placement.clusters does not name it');
  });

  it('says of overrides where the object is not placed, and where it is held back', async () => {
    const remove = 'clusterOverrides: [{op: remove, path: /a}]';
    const spec = `{placement: {clusters: [{name: eu-1}]}, overrides: [{clusterName: eu-1, ${remove}}, {clusterName: us-1, ${remove}}]}`;
    const folder = createFolder({ 'fleet.yaml': documents(FLEET, federated('FederatedDeployment', spec)) });
    const { stdout } = await gitfed(['explain', 'deploy/web'], folder);
    expect(stdout).toMatch(/^ {2}eu-1, where it is held back\n {4}remove \/a .*\n {2}us-1, where it is not placed\n/m);
  });

  it('says of overrides that everything is held back with its namespace', async () => {
    const broken = federated('FederatedNamespace', '{placement: {clusters: 1}}', '{name: stock, namespace: stock}');
    const spec = `{${EVERYWHERE}, overrides: [{clusterName: us-1, clusterOverrides: [{path: /a, value: 1}]}]}`;
    const web = federated('FederatedDeployment', spec, '{name: web, namespace: stock}');
    const folder = createFolder({ 'fleet.yaml': documents(FLEET, broken, web) });
    const { stdout } = await gitfed(['explain', 'deploy/web', '-n', 'stock'], folder);
    expect(stdout).toContain('\n  us-1, where it is held back\n');
  });

  it.each([[[]], [['--field', 'spec.replicas']], [['--cluster', 'eu-1']]])(
    'says with %j that no cluster is registered',
    async (args) => {
      const planned = preference('{targetKind: FederatedDeployment, totalReplicas: 3}');
      const folder = createFolder({ 'web.yaml': documents(federatedNamespace('shop'), WEB, planned) });
      const { code, stdout } = await gitfed(['explain', 'deploy/web', ...args], folder);
      expect(code).toBe(0);
      expect(stdout).toContain(
        '\n\nNo cluster is registered: the repository has no KubeFedCluster that is not in error.\n',
      );
      expect(stdout).not.toContain('no cluster is ready');
    },
  );
});
