import { compareText } from './text-order.ts';

/**
 * Identity of a Kubernetes object inside one cluster.
 *
 * Without the version on purpose: `apps/v1` and `apps/v1beta1` name the same stored object.
 * `group` is `''` for the core group, `namespace` is `''` for cluster-scoped objects.
 */
export interface ObjectId {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** For people: `Deployment.apps/shop/web`, `Namespace/shop`, `ClusterRole.rbac.authorization.k8s.io/reader`. */
export function formatObjectId(id: ObjectId): string {
  const kind = id.group === '' ? id.kind : `${id.kind}.${id.group}`;
  return id.namespace === '' ? `${kind}/${id.name}` : `${kind}/${id.namespace}/${id.name}`;
}

/** A key for maps and sets. Injective: none of the four parts can hold a newline in a valid object. */
export function objectIdKey(id: ObjectId): string {
  return `${id.group}\n${id.kind}\n${id.namespace}\n${id.name}`;
}

/** Total order: group, kind, namespace, name. */
export function compareObjectIds(a: ObjectId, b: ObjectId): number {
  return (
    compareText(a.group, b.group) ||
    compareText(a.kind, b.kind) ||
    compareText(a.namespace, b.namespace) ||
    compareText(a.name, b.name)
  );
}
