import {
  type ApiClient,
  type ApiRequest,
  collectionPath,
  isApiError,
  objectPath,
  type ServedResource,
} from '../cluster/index.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';
import { FIELD_MANAGER } from '../drift/index.ts';
import { type LeaseRecord, parseLease } from './lease-record.ts';

export const LEASES: ServedResource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  scope: 'Namespaced',
  verbs: new Set(),
};

/** One Lease of a member. */
export class LeaseStore {
  readonly #client: ApiClient;
  readonly #namespace: string;
  readonly #name: string;

  constructor(client: ApiClient, namespace: string, name: string) {
    this.#client = client;
    this.#namespace = namespace;
    this.#name = name;
  }

  /** For messages. */
  get where(): string {
    return `${this.#namespace}/${this.#name}`;
  }

  /** `undefined` where there is none. @throws {ApiError} */
  async read(): Promise<LeaseRecord | undefined> {
    try {
      return parseLease((await this.#client.json({ method: 'GET', isUrgent: true, path: this.#path() })) as JsonValue);
    } catch (error) {
      if (isApiError(error) && error.isNotFound) return undefined;
      throw error;
    }
  }

  /**
   * Makes it, or changes it if it is still as it was read. `undefined`: somebody else was faster, or an answer of ours was lost on its way.
   *
   * @throws {ApiError}; 404 NotFound when it is to be made in a namespace that is not there.
   */
  async write(object: JsonObject, before: LeaseRecord | undefined): Promise<LeaseRecord | undefined> {
    try {
      const answer = await this.#client.json(before === undefined ? this.#creation(object) : this.#update(object));
      return parseLease(answer as JsonValue);
    } catch (error) {
      if (isApiError(error) && (error.isConflict || (before !== undefined && error.isNotFound))) return undefined;
      throw error;
    }
  }

  #creation(object: JsonObject): ApiRequest {
    const metadata = { ...(isJsonObject(object.metadata) ? object.metadata : {}), name: this.#name };
    const path = `${collectionPath(LEASES, this.#namespace)}?fieldManager=${FIELD_MANAGER}`;
    // Made twice it is a conflict, after which ours is found.
    return { method: 'POST', isUrgent: true, path, body: JSON.stringify({ ...object, metadata }), idempotent: true };
  }

  #update(object: JsonObject): ApiRequest {
    const path = `${this.#path()}?fieldManager=${FIELD_MANAGER}`;
    return { method: 'PUT', isUrgent: true, path, body: JSON.stringify(object) };
  }

  #path(): string {
    return objectPath(LEASES, this.#namespace, this.#name);
  }
}
