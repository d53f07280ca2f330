import { isJsonObject, type JsonObject } from '../core/index.ts';
import {
  type FieldSet,
  isEmptySet,
  type ManagedFieldsEntry,
  mapFields,
  subtractFields,
  unionFields,
  withoutField,
  withoutPlaces,
} from './field-set.ts';

/** Who gitfed is to a server. */
export const FIELD_MANAGER = 'gitfed';

/** Whose fields become gitfed's. A name that ends in `*` stands for all that begin so. */
export interface FormerManagers {
  /** Tools that applied whole objects before gitfed did, such as KubeFed's `controller-manager`. */
  readonly takeOver: readonly string[];
  /** Tools that people change objects with by hand. */
  readonly people: readonly string[];
}

/** KubeFed's binary has a name that many others have too: its entries are those that own its label. */
const KUBEFED_MANAGER = 'controller-manager';
const KUBEFED_LABEL = ['f:metadata', 'f:labels', 'f:kubefed.io/managed'];

export function isOurs({ manager, operation, subresource = '' }: ManagedFieldsEntry): boolean {
  return manager === FIELD_MANAGER && operation === 'Apply' && subresource === '';
}

/** Our entry for what server-side apply wrote in this version of the kind. */
export function ownEntry(entries: readonly ManagedFieldsEntry[], apiVersion: string): ManagedFieldsEntry | undefined {
  return entries.find((entry) => isOurs(entry) && entry.apiVersion === apiVersion);
}

/** Whether we wrote a label: what others copied from an object of ours carries the label too, and is not ours. */
export function ownsLabel(entries: readonly ManagedFieldsEntry[], label: string): boolean {
  return entries.some((entry) => {
    const { 'f:metadata': metadata = {} } = entry.fieldsV1 ?? {};
    return (
      isOurs(entry) && Object.hasOwn(metadata, 'f:labels') && Object.hasOwn(metadata['f:labels'] ?? {}, `f:${label}`)
    );
  });
}

/** Whether a manager is one of these, by name or by the beginning of its name. */
export function isManagedBy({ manager = '' }: ManagedFieldsEntry, names: readonly string[]): boolean {
  return names.some((name) => (name.endsWith('*') ? manager.startsWith(name.slice(0, -1)) : manager === name));
}

/** An entry of another manager, and those of its fields that are to be ours. */
export interface ForeignFields {
  readonly entry: ManagedFieldsEntry;
  readonly fields: FieldSet;
}

/**
 * The fields that become ours with the next write, so that what the manifest does not have of them disappears.
 *
 * Never among them: what belongs to a subresource, status, finalizers, owner references, annotations that the manifest has not, and the
 * number of replicas where the manifest leaves it to the cluster. Of a Namespace only what the manifest has: people label it.
 *
 * @param left fields that are left to others, whoever they are.
 */
export function foreignFields(
  entries: readonly ManagedFieldsEntry[],
  manifest: JsonObject,
  managers: FormerManagers,
  left: readonly ManagedPath[] = [],
): readonly ForeignFields[] {
  return entries.flatMap((entry) => {
    const { subresource = '', fieldsV1 } = entry;
    if (subresource !== '' || fieldsV1 === undefined || isOurs(entry) || !isFormer(entry, managers)) return [];
    const isShared = manifest.apiVersion === 'v1' && manifest.kind === 'Namespace' && !isKubeFeds(entry);
    const open = left.reduce(withoutField, fieldsV1);
    const fields = isShared ? presentIn(open, manifest) : movable(open, manifest);
    return isEmptySet(fields) ? [] : [{ entry, fields }];
  });
}

function isFormer(entry: ManagedFieldsEntry, { takeOver, people }: FormerManagers): boolean {
  if (isManagedBy(entry, people)) return true;
  if (!isManagedBy(entry, takeOver) || entry.operation !== 'Update') return false;
  return entry.manager !== KUBEFED_MANAGER || isKubeFeds(entry);
}

function isKubeFeds({ manager, fieldsV1 = {} }: ManagedFieldsEntry): boolean {
  let set: FieldSet | undefined = fieldsV1;
  for (const key of KUBEFED_LABEL) set = set !== undefined && Object.hasOwn(set, key) ? set[key] : undefined;
  return manager === KUBEFED_MANAGER && set !== undefined;
}

const NEVER_OF_METADATA = new Set(['f:finalizers', 'f:ownerReferences', 'f:generateName']);

function movable(set: FieldSet, manifest: JsonObject): FieldSet {
  const fields = mapFields(set, (field, key) => {
    if (key === 'f:status') return undefined;
    if (key === 'f:metadata') return nonEmpty(movableMetadata(field, manifest.metadata));
    return nonEmptyOrLeaf(field, withoutAnnotations(field));
  });
  const { spec } = manifest;
  const hasReplicas = isJsonObject(spec) && Object.hasOwn(spec, 'replicas');
  return hasReplicas ? fields : withoutField(fields, ['f:spec', 'f:replicas']);
}

function movableMetadata(set: FieldSet, metadata: JsonObject[string] | undefined): FieldSet {
  const annotations = isJsonObject(metadata) && isJsonObject(metadata.annotations) ? metadata.annotations : {};
  return mapFields(set, (field, key) => {
    if (NEVER_OF_METADATA.has(key)) return undefined;
    return key === 'f:annotations' ? nonEmpty(presentIn(field, annotations)) : field;
  });
}

/** Annotations of a pod template come from restarts and injectors: putting them back would restart the pods once more. */
function withoutAnnotations(set: FieldSet): FieldSet {
  const fields = mapFields(set, (field, key) => {
    if (key === 'f:metadata' && Object.hasOwn(field, 'f:annotations')) {
      return nonEmpty(mapFields(field, (own, name) => (name === 'f:annotations' ? undefined : own)));
    }
    return nonEmptyOrLeaf(field, withoutAnnotations(field));
  });
  return Object.hasOwn(set, '.') ? { '.': {}, ...fields } : fields;
}

/** Those fields of a set that a manifest has, as far down as both go by name. */
function presentIn(set: FieldSet, manifest: JsonObject): FieldSet {
  return mapFields(set, (field, key) => {
    const name = key.slice(2);
    if (!key.startsWith('f:') || !Object.hasOwn(manifest, name)) return undefined;
    const value = manifest[name];
    if (isEmptySet(field) || !isJsonObject(value)) return field;
    return nonEmpty(presentIn(field, value));
  });
}

function nonEmpty(set: FieldSet): FieldSet | undefined {
  return isEmptySet(set) ? undefined : set;
}

/** A field without anything below it stays; one that had something and lost all of it goes. */
function nonEmptyOrLeaf(before: FieldSet, after: FieldSet): FieldSet | undefined {
  return isEmptySet(before) ? before : nonEmpty(after);
}

/**
 * What people's tools added to an object, and nobody else owns: the fields that are drift by being there.
 *
 * @param foreign of {@link foreignFields}
 */
export function addedFields(
  foreign: readonly ForeignFields[],
  entries: readonly ManagedFieldsEntry[],
  manifest: JsonObject,
): readonly ForeignFields[] {
  if (manifest.apiVersion === 'v1' && manifest.kind === 'Namespace') return [];
  const moved = new Set(foreign.map(({ entry }) => entry));
  const others = entries
    .filter((entry) => !moved.has(entry))
    .reduce<FieldSet>((all, { fieldsV1 }) => unionFields(all, fieldsV1 ?? {}), {});
  return foreign.flatMap(({ entry, fields }) => {
    const added = withoutPlaces(subtractFields(fields, others), others);
    return isEmptySet(added) ? [] : [{ entry, fields: added }];
  });
}

/** Fields, by their keys in a set of managed fields, such as `['f:spec', 'f:replicas']`. */
export type ManagedPath = readonly string[];

/**
 * The managed fields of an object after fields of former managers became ours, and those in `handedOver` stopped being ours. Where anything
 * changes, `mark` stops being ours too: until the apply that follows has put it back, everybody sees that it is still to come.
 *
 * @returns `undefined` where nothing changes.
 */
export function transferredFields(
  entries: readonly ManagedFieldsEntry[],
  apiVersion: string,
  foreign: readonly ForeignFields[],
  { handedOver, mark }: { readonly handedOver: readonly ManagedPath[]; readonly mark: ManagedPath },
): readonly ManagedFieldsEntry[] | undefined {
  const moved = new Map(foreign.map(({ entry, fields }) => [entry, fields]));
  const gain = foreign.reduce<FieldSet>((all, { fields }) => unionFields(all, fields), {});
  let hasChanged = foreign.length > 0;
  const kept = entries.flatMap((entry): readonly ManagedFieldsEntry[] => {
    const fields = entry.fieldsV1 ?? {};
    if (isOurs(entry)) {
      const left = handedOver.reduce(withoutField, fields);
      if (left === fields || JSON.stringify(left) === JSON.stringify(fields)) return [entry];
      hasChanged = true;
      return [{ ...entry, fieldsV1: left }];
    }
    const given = moved.get(entry);
    if (given === undefined) return [entry];
    const left = subtractFields(fields, given);
    return isEmptySet(left) ? [] : [{ ...entry, fieldsV1: left }];
  });
  if (!hasChanged) return undefined;
  const unmarked = (entry: ManagedFieldsEntry): ManagedFieldsEntry =>
    isOurs(entry) ? { ...entry, fieldsV1: withoutField(entry.fieldsV1 ?? {}, mark) } : entry;
  if (isEmptySet(gain)) return kept.map(unmarked);
  const own = kept.find((entry) => isOurs(entry));
  const others = kept.filter((entry) => entry !== own);
  const base = own ?? { manager: FIELD_MANAGER, operation: 'Apply', apiVersion, fieldsType: 'FieldsV1' };
  return [...others, { ...base, fieldsV1: unionFields(own?.fieldsV1 ?? {}, gain) }].map(unmarked);
}
