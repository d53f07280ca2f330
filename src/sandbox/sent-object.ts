import type { JsonObject } from '../core/index.ts';
import { withBuiltinDefaults } from './builtin-defaults.ts';
import { unknownTopFields } from './builtin-fields.ts';
import { listOf, mappingOf, metadataOf, stringOf, withMetadata, withoutField } from './object-fields.ts';
import { cleanMetadata, withoutNulls } from './object-metadata.ts';
import { apiVersionOf, type SandboxResource } from './served-resource.ts';
import { badRequest, StatusError } from './status-error.ts';
import { pruneUnknown, unknownFields, withSchemaDefaults } from './structural-schema.ts';
import type { ApplyConflict } from './types.ts';
import type { WriteTarget } from './write-target.ts';

/** Reads what was sent: does it belong here, and what of it does this kind know. @throws {StatusError} 400. */
export function decodeObject(target: WriteTarget, body: JsonObject): JsonObject {
  const { resource } = target;
  checkIdentity(target, body);
  const metadata = cleanMetadata(body);
  return shapeObject(resource, { ...head(resource), ...withoutField(body, 'metadata'), ...head(resource), metadata });
}

/** What a kind knows of an object, with its defaults. */
export function shapeObject(resource: SandboxResource, object: JsonObject): JsonObject {
  const { schema } = resource;
  if (schema !== undefined) return withSchemaDefaults(pruneUnknown(object, schema), schema);
  const { managedFields } = metadataOf(object);
  const unknown = unknownTopFields(resource, object);
  const known = Object.fromEntries(Object.entries(object).filter(([key]) => !unknown.includes(key)));
  const typed = withMetadata(mappingOf(withoutNulls(known)), { managedFields });
  return withBuiltinDefaults(typed, resource);
}

/** A manifest that is applied: what of it can be merged and owned. @throws {StatusError} */
export function decodeManifest(target: WriteTarget, body: JsonObject): JsonObject {
  const { resource, namespace, name } = target;
  checkIdentity(target, body);
  if (metadataOf(body).managedFields !== undefined && listOf(metadataOf(body).managedFields).length > 0) {
    throw badRequest('metadata.managedFields must be nil');
  }
  const { apiVersion, kind } = body;
  if (apiVersion !== apiVersionOf(resource) || kind !== resource.kind) {
    throw badRequest(
      `the API version in the data (${stringOf(apiVersion)}) does not match the expected API version (${apiVersionOf(resource)})`,
    );
  }
  const { schema } = resource;
  const [unknown] = schema === undefined ? unknownTopFields(resource, body) : unknownFields(body, schema);
  if (unknown !== undefined) throw untypedManifest(target, body, `.${unknown}: field not declared in schema`);
  const {
    creationTimestamp: _creation,
    generation: _generation,
    managedFields: _fields,
    ...metadata
  } = cleanMetadata(body);
  const named = { ...metadata, name, ...(namespace === '' ? {} : { namespace }) };
  const object = { ...body, metadata: named };
  if (target.subresource === 'status') return { apiVersion, kind, metadata: named, status: body.status ?? {} };
  return resource.hasStatus ? withoutField(object, 'status') : object;
}

function head(resource: SandboxResource): JsonObject {
  return { kind: resource.kind, apiVersion: apiVersionOf(resource) };
}

function checkIdentity({ resource, namespace, name }: WriteTarget, body: JsonObject): void {
  const { apiVersion, kind } = body;
  const isOtherKind = kind !== undefined && kind !== resource.kind;
  const isOtherVersion = apiVersion !== undefined && apiVersion !== apiVersionOf(resource);
  if (isOtherKind || isOtherVersion) {
    throw badRequest(`${stringOf(kind)} in version "${stringOf(apiVersion)}" cannot be handled as a ${resource.kind}`);
  }
  const metadata = metadataOf(body);
  if (
    resource.isNamespaced &&
    metadata.namespace !== undefined &&
    metadata.namespace !== '' &&
    metadata.namespace !== namespace
  ) {
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
  }
  if (name !== '' && metadata.name !== undefined && metadata.name !== name) {
    throw badRequest(
      `the name of the object (${stringOf(metadata.name)}) does not match the name on the URL (${name})`,
    );
  }
}

/** Fields of a manifest that others have. */
export function applyConflict(conflicts: readonly ApplyConflict[]): StatusError {
  const causes = conflicts.map(({ message, field }) => ({ reason: 'FieldManagerConflict', message, field }));
  const sentences = [...Map.groupBy(conflicts, ({ message }) => message)].map(([message, all]) =>
    all.length === 1
      ? `${message}: ${all[0]?.field ?? ''}`
      : `${message.replace('conflict', 'conflicts')}:\n${all.map(({ field }) => `- ${field}`).join('\n')}`,
  );
  const count = conflicts.length === 1 ? '1 conflict' : `${conflicts.length} conflicts`;
  const message = `Apply failed with ${count}: ${sentences.join('\n')}`;
  return new StatusError({ code: 409, reason: 'Conflict', message, details: { causes } });
}

/** A manifest that cannot be merged at all. */
export function untypedManifest({ resource }: WriteTarget, body: JsonObject, why: string): StatusError {
  const { namespace, name } = metadataOf(body);
  const where = `${stringOf(namespace)}/${stringOf(name)}; ${apiVersionOf(resource)}, Kind=${resource.kind}`;
  const message = `failed to create typed patch object (${where}): ${why}`;
  return new StatusError({ code: 500, reason: '', message });
}
