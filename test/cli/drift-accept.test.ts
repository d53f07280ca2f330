import { describe, expect, it } from 'vitest';
import { documents, FLEET, federated } from '../helpers/model-of.ts';
import { commitAll, createFolder, git, gitfed, type Run, writeFiles } from './run-gitfed.ts';

const WEB = federated('FederatedConfigMap', '{template: {data: {a: "1"}}, placement: {clusterSelector: {}}}');
const SECRET = federated(
  'FederatedSecret',
  '{template: {stringData: {token: canary}}, placement: {clusterSelector: {}}}',
  '{name: key, namespace: shop}',
);
const BROKEN = federated('FederatedConfigMap', '{template: 5}', '{name: broken, namespace: shop}');
const NOWHERE = federated('FederatedConfigMap', '{template: {}}', '{name: nowhere, namespace: shop}');

function committed(): string {
  const folder = createFolder({
    'fleet.yaml': FLEET,
    'objects.yaml': documents(WEB, SECRET, BROKEN, NOWHERE),
    'gitfed.yaml': 'inventory: shop\n',
  });
  commitAll(folder);
  return folder;
}

async function accept(folder: string, ...args: readonly string[]): Promise<Run> {
  return await gitfed(['drift', 'accept', ...args], folder);
}

describe('gitfed drift accept could not run', () => {
  it.each<[title: string, args: readonly string[], message: RegExp]>([
    [
      'without an object',
      [],
      /Name one object as KIND\/NAME, for example: gitfed drift accept deployment\/web -n shop/,
    ],
    ['on an object that is not there', ['cm/wbe'], /There is no cm\/wbe: did you mean FederatedConfigMap\/shop\/web\?/],
    ['on a field that is none', ['cm/web', '--field', 'a[b'], /--field "a\[b" cannot be read from/],
    ['on a Secret', ['secret/key'], /values of Secrets are never written into the repository/],
    ['on an object in error', ['cm/broken'], /is rendered for no cluster\. Ask why with: gitfed explain/],
    ['on an object that no cluster gets', ['cm/nowhere'], /is rendered for no cluster/],
    ['for a cluster that does not get it', ['cm/web', '--cluster', 'moon'], /Clusters that get it: eu-1, us-1\./],
    ['on a folder that is not there', ['cm/web', '--path', 'nowhere'], /There is nothing at/],
    ['with a second object', ['cm/web', 'cm/other'], /Unknown argument: cm\/other/],
  ])('%s', async (_title, args, message) => {
    const { code, stdout, stderr } = await accept(committed(), ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('canary');
  });

  it('in a bare repository, or in a folder without one', async () => {
    const folder = committed();
    git(folder, 'clone', '--quiet', '--bare', '.', 'bare.git');
    expect((await accept(folder, 'cm/web', '--path', 'bare.git')).stderr).toMatch(/is a bare repository/);
    const plain = createFolder({ 'fleet.yaml': FLEET, 'web.yaml': WEB });
    expect((await accept(plain, 'cm/web')).stderr).toMatch(/is not in a git repository/);
  });

  it('on an object that HEAD has otherwise, though not for other changes of its file', async () => {
    const folder = committed();
    const text = documents(WEB, SECRET, BROKEN, NOWHERE);
    writeFiles(folder, { 'objects.yaml': text.replace('a: "1"', 'a: "2"') });
    const { code, stderr } = await accept(folder, 'cm/web');
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringMatching(/is not what HEAD has/) });
    writeFiles(folder, { 'objects.yaml': `# Another word.\n${text}` });
    expect(await accept(folder, 'cm/web')).toMatchObject({ code: 1, stderr: '' });
  });
});

describe('gitfed drift accept', () => {
  it('says of which clusters it knows nothing', async () => {
    const folder = committed();
    const { code, stdout } = await accept(folder, 'cm/web', '--cluster', 'us-1');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^FederatedConfigMap\/shop\/web, not accepted:\n {4}it in us-1: It was not compared \(NotReady\)/,
    );
    const json = await accept(folder, 'cm/web', '-o', 'json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      object: 'FederatedConfigMap/shop/web',
      written: false,
      accepted: [],
      notAccepted: [{ clusters: ['eu-1'] }, { clusters: ['us-1'] }],
    });
    expect(git(folder, 'status', '--porcelain')).toBe('');
  });
});
