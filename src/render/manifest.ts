import { type Configuration, type FederatedObject, isNamespaceType } from '../api/index.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';

export const MANAGED_LABEL = 'kubefed.io/managed';
const APPLYSET_PREFIX = 'applyset.kubernetes.io/';

/** What a template becomes before overrides. */
export interface Base {
  readonly manifest: JsonObject;
  /** Template annotations were left out (`templateAnnotations: Drop`). */
  readonly droppedAnnotations: boolean;
  readonly droppedFinalizers: boolean;
}

/**
 * Builds the object for members from a template, as KubeFed does before it looks at overrides: name, namespace and kind are those of the
 * federated object, apiVersion that of the template if it has one. Everything else is kept as it is. Shares what it does not change.
 */
export function buildBase(
  object: FederatedObject,
  template: JsonObject,
  { templateAnnotations }: Pick<Configuration, 'templateAnnotations'>,
): Base {
  const { target, type } = object;
  const own = template.apiVersion;
  const { group, version } = type.target;
  const apiVersion = typeof own === 'string' && own !== '' ? own : group === '' ? version : `${group}/${version}`;
  const metadata = Object.hasOwn(template, 'metadata') ? template.metadata : {};
  if (!isJsonObject(metadata)) {
    // It cannot take a name, so that it fails unless an override replaces it.
    const manifest = { ...template, apiVersion, kind: target.kind };
    return { manifest, droppedAnnotations: false, droppedFinalizers: false };
  }

  const droppedAnnotations = templateAnnotations === 'Drop' && isFilledStringMap(metadata.annotations);
  const droppedFinalizers = isFilledStringList(metadata.finalizers);
  const kept = Object.entries(metadata).filter(
    ([key]) =>
      !(key === 'annotations' && droppedAnnotations) &&
      !(key === 'finalizers' && droppedFinalizers) &&
      !(key === 'namespace' && !isNamespaceType(type)),
  );
  const named = {
    ...Object.fromEntries(kept),
    name: target.name,
    ...(target.namespace === '' ? {} : { namespace: target.namespace }),
  };
  const manifest = { ...template, apiVersion, kind: target.kind, metadata: named };
  return { manifest, droppedAnnotations, droppedFinalizers };
}

/** Adds the label that says who manages the object, last of all. Labels that are not all text are dropped first, as in KubeFed. */
export function addManagedLabel(manifest: JsonObject): JsonObject {
  const metadata = manifest.metadata;
  if (!isJsonObject(metadata)) return manifest;
  const labels = isStringMap(metadata.labels) ? metadata.labels : {};
  return { ...manifest, metadata: { ...metadata, labels: { ...labels, [MANAGED_LABEL]: 'true' } } };
}

/**
 * Why an object must not be applied for its federated object: without a string apiVersion or kind, under another name or
 * namespace, or claiming to belong to an inventory. `undefined`: it may.
 *
 * @param base the object before overrides: a Namespace may carry whatever namespace its template has.
 */
export function whyNotApplied(manifest: JsonValue, object: FederatedObject, base: JsonObject): string | undefined {
  if (!isJsonObject(manifest)) return 'is not an object any more';
  for (const key of ['apiVersion', 'kind']) {
    if (!isFilledString(manifest[key])) return `has no ${key}, which must be a string`;
  }
  const { metadata } = manifest;
  if (!isJsonObject(metadata)) return 'has no metadata, which must be a mapping';
  if (metadata.name !== object.target.name) return 'has another name than its federated object';
  const namespace = isNamespaceType(object.type) ? namespaceOf(base.metadata) : object.target.namespace;
  if (namespaceOf(metadata) !== namespace) return 'has another namespace than its federated object';
  for (const field of ['labels', 'annotations']) {
    const key = applySetKey(metadata[field]);
    if (key !== undefined) return `has metadata.${field}["${key}"], which only gitfed itself sets`;
  }
  return undefined;
}

function namespaceOf(metadata: JsonValue | undefined): JsonValue {
  return (isJsonObject(metadata) ? metadata.namespace : undefined) ?? '';
}

function applySetKey(mapping: JsonValue | undefined): string | undefined {
  return isJsonObject(mapping) ? Object.keys(mapping).find((key) => key.startsWith(APPLYSET_PREFIX)) : undefined;
}

function isFilledString(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && value !== '';
}

function isStringMap(value: JsonValue | undefined): value is JsonObject {
  return isJsonObject(value) && Object.values(value).every((item) => typeof item === 'string');
}

/** KubeFed does not recognise annotations of which one is not text, and keeps them. */
function isFilledStringMap(value: JsonValue | undefined): boolean {
  return isStringMap(value) && Object.keys(value).length > 0;
}

function isFilledStringList(value: JsonValue | undefined): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string');
}
