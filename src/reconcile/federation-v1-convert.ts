import { compareText, INITIAL_NAMESPACES } from '../core/index.ts';
import { federationNameIn, reportUnread } from './federation-v1-annotations.ts';
import { type ConvertedCluster, convertCluster, readV1Cluster } from './federation-v1-clusters.ts';
import { hasOrphanFinalizer, type V1Context } from './federation-v1-context.ts';
import { secretOf } from './federation-v1-credentials.ts';
import { isV1Cluster, kindOf, V1_KINDS } from './federation-v1-kinds.ts';
import { importable } from './federation-v1-left-out.ts';
import { LossList } from './federation-v1-losses.ts';
import type { Conversion, ConversionInput, V1File, V1Object } from './federation-v1-types.ts';

/** Makes a repository of the objects of Federation v1, and tells what is not the same. Pure. */
export function convertFederation(input: ConversionInput): Conversion {
  const losses = new LossList();
  const registered = input.objects.filter(isV1Cluster).toSorted((a, b) => compareText(a.name, b.name));
  const converted = registered.map((cluster) => convertCluster(cluster, input.objects, losses));
  const objects = withoutEmpty(withNamespaces(federatedObjects(input, registered, losses), input.objects, losses));
  const context: V1Context = {
    input: { ...input, federationName: input.federationName ?? federationNameIn(input.objects) },
    clusters: registered.map(readV1Cluster),
    losses,
    preferences: new Set(),
    find: finderOf(objects),
  };
  reportOrphans(objects, context);
  reportIngresses(objects, losses);
  return {
    clusters: context.clusters,
    files: [...converted.map(({ file }) => file), ...objects.map((object) => convertObject(object, context))],
    credentials: converted.flatMap(({ credential }: ConvertedCluster) => credential ?? []),
    losses: losses.all,
  };
}

/** Whether there are Secrets besides the credentials of clusters, of which somebody has to say what becomes of them. */
export function secretsToFederate(objects: readonly V1Object[]): readonly V1Object[] {
  const found = federatedObjects({ objects, omitSecrets: false }, objects.filter(isV1Cluster), new LossList());
  return found.filter(({ group, kind }) => group === '' && kind === 'Secret');
}

/** In the order of their kinds, then by namespace and name. */
function federatedObjects(
  { objects, omitSecrets }: Pick<ConversionInput, 'objects' | 'omitSecrets'>,
  clusters: readonly V1Object[],
  losses: LossList,
): readonly V1Object[] {
  const credentials = new Set(clusters.flatMap((cluster) => secretOf(cluster, objects) ?? []));
  const others = objects.filter((one) => !isV1Cluster(one) && !credentials.has(one));
  const kinds = [...V1_KINDS.keys()];
  return importable(others, { omitSecrets, losses }).toSorted(
    (a, b) =>
      kinds.indexOf(a.kind) - kinds.indexOf(b.kind) ||
      compareText(a.namespace, b.namespace) ||
      compareText(a.name, b.name),
  );
}

/** Nothing lands anywhere without its namespace, which v1's API server always had. One that is being deleted is not made again. */
function withNamespaces(objects: readonly V1Object[], all: readonly V1Object[], losses: LossList): readonly V1Object[] {
  const known = new Set(all.filter(({ kind }) => kind === 'Namespace').map(({ name }) => name));
  const needed = new Set(objects.map(({ namespace }) => namespace).filter((name) => name !== '' && !known.has(name)));
  const missing = [...needed].toSorted(compareText).map((name): V1Object => {
    const identity = { group: '', version: 'v1', kind: 'Namespace', namespace: '', name };
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    return { ...identity, object, where: 'the import' };
  });
  for (const namespace of missing) {
    losses.add(namespace, {
      field: 'placement',
      reason:
        'There are objects in this namespace, and it was not read itself. It is placed in every cluster, as without a cluster selector.',
      action: 'Narrow the placement of the FederatedNamespace if it is not for all.',
    });
  }
  return [...missing, ...objects];
}

/** The FederatedNamespace of a namespace that every cluster has only says where what is in it goes. */
function withoutEmpty(objects: readonly V1Object[]): readonly V1Object[] {
  const used = new Set(objects.map(({ namespace }) => namespace));
  return objects.filter(
    ({ kind, name }) => kind !== 'Namespace' || !INITIAL_NAMESPACES.includes(name) || used.has(name),
  );
}

function finderOf(objects: readonly V1Object[]): V1Context['find'] {
  const key = (kind: string, namespace: string, name: string): string => [kind, namespace, name].join('\n');
  const byKey = new Map(objects.map((one) => [key(one.kind, one.namespace, one.name), one]));
  return (kind, namespace, name) => byKey.get(key(kind, namespace, name));
}

function convertObject(object: V1Object, context: V1Context): V1File {
  const kind = kindOf(object);
  if (kind === undefined) throw new TypeError('what is not imported was sorted out');
  reportUnread(object, kind.annotations, context.losses);
  return kind.convert(object, context);
}

function reportOrphans(objects: readonly V1Object[], { input, losses }: V1Context): void {
  const kept = objects.filter(hasOrphanFinalizer);
  if (kept.length === 0 || input.keepOrphanDefault) return;
  losses.add('federation', {
    field: 'metadata.finalizers',
    reason: `Federation v1 left objects in the members when they were deleted (finalizer orphan): ${kept.length} of what is imported. gitfed deletes them there when their file goes.`,
    action: 'Import with --keep-orphan-default to keep it so.',
  });
}

function reportIngresses(objects: readonly V1Object[], losses: LossList): void {
  if (!objects.some(({ kind }) => kind === 'Ingress')) return;
  losses.add('federation', {
    field: 'Ingress',
    reason:
      'Federation v1 made Ingresses in one cluster first, and gave the load balancer controllers (GLBC) of all members one uid, so that they shared an address. Neither can be mapped.',
    action:
      'Keep the annotation with the name of the reserved address, and let a controller for many clusters take over.',
  });
}
