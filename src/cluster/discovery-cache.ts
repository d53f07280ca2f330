import type { ApiClient } from './client.ts';
import { type Discovery, discover } from './discovery.ts';

interface CachedDiscovery {
  /** Of the API server that was asked. */
  readonly version: string;
  readonly discovery: Promise<Discovery>;
}

/**
 * What members serve, for as long as the process runs: asked for again when a member's version changes, and when the caller misses a kind.
 * Nothing that is incomplete is kept: not an error, and not a discovery with a stale group.
 */
export class DiscoveryCache {
  readonly #byCluster = new Map<string, CachedDiscovery>();

  /** Whether a cluster need not be asked: what it serves was asked for before, in this version. */
  has(cluster: string, version: string): boolean {
    return this.#byCluster.get(cluster)?.version === version;
  }

  /**
   * What is known of a cluster, asked for where nothing is known of it in this version.
   *
   * @throws {ApiError} when it cannot be read.
   */
  get(client: ApiClient, cluster: string, version: string): Promise<Discovery> {
    const cached = this.#byCluster.get(cluster);
    return cached?.version === version ? cached.discovery : this.refresh(client, cluster, version);
  }

  /**
   * Asks, whatever is known: a kind was missing, which may have been defined since.
   *
   * @throws {ApiError} when it cannot be read; then nothing is known any more.
   */
  async refresh(client: ApiClient, cluster: string, version: string): Promise<Discovery> {
    const entry: CachedDiscovery = { version, discovery: discover(client) };
    // Before the answer, so that those who ask meanwhile share it.
    this.#byCluster.set(cluster, entry);
    try {
      const discovery = await entry.discovery;
      if (discovery.staleGroups.size > 0) this.#forget(cluster, entry);
      return discovery;
    } catch (error) {
      this.#forget(cluster, entry);
      throw error;
    }
  }

  /** Unless someone has asked again since. */
  #forget(cluster: string, entry: CachedDiscovery): void {
    if (this.#byCluster.get(cluster) === entry) this.#byCluster.delete(cluster);
  }
}
