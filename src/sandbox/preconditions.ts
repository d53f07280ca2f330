import type { JsonObject } from '../core/index.ts';
import { stringOf } from './object-fields.ts';
import type { SandboxResource } from './served-resource.ts';
import {
  conflict,
  forbidden,
  invalid,
  MODIFIED,
  type StatusCause,
  StatusError,
  unmetPrecondition,
} from './status-error.ts';
import type { StoredObject } from './stored-object.ts';
import type { DeleteOptions, WriteTarget } from './write-target.ts';

/** Whether it is the one that is to be changed. @throws {StatusError} */
export function checkUnchanged(resource: SandboxResource, stored: StoredObject, wanted: JsonObject): void {
  const uid = stringOf(wanted.uid);
  if (uid !== '' && uid !== stored.uid) throw invalid(resource, stored.name, [immutableUid(uid)]);
  const version = stringOf(wanted.resourceVersion);
  if (version === '' || version === '0' || version === `${stored.resourceVersion}`) return;
  throw conflict(resource, stored.name, MODIFIED);
}

/** Whether it is the one that is to be deleted. @throws {StatusError} 409. */
export function checkSeen(
  resource: SandboxResource,
  stored: StoredObject,
  { uid, resourceVersion }: DeleteOptions,
): void {
  const seen = `${stored.resourceVersion}`;
  if (uid !== undefined && uid !== stored.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${stored.uid}). The object might have been deleted and then recreated`;
    throw unmetPrecondition(resource, stored.name, why);
  }
  if (resourceVersion !== undefined && resourceVersion !== seen) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${seen}). The object might have been modified`;
    throw unmetPrecondition(resource, stored.name, why);
  }
}

/** Whether something new may be put into a namespace. @throws {StatusError} */
export function checkNamespace(
  { resource, namespace }: WriteTarget,
  name: string,
  found: StoredObject | undefined,
): void {
  if (!resource.isNamespaced) return;
  if (found === undefined) throw namespaceNotFound(namespace);
  if (!found.isTerminating) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  throw forbidden(resource, name, why, [cause]);
}

function immutableUid(uid: string): StatusCause {
  const message = `Invalid value: "${uid}": field is immutable`;
  return { reason: 'FieldValueInvalid', message, field: 'metadata.uid' };
}

function namespaceNotFound(namespace: string): StatusError {
  const details = { name: namespace, kind: 'namespaces' };
  return new StatusError({ code: 404, reason: 'NotFound', message: `namespaces "${namespace}" not found`, details });
}
