import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ApiClient,
  isApiError,
  type LiveObject,
  METADATA,
  type ObjectMetadata,
  objectPath,
  readMetadata,
  type ServedResource,
} from '../cluster/index.ts';
import { type JsonObject, type JsonValue, stringifyJson } from '../core/index.ts';
import { FIELD_MANAGER, type ManagedFieldsEntry } from '../drift/index.ts';

const CONFLICT_ATTEMPTS = 3;
const APPEARING_ATTEMPTS = 20;
const APPEARING_INTERVAL_MS = 250;

export interface Applied {
  readonly metadata: ObjectMetadata;
  readonly isNew: boolean;
}

/** What a JSON patch makes of an object. Values come at their places, which have to be there. */
export interface ObjectChange {
  readonly managedFields: readonly ManagedFieldsEntry[];
  readonly values?: readonly { readonly path: string; readonly value: JsonValue }[];
}

/** One object of one member: how it is read and written, and nothing about why. */
export class ObjectAccess {
  readonly #client: ApiClient;
  readonly #resource: ServedResource;
  readonly #id: { readonly namespace: string; readonly name: string };
  readonly #dryRun: boolean;

  constructor(
    client: ApiClient,
    resource: ServedResource,
    { namespace, name }: { readonly namespace: string; readonly name: string },
    dryRun: boolean,
  ) {
    this.#client = client;
    this.#resource = resource;
    this.#id = { namespace, name };
    this.#dryRun = dryRun;
  }

  /** The same object under another name, which is only ever tried. */
  tryout(name: string): ObjectAccess {
    return new ObjectAccess(this.#client, this.#resource, { ...this.#id, name }, true);
  }

  /** @returns `undefined` where it is not there. */
  async read(whole = false): Promise<LiveObject | undefined> {
    return await readMetadata(this.#client, this.#resource, { ...this.#id, whole });
  }

  /** Server-side apply. A kind that was defined a moment ago is waited for. */
  async apply(manifest: JsonObject, { isKindNew = false } = {}): Promise<Applied> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#apply(manifest);
      } catch (error) {
        if (!isKindNew || !isApiError(error) || !error.isNotFound || attempt >= APPEARING_ATTEMPTS) throw error;
        await sleep(APPEARING_INTERVAL_MS);
      }
    }
  }

  async #apply(manifest: JsonObject): Promise<Applied> {
    const response = await this.#client.request({
      method: 'PATCH',
      path: `${this.#target()}&force=true&fieldValidation=Strict`,
      body: stringifyJson(manifest),
      contentType: 'application/apply-patch+yaml',
      accept: METADATA,
    });
    const { metadata = {} } = JSON.parse(response.body) as Partial<LiveObject>;
    return { metadata, isNew: response.status === 201 };
  }

  /**
   * Changes exactly what was seen, or what is there by then. Nothing else is in this write, so that no manager gets an entry for it.
   *
   * @param whole read the values too, when somebody was faster.
   */
  async change(
    seen: LiveObject,
    change: (current: LiveObject) => ObjectChange | undefined,
    { whole = false } = {},
  ): Promise<void> {
    let current: LiveObject | undefined = seen;
    for (let attempt = 1; current !== undefined; attempt += 1) {
      const { resourceVersion } = current.metadata;
      const changed = change(current);
      if (changed === undefined || resourceVersion === undefined) return;
      try {
        await this.#patch(changed, resourceVersion);
        return;
      } catch (error) {
        if (!isApiError(error) || !error.isConflict || attempt >= CONFLICT_ATTEMPTS) throw error;
        current = await this.read(whole);
      }
    }
  }

  async #patch({ managedFields, values = [] }: ObjectChange, resourceVersion: string): Promise<void> {
    const operations = [
      ...values.map(({ path, value }) => ({ op: 'replace', path, value })),
      { op: 'replace', path: '/metadata/managedFields', value: managedFields as unknown as JsonValue },
      { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
    ];
    await this.#client.request({
      method: 'PATCH',
      path: this.#target(),
      body: stringifyJson(operations),
      contentType: 'application/json-patch+json',
      accept: METADATA,
    });
  }

  /** Deletes the object with this uid, and no other of its name. */
  async delete(uid: string): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', preconditions: { uid } };
    await this.#client.request({ method: 'DELETE', path: this.#path(), body: stringifyJson(body) });
  }

  #path(): string {
    return objectPath(this.#resource, this.#id.namespace, this.#id.name);
  }

  #target(): string {
    return `${this.#path()}?fieldManager=${FIELD_MANAGER}${this.#dryRun ? '&dryRun=All' : ''}`;
  }
}
