import type { ManagedFieldsEntry } from '../drift/index.ts';
import type { ServedResource } from './discovery.ts';
import { ApiError, isApiError } from './errors.ts';
import type { ApiAccess } from './guarded-client.ts';
import { collectionPath, objectPath } from './paths.ts';

/** What of an object's metadata is read. Everything may be missing. */
export interface ObjectMetadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** Counts changes of what is wanted of it; some kinds have none. */
  readonly generation?: number;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly { readonly uid?: string }[];
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

/** An object, or its metadata alone. */
export interface LiveObject {
  readonly metadata: ObjectMetadata;
  readonly spec?: { readonly replicas?: number };
}

export interface ListOptions {
  /** Default: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Whole objects instead of their metadata. Default false. */
  readonly whole?: boolean;
}

const PAGE = 500;
const RESTARTS = 2;
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
export const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

/** Every object that was there at one moment. */
export interface ObjectList {
  readonly items: readonly LiveObject[];
  /** Names the moment: a watch begins there. `''` where the server gave none. */
  readonly resourceVersion: string;
}

/**
 * Every object of a kind, by metadata alone unless `whole`. All of it or an error: a list that breaks off at its second page fails, one that
 * got too old begins again.
 *
 * @throws {ApiError}
 */
export async function listObjects(
  client: ApiAccess,
  resource: ServedResource,
  options: ListOptions = {},
): Promise<readonly LiveObject[]> {
  return (await listAt(client, resource, options)).items;
}

/** As {@link listObjects}, with the moment at which it was so. @throws {ApiError} */
export async function listAt(
  client: ApiAccess,
  resource: ServedResource,
  options: ListOptions = {},
): Promise<ObjectList> {
  for (let restart = 0; ; restart += 1) {
    try {
      return await listOnce(client, resource, options);
    } catch (error) {
      const isExpired = isApiError(error) && error.failure === 'Status' && error.status === 410;
      if (!isExpired || restart >= RESTARTS) throw error;
    }
  }
}

interface RawPage {
  readonly kind?: string;
  readonly metadata?: { readonly continue?: string; readonly resourceVersion?: string };
  readonly items?: readonly Partial<LiveObject>[] | null;
}

async function listOnce(client: ApiAccess, resource: ServedResource, options: ListOptions): Promise<ObjectList> {
  const all: LiveObject[] = [];
  let resourceVersion = '';
  for (let next: string | undefined = ''; next !== undefined; ) {
    const query = new URLSearchParams({ limit: String(PAGE) });
    if (options.labelSelector !== undefined) query.set('labelSelector', options.labelSelector);
    if (options.fieldSelector !== undefined) query.set('fieldSelector', options.fieldSelector);
    if (next !== '') query.set('continue', next);
    const path = `${collectionPath(resource, options.namespace)}?${query}`;
    const accept = options.whole === true ? 'application/json' : METADATA_LIST;
    const page = (await client.json({ method: 'GET', path, accept })) as RawPage | null;
    // A page without items is an empty page; anything that is no list is not taken for one.
    if (page?.kind?.endsWith('List') !== true) throw notAList();
    resourceVersion = page.metadata?.resourceVersion ?? '';
    for (const item of page.items ?? []) all.push({ ...item, metadata: item.metadata ?? {} });
    const token: string | undefined = page.metadata?.continue;
    next = token === undefined || token === '' ? undefined : token;
  }
  return { items: all, resourceVersion };
}

function notAList(): ApiError {
  return new ApiError({ failure: 'Response', status: 200, reason: '', paths: [], causes: [], detail: 'it is no list' });
}

/** The metadata of one object (all of it if `whole`), `undefined` where the server says that there is none. @throws {ApiError} */
export async function readMetadata(
  client: ApiAccess,
  resource: ServedResource,
  { namespace, name, whole = false }: { readonly namespace: string; readonly name: string; readonly whole?: boolean },
): Promise<LiveObject | undefined> {
  try {
    const path = objectPath(resource, namespace, name);
    const accept = whole ? 'application/json' : METADATA;
    const object = (await client.json({ method: 'GET', path, accept })) as Partial<LiveObject>;
    return { ...object, metadata: object.metadata ?? {} };
  } catch (error) {
    if (isApiError(error) && error.isNotFound) return undefined;
    throw error;
  }
}
