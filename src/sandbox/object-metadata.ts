import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';
import { listOf, mappingOf, metadataOf, stringOf } from './object-fields.ts';
import type { SandboxResource } from './served-resource.ts';
import { badRequest, qualifiedKind, type StatusCause } from './status-error.ts';

/** In the order in which an API server writes them. */
const METADATA_FIELDS = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
] as const;

/**
 * Metadata as it is kept: fields that Kubernetes knows, without nulls and empty ones.
 *
 * @throws {StatusError} 400 for labels and annotations that are no texts.
 */
export function cleanMetadata(object: JsonObject): JsonObject {
  const metadata = metadataOf(object);
  const entries = METADATA_FIELDS.flatMap((field): [string, JsonValue][] => {
    const value = Object.hasOwn(metadata, field) ? metadata[field] : undefined;
    if (value === undefined || value === null || value === '') return [];
    if (field === 'labels' || field === 'annotations') return texts(field, value);
    // An empty list of managed fields is kept: it asks for them to be forgotten.
    if (field === 'managedFields') return [[field, value]];
    return isEmpty(value) ? [] : [[field, value]];
  });
  return Object.fromEntries(entries);
}

function texts(field: 'labels' | 'annotations', value: JsonValue): [string, JsonValue][] {
  if (!isJsonObject(value)) throw wrongType(field, value, 'map[string]string');
  const entries = Object.entries(value).map(([key, text]): [string, JsonValue] => {
    if (text === null) return [key, ''];
    if (typeof text !== 'string') throw wrongType(field, text, 'string');
    return [key, text];
  });
  return entries.length === 0 ? [] : [[field, Object.fromEntries(entries)]];
}

function wrongType(field: string, value: JsonValue, wanted: string): Error {
  const type = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
  return badRequest(
    `json: cannot unmarshal ${type} into Go struct field ObjectMeta.metadata.${field} of type ${wanted}`,
  );
}

function isEmpty(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isJsonObject(value) && Object.keys(value).length === 0;
}

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_KEY = /^(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

const FREE_NAMES = new Set(['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding']);
const LABEL_NAMES = new Set(['Namespace', 'Service']);

/** What is wrong with the name and the labels of an object. */
export function metadataProblems(resource: SandboxResource, object: JsonObject): readonly StatusCause[] {
  const { name, labels } = metadataOf(object);
  return [...nameProblems(resource, stringOf(name)), ...labelProblems(mappingOf(labels))];
}

function nameProblems(resource: SandboxResource, name: string): readonly StatusCause[] {
  const field = 'metadata.name';
  if (name === '')
    return [{ reason: 'FieldValueRequired', message: 'Required value: name or generateName is required', field }];
  const why = nameRule(resource, name);
  return why === undefined ? [] : [{ reason: 'FieldValueInvalid', message: `Invalid value: "${name}": ${why}`, field }];
}

function nameRule(resource: SandboxResource, name: string): string | undefined {
  const kind = qualifiedKind(resource);
  if (resource.group === 'rbac.authorization.k8s.io' && FREE_NAMES.has(resource.kind)) {
    return /^\.\.?$|[/%]/.test(name) ? "may not contain '/' or '%'" : undefined;
  }
  if (LABEL_NAMES.has(kind)) {
    if (name.length > 63) return 'must be no more than 63 bytes';
    return LABEL.test(name) ? undefined : LABEL_RULE;
  }
  if (name.length > 253) return 'must be no more than 253 bytes';
  return SUBDOMAIN.test(name) ? undefined : SUBDOMAIN_RULE;
}

function labelProblems(labels: JsonObject): readonly StatusCause[] {
  return Object.entries(labels).flatMap(([key, value]): StatusCause[] => {
    const field = 'metadata.labels';
    if (!LABEL_KEY.test(key)) {
      return [{ reason: 'FieldValueInvalid', message: `Invalid value: "${key}": name part must be a label`, field }];
    }
    if (LABEL_VALUE.test(stringOf(value))) return [];
    const message = `Invalid value: "${stringOf(value)}": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`;
    return [{ reason: 'FieldValueInvalid', message, field }];
  });
}

/** Typed objects have no nulls: what is null is not there, but for values of a text-to-text mapping. */
export function withoutNulls(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return listOf(value).map((item) => withoutNulls(item));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]): [string, JsonValue][] =>
      item === null ? [] : [[key, withoutNulls(item)]],
    ),
  );
}
