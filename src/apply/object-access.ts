import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ApiAccess,
  type ApiRequest,
  isApiError,
  type LiveObject,
  METADATA,
  type ObjectMetadata,
  type ObjectSource,
  type Outcome,
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
  /** All of it where that was asked for, otherwise its metadata. */
  readonly object: LiveObject;
  readonly isNew: boolean;
}

export interface ApplyOptions {
  /** The kind was defined a moment ago, and is waited for. */
  readonly isKindNew?: boolean;
  /** Answer with the whole object. */
  readonly isWhole?: boolean;
}

/** What a JSON patch makes of an object. Values come at their places, which have to be there. */
export interface ObjectChange {
  readonly managedFields: readonly ManagedFieldsEntry[];
  readonly values?: readonly { readonly path: string; readonly value: JsonValue }[];
}

/** One object of one member: how it is read and written, and nothing about why. */
export class ObjectAccess {
  readonly #client: ApiAccess;
  readonly #objects: ObjectSource;
  readonly #resource: ServedResource;
  readonly #id: { readonly namespace: string; readonly name: string };
  readonly #dryRun: boolean;

  constructor(
    { client, objects }: { readonly client: ApiAccess; readonly objects: ObjectSource },
    resource: ServedResource,
    { namespace, name }: { readonly namespace: string; readonly name: string },
    dryRun: boolean,
  ) {
    this.#client = client;
    this.#objects = objects;
    this.#resource = resource;
    this.#id = { namespace, name };
    this.#dryRun = dryRun;
  }

  /** The same object under another name, which is only ever tried. */
  tryout(name: string): ObjectAccess {
    return new ObjectAccess(
      { client: this.#client, objects: this.#objects },
      this.#resource,
      { ...this.#id, name },
      true,
    );
  }

  /** @returns `undefined` where it is not there. */
  async read(whole = false): Promise<LiveObject | undefined> {
    return await this.#observe(
      () => readMetadata(this.#client, this.#resource, { ...this.#id, whole: whole || this.#isKeptWhole }),
      (object) => object ?? { gone: undefined },
    );
  }

  /** Server-side apply. */
  async apply(manifest: JsonObject, { isKindNew = false, isWhole = false }: ApplyOptions = {}): Promise<Applied> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#apply(manifest, isWhole);
      } catch (error) {
        if (!isKindNew || !isApiError(error) || !error.isNotFound || attempt >= APPEARING_ATTEMPTS) throw error;
        await sleep(APPEARING_INTERVAL_MS);
      }
    }
  }

  async #apply(manifest: JsonObject, isWhole: boolean): Promise<Applied> {
    const { object, status } = await this.#observe(
      () =>
        this.#patch(
          {
            path: `${this.#target()}&force=true&fieldValidation=Strict`,
            body: stringifyJson(manifest),
            contentType: 'application/apply-patch+yaml',
          },
          isWhole,
        ),
      (answer) => answer.object,
    );
    return { metadata: object.metadata, object, isNew: status === 201 };
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
        await this.#change(changed, resourceVersion);
        return;
      } catch (error) {
        if (!isApiError(error) || !error.isConflict || attempt >= CONFLICT_ATTEMPTS) throw error;
        current = await this.read(whole);
        // Another one of that name was not looked at.
        if (current !== undefined && current.metadata.uid !== seen.metadata.uid) throw error;
      }
    }
  }

  async #change({ managedFields, values = [] }: ObjectChange, resourceVersion: string): Promise<void> {
    const operations = [
      ...values.map(({ path, value }) => ({ op: 'replace', path, value })),
      { op: 'replace', path: '/metadata/managedFields', value: managedFields as unknown as JsonValue },
      { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
    ];
    const body = stringifyJson(operations);
    await this.#observe(
      () => this.#patch({ path: this.#target(), body, contentType: 'application/json-patch+json' }),
      ({ object }) => object,
    );
  }

  /** Deletes the object with this uid, and no other of its name. */
  async delete(uid: string): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', preconditions: { uid } };
    // What becomes of it is read afterwards.
    await this.#client.request({ method: 'DELETE', path: this.#path(), body: stringifyJson(body) });
  }

  /** Their answer as far as it is read: its metadata, or all of it where somebody wants or keeps that. */
  async #patch(
    request: Pick<ApiRequest, 'path' | 'body' | 'contentType'>,
    isWhole = false,
  ): Promise<{ readonly object: LiveObject; readonly status: number }> {
    const accept = isWhole || this.#isKeptWhole ? 'application/json' : METADATA;
    const { value, status } = await this.#client.jsonAnswer({ ...request, method: 'PATCH', accept });
    const object = value as Partial<LiveObject>;
    return { object: { ...object, metadata: object.metadata ?? {} }, status };
  }

  get #isKeptWhole(): boolean {
    return !this.#dryRun && this.#objects.keepsWhole(this.#resource);
  }

  /** What is only tried is nothing to hear of. */
  async #observe<T>(work: () => Promise<T>, outcome: (answer: T) => Outcome): Promise<T> {
    return this.#dryRun ? await work() : await this.#objects.observe(this.#resource, this.#id, work, outcome);
  }

  #path(): string {
    return objectPath(this.#resource, this.#id.namespace, this.#id.name);
  }

  #target(): string {
    return `${this.#path()}?fieldManager=${FIELD_MANAGER}${this.#dryRun ? '&dryRun=All' : ''}`;
  }
}
