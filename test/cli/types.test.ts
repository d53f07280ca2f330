import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { COMPLETE_COMMAND } from '../../src/cli/invocation.ts';
import { readYaml } from '../../src/core/index.ts';
import { startSandbox } from '../../src/sandbox/index.ts';
import { documents, FLEET, federated } from '../helpers/model-of.ts';
import { commitAll, createFolder, gitfed, ROOT, type Run, spawnGitfed, writeFiles } from './run-gitfed.ts';

const REPLICAS =
  '{type: object, properties: {spec: {type: object, properties: {replicas: {type: integer, format: int32}}}}}';

function definition(kind: string, group = 'example.com'): string {
  const plural = `${kind.toLowerCase()}s`;
  return `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ${plural}.${group}}
spec:
  group: ${group}
  scope: Namespaced
  names: {kind: ${kind}, plural: ${plural}, singular: ${kind.toLowerCase()}, shortNames: [${kind.slice(0, 2).toLowerCase()}]}
  versions:
    - {name: v1alpha1, served: true, storage: false, schema: {openAPIV3Schema: {type: object}}}
    - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: ${REPLICAS}}}
`;
}

/** As a person writes it. */
const CONFIG = `# Widgets are ours.
apiVersion: core.kubefed.io/v1beta1
kind: FederatedTypeConfig
metadata:
    name: widgets.example.com
    namespace: kube-federation-system
spec:
    propagation: Enabled   # since June
    federatedType: {group: types.kubefed.io, version: v1beta1, kind: FederatedWidget, pluralName: federatedwidgets, scope: Namespaced}
    targetType: {group: example.com, version: v1, kind: Widget, pluralName: widgets, scope: Namespaced}
`;
const WIDGET = federated('FederatedWidget', '{template: {spec: {}}, placement: {clusterSelector: {}}}');
const SETTINGS = federated('FederatedConfigMap', '{template: {data: {a: b}}, placement: {clusterSelector: {}}}');

/** Every file of a folder without those of git, with its text. */
function filesOf(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('.git'))
    .map((entry) => path.join(entry.parentPath, entry.name));
  return Object.fromEntries(names.map((name) => [path.relative(folder, name), readFileSync(name, 'utf8')]));
}

function parse(text: string | undefined): unknown[] {
  return readYaml('', text ?? '', { documentNodes: 10_000, depth: 50 }).map((read) => read.ok && read.document.value);
}

async function refused(args: readonly string[], files: Parameters<typeof createFolder>[0]): Promise<string> {
  const folder = createFolder(files);
  const before = filesOf(folder);
  const { code, stdout, stderr } = await gitfed(args, folder);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(filesOf(folder)).toEqual(before);
  return stderr;
}

describe('gitfed enable', () => {
  it('writes a FederatedTypeConfig, makes the kind known, and does it once', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': WIDGET });
    const outside = createFolder({ 'crds.yaml': documents(definition('Widget'), definition('Gadget')) });
    commitAll(folder);
    expect((await gitfed(['validate'], folder)).stdout).toContain('UnknownFederatedType');

    const first = await gitfed(['enable', 'widgets', '-f', path.join(outside, 'crds.yaml')], folder);
    expect(first.stdout).toBe('created types/widgets.example.com.yaml:1 FederatedTypeConfig widgets.example.com\n');
    expect(first).toMatchObject({ code: 0, stderr: 'Look at it with git diff, and commit it.\n' });
    expect((await gitfed(['validate'], folder)).stderr).toBe('no findings\n');
    const text = filesOf(folder)['types/widgets.example.com.yaml'];
    expect(parse(text)).toEqual(parse(CONFIG));

    const again = await gitfed(['enable', 'widgets', '-f', path.join(outside, 'crds.yaml')], folder);
    expect(again.stdout).toBe('unchanged types/widgets.example.com.yaml:1 FederatedTypeConfig widgets.example.com\n');
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(filesOf(folder)['types/widgets.example.com.yaml']).toBe(text);
  });

  it('writes every kind of a file and their federated definitions, all together', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET });
    const outside = createFolder({ 'crds.yaml': documents(definition('Widget'), definition('Gadget')) });
    const { code, stdout } = await gitfed(['enable', path.join(outside, 'crds.yaml'), '--crd'], folder);
    expect(code).toBe(0);
    expect(stdout.split('\n')).toHaveLength(5);
    const { 'types/federatedwidgets.types.kubefed.io.yaml': crd, ...files } = filesOf(folder);
    expect(Object.keys(files).toSorted()).toEqual([
      'fleet.yaml',
      'types/federatedgadgets.types.kubefed.io.yaml',
      'types/gadgets.example.com.yaml',
      'types/widgets.example.com.yaml',
    ]);
    expect(parse(crd)).toMatchObject([
      { metadata: { name: 'federatedwidgets.types.kubefed.io' }, spec: { names: { shortNames: ['fwi'] } } },
    ]);
    expect(crd).toContain('retainReplicas');
    expect((await gitfed(['validate'], folder)).stderr).toBe('no findings\n');
    const again = await gitfed(['enable', path.join(outside, 'crds.yaml'), '--crd'], folder);
    expect(again.stdout.replaceAll(/ .*/g, '')).toBe('unchanged\n'.repeat(4));
  });

  it('edits what is there in place, with its comments', async () => {
    const disabled = CONFIG.replace('propagation: Enabled', 'propagation: Disabled');
    const folder = createFolder({ 'all.yaml': `${FLEET}\n---\n${disabled}` });
    const { code, stdout } = await gitfed(['enable', 'Widget', '--status-collection'], folder);
    expect(code).toBe(0);
    expect(stdout).toContain('+    propagation: Enabled   # since June');
    const text = filesOf(folder)['all.yaml'];
    expect(text).toBe(`${FLEET}\n---\n${CONFIG}    statusCollection: Enabled\n`);
  });

  it('reads the definitions that the repository federates', async () => {
    const [value] = parse(definition('Widget')) as [{ spec: unknown }];
    const template = JSON.stringify({ spec: value.spec });
    const crd = federated(
      'FederatedCustomResourceDefinition',
      `{template: ${template}, placement: {clusterSelector: {}}}`,
      '{name: widgets.example.com}',
    );
    const folder = createFolder({ 'fleet.yaml': FLEET, 'crd.yaml': crd });
    expect((await gitfed(['enable', 'wi', '--crd'], folder)).code).toBe(0);
    expect(Object.keys(filesOf(folder))).toContain('types/federatedwidgets.types.kubefed.io.yaml');
  });

  it('takes the names and the version that it is given', async () => {
    const args = ['--federated-group', 'fed.example', '--federated-version', 'v2', '--version', 'v1alpha1'];
    const folder = createFolder({ 'fleet.yaml': FLEET });
    const outside = createFolder({ 'crds.yaml': definition('Widget') });
    const { stdout } = await gitfed(['enable', path.join(outside, 'crds.yaml'), ...args, '-o', 'yaml'], folder);
    expect(stdout.startsWith('---\n')).toBe(true);
    expect(parse(stdout)).toMatchObject([
      { spec: { federatedType: { group: 'fed.example', version: 'v2' }, targetType: { version: 'v1alpha1' } } },
    ]);
    expect(Object.keys(filesOf(folder))).toEqual(['fleet.yaml']);
  });

  it('reads EnableTypeDirectives of kubefedctl', () => {
    const directive = `
apiVersion: core.kubefed.io/v1beta1
kind: EnableTypeDirective
metadata: {name: jobs}
spec: {targetVersion: v1, federatedGroup: fed.example}`;
    const folder = createFolder({ 'fleet.yaml': FLEET });
    const outside = createFolder({ 'directive.yaml': directive });
    const { code, stdout } = spawnGitfed(['enable', path.join(outside, 'directive.yaml'), '-o', 'yaml'], folder);
    expect(code).toBe(0);
    expect(parse(stdout)).toMatchObject([
      { metadata: { name: 'jobs.batch' }, spec: { federatedType: { group: 'fed.example' } } },
    ]);
  });

  it('reads standard input', () => {
    const folder = createFolder({ 'fleet.yaml': FLEET });
    const args = [path.join(ROOT, 'src/cli/main.ts'), 'enable', '-f', '-'];
    execFileSync(process.execPath, args, { cwd: folder, input: definition('Widget'), stdio: 'pipe' });
    expect(Object.keys(filesOf(folder))).toContain('types/widgets.example.com.yaml');
  });

  it('believes what it is told of a kind that it cannot look up', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET });
    const described = ['example.com/v3/Key', '--scope', 'Cluster', '--plural', 'keys'];
    expect((await gitfed(['enable', ...described], folder)).code).toBe(0);
    expect(filesOf(folder)['types/keys.example.com.yaml']).toContain('scope: Cluster\n    version: v3\n');
  });

  it('shows with --dry-run what it would write', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET });
    const { code, stdout } = await gitfed(['enable', 'deploy', '--dry-run'], folder);
    expect(code).toBe(0);
    expect(stdout).toContain('would create types/deployments.apps.yaml:1');
    expect(stdout).toContain('+  name: deployments.apps\n');
    expect(Object.keys(filesOf(folder))).toEqual(['fleet.yaml']);
  });

  it('says as JSON what it wrote', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET });
    const { stdout } = await gitfed(['enable', 'cm', '-o', 'json'], folder);
    expect(JSON.parse(stdout)).toEqual({
      written: true,
      types: [
        {
          name: 'configmaps',
          target: { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', scope: 'Namespaced' },
          federated: {
            group: 'types.kubefed.io',
            version: 'v1beta1',
            kind: 'FederatedConfigMap',
            plural: 'federatedconfigmaps',
            scope: 'Namespaced',
          },
          propagation: 'Enabled',
          statusCollection: false,
        },
      ],
      files: [
        { file: 'types/configmaps.yaml', action: 'created', objects: ['FederatedTypeConfig configmaps'], line: 1 },
      ],
      notes: ['configmaps is built in: gitfed federates it without a FederatedTypeConfig, too.'],
      findings: [],
    });
  });

  it('tells what the objects of a kind are found to have once the kind is known', async () => {
    const broken = federated('FederatedWidget', '{template: [], placement: {clusterSelector: {}}}');
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': broken });
    const outside = createFolder({ 'crds.yaml': definition('Widget') });
    const { code, stderr } = await gitfed(['enable', path.join(outside, 'crds.yaml')], folder);
    expect(code).toBe(0);
    expect(stderr).toContain('InvalidTemplate');
  });

  it('writes into a folder below the chosen path, and beside a repository without reading it', async () => {
    const folder = createFolder({ 'team/fleet.yaml': FLEET, 'team/type.yaml': CONFIG });
    commitAll(folder);
    expect((await gitfed(['enable', 'jobs', '--path', 'team', '--output-dir', 'team/kinds'], folder)).stdout).toContain(
      'created team/kinds/jobs.batch.yaml',
    );
    const outside = path.join(createFolder(), 'out');
    const args = ['enable', 'widgets', '--path', 'team', '--output-dir', outside];
    expect((await gitfed(args, folder)).code).toBe(0);
    expect(parse(filesOf(outside)['widgets.example.com.yaml'])).toEqual(parse(CONFIG));
    expect((await gitfed(args, folder)).stdout).toContain('unchanged');
    writeFiles(outside, { 'widgets.example.com.yaml': 'a: b\n' });
    expect(await gitfed(args, folder)).toMatchObject({ code: 2, stdout: '' });
    expect(filesOf(outside)).toEqual({ 'widgets.example.com.yaml': 'a: b\n' });
  });

  const TYPE = { 'fleet.yaml': FLEET, 'type.yaml': CONFIG };
  it.each<[string, readonly string[], Record<string, string>, string]>([
    ['no kind', [], {}, 'Name a kind or a file'],
    ['a kind that nothing here knows', ['gadgets'], TYPE, 'There is no kind "gadgets" among the built-in kinds'],
    [
      'a kind of the federation itself',
      ['federatedjobs', '-f', 'x.yaml'],
      { 'x.yaml': definition('FederatedJob', 'types.kubefed.io') },
      'it is not federated',
    ],
    [
      'another federated group',
      ['widgets', '--federated-group', 'a.example'],
      TYPE,
      'cannot be changed to a.example/v1beta1',
    ],
    [
      'a version that is not known',
      ['deploy', '--version', 'v9'],
      TYPE,
      'has no version v9 that is known here, but v1.',
    ],
    ['a schema that is not known', ['widgets', '--crd'], TYPE, 'which --crd needs'],
    [
      'a federated kind that stands for another',
      ['widgets.other.example', '-f', 'x.yaml'],
      { ...TYPE, 'x.yaml': definition('Widget', 'other.example') },
      'stands for widgets.example.com already',
    ],
    [
      'a group without a dot',
      ['jobs', '--federated-group', 'fed'],
      TYPE,
      'types/jobs.batch.yaml:8:5: error InvalidTypeConfig',
    ],
    ['a file without kinds', ['-f', 'fleet.yaml'], TYPE, 'holds no CustomResourceDefinition'],
    ['a file that is none', ['-f', 'x.yaml'], { 'x.yaml': 'a: [' }, 'x.yaml:1: This is not valid YAML'],
    ['two sources', ['widgets', '-f', 'fleet.yaml', '--host-context', 'a'], TYPE, 'use one of them'],
    ['half a description', ['a.example/v1/Key', '--scope', 'Cluster'], TYPE, 'belong together'],
    [
      'a cluster that there is not',
      ['jobs', '--cluster', 'mars', '--kubeconfig', 'k'],
      TYPE,
      'There is no cluster "mars"',
    ],
    [
      'a file in its place',
      ['jobs'],
      { ...TYPE, 'types/jobs.batch.yaml': '' },
      'types/jobs.batch.yaml is there already',
    ],
    ['an ignored folder', ['jobs'], { ...TYPE, '.gitfedignore': 'types/\n' }, 'would not be read'],
    [
      'a FederatedTypeConfig in error',
      ['widgets', '-f', 'x.yaml'],
      { 'fleet.yaml': FLEET, 'type.yaml': CONFIG.replace('Enabled', 'On'), 'x.yaml': definition('Widget') },
      'DuplicateObject',
    ],
    [
      'a scope that is another in the file',
      ['widgets', '-f', 'x.yaml'],
      { ...TYPE, 'x.yaml': definition('Widget').replace('scope: Namespaced', 'scope: Cluster') },
      'Correct it by hand',
    ],
  ])('refuses %s, and writes nothing', async (_, args, files, message) => {
    expect(await refused(['enable', ...args], files)).toContain(message);
  });

  it('does not let objects stand for another kind', async () => {
    const event = federated('FederatedEvent', '{template: {}, placement: {clusterSelector: {}}}');
    const files = { 'fleet.yaml': FLEET, 'a.yaml': event };
    expect(await refused(['enable', 'events.events.k8s.io'], files)).toContain(
      'FederatedEvent/shop/web would stand for another kind',
    );
  });
});

describe('gitfed enable, from a cluster', () => {
  async function cluster(): Promise<{ folder: string; kubeconfig: string }> {
    const sandbox = await startSandbox({ name: 'eu-1' });
    onTestFinished(() => sandbox.stop());
    const [body] = parse(definition('Widget')) as [never];
    sandbox.request({ method: 'POST', path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', body });
    const folder = createFolder({ 'fleet.yaml': FLEET });
    const kubeconfig = path.join(createFolder({ kubeconfig: sandbox.kubeconfig() }), 'kubeconfig');
    return { folder, kubeconfig };
  }

  it.each([
    ['of a context', ['--host-context', 'eu-1']],
    ['of the current context', []],
    ['of the repository', ['--cluster', 'eu-1']],
  ])('takes the kind with its schema %s', async (_, args) => {
    const { folder, kubeconfig } = await cluster();
    const { code, stderr } = await gitfed(['enable', 'wi', '--crd', '--kubeconfig', kubeconfig, ...args], folder);
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'Look at it with git diff, and commit it.\n' });
    const files = filesOf(folder);
    expect(parse(files['types/widgets.example.com.yaml'])).toEqual(parse(CONFIG));
    expect(files['types/federatedwidgets.types.kubefed.io.yaml']).toContain('retainReplicas');
    expect((await gitfed(['validate'], folder)).stderr).toBe('no findings\n');
  });

  it('finds the kubeconfig where kubectl does, and takes another version that is served', async () => {
    const { folder, kubeconfig } = await cluster();
    const args = ['enable', 'example.com/v1alpha1/Widget', '--host-context', 'eu-1'];
    expect((await gitfed(args, folder, { KUBECONFIG: kubeconfig })).code).toBe(0);
    expect(filesOf(folder)['types/widgets.example.com.yaml']).toContain('version: v1alpha1');
  });

  it.each([
    [
      'a kind that it does not serve',
      ['gadgets', '--host-context', 'eu-1'],
      'There is no kind "gadgets" in this cluster.',
    ],
    [
      'a version that it does not serve',
      ['widgets', '--version', 'v7', '--host-context', 'eu-1'],
      'has no version v7 in this cluster',
    ],
    ['a context that there is not', ['widgets', '--host-context', 'mars'], 'There is no context "mars"'],
  ])('refuses %s', async (_, args, message) => {
    const { folder, kubeconfig } = await cluster();
    const { code, stderr } = await gitfed(['enable', ...args, '--kubeconfig', kubeconfig], folder);
    expect({ code, stderr: stderr.includes(message) ? message : stderr }).toEqual({ code: 2, stderr: message });
    expect(Object.keys(filesOf(folder))).toEqual(['fleet.yaml']);
  });

  it('says that a cluster does not answer', async () => {
    const sandbox = await startSandbox({ name: 'eu-1' });
    const kubeconfig = path.join(createFolder({ kubeconfig: sandbox.kubeconfig() }), 'kubeconfig');
    await sandbox.stop();
    const args = ['enable', 'jobs', '--host-context', 'eu-1', '--kubeconfig', kubeconfig];
    const { code, stderr } = await gitfed(args, createFolder({ 'fleet.yaml': FLEET }));
    expect(code).toBe(2);
    expect(stderr).toContain('eu-1: what it serves cannot be read: ');
  });
});

describe('gitfed disable', () => {
  it('names a file that has a Secret beside the type, and shows nothing of it', async () => {
    const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: eu-1}\nstringData:\n  token: hunter2\n';
    const folder = createFolder({ 'fleet.yaml': FLEET, 'type.yaml': `${secret}---\n${CONFIG}` });
    for (const args of [['--dry-run'], []]) {
      const { code, stdout, stderr } = await gitfed(['disable', 'widgets.example.com', ...args], folder);
      expect([code, stdout]).toEqual([0, expect.stringMatching(/^(?:would edit|edited) type\.yaml:\d+ [^\n]*\n$/)]);
      expect(stdout + stderr).not.toContain('hunter2');
    }
  });

  it('edits the FederatedTypeConfig in place, and says what becomes of the clusters', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'type.yaml': CONFIG, 'a.yaml': WIDGET });
    const { code, stderr } = await gitfed(['disable', 'FederatedWidget'], folder);
    expect(code).toBe(0);
    expect(filesOf(folder)['type.yaml']).toBe(CONFIG.replace('propagation: Enabled', 'propagation: Disabled'));
    expect(stderr).toContain('The clusters keep what they have of 1 object of FederatedWidget in the repository');
    expect((await gitfed(['disable', 'widgets.example.com'], folder)).stdout).toBe(
      'unchanged type.yaml:2 FederatedTypeConfig widgets.example.com\n',
    );
  });

  it('writes a FederatedTypeConfig for a built-in kind, and enable takes it back', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': SETTINGS });
    expect((await gitfed(['disable', 'cm'], folder)).stdout).toBe(
      'created types/configmaps.yaml:1 FederatedTypeConfig configmaps\n',
    );
    expect((await gitfed(['render'], folder)).stdout).not.toContain('ConfigMap');
    expect((await gitfed(['enable', 'cm'], folder)).code).toBe(0);
    expect((await gitfed(['render'], folder)).stdout).toContain('ConfigMap');
  });

  it('edits JSON and items of lists', async () => {
    const [value] = parse(CONFIG);
    const folder = createFolder({
      'fleet.yaml': FLEET,
      'type.json': JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [value] }, undefined, 2),
    });
    expect((await gitfed(['disable', 'widgets'], folder)).code).toBe(0);
    expect(filesOf(folder)['type.json']).toContain('"propagation": "Disabled"');
  });

  it('deletes with --delete-from-repo what enable wrote', async () => {
    const outside = createFolder({ 'crds.yaml': definition('Widget') });
    const folder = createFolder({ 'fleet.yaml': FLEET });
    await gitfed(['enable', path.join(outside, 'crds.yaml'), '--crd'], folder);
    const dry = await gitfed(['disable', 'widgets', '--delete-from-repo', '--dry-run'], folder);
    expect(dry.stdout).toContain('would delete types/widgets.example.com.yaml');
    expect(Object.keys(filesOf(folder))).toHaveLength(3);
    const { code, stdout } = await gitfed(['disable', 'widgets', '--delete-from-repo'], folder);
    expect(code).toBe(0);
    expect(stdout).toContain('deleted types/federatedwidgets.types.kubefed.io.yaml');
    expect(Object.keys(filesOf(folder))).toEqual(['fleet.yaml']);
  });

  const TYPE = { 'fleet.yaml': FLEET, 'type.yaml': CONFIG };
  it.each<[string, readonly string[], Record<string, string>, string]>([
    ['no kind', [], {}, 'Name the kind'],
    ['a kind that is not federated', ['gadgets'], TYPE, 'FederatedTypeConfigs there are for: widgets.example.com.'],
    ['to delete a built-in type', ['jobs', '--delete-from-repo'], TYPE, 'jobs.batch is built in'],
    [
      'to delete a type that has objects',
      ['widgets', '--delete-from-repo'],
      { ...TYPE, 'a.yaml': WIDGET },
      '1 object of FederatedWidget in the repository (a.yaml:2)',
    ],
    [
      'to delete from a file with more in it',
      ['widgets', '--delete-from-repo'],
      { 'a.yaml': documents(FLEET, CONFIG) },
      'stands in a file with other objects',
    ],
  ])('refuses %s, and writes nothing', async (_, args, files, message) => {
    expect(await refused(['disable', ...args], files)).toContain(message);
  });
});

describe('gitfed types', () => {
  it('are what shells complete a kind with', async () => {
    const folder = createFolder({ 'type.yaml': CONFIG });
    const { stdout } = await gitfed([COMPLETE_COMMAND, 'disable', 'w'], folder);
    expect(stdout).toContain('widgets.example.com');
  });

  const FILES = { 'fleet.yaml': FLEET, 'type.yaml': CONFIG, 'a.yaml': documents(WIDGET, SETTINGS) };

  it('lists what is federated', async () => {
    expect(await gitfed(['types'], createFolder(FILES))).toEqual<Run>({
      code: 0,
      stdout: `${[
        'NAME                 KIND       VERSION  FEDERATED           SCOPE       PROPAGATION  STATUS  OBJECTS  DEFINED IN',
        'configmaps           ConfigMap  v1       FederatedConfigMap  Namespaced  Enabled      -       1        built in',
        'namespaces           Namespace  v1       FederatedNamespace  Cluster     Enabled      -       1        built in',
        'widgets.example.com  Widget     v1       FederatedWidget     Namespaced  Enabled      -       1        type.yaml:2',
      ].join('\n')}\n`,
      stderr: '',
    });
  });

  it('lists it as JSON, with --all what could be', async () => {
    const folder = createFolder(FILES);
    const { types } = JSON.parse((await gitfed(['types', '-o', 'json'], folder)).stdout);
    expect(types).toHaveLength(3);
    expect(types[2]).toEqual({
      name: 'widgets.example.com',
      target: { group: 'example.com', version: 'v1', kind: 'Widget', plural: 'widgets', scope: 'Namespaced' },
      federated: {
        group: 'types.kubefed.io',
        version: 'v1beta1',
        kind: 'FederatedWidget',
        plural: 'federatedwidgets',
        scope: 'Namespaced',
      },
      propagation: 'Enabled',
      statusCollection: false,
      builtIn: false,
      file: 'type.yaml',
      line: 2,
      objects: 1,
    });
    const all = JSON.parse((await gitfed(['types', '--all', '-o', 'json'], folder)).stdout);
    expect(all.types.map(({ name }: { name: string }) => name)).toContain('deployments.apps');
  });

  it('reads a commit with --ref', async () => {
    const folder = createFolder(FILES);
    commitAll(folder);
    writeFiles(folder, { 'type.yaml': '' });
    expect((await gitfed(['types', '--ref', 'HEAD'], folder)).stdout).toContain('widgets.example.com');
    expect((await gitfed(['types', '--ref', 'HEAD'], folder)).code).toBe(0);
  });

  it('reports types in error, and objects whose type is not known', async () => {
    const { code, stderr } = await gitfed(
      ['types'],
      createFolder({ ...FILES, 'type.yaml': CONFIG.replace('Enabled', 'On') }),
    );
    expect(code).toBe(1);
    expect(stderr).toContain('InvalidTypeConfig');
  });

  it('says where there are none', async () => {
    expect((await gitfed(['types'], createFolder())).stdout).toBe(
      'No type is in use: gitfed types --all lists the built-in kinds.\n',
    );
  });
});
