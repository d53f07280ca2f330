import { LEASES } from '../../apply/lease-store.ts';
import { type ApiClient, collectionPath, isApiError, listWhole, objectPath } from '../../cluster/index.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/index.ts';
import { FIELD_MANAGER } from '../../drift/index.ts';
import { HOME_LABEL, type MemberRecord, type MemberState, memberLease, readMember } from './member-lease.ts';

/** The Leases of the members of one home. Every call asks the home cluster, and may fail with an {@link ApiError}. */
export interface Directory {
  /** All that are there now: not what some cache remembers. */
  list(): Promise<readonly MemberRecord[]>;
  create(state: MemberState): Promise<MemberRecord>;
  /** `undefined` where it is gone, or says otherwise than when it was read. */
  renew(record: MemberRecord, state: MemberState): Promise<MemberRecord | undefined>;
  /** Takes it away if it is still as it was read; our own whatever it says by now. */
  remove(record: MemberRecord, options?: { readonly isOurs?: boolean }): Promise<void>;
}

export interface LeaseDirectoryOptions {
  readonly home: string;
  readonly namespace: string;
  /** The client of now: another one after an outage. */
  readonly client: () => Promise<ApiClient>;
  readonly seconds: number;
  readonly now: () => number;
}

/** The directory in the home cluster. */
export class LeaseDirectory implements Directory {
  readonly #options: LeaseDirectoryOptions;
  /** As they were read: what others wrote into ours is kept. */
  readonly #objects = new WeakMap<MemberRecord, JsonObject>();

  constructor(options: LeaseDirectoryOptions) {
    this.#options = options;
  }

  async list(): Promise<readonly MemberRecord[]> {
    const { client, namespace, home } = this.#options;
    const all = await listWhole(await client(), LEASES, namespace, `${HOME_LABEL}=${home}`);
    return all.flatMap((object) => this.#read(object) ?? []);
  }

  async create(state: MemberState): Promise<MemberRecord> {
    const path = `${collectionPath(LEASES, this.#options.namespace)}?fieldManager=${FIELD_MANAGER}`;
    return await this.#send('POST', path, this.#lease(state));
  }

  async renew(record: MemberRecord, state: MemberState): Promise<MemberRecord | undefined> {
    const path = `${this.#path(record)}?fieldManager=${FIELD_MANAGER}`;
    try {
      return await this.#send('PUT', path, this.#lease(state, this.#objects.get(record)));
    } catch (error) {
      if (isApiError(error) && (error.isConflict || error.isNotFound)) return undefined;
      throw error;
    }
  }

  async remove(record: MemberRecord, { isOurs = false }: { readonly isOurs?: boolean } = {}): Promise<void> {
    const { uid, resourceVersion } = record;
    const body = JSON.stringify({ preconditions: isOurs ? { uid } : { uid, resourceVersion } });
    const client = await this.#options.client();
    try {
      await client.request({ method: 'DELETE', isUrgent: true, path: this.#path(record), body });
    } catch (error) {
      if (!isApiError(error) || !(error.isConflict || error.isNotFound)) throw error;
    }
  }

  #lease(state: MemberState, before?: JsonObject): JsonObject {
    const { home, seconds, now } = this.#options;
    const time = new Date(now());
    return memberLease(home, state, { seconds, now: time, ...(before === undefined ? {} : { before }) });
  }

  async #send(method: 'POST' | 'PUT', path: string, object: JsonObject): Promise<MemberRecord> {
    const client = await this.#options.client();
    const answer = (await client.json({
      method,
      isUrgent: true,
      path,
      body: JSON.stringify(object),
    })) as JsonValue;
    const record = isJsonObject(answer) ? this.#read(answer) : undefined;
    if (record === undefined) throw new TypeError('the home cluster did not give back the Lease that it was sent');
    return record;
  }

  #read(object: JsonObject): MemberRecord | undefined {
    const record = readMember(object);
    if (record !== undefined) this.#objects.set(record, object);
    return record;
  }

  #path({ name }: MemberRecord): string {
    return objectPath(LEASES, this.#options.namespace, name);
  }
}
