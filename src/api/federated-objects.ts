import { compareText, objectIdKey } from '../core/index.ts';
import type { RawObject } from './documents.ts';
import { groupBy, reportDuplicates } from './duplicates.ts';
import { federatedObjectName, isNamespaceType } from './federated-object.ts';
import { isBrokenTypeConfig } from './federated-types.ts';
import type { Federation } from './federation.ts';
import type { FindingCollector } from './finding-collector.ts';
import { describeObject } from './metadata.ts';
import type { FederatedObject, FederatedType, HeldTarget } from './model.ts';
import type { ModelMemo } from './model-memo.ts';
import { nameOf, namespaceOf } from './system-namespace.ts';

const IGNORED_NAMESPACES = ['kube-system', 'kube-public', 'default'];

/** Whether KubeFed never creates or changes a namespace in a member. Its FederatedNamespace counts for placement all the same. */
export function isIgnoredNamespace(name: string, systemNamespace: string): boolean {
  return IGNORED_NAMESPACES.includes(name) || name === systemNamespace;
}

export interface FederatedObjects {
  /** Sorted by id. */
  readonly objects: readonly FederatedObject[];
  readonly namespaces: ReadonlyMap<string, FederatedObject>;
  /** Namespaces with a FederatedNamespace of any sort, in error too. */
  readonly mentionedNamespaces: ReadonlySet<string>;
  /** Names of all objects with a readable identity, held ones too. */
  readonly mentionedObjects: ReadonlySet<string>;
  readonly heldTargets: readonly HeldTarget[];
}

interface ReadObject {
  readonly raw: RawObject;
  readonly object: FederatedObject;
}

/** Reads every federated object, and finds those that are there twice. */
export function readFederatedObjects(
  raws: readonly RawObject[],
  federation: Federation,
  isPlanned: (name: string) => boolean,
  memo: ModelMemo,
  collector: FindingCollector,
): FederatedObjects {
  const read = raws.flatMap((raw) => readOne(raw, federation, isPlanned, memo, collector));
  const { unique, held } = withoutDuplicates(read, collector);
  const namespaceObjects = unique.filter(({ object }) => isNamespaceType(object.type));
  const misnamed = new Set(namespaceObjects.filter((entry) => isMisnamed(entry, collector)));
  const namespaces = namespaceObjects
    .filter((entry) => !misnamed.has(entry))
    .map(({ object }): [string, FederatedObject] => [object.id.namespace, object])
    .toSorted((a, b) => compareText(a[0], b[0]));
  const propagated = unique.filter((entry) => !misnamed.has(entry) && isPropagated(entry, federation, collector));
  return {
    objects: memo.objectOrder.sort(propagated.map(({ object }) => object)),
    namespaces: new Map(namespaces),
    mentionedNamespaces: new Set(
      read.flatMap(({ object }) => (isNamespaceType(object.type) ? [object.id.namespace, object.id.name] : [])),
    ),
    mentionedObjects: new Set(read.map(({ object }) => federatedObjectName(object))),
    heldTargets: held,
  };
}

function readOne(
  raw: RawObject,
  federation: Federation,
  isPlanned: (name: string) => boolean,
  memo: ModelMemo,
  collector: FindingCollector,
): ReadObject[] {
  const type = federation.types.find(raw.group, raw.kind);
  const label = describeObject(raw);
  if (type === undefined || isBrokenTypeConfig(type)) {
    const why =
      type === undefined
        ? `${raw.kind} of group ${raw.group} is not a federated kind: add a FederatedTypeConfig for it, or correct the spelling`
        : `${type.label}, which describes this kind, is in error: mend that first`;
    collector.add('UnknownFederatedType', raw.source, ['kind'], `${label}: ${why}`, { object: label, hold: true });
    return [];
  }
  const object = collector.take(memo.objects.get(raw, type, isPlanned(writtenName(raw, type))));
  return object === undefined ? [] : [{ raw, object }];
}

/** As `federatedObjectName` will have it, if the object turns out to have a valid identity. */
function writtenName(raw: RawObject, type: FederatedType): string {
  const namespace = type.federated.scope === 'Namespaced' ? (namespaceOf(raw) ?? '') : '';
  return federatedObjectName({ id: { group: raw.group, kind: raw.kind, namespace, name: nameOf(raw) ?? '' } });
}

function withoutDuplicates(
  read: readonly ReadObject[],
  collector: FindingCollector,
): { readonly unique: readonly ReadObject[]; readonly held: readonly HeldTarget[] } {
  const byId = groupBy(read, ({ object }) => objectIdKey(object.id));
  const byTarget = groupBy(byId.unique, ({ object }) => objectIdKey(object.target));
  const repeated = [...byId.repeated, ...byTarget.repeated];
  for (const group of repeated) {
    const hold = group.some(({ object }) => isNamespaceType(object.type));
    reportDuplicates(
      group.map(({ raw }) => raw),
      collector,
      hold,
    );
  }
  const held = repeated.flat().map(({ object }) => ({ target: object.target, object: federatedObjectName(object) }));
  // An object that shares its target with a repeated one is no better off.
  const heldKeys = new Set(held.map(({ target }) => objectIdKey(target)));
  return { unique: byTarget.unique.filter(({ object }) => !heldKeys.has(objectIdKey(object.target))), held };
}

function isMisnamed({ raw, object }: ReadObject, collector: FindingCollector): boolean {
  const { name, namespace } = object.id;
  if (name === namespace) return false;
  const label = federatedObjectName(object);
  const message = `${label}: a FederatedNamespace stands for the namespace it lies in: its name must be "${namespace}", or its metadata.namespace "${name}"`;
  collector.add('InvalidName', raw.source, ['metadata', 'name'], message, { object: label, hold: true });
  return true;
}

/** An object that is there and never applied says why. */
function isPropagated({ raw, object }: ReadObject, federation: Federation, collector: FindingCollector): boolean {
  const isLimited = federation.kubeFedConfig.scope === 'Namespaced';
  const reason = isLimited ? whyOutOfScope(object, federation) : whyIgnoredNamespace(object, federation);
  if (reason === undefined) return true;
  const label = federatedObjectName(object);
  if (reason !== '') {
    collector.add('IgnoredNamespace', raw.source, ['metadata', 'namespace'], `${label}: ${reason}`, { object: label });
  }
  return false;
}

function whyIgnoredNamespace(object: FederatedObject, { systemNamespace }: Federation): string | undefined {
  const { namespace } = object.id;
  if (!isNamespaceType(object.type)) return undefined;
  if (!isIgnoredNamespace(namespace, systemNamespace)) return undefined;
  return `the namespace ${namespace} itself is never changed in a member cluster; its placement counts for the objects in it`;
}

/** `''` where there is nothing to be said: the FederatedNamespace of the only namespace narrows placement and is meant to. */
function whyOutOfScope(object: FederatedObject, { systemNamespace }: Federation): string | undefined {
  if (object.id.namespace !== systemNamespace && object.id.namespace !== '') {
    return `it is not applied, because the KubeFedConfig has scope: Namespaced and its namespace is ${systemNamespace}`;
  }
  if (object.type.target.scope === 'Namespaced') return undefined;
  return isNamespaceType(object.type)
    ? ''
    : 'cluster-scoped objects are not applied, because the KubeFedConfig has scope: Namespaced';
}
