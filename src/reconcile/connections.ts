import type { KubeFedCluster, Model } from '../api/index.ts';
import type { PlanMemo } from '../apply/plan-memo.ts';
import {
  ApiClient,
  type ClientOptions,
  type ClusterHealth,
  type CredentialSources,
  findEndpoint,
  type ObjectSource,
  RequestShares,
  readHealth,
} from '../cluster/index.ts';

/** A member that was asked how it is. */
export interface Connection {
  readonly client: ApiClient;
  readonly probed: ClusterHealth;
  /** What is known of its objects without asking it. Default: it is asked each time. */
  readonly objects?: ObjectSource;
  /** What was found out about its objects in earlier passes. Default: nothing. */
  readonly memo?: PlanMemo;
  /** Whoever gets it has no more use for it. */
  readonly release: () => void;
}

/** Where a pass gets the connection to its member from. */
export interface ConnectionSource {
  /**
   * @throws {ConfigMalformedError} for a cluster that cannot be asked.
   * @throws {ApiError} for one whose credential does not come.
   * @throws {GitfedError} `USAGE` for a kubeconfig that cannot be read.
   */
  get(cluster: KubeFedCluster, sources: CredentialSources): Promise<Connection>;
}

/**
 * Connections to members, begun as soon as the members are known: they answer while the rest of the pass is prepared. Until then nothing but
 * their health is asked for.
 */
export class Connections implements ConnectionSource {
  readonly #client: ClientOptions;
  readonly #unwanted = new AbortController();
  readonly #begun = new Map<KubeFedCluster, Promise<Connection>>();

  constructor(client: ClientOptions) {
    this.#client = { shares: new RequestShares(), ...client };
  }

  /** @param names default: all. */
  begin({ clusters, configuration, findings }: Model, sources: CredentialSources, names?: readonly string[]): void {
    const { suspend } = configuration;
    // With a broken gitfed.yaml it is not known yet which of them are suspended.
    if (suspend.all || findings.some(({ code }) => code === 'InvalidConfiguration')) return;
    for (const cluster of clusters) {
      if (suspend.clusters.includes(cluster.name) || names?.includes(cluster.name) === false) continue;
      const connection = this.#connect(cluster, sources);
      // Whoever gets it sees its failure.
      connection.catch(() => undefined);
      this.#begun.set(cluster, connection);
    }
  }

  async get(cluster: KubeFedCluster, sources: CredentialSources): Promise<Connection> {
    const begun = this.#begun.get(cluster);
    this.#begun.delete(cluster);
    return await (begun ?? this.#connect(cluster, sources));
  }

  /** Ends those that nobody got. */
  close(): void {
    for (const connection of this.#begun.values()) {
      connection.then(
        ({ release }) => release(),
        () => undefined,
      );
    }
    if (this.#begun.size > 0) this.#unwanted.abort();
    this.#begun.clear();
  }

  async #connect(cluster: KubeFedCluster, sources: CredentialSources): Promise<Connection> {
    const { signal } = this.#client;
    const signals = [this.#unwanted.signal, ...(signal === undefined ? [] : [signal])];
    const options = { ...this.#client, signal: AbortSignal.any(signals) };
    const client = new ApiClient(await findEndpoint(cluster, sources, options), options);
    try {
      return { client, probed: await readHealth(client), release: () => client.close() };
    } catch (error) {
      client.close();
      throw error;
    }
  }
}
