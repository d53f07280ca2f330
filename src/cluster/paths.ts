import type { ServedResource } from './discovery.ts';

/** The path of a collection; of all namespaces where `namespace` is `''`. */
export function collectionPath({ group, version, plural }: ServedResource, namespace = ''): string {
  const root = group === '' ? '/api' : `/apis/${encodeURIComponent(group)}`;
  const within = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}/${encodeURIComponent(version)}${within}/${encodeURIComponent(plural)}`;
}

/** The path of one object. `namespace` is `''` for cluster-scoped ones. */
export function objectPath(resource: ServedResource, namespace: string, name: string): string {
  return `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
}
