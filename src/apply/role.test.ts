import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../core/index.ts';
import { memberRole, type RoleKind, type RoleOptions } from './role.ts';

const CONFIG_MAPS: RoleKind = { group: '', kind: 'ConfigMap', plural: 'configmaps', scope: 'Namespaced', use: 'Apply' };
const SECRETS: RoleKind = { ...CONFIG_MAPS, kind: 'Secret', plural: 'secrets' };
const NAMESPACES: RoleKind = { ...CONFIG_MAPS, kind: 'Namespace', plural: 'namespaces', scope: 'Cluster' };
const DEPLOYMENTS: RoleKind = { ...CONFIG_MAPS, group: 'apps', kind: 'Deployment', plural: 'deployments' };
const DEFINITIONS: RoleKind = {
  group: 'apiextensions.k8s.io',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  scope: 'Cluster',
  use: 'Apply',
};

function rbacKind(kind: string): RoleKind {
  const scope = kind.startsWith('Cluster') ? 'Cluster' : 'Namespaced';
  return { group: 'rbac.authorization.k8s.io', kind, plural: `${kind.toLowerCase()}s`, scope, use: 'Apply' };
}

const OPTIONS: RoleOptions = {
  inventory: 'shop',
  systemNamespace: 'fed',
  subject: { kind: 'ServiceAccount', name: 'gitfed' },
  access: 'Cluster',
  namespaces: [],
  listEverything: false,
};

/** `Kind[ namespace]/name` of what is made. */
function names(objects: readonly JsonObject[]): readonly string[] {
  return objects.map(({ kind, metadata }) => {
    const { name, namespace } = metadata as { readonly name: string; readonly namespace?: string };
    return `${kind}${namespace === undefined ? '' : ` ${namespace}`}/${name}`;
  });
}

/** Rules of one role as `group: resources[names]: verbs`; of non-resource URLs the URLs. */
function rules(objects: readonly JsonObject[], role: string): readonly string[] {
  const object: JsonObject = objects[names(objects).indexOf(role)] ?? { rules: [] };
  return (object.rules as readonly Readonly<Record<string, readonly string[] | undefined>>[]).map((rule) => {
    const join = (list: readonly string[] | undefined): string => (list ?? []).join(' ');
    if (rule.nonResourceURLs !== undefined) return `${join(rule.nonResourceURLs)}: ${join(rule.verbs)}`;
    const only = rule.resourceNames === undefined ? '' : `[${join(rule.resourceNames)}]`;
    return `${join(rule.apiGroups)}: ${join(rule.resources)}${only}: ${join(rule.verbs)}`;
  });
}

const URLS = '/healthz /version /api /api/* /apis /apis/*: get';
const NODES = ': nodes: get list';
const ALL = 'get list watch create patch delete';
const INVENTORY = [
  ': secrets: create',
  ': secrets[gitfed-shop]: get list watch patch',
  'coordination.k8s.io: leases: create',
  'coordination.k8s.io: leases[gitfed-shop]: get update',
];

describe('the rules for the whole cluster', () => {
  const bind = 'bind';
  const both = 'escalate bind';
  const group = 'rbac.authorization.k8s.io';
  it.each<[title: string, kinds: readonly RoleKind[], expected: readonly string[]]>([
    ['are those of health, discovery and nodes where nothing is federated', [], [URLS, NODES]],
    ['let a kind be read, made, changed and deleted', [CONFIG_MAPS], [URLS, `: configmaps: ${ALL}`, NODES]],
    [
      'name kinds of one group together',
      [DEPLOYMENTS, SECRETS, CONFIG_MAPS],
      [URLS, `: configmaps secrets: ${ALL}`, NODES, `apps: deployments: ${ALL}`],
    ],
    [
      'let what is only in an inventory be deleted and not be made',
      [{ ...CONFIG_MAPS, use: 'Prune' }],
      [URLS, ': configmaps: get list watch patch delete', NODES],
    ],
    [
      'let a kind whose propagation is disabled be read alone',
      [{ ...CONFIG_MAPS, use: 'Read' }],
      [URLS, ': configmaps: get list watch', NODES],
    ],
    [
      'let definitions be written only where they are federated',
      [DEFINITIONS],
      [URLS, NODES, `apiextensions.k8s.io: customresourcedefinitions: ${ALL}`],
    ],
    [
      'hold escalate and bind for ClusterRoles',
      [rbacKind('ClusterRole')],
      [URLS, NODES, `${group}: clusterroles: ${ALL} ${both}`],
    ],
    ['hold escalate and bind for Roles', [rbacKind('Role')], [URLS, NODES, `${group}: roles: ${ALL} ${both}`]],
    [
      'hold bind for ClusterRoleBindings',
      [rbacKind('ClusterRoleBinding')],
      [URLS, NODES, `${group}: clusterroles: ${bind}`, `${group}: clusterrolebindings: ${ALL}`],
    ],
    [
      'hold bind for RoleBindings, which may refer to both kinds of roles',
      [rbacKind('RoleBinding')],
      [URLS, NODES, `${group}: clusterroles roles: ${bind}`, `${group}: rolebindings: ${ALL}`],
    ],
    [
      'hold neither for roles that are only read',
      [{ ...rbacKind('ClusterRole'), use: 'Read' }],
      [URLS, NODES, `${group}: clusterroles: get list watch`],
    ],
    [
      'grant a kind that is called like one of RBAC nothing more',
      [{ ...rbacKind('Role'), group: 'shop.example' }],
      [URLS, NODES, `shop.example: roles: ${ALL}`],
    ],
  ])('%s', (_title, kinds, expected) => {
    const { objects } = memberRole(kinds, OPTIONS);
    expect([...rules(objects, 'ClusterRole/gitfed-shop')].sort()).toEqual([...expected].sort());
    expect(rules(objects, 'Role fed/gitfed-shop')).toEqual(INVENTORY);
  });

  it.each<[access: RoleOptions['access'], role: string]>([
    ['Cluster', 'ClusterRole/gitfed-shop'],
    ['Namespaces', 'Role shop/gitfed-shop'],
    ['SystemNamespace', 'Role fed/gitfed-shop'],
  ])('let pods be read where replicas are planned, with access %s', (access, role) => {
    const options: RoleOptions = { ...OPTIONS, access, namespaces: ['shop'] };
    expect(rules(memberRole([CONFIG_MAPS], { ...options, readsPods: true }).objects, role)).toContain(
      ': pods: list watch',
    );
    expect(rules(memberRole([CONFIG_MAPS], options).objects, role)).not.toContain(': pods: list watch');
  });

  it('let every kind be listed only when that is asked for', () => {
    const { objects } = memberRole([NAMESPACES], { ...OPTIONS, listEverything: true });
    expect(rules(objects, 'ClusterRole/gitfed-shop')).toContain('*: *: list');
  });
});

describe('the rules for some namespaces', () => {
  const options: RoleOptions = { ...OPTIONS, access: 'Namespaces', namespaces: ['shop', 'ads'] };

  it('stand in a Role of each namespace, those of cluster-scoped kinds in a ClusterRole', () => {
    const { objects } = memberRole([CONFIG_MAPS, DEFINITIONS], options);
    expect(names(objects).filter((name) => !name.includes('Binding'))).toEqual([
      'Namespace/fed',
      'ServiceAccount fed/gitfed',
      'ClusterRole/gitfed-shop',
      'Role ads/gitfed-shop',
      'Role fed/gitfed-shop',
      'Role shop/gitfed-shop',
    ]);
    expect(rules(objects, 'ClusterRole/gitfed-shop')).toEqual([
      URLS,
      NODES,
      `apiextensions.k8s.io: customresourcedefinitions: ${ALL}`,
    ]);
    expect(rules(objects, 'Role ads/gitfed-shop')).toEqual([`: configmaps: ${ALL}`]);
    expect([...rules(objects, 'Role fed/gitfed-shop')].sort()).toEqual(
      [...INVENTORY, ': configmaps: list watch'].sort(),
    );
  });

  it('name the namespaces that may be changed and deleted', () => {
    const { objects } = memberRole([NAMESPACES], options);
    expect(rules(objects, 'ClusterRole/gitfed-shop')).toEqual([
      URLS,
      NODES,
      ': namespaces[ads shop]: get patch delete',
      ': namespaces: list watch create',
    ]);
  });

  it('of the system namespace are those of the inventory and of what is federated there', () => {
    const { objects } = memberRole([CONFIG_MAPS], { ...options, namespaces: ['fed'] });
    const expected = [...INVENTORY, `: configmaps: ${ALL}`];
    expect([...rules(objects, 'Role fed/gitfed-shop')].sort()).toEqual(expected.sort());
  });

  it('let every kind be listed in these namespaces alone when that is asked for', () => {
    const { objects } = memberRole([CONFIG_MAPS], { ...options, listEverything: true });
    expect(rules(objects, 'Role shop/gitfed-shop')).toContain('*: *: list');
    expect(rules(objects, 'ClusterRole/gitfed-shop')).not.toContain('*: *: list');
    expect(rules(objects, 'Role fed/gitfed-shop')).not.toContain('*: *: list');
  });
});

describe('the role for the system namespace', () => {
  it('is a Role and its binding, without anything that is cluster-scoped', () => {
    const { objects } = memberRole([CONFIG_MAPS, NAMESPACES, DEFINITIONS, rbacKind('ClusterRole')], {
      ...OPTIONS,
      access: 'SystemNamespace',
      listEverything: true,
    });
    expect(names(objects)).toEqual([
      'ServiceAccount fed/gitfed',
      'Role fed/gitfed-shop',
      'RoleBinding fed/gitfed-shop',
    ]);
    expect([...rules(objects, 'Role fed/gitfed-shop')].sort()).toEqual([...INVENTORY, `: configmaps: ${ALL}`].sort());
  });
});

describe('a role is unlimited', () => {
  it.each<[title: string, kind: RoleKind, access: RoleOptions['access'], expected: string | undefined]>([
    ['nowhere without federated roles', CONFIG_MAPS, 'Cluster', undefined],
    ['in the cluster with Roles in every namespace', rbacKind('Role'), 'Cluster', 'Cluster'],
    ['in the cluster with ClusterRoles', rbacKind('ClusterRole'), 'Namespaces', 'Cluster'],
    ['in its namespaces with Roles there', rbacKind('RoleBinding'), 'Namespaces', 'Namespaces'],
    ['in the system namespace with Roles there', rbacKind('Role'), 'SystemNamespace', 'Namespaces'],
    ['nowhere with ClusterRoles that are not processed', rbacKind('ClusterRole'), 'SystemNamespace', undefined],
    ['nowhere with roles that are only read', { ...rbacKind('Role'), use: 'Read' }, 'Cluster', undefined],
    ['with roles that only an inventory holds', { ...rbacKind('Role'), use: 'Prune' }, 'Cluster', 'Cluster'],
  ])('%s', (_title, kind, access, expected) => {
    expect(memberRole([kind], { ...OPTIONS, access, namespaces: ['shop'] }).unlimited).toBe(expected);
  });
});

describe('a binding', () => {
  it.each<[title: string, subject: RoleOptions['subject'], expected: JsonValue, made: readonly string[]]>([
    [
      'names a ServiceAccount of the system namespace, which is made',
      { kind: 'ServiceAccount', name: 'robot' },
      { kind: 'ServiceAccount', name: 'robot', namespace: 'fed' },
      ['Namespace/fed', 'ServiceAccount fed/robot'],
    ],
    [
      'names a user',
      { kind: 'User', name: 'https://id.example#gitfed' },
      { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'https://id.example#gitfed' },
      ['Namespace/fed'],
    ],
  ])('%s', (_title, subject, expected, made) => {
    const { objects } = memberRole([CONFIG_MAPS], { ...OPTIONS, subject });
    expect(names(objects)).toEqual([
      ...made,
      'ClusterRole/gitfed-shop',
      'ClusterRoleBinding/gitfed-shop',
      'Role fed/gitfed-shop',
      'RoleBinding fed/gitfed-shop',
    ]);
    const bindings = objects.filter(({ kind }) => String(kind).endsWith('Binding'));
    expect(bindings.map(({ subjects }) => subjects)).toEqual([[expected], [expected]]);
  });
});
