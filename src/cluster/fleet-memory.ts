import { DiscoveryCache } from './discovery-cache.ts';
import type { ClusterHealth } from './health.ts';
import { type HealthRecord, type HealthThresholds, recordProbe } from './health-thresholds.ts';
import { Interner } from './interner.ts';
import { RequestShares } from './request-shares.ts';

/** What a process remembers of the members from one pass to the next: what they serve, and how they were. A single pass begins with none. */
export class FleetMemory {
  readonly discoveries = new DiscoveryCache();
  /** For the {@link ObjectCache} of each member. */
  readonly interner = new Interner();
  /** For the {@link ApiClient} of each member. */
  readonly shares = new RequestShares();
  readonly #health = new Map<string, HealthRecord<ClusterHealth>>();

  /**
   * What is said of a cluster after a probe, by KubeFed's thresholds.
   *
   * @param cluster forgotten when its key changes, such as by another endpoint.
   * @param now RFC 3339.
   */
  judge(cluster: string, probed: ClusterHealth, now: string, thresholds: HealthThresholds): ClusterHealth {
    const record = recordProbe(this.#health.get(cluster), probed, now, thresholds);
    this.#health.set(cluster, record);
    return record.health;
  }
}
