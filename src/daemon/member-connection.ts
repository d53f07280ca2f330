import type { KubeFedCluster } from '../api/index.ts';
import { PlanMemo } from '../apply/plan-memo.ts';
import type { HealthThresholds } from '../cluster/health-thresholds.ts';
import {
  ApiClient,
  ApiError,
  type ClientOptions,
  type ClusterHealth,
  ConfigMalformedError,
  CredentialFiles,
  type CredentialSources,
  type FleetMemory,
  findEndpoint,
  isApiError,
  ObjectCache,
  type ObjectChange,
  readHealth,
} from '../cluster/index.ts';
import { type JsonObject, stringifyJson } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import type { Clock } from '../reconcile/clock.ts';
import type { Connection, ConnectionSource } from '../reconcile/connections.ts';
import type { PlannedWorkload } from '../reconcile/planned-workloads.ts';
import { memoryKey } from '../reconcile/run-cluster.ts';
import type { ObservedMember } from './cluster-observer.ts';
import { PodFeeds, type PodQuery } from './pod-feeds.ts';

export interface MemberConnectionOptions {
  readonly client: ClientOptions;
  /** Somebody else changed an object of ours. */
  readonly onChange: (change: ObjectChange) => void;
  /** A pod in this namespace, of those that are watched, does otherwise. */
  readonly onPodChange: (namespace: string) => void;
  readonly clock: Clock;
  readonly memory: FleetMemory;
}

/** A member, and what it is reached with. */
export interface MemberAddress {
  readonly cluster: KubeFedCluster;
  readonly sources: CredentialSources;
  readonly thresholds: HealthThresholds;
}

/**
 * The connection to one member that lasts from pass to pass. It is made anew when its server was given up on, and when the cluster's file
 * or its credentials changed. Between passes nothing but the member's health is asked for.
 */
export class MemberConnection implements ConnectionSource, ObservedMember {
  readonly #options: MemberConnectionOptions;
  #address: MemberAddress;
  readonly #memo = new PlanMemo();
  readonly #files = new CredentialFiles();
  /** Of the credentials that the client was made with. */
  #stamp = '';
  #client: ApiClient | undefined;
  #cache: ObjectCache | undefined;
  /** Whether a pass has read the member into the cache. */
  #isRead = false;
  /** Of connections that were replaced. */
  #pastRequests = 0;
  #health: ClusterHealth | undefined;
  readonly #pods: PodFeeds;

  constructor(address: MemberAddress, options: MemberConnectionOptions) {
    this.#address = address;
    this.#options = options;
    this.#pods = new PodFeeds(options.onPodChange);
  }

  /** What is said of the member; `undefined` before it was asked. */
  get health(): ClusterHealth | undefined {
    return this.#health;
  }

  /** How many requests were sent to it, watches included. */
  get requests(): number {
    return this.#pastRequests + (this.#client?.requests ?? 0);
  }

  /** Whether the member is ready, and nothing that is held of it changes unnoticed. */
  get isHeard(): boolean {
    return this.#health?.state === 'Ready' && this.#client?.isDead === false && this.#cache?.isComplete === true;
  }

  /** What the clock of the member shows, in milliseconds since 1970; ours, where the member did not tell. */
  now(): number {
    return this.#client?.serverNow ?? this.#options.clock.now();
  }

  /** A workload as the last pass or its watch had it; the member is not asked. `null`: it is not there. `undefined`: that is not known. */
  peek(target: PlannedWorkload): JsonObject | null | undefined {
    const found = this.#cache?.peek(target, target.namespace, target.name) as JsonObject | null | undefined;
    // Of a kind that no complete pass needed to list, nothing of ours is there.
    return found === undefined && this.#isRead && this.#cache?.isAskedFor(target) === false ? null : found;
  }

  /** A pass has read all that it needed. */
  endPass(): void {
    this.#isRead = true;
  }

  /** The pods of a workload, watched from now on. @throws {ApiError} */
  async listPods(user: string, query: PodQuery): Promise<readonly JsonObject[]> {
    if (this.#client === undefined)
      throw new ApiError({ failure: 'Aborted', status: 0, reason: '', paths: [], causes: [] });
    return await this.#pods.list(this.#client, user, query);
  }

  releasePods(user: string, query: PodQuery): void {
    this.#pods.release(user, query);
  }

  /** From now on the member is reached so. Not while it is being asked something. */
  move(address: MemberAddress): void {
    const isSame = textOf(address) === textOf(this.#address);
    this.#address = address;
    if (isSame) return;
    this.close();
    this.#health = undefined;
  }

  /** What is held in memory is read again with the next pass. */
  forget(): void {
    this.#isRead = false;
    this.#pods.close();
    this.#cache?.close();
    this.#cache = undefined;
  }

  async get(): Promise<Connection> {
    const client = await this.#connect().catch((error: unknown) => {
      if (this.#health === undefined) this.#judgeUnreached(error);
      throw error;
    });
    const probed = this.#health ?? (await this.probe());
    const { memory, onChange } = this.#options;
    this.#cache ??= new ObjectCache({ client, interner: memory.interner, onChange });
    this.#cache.beginPass();
    return { client, probed, objects: this.#cache, memo: this.#memo, release: () => undefined };
  }

  /**
   * Asks the member how it is.
   *
   * @returns what is said of it from now on, by KubeFed's thresholds.
   * @throws {ConfigMalformedError} for a member that cannot be asked.
   */
  async probe(): Promise<ClusterHealth> {
    // Of a member that cannot be asked nothing is said.
    this.#health = undefined;
    try {
      return this.#judge(await readHealth(await this.#connect()));
    } catch (error) {
      return this.#judgeUnreached(error);
    }
  }

  /** One whose credential does not come is like one that does not answer. */
  #judgeUnreached(error: unknown): ClusterHealth {
    if (!isApiError(error) || error.failure === 'Aborted') throw error;
    return this.#judge({ state: 'Offline', message: error.message });
  }

  #judge(probed: ClusterHealth): ClusterHealth {
    const { cluster, thresholds } = this.#address;
    const { clock, memory } = this.#options;
    const now = new Date(clock.now()).toISOString();
    this.#health = memory.judge(memoryKey(cluster), probed, now, thresholds);
    return this.#health;
  }

  close(): void {
    this.forget();
    this.#drop();
  }

  async #connect(): Promise<ApiClient> {
    const { cluster, sources } = this.#address;
    const stamp = await this.#files.stamp(cluster, sources);
    if (this.#client?.isDead === true || stamp !== this.#stamp) this.#drop();
    this.#stamp = stamp;
    this.#client ??= new ApiClient(await this.#findEndpoint(), this.#options.client);
    // Also where a probe made it: no pass may come for long.
    this.#cache?.attach(this.#client);
    return this.#client;
  }

  async #findEndpoint(): ReturnType<typeof findEndpoint> {
    const { cluster, sources } = this.#address;
    try {
      return await findEndpoint(cluster, sources, this.#options.client);
    } catch (error) {
      // Of a file that all members share: in a process that stays, it is no reason to end.
      if (error instanceof GitfedError) throw new ConfigMalformedError(error.message);
      throw error;
    }
  }

  #drop(): void {
    this.#pastRequests += this.#client?.requests ?? 0;
    this.#client?.close();
    this.#client = undefined;
  }
}

/** What the member's connection depends on, but for files. Credentials that lie in the repository are part of it. */
function textOf({ cluster: { object, secretName }, sources: { repositorySecrets = [] } }: MemberAddress): string {
  const secrets = repositorySecrets.filter(({ name }) => name === secretName).map((secret) => secret.object);
  return stringifyJson([object, ...secrets]);
}
