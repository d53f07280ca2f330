import { describe, expect, it } from 'vitest';
import { outputPath } from './output-path.ts';

function pathOf(cluster: string, group: string, kind: string, namespace: string, name: string): string {
  return outputPath(cluster, { id: { group, kind, namespace, name } });
}

describe('outputPath (security row 25)', () => {
  it.each([
    ['a core object', pathOf('eu-1', '', 'ConfigMap', 'shop', 'web'), 'eu-1/shop/ConfigMap-web.yaml'],
    ['an object of a group', pathOf('eu-1', 'apps', 'Deployment', 'shop', 'web'), 'eu-1/shop/Deployment.apps-web.yaml'],
    ['a cluster-scoped object', pathOf('eu-1', '', 'Namespace', '', 'shop'), 'eu-1/_cluster/Namespace-shop.yaml'],
    [
      'dots in names',
      pathOf('k8s-1.fra.example', '', 'ConfigMap', 'shop', 'front-end.v2'),
      'k8s-1.fra.example/shop/ConfigMap-front-end.v2.yaml',
    ],
    [
      'capitals in the name of a cluster',
      pathOf('Eu-1', '', 'ConfigMap', 'shop', 'web'),
      '%45u-1/shop/ConfigMap-web.yaml',
    ],
    [
      'colons and capitals in the name of a role',
      pathOf('eu-1', 'rbac.authorization.k8s.io', 'ClusterRole', '', 'system:Shop'),
      'eu-1/_cluster/ClusterRole.rbac.authorization.k8s.io-system%3A%53hop.yaml',
    ],
    [
      'hyphens of a group',
      pathOf('eu-1', 'cert-manager.io', 'Certificate', 'shop', 'web'),
      'eu-1/shop/Certificate.cert%2Dmanager.io-web.yaml',
    ],
    ['a percent sign', pathOf('eu-1', '', 'ConfigMap', 'shop', '100%'), 'eu-1/shop/ConfigMap-100%25.yaml'],
    ['letters beyond ASCII', pathOf('eu-1', '', 'ConfigMap', 'shop', 'ä'), 'eu-1/shop/ConfigMap-%C3%A4.yaml'],
    ['a slash', pathOf('eu-1', '', 'ConfigMap', 'shop', '../x'), 'eu-1/shop/ConfigMap-..%2Fx.yaml'],
    ['dots alone', pathOf('..', '', 'ConfigMap', '.', '..'), '%2E%2E/%2E/ConfigMap-...yaml'],
    [
      'a namespace like the directory of cluster-scoped objects',
      pathOf('eu-1', '', 'ConfigMap', '_cluster', 'x'),
      'eu-1/%5Fcluster/ConfigMap-x.yaml',
    ],
    ['a directory of git', pathOf('.git', '', 'ConfigMap', 'shop', 'x'), '%2Egit/shop/ConfigMap-x.yaml'],
    ['devices of Windows', pathOf('aux', '', 'ConfigMap', 'com1.x', 'nul'), '%61ux/%63om1.x/ConfigMap-nul.yaml'],
    [
      'a kind like a device of Windows',
      pathOf('eu-1', 'example.com', 'Con', 'shop', 'x'),
      'eu-1/shop/%43on.example.com-x.yaml',
    ],
  ])('%s', (_title, path, expected) => {
    expect(path).toBe(expected);
  });

  it('cuts names that no file system takes', () => {
    const segments = pathOf('eu-1', '', 'ConfigMap', 'shop', 'n'.repeat(253)).split('/');

    expect(segments.every((segment) => segment.length <= 201)).toBe(true);
    expect(segments.join('/').replaceAll('%/', '')).toBe(`eu-1/shop/ConfigMap-${'n'.repeat(253)}.yaml`);
  });
});
