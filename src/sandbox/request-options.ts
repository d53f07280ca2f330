import type { JsonObject } from '../core/index.ts';
import { unknownTopFields } from './builtin-fields.ts';
import { jsonText } from './json-text.ts';
import { listOf, mappingOf, metadataOf, stringOf } from './object-fields.ts';
import type { Shown } from './representation.ts';
import { duplicateProblem, readObject } from './request-body.ts';
import type { RequestTarget } from './request-target.ts';
import { matcherOf } from './selection.ts';
import type { SandboxResource } from './served-resource.ts';
import { badRequest, invalidStored, StatusError } from './status-error.ts';
import { unknownFields } from './structural-schema.ts';
import type { WatchOptions } from './watches.ts';
import type { DeleteOptions, WriteTarget } from './write-target.ts';

/** A request whose sender is known. */
export interface SandboxRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly accept: string;
  readonly contentType: string;
  readonly userAgent: string;
  readonly body: string;
  readonly user: string;
}

/** One request of a kind of object. */
export interface Call {
  readonly request: SandboxRequest;
  readonly target: RequestTarget;
  readonly resource: SandboxResource;
  readonly write: WriteTarget;
  readonly shown: Shown;
}

export function isWatch(query: URLSearchParams): boolean {
  const value = query.get('watch');
  return value !== null && value !== 'false' && value !== '0';
}

const LONGEST_WATCH_MS = 45 * 60_000;

export function watchOptions({ request: { query }, resource, target, shown }: Call): WatchOptions {
  const version = query.get('resourceVersion') ?? '';
  const seconds = Number(query.get('timeoutSeconds') ?? 0);
  const sendsInitial = query.get('sendInitialEvents') === 'true';
  if (!/^\d*$/.test(version)) throw badRequest(`Invalid value: "${version}": resourceVersion`);
  return {
    ...shown,
    namespace: target.namespace,
    matcher: matcherOf(query, resource),
    since: sendsInitial || version === '' || version === '0' ? undefined : Number(version),
    withBookmarks: query.get('allowWatchBookmarks') === 'true',
    marksInitial: sendsInitial && query.get('allowWatchBookmarks') === 'true',
    timeoutMs: seconds > 0 ? seconds * 1000 : LONGEST_WATCH_MS,
  };
}

/** The name before the slash of the client's own, when it gives none. */
export function managerOf({ query, userAgent }: SandboxRequest): string {
  const given = query.get('fieldManager') ?? '';
  const manager = given === '' ? (userAgent.split('/')[0] ?? '').trim() : given;
  if (manager.length > 128) throw badRequest('fieldManager: Too long: may not be more than 128 bytes');
  return manager === '' ? 'unknown' : manager;
}

export function notAcceptable(): StatusError {
  const message = 'only the following media types are accepted: application/json, application/yaml';
  return new StatusError({ code: 406, reason: 'NotAcceptable', message });
}

export function wrongDryRun(values: readonly string[]): StatusError {
  const message = `Unsupported value: ${jsonText(values)}: supported values: "All"`;
  const causes = [{ reason: 'FieldValueNotSupported', message, field: 'dryRun' }];
  const details = { group: 'meta.k8s.io', kind: 'WriteOptions', causes };
  const sentence = `WriteOptions.meta.k8s.io "" is invalid: dryRun: ${message}`;
  return new StatusError({ code: 422, reason: 'Invalid', message: sentence, details });
}

export function isStrict({ query }: SandboxRequest): boolean {
  return query.get('fieldValidation') === 'Strict';
}

export function checkStrictly(request: SandboxRequest): void {
  if (!isStrict(request)) return;
  const problem = duplicateProblem(request.body);
  if (problem !== undefined) throw badRequest(`strict decoding error: ${problem}`);
}

export function checkKnown(resource: SandboxResource, object: JsonObject): void {
  const { schema } = resource;
  const unknown = schema === undefined ? unknownTopFields(resource, object) : unknownFields(object, schema);
  if (unknown.length === 0) return;
  throw badRequest(`strict decoding error: ${unknown.map((field) => `unknown field "${field}"`).join(', ')}`);
}

/** Some kinds are only written over by those who say what they saw. */
export function checkVersionGiven(resource: SandboxResource, name: string, body: JsonObject): void {
  const isConditional = resource.isCustom || ['leases', 'customresourcedefinitions'].includes(resource.plural);
  if (!isConditional || stringOf(metadataOf(body).resourceVersion) !== '') return;
  const message = 'Invalid value: 0: must be specified for an update';
  throw invalidStored(resource, name, { reason: 'FieldValueInvalid', message, field: 'metadata.resourceVersion' });
}

export function deleteOptions({ body, query, contentType }: SandboxRequest): {
  options: DeleteOptions;
  dryRun: boolean;
} {
  const sent = body.trim() === '' ? {} : readObject(body, contentType);
  const { preconditions } = sent;
  const uid = stringOf(mappingOf(preconditions).uid);
  const resourceVersion = stringOf(mappingOf(preconditions).resourceVersion);
  const policy = stringOf(sent.propagationPolicy) || (query.get('propagationPolicy') ?? '');
  const isPolicy = policy === 'Orphan' || policy === 'Background' || policy === 'Foreground';
  if (policy !== '' && !isPolicy) throw badRequest(`Invalid value: "${policy}": propagationPolicy`);
  return {
    options: {
      ...(uid === '' ? {} : { uid }),
      ...(resourceVersion === '' ? {} : { resourceVersion }),
      ...(isPolicy ? { propagationPolicy: policy } : {}),
    },
    dryRun: listOf(sent.dryRun).includes('All'),
  };
}
