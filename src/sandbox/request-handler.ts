import type { JsonObject, JsonValue } from '../core/index.ts';
import { isJsonObject } from '../core/index.ts';
import { type AccessRequest, type Authorize, refusalOf, verbOf } from './access.ts';
import { unknownTopFields } from './builtin-fields.ts';
import {
  aggregatedDiscovery,
  coreVersions,
  groupDocument,
  groupList,
  resourceList,
  SERVER_VERSION,
} from './discovery-documents.ts';
import { jsonText } from './json-text.ts';
import { listOf, mappingOf, metadataOf, stringOf, withMetadata } from './object-fields.ts';
import type { ObjectStore } from './object-store.ts';
import type { DeleteOptions, ObjectWriter, WriteTarget, Written } from './object-writer.ts';
import { openApiDocument } from './openapi.ts';
import { applyJsonPatch, mergePatch, strategicPatch } from './patches.ts';
import { listText, type Representation, representationOf, type Shown } from './representation.ts';
import { duplicateProblem, mediaType, readBody, readObject } from './request-body.ts';
import { parseTarget, type RequestTarget } from './request-target.ts';
import type { ResourceRegistry } from './resource-registry.ts';
import { answerReview } from './reviews.ts';
import { scaleOf, withScale } from './scale.ts';
import { type Lists, matcherOf } from './selection.ts';
import type { SandboxResource } from './served-resource.ts';
import {
  badRequest,
  forbidden,
  invalidStored,
  methodNotAllowed,
  StatusError,
  unknownPatchType,
  unknownPath,
} from './status-error.ts';
import { StoredObject } from './stored-object.ts';
import { unknownFields } from './structural-schema.ts';
import type { WatchOptions } from './watches.ts';

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

export interface SandboxAnswer {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
}

/** An answer, or what is to be watched. */
export type Handled = { readonly answer: SandboxAnswer } | { readonly watch: WatchOptions };

interface HandlerOptions {
  readonly store: ObjectStore;
  readonly registry: ResourceRegistry;
  readonly writer: ObjectWriter;
  readonly lists: Lists;
  readonly authorize: Authorize | undefined;
  readonly now: () => Date;
  readonly address: () => string;
}

/** One request of a kind of object. */
interface Call {
  readonly request: SandboxRequest;
  readonly target: RequestTarget;
  readonly resource: SandboxResource;
  readonly write: WriteTarget;
  readonly shown: Shown;
}

const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

/** Answers requests; all of one at once, so that nothing comes between its reading and its writing. */
export class RequestHandler {
  readonly #options: HandlerOptions;

  constructor(options: HandlerOptions) {
    this.#options = options;
  }

  handle(request: SandboxRequest): Handled {
    try {
      return this.#handle(request);
    } catch (error) {
      if (error instanceof StatusError) return { answer: json(error.code, error.status) };
      if (error instanceof URIError) return { answer: json(400, badRequest('the path is not encoded well').status) };
      throw error;
    }
  }

  #handle(request: SandboxRequest): Handled {
    const fixed = this.#fixed(request);
    if (fixed !== undefined) return { answer: fixed };
    const target = parseTarget(request.path);
    if (target === undefined) return { answer: PAGE_NOT_FOUND };
    const { registry } = this.#options;
    const resource = registry.find(target);
    if (resource === undefined && !registry.hasVersion(target)) return { answer: PAGE_NOT_FOUND };
    if (resource === undefined || !isPossible(resource, target)) throw unknownPath();
    const call = this.#call(request, target, resource);
    this.#authorize(call);
    return target.name === '' ? this.#collection(call) : { answer: this.#object(call) };
  }

  /** What is no object: health, version, discovery, schemas, reviews. */
  #fixed({ method, path, accept, body, contentType, user }: SandboxRequest): SandboxAnswer | undefined {
    if (method === 'POST') {
      const isReview = path.endsWith('selfsubjectaccessreviews') || path.endsWith('selfsubjectreviews');
      const { authorize } = this.#options;
      const review = isReview ? answerReview(path, readObject(body, contentType), { user, authorize }) : undefined;
      return review === undefined ? undefined : json(201, review);
    }
    if (method !== 'GET') return undefined;
    const document = this.#document(path, accept);
    if (document === undefined) return undefined;
    return typeof document === 'string' ? { status: 200, body: document, contentType: 'text/plain' } : document;
  }

  #document(path: string, accept: string): SandboxAnswer | string | undefined {
    const { registry } = this.#options;
    const parts = path.split('/').filter((part) => part !== '');
    const [root, group] = parts;
    if (['healthz', 'livez', 'readyz'].includes(root ?? '')) return 'ok';
    if (root === 'version') return json(200, SERVER_VERSION);
    if (root === 'openapi') return openApi(path, registry.all);
    if (root !== 'api' && root !== 'apis') return undefined;
    if (parts.length === 1) return this.#root(root, accept);
    if (root === 'apis' && parts.length === 2) return found(groupDocument(registry.all, group ?? ''));
    const isVersion = parts.length === (root === 'api' ? 2 : 3);
    return isVersion ? found(resourceList(registry.all, parts.slice(1).join('/'))) : undefined;
  }

  #root(root: 'api' | 'apis', accept: string): SandboxAnswer {
    const { registry, address } = this.#options;
    if (accept.includes('g=apidiscovery.k8s.io;v=v2;') || accept.endsWith('g=apidiscovery.k8s.io;v=v2')) {
      const contentType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
      return { ...json(200, aggregatedDiscovery(registry.all, root)), contentType };
    }
    return json(200, root === 'api' ? coreVersions(address()) : groupList(registry.all));
  }

  #call(request: SandboxRequest, target: RequestTarget, resource: SandboxResource): Call {
    const { query } = request;
    const dryRun = query.getAll('dryRun');
    if (dryRun.some((value) => value !== 'All')) throw wrongDryRun(dryRun);
    const representation: Representation | undefined = representationOf(request.accept);
    if (representation === undefined) throw notAcceptable();
    return {
      request,
      target,
      resource,
      shown: {
        resource,
        representation,
        includeObject: query.get('includeObject') ?? 'Metadata',
        now: this.#options.now(),
      },
      write: {
        resource,
        namespace: target.namespace,
        name: target.name,
        subresource: target.subresource,
        manager: managerOf(request),
        dryRun: dryRun.length > 0,
      },
    };
  }

  #authorize({ request, target, resource }: Call): void {
    const { authorize } = this.#options;
    if (authorize === undefined) return;
    const { method, query, user } = request;
    const verb = verbOf(method, target.name, isWatch(query));
    const { group, plural, subresource, namespace, name } = target;
    const wanted: AccessRequest = { user, verb, group, resource: plural, subresource, namespace, name };
    if (!authorize(wanted)) throw forbidden(resource, name, refusalOf(wanted));
  }

  #collection(call: Call): Handled {
    const { request, resource, target, write, shown } = call;
    switch (request.method) {
      case 'GET':
        return isWatch(request.query) ? { watch: watchOptions(call) } : { answer: this.#list(call) };
      case 'POST': {
        if (resource.isNamespaced && target.namespace === '') throw methodNotAllowed();
        const { object } = this.#options.writer.create(write, this.#sent(call));
        return { answer: answerWith(201, object, shown) };
      }
      case 'DELETE':
        return { answer: this.#deleteAll(call) };
      default:
        throw methodNotAllowed();
    }
  }

  #list({ request, resource, target, shown }: Call): SandboxAnswer {
    const page = this.#options.lists.page(resource, target.namespace, request.query);
    const metadata = {
      resourceVersion: `${page.resourceVersion}`,
      ...(page.continue === undefined ? {} : { continue: page.continue }),
      ...(page.remaining === undefined ? {} : { remainingItemCount: page.remaining }),
    };
    return { status: 200, body: listText(page.objects, shown, metadata) };
  }

  #deleteAll({ request, resource, target, write, shown }: Call): SandboxAnswer {
    const { objects, resourceVersion } = this.#options.lists.page(resource, target.namespace, request.query);
    const { writer } = this.#options;
    const options = deleteOptions(request);
    const dryRun = write.dryRun || options.dryRun;
    for (const { namespace, name } of objects) writer.delete({ ...write, namespace, name, dryRun }, options.options);
    return { status: 200, body: listText(objects, shown, { resourceVersion: `${resourceVersion}` }) };
  }

  #object(call: Call): SandboxAnswer {
    const { request, resource, target, write, shown } = call;
    const { writer } = this.#options;
    if (target.subresource === 'scale' && resource.scale !== undefined) return this.#scale(call);
    switch (request.method) {
      case 'GET':
        return { status: 200, body: textOf(writer.read(write), shown) };
      case 'PUT': {
        const body = this.#sent(call);
        if (writer.has(write)) checkVersionGiven(resource, target.name, body);
        return answerWritten(writer.update(write, body), shown);
      }
      case 'PATCH':
        return answerWritten(this.#patch(call), shown);
      case 'DELETE':
        return this.#delete(call);
      default:
        throw methodNotAllowed();
    }
  }

  #patch(call: Call): Written {
    const { request, resource, write } = call;
    const { writer } = this.#options;
    const type = mediaType(request.contentType);
    if (!PATCH_TYPES.includes(type) || (type.startsWith('application/strategic') && resource.isCustom)) {
      throw unknownPatchType();
    }
    if (type === 'application/apply-patch+yaml') return this.#apply(call);
    const patch = readBody(request.body, request.contentType);
    checkStrictly(request);
    const patched = patchedObject(writer.read(write).read(resource), patch, { type, resource });
    if (isStrict(request)) checkKnown(resource, patched);
    return writer.update(write, patched);
  }

  #apply({ request, write }: Call): Written {
    if (!request.query.has('fieldManager')) {
      const message =
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch';
      const causes = [
        { reason: 'FieldValueRequired', message: 'Required value: is required for apply patch', field: 'fieldManager' },
      ];
      const details = { group: 'meta.k8s.io', kind: 'PatchOptions', causes };
      throw new StatusError({ code: 422, reason: 'Invalid', message, details });
    }
    checkStrictly(request);
    const body = readObject(request.body, request.contentType);
    return this.#options.writer.apply(write, body, request.query.get('force') === 'true');
  }

  #delete({ request, resource, target, write, shown }: Call): SandboxAnswer {
    const { options, dryRun } = deleteOptions(request);
    const { left, last } = this.#options.writer.delete({ ...write, dryRun: write.dryRun || dryRun }, options);
    if (left !== undefined) return answerWith(200, left, shown);
    const { group, plural } = resource;
    const uid = stringOf(metadataOf(last).uid);
    const details = { name: target.name, ...(group === '' ? {} : { group }), kind: plural, uid };
    return json(200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
  }

  #scale({ request, resource, write }: Call): SandboxAnswer {
    const { writer } = this.#options;
    const paths = resource.scale ?? { spec: [], status: [] };
    const live = writer.read(write).read(resource);
    const shown = scaleOf(resource, live, paths);
    if (request.method === 'GET') return json(200, shown);
    if (request.method !== 'PUT' && request.method !== 'PATCH') throw methodNotAllowed();
    const type = mediaType(request.contentType);
    const body = readBody(request.body, request.contentType);
    const scale = request.method === 'PUT' ? body : patchedObject(shown, body, { type, resource });
    const wanted = mappingOf(scale);
    const { resourceVersion } = metadataOf(wanted);
    const versioned = withMetadata(live, { resourceVersion: resourceVersion ?? metadataOf(live).resourceVersion });
    const { object } = writer.update(write, withScale(resource, versioned, wanted, paths));
    return json(200, scaleOf(resource, object, paths));
  }

  /** The body of a POST or PUT. */
  #sent({ request, resource }: Call): JsonObject {
    const body = readObject(request.body, request.contentType);
    if (!isStrict(request)) return body;
    checkStrictly(request);
    checkKnown(resource, body);
    return body;
  }
}

const PAGE_NOT_FOUND: SandboxAnswer = { status: 404, body: '404 page not found\n', contentType: 'text/plain' };

function json(status: number, value: JsonValue): SandboxAnswer {
  return { status, body: jsonText(value) };
}

function found(document: JsonObject | undefined): SandboxAnswer {
  return document === undefined ? PAGE_NOT_FOUND : json(200, document);
}

function openApi(path: string, resources: readonly SandboxResource[]): SandboxAnswer {
  return found(openApiDocument(path, resources));
}

function isPossible(resource: SandboxResource, { namespace, subresource, name }: RequestTarget): boolean {
  if (namespace !== '' && !resource.isNamespaced) return false;
  if (name !== '' && namespace === '' && resource.isNamespaced) return false;
  if (subresource === '') return true;
  return (subresource === 'status' && resource.hasStatus) || (subresource === 'scale' && resource.scale !== undefined);
}

function isWatch(query: URLSearchParams): boolean {
  const value = query.get('watch');
  return value !== null && value !== 'false' && value !== '0';
}

const LONGEST_WATCH_MS = 45 * 60_000;

function watchOptions({ request: { query }, resource, target, shown }: Call): WatchOptions {
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
function managerOf({ query, userAgent }: SandboxRequest): string {
  const given = query.get('fieldManager') ?? '';
  const manager = given === '' ? (userAgent.split('/')[0] ?? '').trim() : given;
  if (manager.length > 128) throw badRequest('fieldManager: Too long: may not be more than 128 bytes');
  return manager === '' ? 'unknown' : manager;
}

function notAcceptable(): StatusError {
  const message = 'only the following media types are accepted: application/json, application/yaml';
  return new StatusError({ code: 406, reason: 'NotAcceptable', message });
}

function wrongDryRun(values: readonly string[]): StatusError {
  const message = `Unsupported value: ${jsonText(values)}: supported values: "All"`;
  const causes = [{ reason: 'FieldValueNotSupported', message, field: 'dryRun' }];
  const details = { group: 'meta.k8s.io', kind: 'WriteOptions', causes };
  const sentence = `WriteOptions.meta.k8s.io "" is invalid: dryRun: ${message}`;
  return new StatusError({ code: 422, reason: 'Invalid', message: sentence, details });
}

function isStrict({ query }: SandboxRequest): boolean {
  return query.get('fieldValidation') === 'Strict';
}

function checkStrictly(request: SandboxRequest): void {
  if (!isStrict(request)) return;
  const problem = duplicateProblem(request.body);
  if (problem !== undefined) throw badRequest(`strict decoding error: ${problem}`);
}

function checkKnown(resource: SandboxResource, object: JsonObject): void {
  const { schema } = resource;
  const unknown = schema === undefined ? unknownTopFields(resource, object) : unknownFields(object, schema);
  if (unknown.length === 0) return;
  throw badRequest(`strict decoding error: ${unknown.map((field) => `unknown field "${field}"`).join(', ')}`);
}

/** Some kinds are only written over by those who say what they saw. */
function checkVersionGiven(resource: SandboxResource, name: string, body: JsonObject): void {
  const isConditional = resource.isCustom || ['leases', 'customresourcedefinitions'].includes(resource.plural);
  if (!isConditional || stringOf(metadataOf(body).resourceVersion) !== '') return;
  const message = 'Invalid value: 0: must be specified for an update';
  throw invalidStored(resource, name, { reason: 'FieldValueInvalid', message, field: 'metadata.resourceVersion' });
}

function patchedObject(
  live: JsonObject,
  patch: JsonValue,
  { type, resource }: { readonly type: string; readonly resource: SandboxResource },
): JsonObject {
  const patched =
    type === 'application/json-patch+json'
      ? applyJsonPatch(live, patch)
      : type === 'application/merge-patch+json'
        ? mergePatch(live, checkedMapping(patch))
        : strategicPatch(live, checkedMapping(patch), resource.mergeSchema.root);
  return checkedMapping(patched);
}

function checkedMapping(value: JsonValue): JsonObject {
  if (!isJsonObject(value)) throw badRequest('the body of the request is not an object');
  return value;
}

function deleteOptions({ body, query, contentType }: SandboxRequest): { options: DeleteOptions; dryRun: boolean } {
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

function answerWritten({ object, isNew }: Written, shown: Shown): SandboxAnswer {
  return answerWith(isNew ? 201 : 200, object, shown);
}

function answerWith(status: number, object: JsonObject, shown: Shown): SandboxAnswer {
  if (shown.representation === 'whole') return json(status, object);
  const version = Number(stringOf(metadataOf(object).resourceVersion));
  return { status, body: textOf(new StoredObject(object, version), shown) };
}

function textOf(object: StoredObject, shown: Shown): string {
  if (shown.representation === 'table') {
    return listText([object], shown, { resourceVersion: `${object.resourceVersion}` });
  }
  return shown.representation === 'metadata' ? object.metadataText() : object.text(shown.resource);
}
