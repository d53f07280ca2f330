import type { FederatedObject } from '../../src/api/model.ts';
import type { JsonObject, ObjectId } from '../../src/core/index.ts';
import type { ClusterRendering, RenderedObject, Rendering } from '../../src/render/types.ts';

export interface ObjectOptions {
  /** As `Deployment.apps`. Default `ConfigMap`. */
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** Of the federated object. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A rendered object as comparisons see it: identity, manifest, and the identity and annotations of its federated object. */
export function renderedObject(
  manifest: JsonObject,
  { kind: kindText = 'ConfigMap', namespace = 'shop', name = 'web', annotations = {} }: ObjectOptions = {},
): RenderedObject {
  const [kind = '', ...groups] = kindText.split('.');
  const id: ObjectId = { group: groups.join('.'), kind, namespace, name };
  const federated = { id: { ...id, group: 'types.kubefed.io', kind: `Federated${kind}` }, target: id, annotations };
  const { metadata = {}, ...content } = manifest;
  return {
    id,
    manifest: { apiVersion: 'v1', kind, metadata: { name, namespace, ...(metadata as JsonObject) }, ...content },
    federated: federated as unknown as FederatedObject,
  };
}

export function renderingOf(
  clusters: Readonly<Record<string, readonly RenderedObject[]>>,
  held: readonly ObjectId[] = [],
): Rendering {
  const list = Object.entries(clusters).map(([cluster, objects]): ClusterRendering => ({ cluster, objects, held }));
  return { clusters: list, replicas: new Map(), findings: [] };
}

/** The same objects in so many clusters, c00 and on. */
export function fleetOf(
  size: number,
  ...objects: readonly RenderedObject[]
): Record<string, readonly RenderedObject[]> {
  const names = Array.from({ length: size }, (_, index) => `c${String(index).padStart(2, '0')}`);
  return Object.fromEntries(names.map((name) => [name, objects]));
}
