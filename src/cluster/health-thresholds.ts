/** Probes that a state has to have lasted before one of the other readiness counts. */
export interface HealthThresholds {
  /** For a failure. */
  readonly failureThreshold: number;
  /** For a success. */
  readonly successThreshold: number;
}

const DEFAULT_HEALTH_THRESHOLDS: HealthThresholds = { failureThreshold: 3, successThreshold: 1 };

/** What is said of a member between two probes. Forgotten when the spec, labels or annotations of its KubeFedCluster change. */
export interface HealthRecord<Health extends { readonly state: string }> {
  /** What the status says. */
  readonly health: Health;
  /** How many probes the readiness has lasted, those that were held back included. */
  readonly probes: number;
  /** When the readiness last changed. */
  readonly lastTransitionTime: string;
}

/**
 * What the status says of a member after a probe, by KubeFed's rule: a probe is held back while the written state is younger than the
 * threshold for what was found. It counts how long the *written* state has lasted, not failures in a row: after three good probes a single
 * failure makes a cluster not ready, right after a change it does not.
 *
 * @param now goes into `lastTransitionTime`.
 */
export function recordProbe<Health extends { readonly state: string }>(
  previous: HealthRecord<Health> | undefined,
  probed: Health,
  now: string,
  thresholds: HealthThresholds = DEFAULT_HEALTH_THRESHOLDS,
): HealthRecord<Health> {
  if (previous === undefined) return { health: probed, probes: 1, lastTransitionTime: now };
  const { failureThreshold, successThreshold } = thresholds;
  const needed = isReady(probed) ? successThreshold : failureThreshold;
  const health = previous.probes < needed ? previous.health : probed;
  if (isReady(health) !== isReady(previous.health)) return { health, probes: 1, lastTransitionTime: now };
  return { health, probes: previous.probes + 1, lastTransitionTime: previous.lastTransitionTime };
}

function isReady({ state }: { readonly state: string }): boolean {
  return state === 'Ready';
}
