import type { JsonObject, JsonValue } from '../core/index.ts';
import { JOINED_AS_ANNOTATION, type JoinNames } from './join-names.ts';
import { labelOf } from './join-objects.ts';

const RBAC = 'rbac.authorization.k8s.io';

/** What KubeFed gives to whom it joins as. */
const ADMIN_RULES: readonly JsonObject[] = [
  { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
  { nonResourceURLs: ['*'], verbs: ['get'] },
];

const HEALTH_RULES: readonly JsonObject[] = [
  { nonResourceURLs: ['/healthz'], verbs: ['get'] },
  { apiGroups: [''], resources: ['nodes'], verbs: ['list'] },
];

/** Rules of one role. */
export interface RoleContent {
  readonly kind: 'ClusterRole' | 'Role';
  readonly name: string;
  readonly rules: readonly JsonObject[];
}

/** As KubeFed: in `scope: Namespaced` all rights in one namespace, and the look at the health of the member. */
export function adminRoles(names: JoinNames, scope: 'Cluster' | 'Namespaced'): readonly RoleContent[] {
  if (scope === 'Cluster') return [{ kind: 'ClusterRole', name: names.role, rules: ADMIN_RULES }];
  return [
    { kind: 'Role', name: names.role, rules: ADMIN_RULES.slice(0, 1) },
    { kind: 'ClusterRole', name: names.healthRole, rules: HEALTH_RULES },
  ];
}

/** Of manifests that `memberRole` made, the rules, under the names of a joined member. */
export function leastRoles(names: JoinNames, objects: readonly JsonObject[]): readonly RoleContent[] {
  return objects.flatMap(({ kind, rules }): RoleContent[] => {
    if ((kind !== 'ClusterRole' && kind !== 'Role') || !Array.isArray(rules)) return [];
    return [{ kind, name: names.role, rules: rules as readonly JsonObject[] }];
  });
}

/** Everything in the member but the token, in an order in which it can be made. */
export function memberManifests(
  names: JoinNames,
  namespace: string,
  roles: readonly RoleContent[],
): readonly JsonObject[] {
  const annotations = { [JOINED_AS_ANNOTATION]: names.mark };
  const account = { name: names.account, namespace };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, annotations } },
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { ...account, annotations: { ...annotations, 'kubernetes.io/enforce-mountable-secrets': 'true' } },
      automountServiceAccountToken: false,
    },
    ...roles.flatMap(({ kind, name, rules }): JsonObject[] => {
      const metadata = { name, ...(kind === 'Role' ? { namespace } : {}), annotations };
      const subjects: JsonValue = [{ kind: 'ServiceAccount', ...account }];
      return [
        { apiVersion: `${RBAC}/v1`, kind, metadata, rules: [...rules] },
        {
          apiVersion: `${RBAC}/v1`,
          kind: `${kind}Binding`,
          metadata,
          roleRef: { apiGroup: RBAC, kind, name },
          subjects,
        },
      ];
    }),
  ];
}

/** Names of all that may have been made in a member, whatever it was joined with. */
export function removableManifests(names: JoinNames, namespace: string): readonly JsonObject[] {
  const roles = [...adminRoles(names, 'Cluster'), ...adminRoles(names, 'Namespaced')];
  return memberManifests(names, namespace, roles).toReversed();
}

/** Roles and bindings that an earlier join may have made, bindings first, and that are not among these. */
export function obsoleteManifests(
  names: JoinNames,
  namespace: string,
  wanted: readonly JsonObject[],
): readonly JsonObject[] {
  const known = new Set(wanted.map(labelOf));
  const roles = removableManifests(names, namespace).filter(({ apiVersion }) => apiVersion === `${RBAC}/v1`);
  return [...new Map(roles.map((manifest) => [labelOf(manifest), manifest])).values()].filter(
    (manifest) => !known.has(labelOf(manifest)),
  );
}

/** The Secret that the cluster puts a token into, or that a token which expires is bound to: with it the token ends. */
export function tokenSecretManifest(
  names: JoinNames,
  namespace: string,
  { name, expires }: { readonly name: string; readonly expires: boolean },
): JsonObject {
  const annotations = { [JOINED_AS_ANNOTATION]: names.mark };
  const own = expires ? {} : { 'kubernetes.io/service-account.name': names.account };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, annotations: { ...annotations, ...own } },
    type: expires ? 'Opaque' : SERVICE_ACCOUNT_TOKEN,
  };
}

export const SERVICE_ACCOUNT_TOKEN = 'kubernetes.io/service-account-token';
