import {
  type ApiAccess,
  type Discovery,
  isApiError,
  type LiveObject,
  listObjects,
  type ServedResource,
} from '../cluster/index.ts';
import type { Limit } from './limit.ts';

/** What a cluster puts into every namespace, or what only mirrors other things. */
const OWN_KINDS = new Set([
  'Event',
  'Event.events.k8s.io',
  'Endpoints',
  'EndpointSlice.discovery.k8s.io',
  'Lease.coordination.k8s.io',
]);

/** `Foreign`: something that is not ours. `Unknown`: nothing of that was seen, and not everything could be listed. */
export type NamespaceContent = 'Foreign' | 'Unknown';

interface ContentOptions {
  readonly client: ApiAccess;
  readonly discovery: Discovery;
  readonly limit: Limit;
}

/**
 * What a namespace holds besides what is ours to delete; `undefined` when there is nothing.
 *
 * @param ours uids that are deleted with the namespace. What owner references lead back to them goes with them, claims of storage excepted.
 */
export async function findForeignContent(
  namespace: string,
  ours: ReadonlySet<string>,
  options: ContentOptions,
): Promise<NamespaceContent | undefined> {
  const { discovery } = options;
  const kinds = discovery.resources.filter(
    (resource) => resource.scope === 'Namespaced' && resource.verbs.has('list') && !OWN_KINDS.has(kindText(resource)),
  );
  const lists = await Promise.all(kinds.map((resource) => listFound(resource, namespace, options)));
  const foreign = findForeign(
    lists.flatMap((list) => list ?? []),
    ours,
  );
  if (discovery.staleGroups.size === 0 && !lists.includes(undefined)) return foreign.length > 0 ? 'Foreign' : undefined;
  // An owner may be among what was not seen.
  const isForeign = foreign.some(({ object }) => (object.metadata.ownerReferences ?? []).length === 0);
  return isForeign ? 'Foreign' : 'Unknown';
}

interface Found {
  readonly resource: ServedResource;
  readonly object: LiveObject;
}

/** `undefined` where the kind cannot be listed. */
async function listFound(
  resource: ServedResource,
  namespace: string,
  { client, limit }: ContentOptions,
): Promise<readonly Found[] | undefined> {
  try {
    const items = await limit(() => listObjects(client, resource, { namespace }));
    return items.filter((object) => !isMadeByCluster(resource, object)).map((object) => ({ resource, object }));
  } catch (error) {
    if (!isApiError(error) || error.failure === 'Aborted' || client.isDead) throw error;
    return undefined;
  }
}

/** Follows owner references until nothing more turns out to be ours. */
function findForeign(found: readonly Found[], ours: ReadonlySet<string>): readonly Found[] {
  const known = new Set(ours);
  let open = found.filter(({ object }) => !known.has(object.metadata.uid ?? ''));
  for (;;) {
    const owned = open.filter(({ resource, object }) => {
      const owners = object.metadata.ownerReferences ?? [];
      return (
        kindText(resource) !== 'PersistentVolumeClaim' && owners.some(({ uid }) => uid !== undefined && known.has(uid))
      );
    });
    if (owned.length === 0) return open;
    for (const { object } of owned) known.add(object.metadata.uid ?? '');
    open = open.filter((one) => !owned.includes(one));
  }
}

function isMadeByCluster(resource: ServedResource, { metadata }: LiveObject): boolean {
  // Without a uid it is computed (such as PodMetrics), not kept.
  if (metadata.uid === undefined) return true;
  const kind = kindText(resource);
  if (kind === 'ServiceAccount') return metadata.name === 'default';
  return kind === 'ConfigMap' && metadata.name === 'kube-root-ca.crt';
}

function kindText({ group, kind }: ServedResource): string {
  return group === '' ? kind : `${kind}.${group}`;
}
