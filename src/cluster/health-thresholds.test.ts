import { describe, expect, it } from 'vitest';
import type { ClusterHealth } from './health.ts';
import { type HealthRecord, type HealthThresholds, recordProbe } from './health-thresholds.ts';

type Record = HealthRecord<ClusterHealth>;

const READY: ClusterHealth = { state: 'Ready', kubernetesVersion: 'v1.36.3' };
const UPGRADED: ClusterHealth = { state: 'Ready', kubernetesVersion: 'v1.37.0' };
const NOT_READY: ClusterHealth = { state: 'NotReady', message: '/healthz responded without ok' };
const OFFLINE: ClusterHealth = { state: 'Offline', message: 'no answer' };

function stored(health: ClusterHealth, probes: number): Record {
  return { health, probes, lastTransitionTime: 'then' };
}

function changed(health: ClusterHealth): Record {
  return { health, probes: 1, lastTransitionTime: 'now' };
}

describe('after a probe, a cluster', () => {
  it.each<[string, Record | undefined, ClusterHealth, Record]>([
    ['is ready at the start', undefined, READY, changed(READY)],
    ['is not ready at the start, without any threshold', undefined, OFFLINE, changed(OFFLINE)],
    ['stays ready for a failure inside the threshold', stored(READY, 2), NOT_READY, stored(READY, 3)],
    ['stays ready for a failure right after it became so', stored(READY, 1), OFFLINE, stored(READY, 2)],
    ['is not ready for a failure past the threshold', stored(READY, 3), NOT_READY, changed(NOT_READY)],
    ['is not ready for a single failure after many good probes', stored(READY, 40), OFFLINE, changed(OFFLINE)],
    ['is ready again at once', stored(OFFLINE, 1), READY, changed(READY)],
    ['is ready again after a long time', stored(NOT_READY, 9), READY, changed(READY)],
    ['stays ready, and is counted', stored(READY, 3), READY, stored(READY, 4)],
    ['has its new version at once', stored(READY, 1), UPGRADED, stored(UPGRADED, 2)],
    ['stays offline though it answers now, inside the threshold', stored(OFFLINE, 2), NOT_READY, stored(OFFLINE, 3)],
    ['is reachable past it, with the time of its transition', stored(OFFLINE, 3), NOT_READY, stored(NOT_READY, 4)],
  ])('%s', (_title, previous, probed, expected) => {
    expect(recordProbe(previous, probed, 'now')).toEqual(expected);
  });

  it.each<[string, HealthThresholds, readonly ClusterHealth[], readonly string[]]>([
    [
      'the default thresholds',
      { failureThreshold: 3, successThreshold: 1 },
      [READY, OFFLINE, OFFLINE, OFFLINE, READY, OFFLINE],
      ['Ready', 'Ready', 'Ready', 'Offline', 'Ready', 'Ready'],
    ],
    [
      'thresholds of 1',
      { failureThreshold: 1, successThreshold: 1 },
      [READY, OFFLINE, READY, NOT_READY],
      ['Ready', 'Offline', 'Ready', 'NotReady'],
    ],
    [
      'a threshold for successes',
      { failureThreshold: 1, successThreshold: 3 },
      [OFFLINE, READY, READY, READY, OFFLINE],
      ['Offline', 'Offline', 'Offline', 'Ready', 'Offline'],
    ],
  ])('is what %s make of a row of probes', (_title, thresholds, probes, expected) => {
    let record: Record | undefined;
    const states = probes.map((probed) => {
      record = recordProbe(record, probed, 'now', thresholds);
      return record.health.state;
    });
    expect(states).toEqual(expected);
  });
});
