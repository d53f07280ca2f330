import type { JsonObject, JsonValue } from '../core/index.ts';
import { isJsonObject } from '../core/index.ts';
import { type AccessRequest, type Authorize, refusalOf, verbOf } from './access.ts';
import type { SandboxAnswer } from './answers.ts';
import { answerWith, answerWritten, json, PAGE_NOT_FOUND, textOf } from './answers.ts';
import { answerDocument } from './documents.ts';
import { mappingOf, metadataOf, stringOf, withMetadata } from './object-fields.ts';
import type { ObjectStore } from './object-store.ts';
import type { ObjectWriter } from './object-writer.ts';
import { applyJsonPatch, mergePatch, strategicPatch } from './patches.ts';
import { listText, type Representation, representationOf } from './representation.ts';
import { mediaType, readBody, readObject } from './request-body.ts';
import {
  type Call,
  checkKnown,
  checkStrictly,
  checkVersionGiven,
  deleteOptions,
  isStrict,
  isWatch,
  managerOf,
  notAcceptable,
  type SandboxRequest,
  watchOptions,
  wrongDryRun,
} from './request-options.ts';
import { parseTarget, type RequestTarget } from './request-target.ts';
import type { ResourceRegistry } from './resource-registry.ts';
import { scaleOf, withScale } from './scale.ts';
import type { Lists } from './selection.ts';
import type { SandboxResource } from './served-resource.ts';
import { badRequest, forbidden, methodNotAllowed, StatusError, unknownPatchType, unknownPath } from './status-error.ts';
import type { WatchOptions } from './watches.ts';
import type { Written } from './write-target.ts';
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
      return { answer: refusalOfError(error) };
    }
  }

  #handle(request: SandboxRequest): Handled {
    const fixed = answerDocument(request, this.#options);
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

function isPossible(resource: SandboxResource, { namespace, subresource, name }: RequestTarget): boolean {
  if (namespace !== '' && !resource.isNamespaced) return false;
  if (name !== '' && namespace === '' && resource.isNamespaced) return false;
  if (subresource === '') return true;
  return (subresource === 'status' && resource.hasStatus) || (subresource === 'scale' && resource.scale !== undefined);
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

/** A mistake of the sandbox is said to who met it: it must not end all clusters of the process. */
function refusalOfError(error: unknown): SandboxAnswer {
  if (error instanceof StatusError) return json(error.code, error.status);
  if (error instanceof URIError) return json(400, badRequest('the path is not encoded well').status);
  const message = `Internal error occurred: ${error instanceof Error ? error.message : 'unknown'}`;
  return json(500, new StatusError({ code: 500, reason: 'InternalError', message }).status);
}
