import { describe, expect, it } from 'vitest';
import { documents, FLEET, federated, fileEntry, messages, modelOf, places } from '../../test/helpers/model-of.ts';
import { buildModel } from './build-model.ts';
import { federatedObjectName } from './federated-object.ts';
import type { Model } from './model.ts';

const WEB = federated('FederatedDeployment', '{template: {spec: {replicas: 2}}, placement: {clusterSelector: {}}}');

function names(model: Model): string[] {
  return model.objects.map(federatedObjectName);
}

describe('a List', () => {
  it('is taken apart, a List inside it too, with positions of its items', () => {
    const text = `apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: List
  items:
  - apiVersion: types.kubefed.io/v1beta1
    kind: FederatedConfigMap
    metadata: {name: a, namespace: shop}
    spec:
      template: null
- apiVersion: types.kubefed.io/v1beta1
  kind: FederatedConfigMap
  metadata: {name: b, namespace: shop}
  spec: {placement: {clusterSelector: {}}}
`;
    const model = modelOf({ 'fleet.yaml': FLEET, 'list.yaml': text });
    expect(names(model)).toEqual([
      'FederatedConfigMap/shop/a',
      'FederatedConfigMap/shop/b',
      'FederatedNamespace/shop/shop',
    ]);
    expect(places(model)).toContain('list.yaml:11:7 InvalidTemplate');
    expect(model.objects.map(({ template }) => template.ok)).toEqual([false, true, true]);
  });

  it('of one federated kind lends its kind to its items', () => {
    const text = `apiVersion: types.kubefed.io/v1beta1
kind: FederatedConfigMapList
items:
- metadata: {name: a, namespace: shop}
  spec: {placement: {clusterSelector: {}}}
`;
    expect(names(modelOf({ 'a.yaml': documents(FLEET, text) }))[0]).toBe('FederatedConfigMap/shop/a');
  });

  it('without items is empty', () => {
    const model = modelOf({ 'a.yaml': documents(FLEET, 'apiVersion: v1\nkind: List\nitems: null') });
    expect(messages(model)).toEqual([]);
  });

  it.each([
    ['items that are no list', 'apiVersion: v1\nkind: List\nitems: {}', 'a.yaml:3:1 InvalidObject'],
    ['an item that is no object', 'apiVersion: v1\nkind: List\nitems:\n- 5', 'a.yaml:4:3 InvalidObject'],
  ])('with %s holds deletions back', (_title, text, place) => {
    const model = modelOf({ 'a.yaml': text, 'b.yaml': FLEET });
    expect(places(model)).toEqual([place]);
    expect(model.holds).toHaveLength(1);
  });
});

describe('a file', () => {
  it.each([
    ['that is not UTF-8', new Uint8Array([0x61, 0x3a, 0x20, 0xff, 0xfe]), 'InvalidYAML'],
    ['that is not YAML', new TextEncoder().encode('a: [\n'), 'InvalidYAML'],
    ['with a key twice', new TextEncoder().encode('a: 1\na: 2\n'), 'DuplicateKey'],
    ['that is a bare scalar', new TextEncoder().encode('<<<<<<< HEAD\n'), 'InvalidObject'],
    ['of 100,000 nested brackets', new TextEncoder().encode('['.repeat(100_000)), 'InvalidYAML'],
    ['that is too large', new Uint8Array(5_242_881).fill(0x20), 'FileTooLarge'],
    ['with an alias bomb', new TextEncoder().encode(bomb()), 'InvalidYAML'],
    ['of garbage', new Uint8Array([0, 1, 2, 3, 4, 5]), 'InvalidYAML'],
  ])('%s is an error, holds deletions back, and hides no other file', (_title, content, code) => {
    const model = modelOf({ 'b.yaml': documents(FLEET, WEB) }, [{ kind: 'file', path: 'a.yaml', content }]);
    expect(model.findings.map((finding) => [finding.file, finding.code])).toEqual([['a.yaml', code]]);
    expect(model.holds).toEqual([expect.objectContaining({ file: 'a.yaml', code })]);
    expect(names(model)).toHaveLength(2);
  });

  it('with a broken document keeps its other documents', () => {
    const model = modelOf({ 'a.yaml': documents(FLEET, 'a: b: c', WEB) });
    expect(model.findings.map(({ code }) => code)).toEqual(['InvalidYAML']);
    expect(names(model)).toContain('FederatedDeployment/shop/web');
  });

  it.each(['', '# nothing\n', '---\n---\n', 'null\n'])('that holds %j holds nothing', (text) => {
    expect(messages(modelOf({ 'a.yaml': text, 'b.yaml': FLEET }))).toEqual([]);
  });

  it('may be JSON', () => {
    const object = {
      apiVersion: 'types.kubefed.io/v1beta1',
      kind: 'FederatedConfigMap',
      metadata: { name: 'a', namespace: 'shop' },
      spec: {},
    };
    expect(names(modelOf({ 'a.json': JSON.stringify(object), 'b.yaml': FLEET }))[0]).toBe('FederatedConfigMap/shop/a');
  });

  it('that could not be read holds deletions back; links, submodules and directories of other tools are only reported', () => {
    const model = modelOf({ 'f.yaml': FLEET }, [
      { kind: 'unreadable', path: 'a.yaml', reason: 'FileTooLarge', message: 'The file has 100 MB.' },
      { kind: 'symlink', path: 'b.yaml', target: 'f.yaml' },
      { kind: 'submodule', path: 'c' },
      { kind: 'foreignDirectory', path: 'd', marker: 'kustomization.yaml' },
      { kind: 'foreignDirectory', path: '.', marker: 'kustomization.yaml' },
    ]);
    expect(places(model)).toEqual([
      'a.yaml:1:1 FileTooLarge',
      'b.yaml:1:1 Symlink',
      'c:1:1 Submodule',
      'd/kustomization.yaml:1:1 ForeignDirectory',
      'kustomization.yaml:1:1 ForeignDirectory',
    ]);
    expect(model.holds).toEqual([{ file: 'a.yaml', line: 1, code: 'FileTooLarge' }]);
  });

  it.each([
    ['x/a.yaml', '../b.yaml', 'Symlink'],
    ['x/a.yaml', './../x/../b.yaml', 'Symlink'],
    ['x/a.yaml', '../../b.yaml', 'SymlinkOutside'],
    ['a.yaml', 'x/../../b.yaml', 'SymlinkOutside'],
    ['a.yaml', '/etc/passwd', 'SymlinkOutside'],
  ] as const)('%s, a symbolic link to %s, is a %s', (path, target, code) => {
    const model = modelOf({ 'f.yaml': FLEET }, [{ kind: 'symlink', path, target }]);
    expect(places(model)).toEqual([`${path}:1:1 ${code}`]);
    expect(model.holds).toHaveLength(code === 'Symlink' ? 0 : 1);
  });

  it('more than the limit makes the snapshot incomplete, and nothing is deleted', () => {
    const model = buildModel({ entries: [fileEntry('a.yaml', FLEET)], complete: false });
    expect(places(model)).toEqual([':1:1 RepositoryTooLarge']);
    expect(model.holds).toHaveLength(1);
  });
});

describe('an object that is not federated', () => {
  it.each([
    ['a plain Deployment', 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}'],
    ['a file of another tool', 'version: 2\nupdates: []'],
    ['a list of patches', '- op: add\n  path: /a\n  value: 1'],
    ['a kind of its own group', 'apiVersion: example.com/v1\nkind: Foo'],
  ])('such as %s is reported once and holds nothing back', (_title, text) => {
    const model = modelOf({ 'a.yaml': text, 'b.yaml': FLEET });
    expect(places(model)).toEqual(['a.yaml:1:1 NotFederated']);
    expect(model.holds).toEqual([]);
  });

  it.each([
    ['a Namespace', 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}'],
    [
      'what KubeFed wrote for itself',
      'apiVersion: core.kubefed.io/v1alpha1\nkind: PropagatedVersion\nmetadata: {name: a, namespace: b}',
    ],
  ])('such as %s is accepted', (_title, text) => {
    expect(messages(modelOf({ 'a.yaml': text, 'b.yaml': FLEET }))).toEqual([]);
  });

  it.each([
    ['multiclusterdns.kubefed.io/v1alpha1', 'Domain'],
    ['gitfed.io/v1alpha1', 'Observations'],
    ['gitfed.io/v1alpha1', 'Configuration'],
  ])('such as %s %s is recognised and not supported', (apiVersion, kind) => {
    const model = modelOf({
      'a.yaml': `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}`,
      'b.yaml': FLEET,
    });
    expect(places(model)).toEqual(['a.yaml:1:1 NotSupported']);
    expect(model.holds).toEqual([]);
  });
});

describe('a List that is encrypted', () => {
  it('holds back every object in it', () => {
    const text = `apiVersion: v1
kind: List
items:
- apiVersion: types.kubefed.io/v1beta1
  kind: FederatedConfigMap
  metadata: {name: a, namespace: shop}
  spec: {template: {data: {a: "ENC[AES256_GCM,data:x]"}}, placement: {clusterSelector: {}}}
sops: {version: 3.9.0}
`;
    const model = modelOf({ 'a.yaml': text, 'b.yaml': FLEET });
    expect(model.findings.map(({ code }) => code)).toEqual(['EncryptedObject']);
    expect(model.objects[0]).toMatchObject({ template: { ok: false }, placement: { ok: false } });
  });
});

/** Ten levels of nine aliases: a few hundred bytes that would expand to billions of nodes. */
function bomb(): string {
  const levels = Array.from({ length: 10 }, (_, level) => {
    const item = level === 0 ? 'x' : `*a${level - 1}`;
    return `a${level}: &a${level} [${Array.from({ length: 9 }, () => item).join(', ')}]`;
  });
  return `${levels.join('\n')}\n`;
}
