import type { ApiResource } from '../api/index.ts';
import { compareText, type JsonObject } from '../core/index.ts';
import { type Grant, mergeGrants } from './role-rules.ts';

/** A kind that gitfed deals with in a member. */
export interface RoleKind extends Pick<ApiResource, 'group' | 'kind' | 'plural' | 'scope'> {
  /**
   * `Apply`: the repository holds objects of it. `Prune`: only an inventory does, so that none is ever made. `Read`: nothing is written,
   * because its propagation is disabled or `keepLive` covers all objects of it.
   */
  readonly use: 'Apply' | 'Prune' | 'Read';
}

export interface RoleOptions {
  /** Name of the inventory: the objects are called `gitfed-<inventory>`. */
  readonly inventory: string;
  readonly systemNamespace: string;
  readonly subject: { readonly kind: 'ServiceAccount' | 'User'; readonly name: string };
  /**
   * How far it reaches. `Cluster`: every namespace. `Namespaces`: namespaced kinds in `namespaces` only. `SystemNamespace`: nothing outside
   * of it, for `scope: Namespaced`.
   */
  readonly access: 'Cluster' | 'Namespaces' | 'SystemNamespace';
  /** For access `Namespaces`; the system namespace needs not be among them. */
  readonly namespaces: readonly string[];
  /** Lets every kind be listed, without which a namespace is never known to be empty and so never deleted. */
  readonly listEverything: boolean;
  /** Lets pods be read: those of workloads whose replicas are planned tell how many a cluster has room for. Default false. */
  readonly readsPods?: boolean;
}

export interface MemberRole {
  /** Of `v1` and `rbac.authorization.k8s.io/v1`, in an order in which they can be created. */
  readonly objects: readonly JsonObject[];
  /** Where its holder can give itself any right, because roles or bindings are federated. Absent: nowhere. */
  readonly unlimited?: 'Cluster' | 'Namespaces';
}

const RBAC = 'rbac.authorization.k8s.io';

/** Verbs by {@link RoleKind.use}. Server-side apply that makes an object asks for `patch` and `create`. */
const VERBS = {
  Apply: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
  Prune: ['get', 'list', 'watch', 'patch', 'delete'],
  Read: ['get', 'list', 'watch'],
} as const;

/**
 * The least rights that a pass needs in a member, as manifests.
 *
 * Nothing is granted for making the system namespace: the Role in it, without which the inventory could not be written, needs it first.
 */
export function memberRole(kinds: readonly RoleKind[], options: RoleOptions): MemberRole {
  const { access, systemNamespace } = options;
  const clusterKinds = kinds.filter(({ scope }) => scope === 'Cluster');
  const namespacedKinds = kinds.filter(({ scope }) => scope === 'Namespaced');
  const inventory = inventoryGrants(options);
  const contents = [...kindGrants(namespacedKinds), ...podGrants(options), ...listGrants(options)];
  switch (access) {
    case 'SystemNamespace':
      return {
        objects: [...subjectObjects(options), ...namespaceRole(systemNamespace, [...inventory, ...contents], options)],
        ...powerOf(namespacedKinds, 'Namespaces'),
      };
    case 'Cluster':
      return {
        objects: [
          ...subjectObjects(options),
          ...clusterRole([...kindGrants(clusterKinds), ...contents], options),
          ...namespaceRole(systemNamespace, inventory, options),
        ],
        ...powerOf(kinds, 'Cluster'),
      };
    case 'Namespaces': {
      const namespaces = [...new Set([...options.namespaces, systemNamespace])].sort(compareText);
      const grantsIn = (namespace: string): readonly Grant[] => [
        ...(namespace === systemNamespace ? [...inventory, ...searchGrants(namespacedKinds)] : []),
        ...(options.namespaces.includes(namespace) ? contents : []),
      ];
      return {
        objects: [
          ...subjectObjects(options),
          ...clusterRole(
            clusterKinds.flatMap((kind) => narrowGrants(kind, options.namespaces)),
            options,
          ),
          ...namespaces.flatMap((namespace) => namespaceRole(namespace, grantsIn(namespace), options)),
        ],
        ...powerOf(namespacedKinds, 'Namespaces'),
        ...powerOf(clusterKinds, 'Cluster'),
      };
    }
    default:
      return access satisfies never;
  }
}

/**
 * The Secret of the inventory and the Lease that keeps two writers apart: `create` cannot be limited to a name; `list` and `watch` can,
 * as they ask for that one name.
 */
function inventoryGrants({ inventory }: RoleOptions): readonly Grant[] {
  const names = [roleName(inventory)];
  return [
    { group: '', resource: 'secrets', verbs: ['create'] },
    { group: '', resource: 'secrets', names, verbs: ['get', 'list', 'watch', 'patch'] },
    { group: 'coordination.k8s.io', resource: 'leases', verbs: ['create'] },
    { group: 'coordination.k8s.io', resource: 'leases', names, verbs: ['get', 'update'] },
  ];
}

function podGrants({ readsPods = false }: RoleOptions): readonly Grant[] {
  return readsPods ? [{ group: '', resource: 'pods', verbs: ['list', 'watch'] }] : [];
}

/** An ApplySet may hold objects in the namespace of its parent without saying so: that one is always looked through. */
function searchGrants(kinds: readonly RoleKind[]): readonly Grant[] {
  return kinds.map(({ group, plural }) => ({ group, resource: plural, verbs: ['list', 'watch'] }));
}

function kindGrants(kinds: readonly RoleKind[]): readonly Grant[] {
  return kinds.flatMap((kind) => [
    { group: kind.group, resource: kind.plural, verbs: VERBS[kind.use] },
    ...escalationGrants(kind),
  ]);
}

/** Where only some namespaces are ours, so are the Namespace objects of that name. */
function narrowGrants(kind: RoleKind, namespaces: readonly string[]): readonly Grant[] {
  if (!isNamespaceKind(kind)) return kindGrants([kind]);
  const named = new Set<string>(['get', 'patch', 'delete']);
  const { group, plural: resource, use } = kind;
  return [
    { group, resource, verbs: VERBS[use].filter((verb) => !named.has(verb)) },
    ...(namespaces.length === 0
      ? []
      : [{ group, resource, names: namespaces, verbs: VERBS[use].filter((verb) => named.has(verb)) }]),
  ];
}

function isNamespaceKind({ group, plural }: RoleKind): boolean {
  return group === '' && plural === 'namespaces';
}

/** What it takes, for each federated kind of RBAC, to write what gives rights that one has not. */
const ESCALATION: ReadonlyMap<string, readonly Grant[]> = new Map([
  ['clusterroles', [{ group: RBAC, resource: 'clusterroles', verbs: ['escalate', 'bind'] }]],
  ['roles', [{ group: RBAC, resource: 'roles', verbs: ['escalate', 'bind'] }]],
  ['clusterrolebindings', [{ group: RBAC, resource: 'clusterroles', verbs: ['bind'] }]],
  ['rolebindings', ['clusterroles', 'roles'].map((resource) => ({ group: RBAC, resource, verbs: ['bind'] }))],
]);

/**
 * An API server lets nobody hand out rights that he has not, but for the verbs `escalate` and `bind`.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
 */
function escalationGrants(kind: RoleKind): readonly Grant[] {
  return canEscalate(kind) ? (ESCALATION.get(kind.plural) ?? []) : [];
}

function canEscalate({ group, plural, use }: RoleKind): boolean {
  return group === RBAC && ESCALATION.has(plural) && use !== 'Read';
}

function powerOf(kinds: readonly RoleKind[], where: 'Cluster' | 'Namespaces'): Pick<MemberRole, 'unlimited'> {
  return kinds.some(canEscalate) ? { unlimited: where } : {};
}

function listGrants({ listEverything, access }: RoleOptions): readonly Grant[] {
  // With `scope: Namespaced` no namespace is ever deleted.
  if (!listEverything || access === 'SystemNamespace') return [];
  return [{ group: '*', resource: '*', verbs: ['list'] }];
}

function subjectObjects({ subject, systemNamespace, access }: RoleOptions): readonly JsonObject[] {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: systemNamespace } };
  const account = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: subject.name, namespace: systemNamespace },
  };
  return [
    // Who has no rights outside of one namespace cannot make it either.
    ...(access === 'SystemNamespace' ? [] : [namespace]),
    ...(subject.kind === 'ServiceAccount' ? [account] : []),
  ];
}

function clusterRole(kinds: readonly Grant[], options: RoleOptions): readonly JsonObject[] {
  const nodes: Grant = { group: '', resource: 'nodes', verbs: ['get', 'list'] };
  const rules = [
    // Most clusters let everyone who is known see these; the role does not count on it.
    { nonResourceURLs: ['/healthz', '/version', '/api', '/api/*', '/apis', '/apis/*'], verbs: ['get'] },
    ...mergeGrants([...kinds, nodes]),
  ];
  const metadata = { name: roleName(options.inventory) };
  return [
    { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata, rules },
    binding('ClusterRole', metadata, options),
  ];
}

function namespaceRole(namespace: string, grants: readonly Grant[], options: RoleOptions): readonly JsonObject[] {
  if (grants.length === 0) return [];
  const metadata = { name: roleName(options.inventory), namespace };
  return [
    { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules: mergeGrants(grants) },
    binding('Role', metadata, options),
  ];
}

function binding(kind: 'ClusterRole' | 'Role', metadata: JsonObject, options: RoleOptions): JsonObject {
  const { subject, systemNamespace } = options;
  return {
    apiVersion: `${RBAC}/v1`,
    kind: `${kind}Binding`,
    metadata,
    roleRef: { apiGroup: RBAC, kind, name: roleName(options.inventory) },
    subjects: [
      subject.kind === 'User'
        ? { apiGroup: RBAC, kind: 'User', name: subject.name }
        : { kind: 'ServiceAccount', name: subject.name, namespace: systemNamespace },
    ],
  };
}

function roleName(inventory: string): string {
  return `gitfed-${inventory}`;
}
