import type { JsonObject } from '../core/index.ts';
import type { SandboxResource } from './served-resource.ts';

/** One of `details.causes` of a Status. */
export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

interface StatusDetails {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: JsonObject;
}

/** A refusal, as an API server words it: a `Status` object. */
export class StatusError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly #details: JsonObject | undefined;

  constructor({ code, reason, message, details }: StatusDetails) {
    super(message);
    this.name = 'StatusError';
    this.code = code;
    this.reason = reason;
    this.#details = details;
  }

  get status(): JsonObject {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      ...(this.reason === '' ? {} : { reason: this.reason }),
      ...(this.#details === undefined ? {} : { details: this.#details }),
      code: this.code,
    };
  }
}

/** `deployments.apps`, `configmaps`. */
function qualifiedPlural({ plural, group }: Pick<SandboxResource, 'plural' | 'group'>): string {
  return group === '' ? plural : `${plural}.${group}`;
}

/** `Deployment.apps`, `ConfigMap`. */
export function qualifiedKind({ kind, group }: Pick<SandboxResource, 'kind' | 'group'>): string {
  return group === '' ? kind : `${kind}.${group}`;
}

/** @param kind the plural for most refusals, the kind for those of validation. */
function detailsOf(resource: SandboxResource, name: string, kind = resource.plural): JsonObject {
  return { ...(name === '' ? {} : { name }), ...(resource.group === '' ? {} : { group: resource.group }), kind };
}

export function notFound(resource: SandboxResource, name: string): StatusError {
  const message = `${qualifiedPlural(resource)} "${name}" not found`;
  return new StatusError({ code: 404, reason: 'NotFound', message, details: detailsOf(resource, name) });
}

/** A path that is no API. */
export function unknownPath(): StatusError {
  const message = 'the server could not find the requested resource';
  return new StatusError({ code: 404, reason: 'NotFound', message, details: {} });
}

export function alreadyExists(resource: SandboxResource, name: string): StatusError {
  const message = `${qualifiedPlural(resource)} "${name}" already exists`;
  return new StatusError({ code: 409, reason: 'AlreadyExists', message, details: detailsOf(resource, name) });
}

export function conflict(resource: SandboxResource, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualifiedPlural(resource)} "${name}": ${why}`;
  return new StatusError({ code: 409, reason: 'Conflict', message, details: detailsOf(resource, name) });
}

/** Of a deletion, which names the kind. */
export function unmetPrecondition(resource: SandboxResource, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualifiedKind(resource)} "${name}": ${why}`;
  const details = detailsOf(resource, name, resource.kind);
  return new StatusError({ code: 409, reason: 'Conflict', message, details });
}

export const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';

export function invalid(resource: SandboxResource, name: string, causes: readonly StatusCause[]): StatusError {
  const sentences = causes.map(({ field, message }) => `${field}: ${message}`);
  const all = sentences.length === 1 ? sentences.join('') : `[${sentences.join(', ')}]`;
  return new StatusError({
    code: 422,
    reason: 'Invalid',
    message: `${qualifiedKind(resource)} "${name}" is invalid: ${all}`,
    details: { ...detailsOf(resource, name, resource.kind), causes: causes.map((cause) => ({ ...cause })) },
  });
}

/** As {@link invalid}, for checks of storage, which know kinds by their plural. */
export function invalidStored(resource: SandboxResource, name: string, cause: StatusCause): StatusError {
  return new StatusError({
    code: 422,
    reason: 'Invalid',
    message: `${qualifiedPlural(resource)} "${name}" is invalid: ${cause.field}: ${cause.message}`,
    details: { ...detailsOf(resource, name), causes: [{ ...cause }] },
  });
}

export function badRequest(message: string): StatusError {
  return new StatusError({ code: 400, reason: 'BadRequest', message });
}

export function forbidden(resource: SandboxResource, name: string, why: string, causes?: JsonObject[]): StatusError {
  return new StatusError({
    code: 403,
    reason: 'Forbidden',
    message: `${qualifiedPlural(resource)} "${name}" is forbidden: ${why}`,
    details: { ...detailsOf(resource, name), ...(causes === undefined ? {} : { causes }) },
  });
}

export function unauthorized(): StatusError {
  return new StatusError({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
}

export function expired(message: string): StatusError {
  return new StatusError({ code: 410, reason: 'Expired', message });
}

export function methodNotAllowed(): StatusError {
  const message = 'the server does not allow this method on the requested resource';
  return new StatusError({ code: 405, reason: 'MethodNotAllowed', message, details: {} });
}

export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return new StatusError({ code: 415, reason: 'UnsupportedMediaType', message });
}

export function unknownPatchType(): StatusError {
  const message = '415: Unsupported Media Type';
  return new StatusError({ code: 415, reason: 'UnsupportedMediaType', message, details: {} });
}
