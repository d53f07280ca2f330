import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../core/index.ts';
import type { ApiClient } from './client.ts';
import type { ServedResource } from './discovery.ts';
import { ApiError, isApiError } from './errors.ts';
import { collectionPath, objectPath } from './paths.ts';

const PAGE = 100;
const RESTARTS = 2;

/** One object with every digit of its numbers, `undefined` where the server says that there is none. @throws {ApiError} */
export async function readWhole(
  client: ApiClient,
  resource: ServedResource,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<JsonObject | undefined> {
  try {
    const value = await read(client, objectPath(resource, namespace, name));
    if (!isJsonObject(value)) throw unreadable('it is no object');
    return value;
  } catch (error) {
    if (isApiError(error) && error.isNotFound) return undefined;
    throw error;
  }
}

/**
 * Every object of a kind in a namespace, with every digit of its numbers. All of it or an error, as of one moment.
 *
 * @param namespace `''` for all of them.
 * @param labelSelector default: whatever its labels are.
 * @throws {ApiError}
 */
export async function listWhole(
  client: ApiClient,
  resource: ServedResource,
  namespace: string,
  labelSelector?: string,
): Promise<readonly JsonObject[]> {
  for (let restart = 0; ; restart += 1) {
    try {
      return await listOnce(client, collectionPath(resource, namespace), labelSelector);
    } catch (error) {
      const isExpired = isApiError(error) && error.failure === 'Status' && error.status === 410;
      if (!isExpired || restart >= RESTARTS) throw error;
    }
  }
}

async function listOnce(
  client: ApiClient,
  collection: string,
  labelSelector: string | undefined,
): Promise<readonly JsonObject[]> {
  const all: JsonObject[] = [];
  for (let next: string | undefined = ''; next !== undefined; ) {
    const query = new URLSearchParams({
      limit: String(PAGE),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(next === '' ? {} : { continue: next }),
    });
    const page = await read(client, `${collection}?${query}`);
    const isList = isJsonObject(page) && typeof page['kind'] === 'string' && page['kind'].endsWith('List');
    if (!isList) throw unreadable('it is no list');
    const items = Array.isArray(page['items']) ? (page['items'] as readonly JsonValue[]) : [];
    all.push(...items.filter(isJsonObject));
    const token: JsonValue | undefined = isJsonObject(page['metadata']) ? page['metadata']['continue'] : undefined;
    next = typeof token === 'string' && token !== '' ? token : undefined;
  }
  return all;
}

async function read(client: ApiClient, path: string): Promise<JsonValue> {
  return (await client.json({ method: 'GET', path, accept: 'application/json' }, parseJson)) as JsonValue;
}

function unreadable(detail: string): ApiError {
  return new ApiError({ failure: 'Response', status: 200, reason: '', paths: [], causes: [], detail });
}
