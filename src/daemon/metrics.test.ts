import { describe, expect, it } from 'vitest';
import type { ClusterResult, ObjectResult } from '../apply/types.ts';
import type { DaemonEvent, PassTrigger } from './events.ts';
import { createMetrics, type Metrics } from './metrics.ts';

const NOW = Date.UTC(2026, 0, 1);
const COMMIT = 'a'.repeat(40);

function object(name: string, rest: Partial<ObjectResult> = {}): ObjectResult {
  const id = { group: 'apps', kind: 'Deployment', namespace: 'shop', name };
  return { id, action: 'unchanged', status: '', ...rest };
}

function passFinished(cluster: string, result: Partial<ClusterResult> = {}, trigger: PassTrigger = 'revision') {
  const whole: ClusterResult = { cluster, state: 'Synced', objects: [], ...result };
  return {
    type: 'passFinished',
    cluster,
    commit: COMMIT,
    trigger,
    durationMs: 700,
    requests: 3,
    result: whole,
  } as const;
}

function accepted(rest: Partial<Extract<DaemonEvent, { type: 'revisionAccepted' }>> = {}): DaemonEvent {
  const findings = [] as const;
  return {
    type: 'revisionAccepted',
    commit: COMMIT,
    committedAt: NOW,
    clusters: 2,
    objects: 5,
    findings,
    durationMs: 40,
    ...rest,
  };
}

const DRIFT = { type: 'changed', path: [{ key: 'spec' }], live: 'canary', desired: 'canary' } as unknown as NonNullable<
  ObjectResult['drift']
>[number];

const MOVED: DaemonEvent = {
  type: 'observed',
  commit: COMMIT,
  tree: 'c'.repeat(40),
  moves: [
    { workload: 'FederatedDeployment/shop/web', cluster: 'eu-1', from: 4n, to: 3n },
    { workload: 'FederatedDeployment/shop/web', cluster: 'us-1', from: undefined, to: 5n },
  ],
};

/** One of each, so that every series shows. */
const ALL: readonly DaemonEvent[] = [
  { type: 'started', source: 'https://user:canary@git.example', branch: 'main' },
  { type: 'sourceRead', commit: COMMIT, branch: 'main', durationMs: 20 },
  { type: 'sourceFailed', message: 'canary' },
  accepted({
    findings: [{ severity: 'error', code: 'InvalidYAML', message: 'canary', file: 'x', line: 1, column: 1 }],
  }),
  { type: 'revisionRefused', commit: COMMIT, reason: 'Unsigned', message: 'canary' },
  { type: 'passStarted', cluster: 'eu-1', commit: COMMIT, trigger: 'revision' },
  passFinished('eu-1'),
  passFinished('eu-1', {
    state: 'Failed',
    message: 'canary',
    prune: { status: 'PruneBlocked', count: 12, message: 'canary' },
    objects: [object('web', { status: 'UpdateFailed', message: 'canary', drift: [DRIFT] })],
  }),
  { type: 'revisionApplied', commit: COMMIT, committedAt: NOW },
  { type: 'statusCommitted', commit: 'b'.repeat(40), source: COMMIT, pushed: true, durationMs: 5 },
  { type: 'statusFailed', message: 'canary' },
  MOVED,
  { type: 'observerSuspect', clusters: ['eu-1'] },
  { type: 'podsNotRead', cluster: 'eu-1', message: 'canary' },
  { type: 'webhook', provider: 'github', outcome: 'accepted' },
  { type: 'notification', target: 'forge', what: 'canary', outcome: 'dropped', why: 'canary' },
  { type: 'configurationReloaded' },
  { type: 'configurationRefused', message: 'canary' },
];

function metricsAfter(events: readonly DaemonEvent[], now: () => number = () => NOW): Metrics {
  const metrics = createMetrics({ now, process: false });
  for (const event of events) metrics.observe(event);
  return metrics;
}

async function seriesAfter(events: readonly DaemonEvent[], now?: () => number): Promise<ReadonlyMap<string, string>> {
  const text = await metricsAfter(events, now).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]));
}

describe('metrics', () => {
  it('have these names, types and labels', async () => {
    const text = await metricsAfter(ALL).text();
    const described = text.replaceAll(/^([a-z_]+)(\{.*\})? \S+$/gm, (_line, name: string, labels = '') => {
      return `${name}${labels.replaceAll(/(?<!\ble)="[^"]*"/g, '')}`;
    });
    await expect(described).toMatchFileSnapshot('testdata/metrics.txt');
  });

  it('hold neither values nor messages nor names of objects', async () => {
    const text = await metricsAfter(ALL).text();
    expect(text).not.toMatch(/canary|web"|shop/);
  });

  it('tell of each cluster how its last pass ended', async () => {
    const series = await seriesAfter([
      passFinished('eu-1', { state: 'NotReady' }),
      passFinished('eu-1', { objects: [object('a'), object('b', { status: 'Drifted' })] }, 'resync'),
    ]);
    expect(series.get('gitfed_cluster_passes_total{cluster="eu-1",state="NotReady"}')).toBe('1');
    expect(series.get('gitfed_cluster_state{cluster="eu-1",state="NotReady"}')).toBe('0');
    expect(series.get('gitfed_cluster_state{cluster="eu-1",state="Synced"}')).toBe('1');
    expect(series.get('gitfed_cluster_objects{cluster="eu-1"}')).toBe('2');
    expect(series.get('gitfed_cluster_objects_not_in_order{cluster="eu-1",status="Drifted"}')).toBe('1');
    expect(series.get('gitfed_cluster_api_requests_total{cluster="eu-1"}')).toBe('6');
    expect(series.get('gitfed_cluster_last_success_timestamp_seconds{cluster="eu-1"}')).toBe(`${NOW / 1000}`);
    expect(series.get('gitfed_cluster_pass_duration_seconds_count{cluster="eu-1",trigger="resync"}')).toBe('1');
  });

  it('tell how many replicas moved, and whether that can be trusted', async () => {
    const series = await seriesAfter([MOVED, MOVED, { type: 'observerSuspect', clusters: ['a', 'b', 'c'] }]);
    expect(series.get('gitfed_replans_total')).toBe('2');
    expect(series.get('gitfed_replicas_moved_total{cluster="eu-1",direction="out"}')).toBe('2');
    expect(series.get('gitfed_replicas_moved_total{cluster="us-1",direction="in"}')).toBe('10');
    expect(series.get('gitfed_observer_suspect_clusters')).toBe('3');
    const after = await seriesAfter([
      MOVED,
      { type: 'podsNotRead', cluster: 'eu-1', message: 'canary' },
      { type: 'podsRead', cluster: 'eu-1' },
      { type: 'observerSuspect', clusters: ['a', 'b'] },
      { type: 'observerTrusted' },
      { type: 'clusterLeft', cluster: 'us-1' },
    ]);
    expect([...after.keys()].filter((name) => /unreadable|us-1/.test(name))).toEqual([]);
    expect(after.get('gitfed_observer_suspect_clusters')).toBe('0');
  });

  it('keep what is known of a cluster that was not reached', async () => {
    const series = await seriesAfter([
      passFinished('eu-1', { objects: [object('a', { status: 'UpdateFailed' })] }),
      passFinished('eu-1', { state: 'NotReady', objects: [object('a', { status: 'ClusterNotReady' })] }),
    ]);
    expect(series.get('gitfed_cluster_objects_not_in_order{cluster="eu-1",status="UpdateFailed"}')).toBe('1');
    expect([...series.keys()].filter((name) => name.includes('ClusterNotReady'))).toEqual([]);
  });

  it('count no object that the pass itself deleted or freed', async () => {
    const gone = [object('b', { action: 'deleted' }), object('c', { released: true })];
    const failed = object('d', { action: 'deleted', status: 'DeletionFailed' });
    const series = await seriesAfter([passFinished('eu-1', { objects: [object('a'), ...gone, failed] })]);
    expect(series.get('gitfed_cluster_objects{cluster="eu-1"}')).toBe('2');
  });

  it('go back to 0 where an object is in order again', async () => {
    const series = await seriesAfter([
      passFinished('eu-1', { objects: [object('a', { status: 'UpdateFailed' })] }),
      passFinished('eu-1', { objects: [object('a')] }),
    ]);
    expect(series.get('gitfed_cluster_objects_not_in_order{cluster="eu-1",status="UpdateFailed"}')).toBe('0');
    expect(series.get('gitfed_cluster_object_errors_total{cluster="eu-1",status="UpdateFailed"}')).toBe('1');
  });

  it('count drift that is only told once, until it is gone', async () => {
    const told = passFinished('eu-1', { objects: [object('a', { status: 'Drifted', drift: [DRIFT] })] });
    const gone = passFinished('eu-1', { objects: [object('a')] });
    const corrected = passFinished('eu-1', { objects: [object('a', { action: 'configured', drift: [DRIFT] })] });
    const series = await seriesAfter([told, told, gone, told, gone, corrected, corrected]);
    expect(series.get('gitfed_cluster_drift_found_total{cluster="eu-1"}')).toBe('4');
    expect(series.get('gitfed_cluster_drift_corrected_total{cluster="eu-1"}')).toBe('2');
  });

  it('lose every series of a cluster that leaves, and no other', async () => {
    const events = ALL.map((event) => (event.type === 'passFinished' ? { ...event, cluster: 'us-1' } : event));
    const others = ALL.filter(({ type }) => type !== 'passFinished' && type !== 'podsNotRead').map((event) => {
      return event.type === 'observed' ? { ...event, moves: event.moves.slice(1) } : event;
    });
    const without = await seriesAfter(others);
    const left = await seriesAfter([...ALL, { type: 'clusterLeft', cluster: 'eu-1' }]);
    expect([...left.keys()]).toEqual([...without.keys()]);
    const both = await seriesAfter([...events, ...ALL, { type: 'clusterLeft', cluster: 'eu-1' }]);
    expect([...both.keys()].filter((name) => name.includes('"us-1"')).length).toBeGreaterThan(10);
    expect([...both.keys()].filter((name) => name.includes('"eu-1"'))).toEqual([]);
  });

  it('call the status failing until what waits is pushed, not until another commit waits with it', async () => {
    const failed: DaemonEvent = { type: 'statusFailed', message: 'StatusPushRefused: protected branch' };
    const waiting: DaemonEvent = { type: 'statusCommitted', commit: 'd', source: 'a', pushed: false, durationMs: 1 };
    const failing = async (events: readonly DaemonEvent[]) => (await seriesAfter(events)).get('gitfed_status_failing');
    expect(await failing([failed, waiting])).toBe('1');
    expect(await failing([failed, waiting, { type: 'statusPushed', commit: 'd', source: 'a' }])).toBe('0');
    expect(await failing([failed, { ...waiting, pushed: true }])).toBe('0');
    expect(await failing([{ type: 'statusFailed', message: 'the disk is full' }, waiting])).toBe('0');
  });

  it('name one commit, the last', async () => {
    const series = await seriesAfter([accepted(), accepted({ commit: 'c'.repeat(40) })]);
    const named = [...series.keys()].filter((name) => name.includes('commit="'));
    expect(named).toEqual([`gitfed_revision_info{commit="${'c'.repeat(40)}"}`]);
  });

  it('measure from the commit to where it arrives, and only for commits since the start', async () => {
    let now = NOW;
    const metrics = createMetrics({ now: () => now, process: false });
    const status = (source: string): DaemonEvent => {
      return { type: 'statusCommitted', commit: 'd', source, pushed: false, durationMs: 1 };
    };
    metrics.observe(accepted({ commit: 'old', committedAt: NOW - 1 }));
    metrics.observe({ type: 'revisionApplied', commit: 'old', committedAt: NOW - 1 });
    metrics.observe(status('old'));
    metrics.observe(accepted({ commit: 'new', committedAt: NOW + 1000 }));
    now = NOW + 4000;
    metrics.observe({ type: 'revisionApplied', commit: 'new', committedAt: NOW + 1000 });
    now = NOW + 5000;
    metrics.observe(status('new'));
    metrics.observe(status('new'));
    const text = await metrics.text();
    expect(text).toContain('gitfed_commit_to_applied_seconds_sum 3\n');
    expect(text).toContain('gitfed_commit_to_applied_seconds_count 1\n');
    expect(text).toContain('gitfed_commit_to_status_seconds_sum 4\n');
    expect(text).toContain('gitfed_commit_to_status_seconds_count 1\n');
    expect(text).toContain('gitfed_revision_age_seconds 4\n');
  });

  it('count a commit that is refused at every look once, and tell while it is', async () => {
    const refused: DaemonEvent = { type: 'revisionRefused', commit: 'e', reason: 'Unreadable', message: '' };
    const during = await seriesAfter([accepted(), refused, refused]);
    expect(during.get('gitfed_revisions_refused_total{reason="Unreadable"}')).toBe('1');
    expect(during.get('gitfed_revision_refused{reason="Unreadable"}')).toBe('1');
    const back: DaemonEvent = { type: 'sourceRead', commit: COMMIT, branch: 'main', durationMs: 1 };
    const after = await seriesAfter([accepted(), refused, back, refused]);
    expect(after.get('gitfed_revisions_refused_total{reason="Unreadable"}')).toBe('2');
    const ended = await seriesAfter([accepted(), refused, back]);
    expect(ended.get('gitfed_revision_refused{reason="Unreadable"}')).toBe('0');
  });

  it('know about the process, without a timer that keeps it busy', async () => {
    const text = await createMetrics().text();
    expect(text).toContain('process_resident_memory_bytes ');
    expect(text).toContain('nodejs_eventloop_lag_seconds');
  });
});
