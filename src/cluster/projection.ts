import type { ManagedFieldsEntry } from '../drift/index.ts';
import type { Interner } from './interner.ts';
import type { LiveObject, ObjectMetadata } from './lists.ts';

/** What of an object is kept while it is watched. */
export interface Projection {
  /** Equal for projections that keep the same. */
  readonly key: string;
  /** Whether whole objects are asked for. Otherwise their metadata. */
  readonly whole: boolean;
  readonly keepsLabel: (name: string) => boolean;
  readonly keepsAnnotation: (name: string) => boolean;
  /** What is kept beside the metadata, by its name at the top. */
  readonly rest: (object: LiveObject, interner: Interner) => Readonly<Record<string, unknown>>;
}

/** Metadata with every label and annotation. */
export const METADATA_ONLY: Projection = {
  key: '',
  whole: false,
  keepsLabel: () => true,
  keepsAnnotation: () => true,
  rest: () => ({}),
};

/** The part of an object that is kept, in as little memory as it takes. */
export function project(object: LiveObject, projection: Projection, interner: Interner): LiveObject {
  const { metadata } = object;
  const labels = interner.value(pick(metadata.labels, projection.keepsLabel));
  const annotations = pick(metadata.annotations, projection.keepsAnnotation);
  const { uid, resourceVersion, generation, deletionTimestamp } = metadata;
  const kept: ObjectMetadata = {
    ...(metadata.name === undefined ? {} : { name: interner.text(metadata.name) }),
    ...(metadata.namespace === undefined ? {} : { namespace: interner.text(metadata.namespace) }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(generation === undefined ? {} : { generation }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations: sharedTexts(annotations, interner) }),
    ...(metadata.managedFields === undefined ? {} : { managedFields: sharedFields(metadata.managedFields, interner) }),
  };
  return { ...projection.rest(object, interner), metadata: kept };
}

function pick(
  map: Readonly<Record<string, string>> | undefined,
  keeps: (name: string) => boolean,
): Readonly<Record<string, string>> | undefined {
  if (map === undefined) return undefined;
  const entries = Object.entries(map).filter(([name]) => keeps(name));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** Annotations of an object are its own, and most of their values are not. */
function sharedTexts(map: Readonly<Record<string, string>>, interner: Interner): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, interner.text(value)]));
}

function sharedFields(entries: readonly ManagedFieldsEntry[], interner: Interner): readonly ManagedFieldsEntry[] {
  return interner.value(
    entries.map((entry) => {
      const { fieldsV1, ...rest } = entry;
      const shared = fieldsV1 === undefined ? rest : { ...rest, fieldsV1: interner.value(fieldsV1) };
      return interner.value(shared);
    }),
  );
}
