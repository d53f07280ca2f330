import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readAgeIdentities } from '../../src/cluster/age-identities.ts';
import { decryptDocuments } from '../../src/cluster/sops.ts';
import { type JsonObject, readYaml, type SourceDocument, stringifyJson } from '../../src/core/index.ts';
import { type Authorize, type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { cluster, documents, FLEET, federated } from '../helpers/model-of.ts';
import { commitAll, createFolder, gitfed, type Run, writeFiles } from './run-gitfed.ts';

const LIMITS = { documentNodes: 10_000, depth: 50 };
const PASSWORD = 'c3dvcmRmaXNo';

/** Every file of a folder without those of git, with its text. */
function filesOf(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('.git'))
    .map((entry) => path.join(entry.parentPath, entry.name));
  return Object.fromEntries(names.map((name) => [path.relative(folder, name), readFileSync(name, 'utf8')]));
}

function documentsOf(text: string | undefined): SourceDocument[] {
  return readYaml('', text ?? '', LIMITS).flatMap((read) => (read.ok ? [read.document] : []));
}

function parse(text: string | undefined): unknown {
  return documentsOf(text)[0]?.value;
}

/** A command line that must fail, and leave every file as it was. */
async function refused(args: readonly string[], folder: string): Promise<string> {
  const before = filesOf(folder);
  const { code, stdout, stderr } = await gitfed(['federate', ...args], folder);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(filesOf(folder)).toEqual(before);
  expect(stderr).not.toContain(PASSWORD);
  return stderr;
}

const SETTINGS = `
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: shop, uid: abc, resourceVersion: "7"}
data: {colour: green}
`;
const NAMESPACE = '{apiVersion: v1, kind: Namespace, metadata: {name: shop}}';
const SECRET = `{apiVersion: v1, kind: Secret, metadata: {name: web, namespace: shop}, data: {"10": ${PASSWORD}, "9": ""}}`;

function fleet(objects: Readonly<Record<string, string>> = {}, repository = FLEET): { folder: string; args: string[] } {
  const outside = createFolder({ 'objects.yaml': documents(...Object.values(objects)) });
  return { folder: createFolder({ 'fleet.yaml': repository }), args: ['-f', path.join(outside, 'objects.yaml')] };
}

describe('gitfed federate -f', () => {
  it('writes an object, does it once, and the repository stays without findings', async () => {
    const { folder, args } = fleet({ SETTINGS });
    const first = await gitfed(['federate', ...args], folder);
    expect(first).toEqual({
      code: 0,
      stdout: 'created shop/ConfigMap-web.yaml:1 FederatedConfigMap web\n',
      stderr: 'Look at it with git diff, and commit it.\n',
    });
    expect(parse(filesOf(folder)['shop/ConfigMap-web.yaml'])).toEqual({
      apiVersion: 'types.kubefed.io/v1beta1',
      kind: 'FederatedConfigMap',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { placement: { clusterSelector: {} }, template: { data: { colour: 'green' } } },
    });
    expect((await gitfed(['validate'], folder)).stderr).toBe('no findings\n');
    const again = await gitfed(['federate', ...args], folder);
    expect(again).toEqual({
      code: 0,
      stdout: 'unchanged shop/ConfigMap-web.yaml:1 FederatedConfigMap web\n',
      stderr: '',
    });
  });

  it('edits the template of what is there, in a file of several documents, and keeps the rest', async () => {
    const written = (data: string, more = ''): string => `${FLEET}
---
# Of the shop.
apiVersion: types.kubefed.io/v1beta1
kind: FederatedConfigMap
metadata: {name: web, namespace: shop, labels: {team: shop}}
spec:
    placement: {clusters: [{name: eu-1}]}  # for now
    template:
        data:
            colour: ${data}
${more}    overrides: # theirs
    - clusterName: eu-1
      clusterOverrides: [{path: /data/colour, value: blue}]
`;
    const { folder, args } = fleet({ SETTINGS }, written('red # of old', '            size: "1" # gone\n'));
    const run = await gitfed(['federate', ...args, '--clusters', 'us-1'], folder);
    expect(run.code).toBe(0);
    expect(run.stdout).toContain('edited fleet.yaml:');
    expect(run.stdout).toContain('-            colour: red # of old');
    expect(run.stderr).toContain(
      'Of what was there already the placement is as it was: FederatedConfigMap/shop/web.\n',
    );
    expect(filesOf(folder)).toEqual({ 'fleet.yaml': written('green # of old') });
  });

  it('leaves what a template says of its own identity where it stands', async () => {
    const template = '{apiVersion: v1, kind: ConfigMap, metadata: {name: web, namespace: shop}, data: {colour: green}}';
    const there = federated('FederatedConfigMap', `{template: ${template}, placement: {clusterSelector: {}}}`);
    const { folder, args } = fleet({ SETTINGS }, documents(FLEET, there));
    expect((await gitfed(['federate', ...args], folder)).stdout).toMatch(/^unchanged fleet\.yaml:/);
    const labelled = SETTINGS.replace('uid: abc', 'labels: {a: b}');
    const run = await gitfed(['federate', ...fleet({ labelled }).args], folder);
    expect(run.code).toBe(0);
    expect(filesOf(folder)['fleet.yaml']).toContain(
      'kind: ConfigMap, metadata: {name: web, namespace: shop, labels: {a: b}}',
    );
  });

  it('says that a file is not there', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'sub/a.yaml': '' });
    expect(await refused(['-f', 'missing.yaml'], folder)).toContain(
      'missing.yaml cannot be read: there is no such file',
    );
    expect(await refused(['-f', 'sub'], folder)).toContain('sub cannot be read: it is a folder');
  });

  it('takes several documents, lists of lists and JSON, from standard input', async () => {
    const folder = createFolder({ 'fleet.yaml': documents(cluster('eu-1')) });
    const list = { apiVersion: 'v1', kind: 'List', items: [JSON.parse(JSON.stringify(parse(SETTINGS)))] };
    const outer = { apiVersion: 'v1', kind: 'List', items: [{ ...list, kind: 'ConfigMapList' }] };
    const input = createFolder({ 'in.yaml': documents(NAMESPACE, JSON.stringify(outer), '# nothing') });
    const shell = `node ${path.resolve('src/cli/main.ts')} federate -f - < ${path.join(input, 'in.yaml')}`;
    const { execFileSync } = await import('node:child_process');
    const stdout = execFileSync('sh', ['-c', shell], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
    expect(stdout).toBe(
      'created shop/Namespace-shop.yaml:1 FederatedNamespace shop\ncreated shop/ConfigMap-web.yaml:1 FederatedConfigMap web\n',
    );
    expect((await gitfed(['validate'], folder)).stderr).toBe('no findings\n');
  });

  it('prints with -o yaml, and shows with --dry-run, and writes nothing', async () => {
    const { folder, args } = fleet({ SETTINGS });
    const printed = await gitfed(['federate', ...args, '-o', 'yaml', '--cluster-selector', 'region=eu'], folder);
    expect(printed).toMatchObject({ code: 0, stderr: '' });
    expect(printed.stdout.startsWith('---\napiVersion: types.kubefed.io/v1beta1\n')).toBe(true);
    expect(parse(printed.stdout)).toMatchObject({
      spec: { placement: { clusterSelector: { matchLabels: { region: 'eu' } } } },
    });
    const shown = await gitfed(['federate', ...args, '--dry-run'], folder);
    expect(shown.stdout).toContain('would create shop/ConfigMap-web.yaml:1 FederatedConfigMap web\n');
    expect(shown.stdout).toContain('+      colour: green');
    const json = await gitfed(['federate', ...args, '--dry-run', '-o', 'json'], folder);
    expect(JSON.parse(json.stdout)).toMatchObject({
      written: false,
      objects: ['FederatedConfigMap/shop/web'],
      files: [{ file: 'shop/ConfigMap-web.yaml', action: 'created' }],
      leftOut: [],
    });
    expect(Object.keys(filesOf(folder))).toEqual(['fleet.yaml']);
  });

  it.each<[option: string[], placement: JsonObject]>([
    [['--clusters', 'us-1, eu-1,us-1'], { clusters: [{ name: 'us-1' }, { name: 'eu-1' }] }],
    [
      ['--cluster-selector', 'a=b,c==d,e in (f, g),!h,i,j!=k,l notin (m)'],
      {
        clusterSelector: {
          matchLabels: { a: 'b', c: 'd' },
          matchExpressions: [
            { key: 'e', operator: 'In', values: ['f', 'g'] },
            { key: 'h', operator: 'DoesNotExist' },
            { key: 'i', operator: 'Exists' },
            { key: 'j', operator: 'NotIn', values: ['k'] },
            { key: 'l', operator: 'NotIn', values: ['m'] },
          ],
        },
      },
    ],
    [['--cluster-selector', ''], { clusterSelector: {} }],
  ])('places new objects as %s says', async (option, placement) => {
    const { folder, args } = fleet({ SETTINGS });
    expect(await gitfed(['federate', ...args, ...option], folder)).toMatchObject({ code: 0 });
    expect(parse(filesOf(folder)['shop/ConfigMap-web.yaml'])).toMatchObject({ spec: { placement } });
  });

  it('keeps the version of a file that is not the usual one, and every digit', async () => {
    const scaler = `{apiVersion: autoscaling/v1, kind: HorizontalPodAutoscaler, metadata: {name: web, namespace: shop}, spec: {maxReplicas: 9007199254740993}}`;
    const { folder, args } = fleet({ scaler });
    expect(await gitfed(['federate', ...args], folder)).toMatchObject({ code: 0 });
    const text = filesOf(folder)['shop/HorizontalPodAutoscaler.autoscaling-web.yaml'];
    expect(parse(text)).toMatchObject({
      spec: { template: { apiVersion: 'autoscaling/v1', spec: { maxReplicas: 9_007_199_254_740_993n } } },
    });
  });

  it('puts new files into a folder of the repository, and keeps to its ignore files', async () => {
    const { folder, args } = fleet({ SETTINGS });
    expect(await gitfed(['federate', ...args, '--output-dir', 'apps/eu'], folder)).toMatchObject({ code: 0 });
    expect(Object.keys(filesOf(folder))).toContain('apps/eu/shop/ConfigMap-web.yaml');
    expect(await refused([...args, '--output-dir', '../x'], fleet().folder)).toContain('outside of the repository');
    const ignoring = createFolder({ 'fleet.yaml': FLEET, '.gitfedignore': 'shop/' });
    expect(await refused(args, ignoring)).toContain('shop/ConfigMap-web.yaml would not be read');
    commitAll(ignoring);
  });

  it('leaves annotations out where the repository does, and says so', async () => {
    const annotated = SETTINGS.replace('uid: abc', 'annotations: {note: x}');
    const { folder, args } = fleet({ annotated });
    writeFiles(folder, {
      'gitfed.yaml': 'apiVersion: gitfed.io/v1alpha1\nkind: Configuration\ntemplateAnnotations: Drop\n',
    });
    const { code, stderr } = await gitfed(['federate', ...args], folder);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('templateAnnotations: Drop') });
    expect(filesOf(folder)['shop/ConfigMap-web.yaml']).not.toContain('note');
  });

  it('names what is left out', async () => {
    const authority = SETTINGS.replace('name: web', 'name: kube-root-ca.crt');
    const { folder, args } = fleet({ SETTINGS, authority });
    const { stderr } = await gitfed(['federate', ...args], folder);
    expect(stderr).toContain(
      'left out ConfigMap/shop/kube-root-ca.crt: it holds the certificate authority of its cluster\n',
    );
    expect(await refused(fleet({ authority }).args, folder)).toContain('holds nothing to federate');
  });
});

describe('a Secret', () => {
  const recipient = async (): Promise<{ recipient: string; file: string }> => {
    const { generateIdentity, identityToRecipient } = await import('age-encryption');
    const identity = await generateIdentity();
    const file = path.join(createFolder({ key: `${identity}\n` }), 'key');
    return { recipient: await identityToRecipient(identity), file };
  };

  it('is an error until somebody says what becomes of it', async () => {
    const { folder, args } = fleet({ SETTINGS, SECRET });
    const stderr = await refused(args, folder);
    expect(stderr).toContain('Say what becomes of Secrets');
    expect(stderr).toContain('Secret/shop/web');
    expect(await refused([...args, '-o', 'yaml'], folder)).toContain('--secrets omit');
  });

  it('is left out, and that is told', async () => {
    const { folder, args } = fleet({ SETTINGS, SECRET });
    const { code, stderr } = await gitfed(['federate', ...args, '--secrets', 'omit'], folder);
    expect(code).toBe(0);
    expect(stderr).toContain('left out Secret/shop/web: it is a Secret (--secrets omit)\n');
    expect(Object.keys(filesOf(folder))).not.toContain('shop/Secret-web.yaml');
    expect(await refused([...fleet({ SECRET }).args, '--secrets', 'omit'], folder)).toContain('nothing to federate');
  });

  it('is written as it is where that is wanted, and never shown', async () => {
    const { folder, args } = fleet({ SECRET });
    const planned = await gitfed(['federate', ...args, '--secrets', 'plain', '--dry-run'], folder);
    expect(planned.stdout).toBe('would create shop/Secret-web.yaml:1 FederatedSecret web\n');
    const { stdout, stderr } = await gitfed(['federate', ...args, '--secrets', 'plain'], folder);
    expect(filesOf(folder)['shop/Secret-web.yaml']).toContain(PASSWORD);
    expect(stderr).toContain('warning PlaintextSecret');
    const changed = fleet({ changed: SECRET.replace(PASSWORD, 'bmV3') }).args;
    const edited = await gitfed(['federate', ...changed, '--secrets', 'plain'], folder);
    expect(edited.stdout).toBe('edited shop/Secret-web.yaml:1 FederatedSecret web\n');
    expect(`${planned.stderr}${stdout}${stderr}${edited.stderr}`).not.toContain(PASSWORD);
  });

  it('is encrypted so that its recipients can read it, and is not changed any more', async () => {
    const { recipient: to, file } = await recipient();
    const { folder, args } = fleet({ SECRET });
    const encrypt = ['--secrets', 'encrypt', '--age-recipient', to, '--age-recipient', (await recipient()).recipient];
    expect(await gitfed(['federate', ...args, ...encrypt], folder)).toMatchObject({ code: 0 });
    const text = filesOf(folder)['shop/Secret-web.yaml'];
    expect(text).not.toContain(PASSWORD);
    const [decrypted] = await decryptDocuments(documentsOf(text), await readAgeIdentities(file));
    expect(decrypted).toMatchObject({
      kind: 'FederatedSecret',
      spec: { template: { data: { 9: '', 10: PASSWORD } }, placement: { clusterSelector: {} } },
    });
    expect(await refused([...args, ...encrypt], folder)).toContain('is there already and encrypted');
  });

  it('that stands beside what is edited is not shown with it', async () => {
    const there = federated(
      'FederatedConfigMap',
      '{template: {data: {colour: red}}, placement: {clusterSelector: {}}}',
    );
    const repository = documents(SECRET, there, FLEET);
    const { folder, args } = fleet({ SETTINGS }, repository);
    const { code, stdout, stderr } = await gitfed(['federate', ...args], folder);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^edited fleet\.yaml:\d+ FederatedConfigMap web\n$/);
    expect(stderr).not.toContain(PASSWORD);
  });

  it('that lies there in plain text is not encrypted in passing', async () => {
    const { folder, args } = fleet({ SECRET });
    await gitfed(['federate', ...args, '--secrets', 'plain'], folder);
    const encrypt = ['--secrets', 'encrypt', '--age-recipient', (await recipient()).recipient];
    expect(await refused([...args, ...encrypt], folder)).toContain('is there already in plain text');
  });

  it('is not encrypted for somebody who is none', async () => {
    const { folder, args } = fleet({ SECRET });
    const encrypt = ['--secrets', 'encrypt', '--age-recipient'];
    expect(await refused([...args, ...encrypt, 'age1nobody'], folder)).toContain('no recipient of age');
    const { file } = await recipient();
    const identity = readFileSync(file, 'utf8').trim();
    expect(await refused([...args, ...encrypt, identity], folder)).not.toContain(identity);
  });
});

describe('gitfed federate refuses', () => {
  it.each<[title: string, args: string[], text: string]>([
    ['nothing at all', [], 'Name what to federate'],
    ['a kind without a name', ['deployments'], 'Name the object of the kind deployments'],
    ['a file beside a kind', ['deploy', 'web', '-f', 'a.yaml'], '--filename says what to federate'],
    ['the contents of a Deployment', ['deploy', 'web', '--contents'], 'deploy is none'],
    ['the contents of a file', ['-f', 'fleet.yaml', '--contents'], 'not a file'],
    ['the contents of a namespace elsewhere', ['ns', 'shop', '-c', '-n', 'x'], 'leave out --namespace'],
    ['to skip without contents', ['ns', 'shop', '-s', 'pods'], 'give both'],
    ['two placements', ['cm', 'a', '--clusters', 'a', '--cluster-selector', 'b'], 'use one of them'],
    ['a cluster without a name', ['cm', 'a', '--clusters', 'a,,b'], 'names nothing between two commas'],
    ['a selector that is none', ['cm', 'a', '--cluster-selector', 'a=b=c'], 'cannot be read at "a=b=c"'],
    ['two clusters to read', ['cm', 'a', '--host-context', 'a', '--from-cluster', 'b'], 'both name the cluster'],
    ['credentials of no cluster', ['cm', 'a', '--credentials-dir', 'a'], 'name the cluster'],
    ['to encrypt for nobody', ['cm', 'a', '--secrets', 'encrypt'], 'needs whom it is for'],
    ['recipients of nothing', ['cm', 'a', '--age-recipient', 'age1'], 'is for --secrets encrypt'],
    ['to print into a folder', ['cm', 'a', '-o', 'yaml', '--output-dir', 'a'], '-o yaml writes nothing'],
    ['a context that there is not', ['cm', 'a', '--kubeconfig', 'missing'], 'cannot be read'],
  ])('%s', async (_title, args, text) => {
    expect(await refused(args, createFolder({ 'fleet.yaml': FLEET }))).toContain(text);
  });

  const object = (fields: string): string => `{apiVersion: v1, kind: ConfigMap, ${fields}}`;
  it.each<[title: string, file: string, args: string[], text: string]>([
    ['what is no YAML', 'a: [', [], 'in.yaml:'],
    ['an empty file', '# nothing', [], 'holds no object'],
    ['what is no object', '[1, 2]', [], 'in.yaml:1: this is no object'],
    ['an object without a name', object('metadata: {}'), [], 'needs apiVersion, kind and metadata.name'],
    ['an object in no namespace', object('metadata: {name: a}'), [], 'ConfigMap a names no namespace'],
    ['another namespace than its own', SETTINGS, ['-n', 'x'], 'is in the namespace shop, not in x'],
    ['what is federated already', federated('FederatedConfigMap', '{}'), [], 'is an object of the federation already'],
    ['a cluster of KubeFed', cluster('a'), [], 'is an object of the federation already'],
    [
      'a kind that nothing knows',
      '{apiVersion: example.com/v1, kind: Widget, metadata: {name: a}}',
      ['--enable-type'],
      'These kinds are not known: Widget.example.com. Enable them first with gitfed enable',
    ],
    ['a namespace that is not federated', SETTINGS.replace('shop', 'cart'), [], 'gitfed federate namespace cart'],
    ['an object that is there twice', documents(SETTINGS, SETTINGS), [], 'would be there twice'],
    [
      'a cluster that is not registered',
      SETTINGS,
      ['--clusters', 'eu-1,mars'],
      'of this repository: mars. It has eu-1',
    ],
    ['a selector with a bad label', SETTINGS, ['--cluster-selector', 'a=-b'], 'InvalidPlacement'],
    ['a bad name', object('metadata: {name: A_b, namespace: shop}'), [], 'InvalidName'],
    ['an object over the size limits', SETTINGS.replace('green', 'x'.repeat(6 * 1024 * 1024)), [], 'FileTooLarge'],
  ])('%s', async (_title, file, args, text) => {
    const folder = createFolder({ 'fleet.yaml': FLEET });
    const input = path.join(createFolder({ 'in.yaml': file }), 'in.yaml');
    const stderr = await refused(['-f', input, ...args], folder);
    expect(stderr).toContain(text);
  });

  it('to overwrite a file that holds something else', async () => {
    const { folder, args } = fleet({ SETTINGS });
    writeFiles(folder, { 'shop/ConfigMap-web.yaml': '# mine\n' });
    expect(await refused(args, folder)).toContain('nothing is overwritten');
  });

  it('to write one file of two when the other cannot be written', async () => {
    const { folder, args } = fleet({ SETTINGS, other: SETTINGS.replace('name: web', 'name: other') });
    writeFiles(folder, { 'shop/ConfigMap-other.yaml': '# mine\n' });
    await refused(args, folder);
  });

  it('an object whose template is in error', async () => {
    const broken = documents(
      FLEET,
      federated('FederatedConfigMap', '{template: [], placement: {clusterSelector: {}}}'),
    );
    const { folder, args } = fleet({ SETTINGS }, broken);
    expect(await refused(args, folder)).toContain('is there already and in error');
  });

  it('what an anchor shares', async () => {
    const shared = documents(
      FLEET,
      federated(
        'FederatedConfigMap',
        '{template: {data: &x {colour: red}, binaryData: *x}, placement: {clusterSelector: {}}}',
      ),
    );
    const { folder, args } = fleet({ SETTINGS }, shared);
    expect(await refused(args, folder)).toContain('fleet.yaml:');
  });
});

const WIDGETS = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets, singular: widget, shortNames: [wi]}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`;

interface Live {
  readonly sandbox: Sandbox;
  readonly folder: string;
  readonly run: (...args: string[]) => Promise<Run>;
  readonly kubeconfig: string;
}

async function live(repository = documents(cluster('eu-1'), cluster('us-1')), authorize?: Authorize): Promise<Live> {
  const sandbox = await startSandbox({
    name: 'eu-1',
    namespaces: ['shop'],
    ...(authorize === undefined ? {} : { authorize }),
  });
  onTestFinished(() => sandbox.stop());
  post(sandbox, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', parse(WIDGETS) as JsonObject);
  post(sandbox, '/api/v1/namespaces/shop/configmaps', parse(SETTINGS.replace(/, uid.*"7"/, '')) as JsonObject);
  await sandbox.settled();
  const folder = createFolder({ 'fleet.yaml': repository });
  const kubeconfig = path.join(createFolder({ kubeconfig: sandbox.kubeconfig() }), 'kubeconfig');
  const run = (...args: string[]): Promise<Run> => gitfed(['federate', ...args, '--kubeconfig', kubeconfig], folder);
  return { sandbox, folder, run, kubeconfig };
}

function post(sandbox: Sandbox, target: string, body: JsonObject): void {
  expect(sandbox.request({ method: 'POST', path: target, body: stringifyJson(body) })).toMatchObject({ status: 201 });
}

describe('gitfed federate, from a cluster', () => {
  it.each([
    ['kind and name', ['configmap', 'web', '-n', 'shop']],
    ['one word', ['cm/web', '-n', 'shop']],
    ['version and kind', ['v1/ConfigMap/web', '-n', 'shop', '--host-context', 'eu-1']],
    ['a cluster of the repository', ['configmaps', 'web', '-n', 'shop', '--from-cluster', 'eu-1']],
  ])('takes an object by %s', async (_title, args) => {
    const { run, folder } = await live(FLEET);
    expect(await run(...args)).toMatchObject({
      code: 0,
      stdout: 'created shop/ConfigMap-web.yaml:1 FederatedConfigMap web\n',
    });
    expect(parse(filesOf(folder)['shop/ConfigMap-web.yaml'])).toMatchObject({
      spec: { template: { data: { colour: 'green' } } },
    });
  });

  it('takes a namespace with its contents, and says what stays behind', async () => {
    const { run, folder, sandbox } = await live();
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop' },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
      },
    };
    post(sandbox, '/apis/apps/v1/namespaces/shop/deployments', deployment);
    await sandbox.settled();
    const { code, stdout, stderr } = await run('ns', 'shop', '--contents', '--clusters', 'eu-1');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout.split('\n').toSorted()).toEqual([
      '',
      'created shop/ConfigMap-web.yaml:1 FederatedConfigMap web',
      'created shop/Deployment.apps-web.yaml:1 FederatedDeployment web',
      'created shop/Namespace-shop.yaml:1 FederatedNamespace shop',
    ]);
    expect(stderr).toContain('left out ReplicaSet.apps/shop/web-');
    expect(stderr).toContain('it is made by Deployment web\n');
    expect(stderr).toContain('left out ServiceAccount/shop/default: it is made in every namespace\n');
    expect((await gitfed(['validate'], folder)).stderr).toBe('no findings\n');
    const again = await run('ns', 'shop', '--contents');
    expect(again.stdout.replaceAll(/ .*/g, '')).toBe('unchanged\n'.repeat(3));
  });

  it('wants kinds to be enabled, and enables them', async () => {
    const { run, folder, sandbox } = await live();
    const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'a', namespace: 'shop' } };
    post(sandbox, '/apis/example.com/v1/namespaces/shop/widgets', {
      ...widget,
      spec: { size: 9_007_199_254_740_993n },
    });
    const before = filesOf(folder);
    const refusal = await run('ns', 'shop', '-c');
    expect(refusal.code).toBe(2);
    expect(refusal.stderr).toContain('These kinds are not federated in this repository: widgets.example.com');
    expect(filesOf(folder)).toEqual(before);
    const skipping = await run('ns', 'shop', '-c', '-s', 'example.com', '--dry-run');
    expect(skipping.code).toBe(0);
    const printed = await run('ns', 'shop', '-c', '-t', '-o', 'yaml');
    expect(documentsOf(printed.stdout).map(({ value }) => (value as JsonObject)['kind'])).toEqual([
      'FederatedTypeConfig',
      'FederatedNamespace',
      'FederatedConfigMap',
      'FederatedWidget',
    ]);
    const { code, stdout } = await run('ns', 'shop', '-c', '-t');
    expect(code).toBe(0);
    expect(stdout).toContain('created types/widgets.example.com.yaml:1 FederatedTypeConfig widgets.example.com\n');
    expect(stdout).toContain('created shop/Widget.example.com-a.yaml:1 FederatedWidget a\n');
    expect(filesOf(folder)['shop/Widget.example.com-a.yaml']).toContain('size: 9007199254740993\n');
    expect((await gitfed(['validate'], folder)).stderr).toBe('no findings\n');
  });

  it('says what it may not list, writes nothing, and goes on without it where that is wanted', async () => {
    const isAllowed: Authorize = ({ verb, resource }) => verb !== 'list' || resource !== 'jobs';
    const { run, folder } = await live(undefined, isAllowed);
    const before = filesOf(folder);
    const { code, stderr } = await run('ns', 'shop', '-c');
    expect(code).toBe(2);
    expect(stderr).toContain('not everything in the namespace shop can be read: jobs.batch (');
    expect(stderr).toContain('Leave these kinds out with --skip-api-resources');
    expect(filesOf(folder)).toEqual(before);
    expect(await run('ns', 'shop', '-c', '-s', 'jobs')).toMatchObject({ code: 0 });
  });

  it('looks kinds of a file up in a cluster', async () => {
    const { run, folder } = await live(FLEET);
    const widget = '{apiVersion: example.com/v1, kind: Widget, metadata: {name: a, namespace: shop}}';
    const input = path.join(createFolder({ 'in.yaml': widget }), 'in.yaml');
    expect((await run('-f', input)).stderr).toContain('Enable them with --enable-type');
    expect(await run(input, '-t')).toMatchObject({ code: 0 });
    expect(Object.keys(filesOf(folder))).toContain('types/widgets.example.com.yaml');
  });

  it('enables again what is disabled, or says that it is', async () => {
    const { run, folder } = await live(FLEET);
    await gitfed(['disable', 'configmaps'], folder);
    expect((await run('cm/web', '-n', 'shop', '--dry-run')).stderr).toContain(
      'The propagation of configmaps is disabled',
    );
    expect((await run('cm/web', '-n', 'shop', '-t')).stdout).toContain('edited types/configmaps.yaml');
    expect(filesOf(folder)['types/configmaps.yaml']).toContain('propagation: Enabled');
  });

  it.each<[title: string, args: string[], text: string]>([
    ['a kind that there is not', ['gadgets', 'a'], 'There is no kind "gadgets" in the current context'],
    ['an object that there is not', ['cm', 'a', '-n', 'shop'], 'There is no ConfigMap/shop/a in the current context'],
    ['a namespace that there is not', ['ns', 'cart', '-c'], 'There is no Namespace/cart'],
    ['what each cluster makes', ['sa', 'default', '-n', 'shop'], 'ServiceAccount/shop/default is made in every'],
    ['a kind that each cluster makes', ['leases', 'a'], 'Lease.coordination.k8s.io is made by each cluster for itself'],
    ['an object of the namespace default by mistake', ['cm', 'web'], 'There is no ConfigMap/default/web'],
    ['an object of a namespace that is not federated', ['cm', 'web', '-n', 'shop'], 'gitfed federate namespace shop'],
    ['to skip what there is not', ['ns', 'shop', '-c', '-s', 'gadgets'], 'neither a group nor a kind'],
    ['a context that there is not', ['cm', 'web', '--host-context', 'x'], 'There is no context "x"'],
    ['a cluster that there is not', ['cm', 'web', '--from-cluster', 'mars'], 'mars'],
  ])('refuses %s', async (_title, args, text) => {
    const { run, folder } = await live();
    const before = filesOf(folder);
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(text);
    expect(filesOf(folder)).toEqual(before);
  });

  it('says that a cluster does not answer', async () => {
    const { run, sandbox } = await live();
    await sandbox.stop();
    const { code, stderr } = await run('cm/web');
    expect(code).toBe(2);
    expect(stderr).toContain('the current context: what it serves cannot be read: ');
  });
});
