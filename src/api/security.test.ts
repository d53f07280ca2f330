import { describe, expect, it } from 'vitest';
import { documents, FLEET, federated, modelOf, places } from '../../test/helpers/model-of.ts';

/** Named after the classes of attack and accident that a reconciler driven by git must withstand. */
describe('security', () => {
  it.each(['..', '../x', 'a/../../b', '/etc/passwd', 'a\\u0000b', '.', 'a%2e%2e'])(
    'traversal: an object named "%s" is refused, whatever its kind',
    (name) => {
      for (const kind of ['FederatedConfigMap', 'FederatedClusterRole', 'FederatedNamespace']) {
        const metadata = `{name: "${name}", namespace: ${kind === 'FederatedConfigMap' ? 'shop' : '""'}}`;
        const model = modelOf({
          'a.yaml': federated(kind, '{placement: {clusterSelector: {}}}', metadata),
          'b.yaml': FLEET,
        });
        expect(model.findings.map(({ code }) => code)).toContain('InvalidName');
        expect(model.objects.map(({ id }) => id.name)).toEqual(['shop']);
      }
    },
  );

  it.each(['../../token', '..', 'a/b'])('traversal: the Secret of a cluster may not be named %s', (name) => {
    const text = `apiVersion: core.kubefed.io/v1beta1\nkind: KubeFedCluster\nmetadata: {name: a}\nspec: {apiEndpoint: a, secretRef: {name: ${name}}}`;
    expect(modelOf({ 'a.yaml': text }).clusters).toEqual([]);
  });

  it('symlinks: one is reported, and nothing is read through it', () => {
    const model = modelOf({ 'b.yaml': FLEET }, [{ kind: 'symlink', path: 'a.yaml', target: 'b.yaml' }]);
    expect(places(model)).toEqual(['a.yaml:1:1 Symlink']);
  });

  it('oversized inputs: a document with too many nodes is an error of its own', () => {
    const text = documents(`a: [${'1,'.repeat(50)}1]`, FLEET);
    const model = modelOf({ 'a.yaml': text, 'gitfed.yaml': 'limits: {documentNodes: 50}' });
    expect(model.findings.map(({ code }) => code)).toEqual(['InvalidYAML']);
    expect(model.clusters).toHaveLength(2);
  });

  it('oversized inputs: nesting beyond the limit is an error of its own', () => {
    const text = documents(`a: ${'['.repeat(30)}${']'.repeat(30)}`, FLEET);
    const model = modelOf({ 'a.yaml': text, 'gitfed.yaml': 'limits: {depth: 20}' });
    expect(model.findings.map(({ code }) => code)).toEqual(['InvalidYAML']);
    expect(model.clusters).toHaveLength(2);
  });

  it('parser traps: __proto__ as a key changes no prototype anywhere', () => {
    const metadata =
      '{name: web, namespace: shop, labels: {__proto__: polluted}, annotations: {constructor: polluted}}';
    const spec =
      '{template: {__proto__: {polluted: true}, data: {__proto__: {polluted: true}}}, placement: {clusterSelector: {matchLabels: {}}, __proto__: {clusters: []}}}';
    const model = modelOf({ 'a.yaml': federated('FederatedConfigMap', spec, metadata), 'b.yaml': FLEET });
    expect('polluted' in {}).toBe(false);
    const [object] = model.objects;
    expect(Object.entries(object?.labels ?? {})).toEqual([['__proto__', 'polluted']]);
    expect(object?.template.ok && Object.keys(object.template.value)).toEqual(['__proto__', 'data']);
    expect(object?.placement).toMatchObject({ ok: true, value: { clusterSelector: {} } });
    expect(object?.placement.ok && object.placement.value.clusters).toBeUndefined();
  });

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'parser traps: a kind named %s is no kind',
    (name) => {
      const text = `apiVersion: types.kubefed.io/v1beta1\nkind: ${name}\nmetadata: {name: ${name}, namespace: shop}`;
      expect(modelOf({ 'a.yaml': text, 'b.yaml': FLEET }).findings.map(({ code }) => code)).toEqual([
        'UnknownFederatedType',
      ]);
    },
  );

  it('name collapse (security row 25): names that differ only in case stay two objects', () => {
    const role = (name: string): string =>
      federated('FederatedClusterRole', '{placement: {clusterSelector: {}}}', `{name: ${name}}`);
    const model = modelOf({ 'a.yaml': documents(FLEET, role('Reader'), role('reader')) });
    expect(model.objects.map(({ id }) => id.name)).toEqual(['Reader', 'reader', 'shop']);
  });
});
