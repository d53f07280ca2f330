import type { JsonObject } from '../core/index.ts';
import { pathInCluster } from '../render/index.ts';
import { typeFor } from './federate-draft.ts';
import { withoutFederation } from './federation-v1-annotations.ts';
import { listAt, nameOfObject } from './federation-v1-fields.ts';
import type { LossList } from './federation-v1-losses.ts';
import type { ConversionInput, V1Cluster, V1File, V1Object } from './federation-v1-types.ts';
import { templateOf } from './strip-object.ts';

/** What the conversion of one object may look at besides it. */
export interface V1Context {
  readonly input: ConversionInput;
  /** Sorted by name. */
  readonly clusters: readonly V1Cluster[];
  readonly losses: LossList;
  /** Names of objects that have a ReplicaSchedulingPreference: `namespace/name`. A preference has the name of what it is for, and no kind in it. */
  readonly preferences: Set<string>;
  /** By kind and `namespace/name`. */
  readonly find: (kind: string, namespace: string, name: string) => V1Object | undefined;
}

/** The kind that an object is in member clusters today. */
export interface V1Target {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** The template of an object, without what Federation v1 and its API server wrote into it. */
export function templateFor(object: V1Object, target: V1Target, changed: JsonObject = object.object): JsonObject {
  const template = withoutEmptyMetadata(templateOf(withoutFederation(changed), target));
  const type = typeFor([], target);
  if (type === undefined) throw new TypeError(`${target.kind} is a built-in kind`);
  // What the template says wins over the version of the type.
  const { group, version } = target;
  const own = version === type.target.version ? {} : { apiVersion: group === '' ? version : `${group}/${version}` };
  return { ...own, ...template };
}

/** Nothing is left of a map of annotations that were all of the federation. */
function withoutEmptyMetadata(template: JsonObject): JsonObject {
  const { metadata, ...rest } = template;
  if (metadata === undefined) return template;
  const kept = Object.entries(metadata as JsonObject).filter(
    ([, value]) => Object.keys(value as JsonObject).length > 0,
  );
  return kept.length === 0 ? rest : { metadata: Object.fromEntries(kept), ...rest };
}

/** A federated object. @param spec its template, placement and what else there is. */
export function federatedObject(
  object: V1Object,
  target: V1Target,
  spec: JsonObject,
  { input }: Pick<V1Context, 'input'>,
): JsonObject {
  const { name } = object;
  const type = typeFor([], target);
  if (type === undefined) throw new TypeError(`${target.kind} is a built-in kind`);
  const { federated } = type;
  const isKept = input.keepOrphanDefault && hasOrphanFinalizer(object);
  return {
    apiVersion: `${federated.group}/${federated.version}`,
    kind: federated.kind,
    metadata: {
      name,
      namespace: target.kind === 'Namespace' ? name : object.namespace,
      ...(isKept ? { annotations: { 'kubefed.io/orphan': 'true' } } : {}),
    },
    spec,
  };
}

/** With it, v1 left the object in the members when it was deleted: the default of its API server. */
export function hasOrphanFinalizer({ object }: V1Object): boolean {
  return listAt(object, 'metadata', 'finalizers').includes('orphan');
}

/** The file of an object: `shop/Deployment.apps-web.yaml`; a Namespace is in the folder of its name. */
export function fileOf(object: V1Object, target: V1Target, manifests: readonly JsonObject[]): V1File {
  const { name } = object;
  const namespace = target.kind === 'Namespace' ? name : object.namespace;
  return {
    file: pathInCluster({ group: target.group, kind: target.kind, namespace, name }),
    manifests,
    object: nameOfObject(object),
    isSecret: target.group === '' && target.kind === 'Secret',
  };
}
