import type { Authorize } from './access.ts';
import { found, json, type SandboxAnswer } from './answers.ts';
import {
  aggregatedDiscovery,
  coreVersions,
  groupDocument,
  groupList,
  resourceList,
  SERVER_VERSION,
} from './discovery-documents.ts';
import { openApiDocument } from './openapi.ts';
import { readObject } from './request-body.ts';
import type { SandboxRequest } from './request-options.ts';
import type { ResourceRegistry } from './resource-registry.ts';
import { answerReview } from './reviews.ts';

interface DocumentContext {
  readonly registry: ResourceRegistry;
  readonly authorize: Authorize | undefined;
  /** Host and port of the server. */
  readonly address: () => string;
}

/** What is no object: health, version, discovery, schemas, reviews. */
export function answerDocument(
  { method, path, accept, body, contentType, user }: SandboxRequest,
  context: DocumentContext,
): SandboxAnswer | undefined {
  if (method === 'POST') {
    const isReview = path.endsWith('selfsubjectaccessreviews') || path.endsWith('selfsubjectreviews');
    const { authorize } = context;
    const review = isReview ? answerReview(path, readObject(body, contentType), { user, authorize }) : undefined;
    return review === undefined ? undefined : json(201, review);
  }
  if (method !== 'GET') return undefined;
  const document = documentAt(path, accept, context);
  if (document === undefined) return undefined;
  return typeof document === 'string' ? { status: 200, body: document, contentType: 'text/plain' } : document;
}

function documentAt(path: string, accept: string, context: DocumentContext): SandboxAnswer | string | undefined {
  const { registry } = context;
  const parts = path.split('/').filter((part) => part !== '');
  const [root, group] = parts;
  if (['healthz', 'livez', 'readyz'].includes(root ?? '')) return 'ok';
  if (root === 'version') return json(200, SERVER_VERSION);
  if (root === 'openapi') return found(openApiDocument(path, registry.all));
  if (root !== 'api' && root !== 'apis') return undefined;
  if (parts.length === 1) return rootDocument(root, accept, context);
  if (root === 'apis' && parts.length === 2) return found(groupDocument(registry.all, group ?? ''));
  const isVersion = parts.length === (root === 'api' ? 2 : 3);
  return isVersion ? found(resourceList(registry.all, parts.slice(1).join('/'))) : undefined;
}

function rootDocument(root: 'api' | 'apis', accept: string, context: DocumentContext): SandboxAnswer {
  const { registry, address } = context;
  if (accept.includes('g=apidiscovery.k8s.io;v=v2;') || accept.endsWith('g=apidiscovery.k8s.io;v=v2')) {
    const contentType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    return { ...json(200, aggregatedDiscovery(registry.all, root)), contentType };
  }
  return json(200, root === 'api' ? coreVersions(address()) : groupList(registry.all));
}
