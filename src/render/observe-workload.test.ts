import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../core/index.ts';
import { needsPods, observeWorkload } from './observe-workload.ts';

const NOW = Date.parse('2026-11-21T08:00:00Z');
const LABELS = { app: 'web' };

function workload(replicas: JsonValue, ready: JsonValue, others: JsonObject = {}): JsonObject {
  const spec = { replicas, selector: { matchLabels: LABELS } };
  return { kind: 'Deployment', spec, status: { readyReplicas: ready }, ...others };
}

function pod(phase: string, ...conditions: readonly JsonObject[]): JsonObject {
  return { metadata: { labels: { ...LABELS, hash: 'x' } }, status: { phase, conditions } };
}

const ready = (status: string): JsonObject => ({ type: 'Ready', status });

/** Unschedulable for so many milliseconds. */
function unschedulable(ms: number): JsonObject {
  const lastTransitionTime = new Date(NOW - ms).toISOString();
  return { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', lastTransitionTime };
}

const RUNNING = pod('Running', ready('True'));
const WOBBLING = pod('Running', ready('False'));
const STARTING = pod('Pending', { type: 'PodScheduled', status: 'True' });
const LONG = pod('Pending', unschedulable(120_000));
const YOUNG = pod('Pending', unschedulable(10_000));

function look(object: JsonObject, pods: readonly JsonObject[] = []) {
  return observeWorkload(object, pods, { now: NOW, unschedulableAfterMs: 60_000 });
}

/** spec, ready, running and unschedulable, and whether there is more to come. */
function counts(object: JsonObject, pods: readonly JsonObject[] = []): string {
  const observed = look(object, pods);
  if (!observed.ok) return observed.reason;
  const { specReplicas, readyReplicas, runningAndReadyPods, unschedulablePods, isSettled } = observed.seen;
  const numbers = [specReplicas, readyReplicas, runningAndReadyPods, unschedulablePods].join(' ');
  return isSettled ? `${numbers} settled` : numbers;
}

describe('a look at a workload counts', () => {
  it.each<[string, JsonObject, readonly JsonObject[], string]>([
    ['all where all are ready, without a look at pods', workload(5, 5), [LONG], '5 5 5 0 settled'],
    ['none where nothing is said', { spec: {} }, [], '0 0 0 0 settled'],
    ['running pods that are not ready', workload(3, 1), [RUNNING, WOBBLING, WOBBLING], '3 1 3 0 settled'],
    ['a running pod without the condition not at all', workload(2, 1), [RUNNING, pod('Running')], '2 1 1 0'],
    [
      'a condition that is there twice as two',
      workload(2, 1),
      [pod('Running', ready('True'), ready('x'))],
      '2 1 2 0 settled',
    ],
    ['what has found no node for long', workload(5, 3), [RUNNING, RUNNING, RUNNING, LONG, LONG], '5 3 3 2 settled'],
    ['what has found no node for a while not yet', workload(5, 3), [RUNNING, RUNNING, RUNNING, LONG, YOUNG], '5 3 3 1'],
    ['pods on their way', workload(3, 1), [RUNNING, STARTING, LONG], '3 1 1 1'],
    ['fewer pods than are asked for', workload(5, 2), [RUNNING, RUNNING, LONG], '5 2 2 1'],
    ['more pods than are asked for, in a rollout', workload(2, 1), [RUNNING, RUNNING, RUNNING], '2 1 3 0'],
    [
      'an unschedulable pod that runs all the same',
      workload(2, 1),
      [pod('Running', ready('True'), unschedulable(90_000)), RUNNING],
      '2 1 2 0 settled',
    ],
    ['exactly the limit not as longer than it', workload(1, 0), [pod('Pending', unschedulable(60_000))], '1 0 0 0'],
    ['a millisecond more than the limit', workload(1, 0), [pod('Pending', unschedulable(60_001))], '1 0 0 1 settled'],
    [
      'a condition without a time as old',
      workload(1, 0),
      [pod('Pending', { type: 'PodScheduled', status: 'False', reason: 'Unschedulable' })],
      '1 0 0 1 settled',
    ],
    [
      'another reason for not being scheduled not',
      workload(1, 0),
      [pod('Pending', { ...unschedulable(90_000), reason: 'SchedulingGated' })],
      '1 0 0 0',
    ],
    [
      'pods of others not',
      workload(2, 1),
      [
        RUNNING,
        { ...RUNNING, metadata: { labels: { app: 'api' } } },
        { status: { phase: 'Running', conditions: [ready('True')] } },
      ],
      '2 1 1 0',
    ],
    [
      'by matchLabels alone',
      workload(2, 1, {
        spec: {
          replicas: 2,
          selector: { matchLabels: LABELS, matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] },
        },
      }),
      [RUNNING, RUNNING],
      '2 1 2 0 settled',
    ],
    [
      'numbers of 64 bits',
      workload(9_007_199_254_740_993n, 9_007_199_254_740_993n),
      [],
      '9007199254740993 9007199254740993 9007199254740993 0 settled',
    ],
    [
      'more that are ready than are asked for',
      { kind: 'Deployment', spec: { selector: { matchLabels: LABELS } }, status: { readyReplicas: 3 } },
      [RUNNING, RUNNING, RUNNING, LONG],
      '0 3 3 1',
    ],
  ])('%s', (_title, object, pods, expected) => {
    expect(counts(object, pods)).toBe(expected);
  });

  it.each<[string, JsonObject, string]>([
    ['replicas that are no integer', workload(1.5, 1), 'its spec.replicas is no integer'],
    ['replicas that are null', workload(null, 1), 'its spec.replicas is no integer'],
    ['replicas that are text', workload('3', 1), 'its spec.replicas is no integer'],
    ['ready replicas that are no integer', workload(1, true), 'its status.readyReplicas is no integer'],
    ['a missing selector', { spec: { replicas: 2 } }, 'it has no spec.selector.matchLabels to find its pods by'],
    [
      'a selector of another shape',
      { spec: { replicas: 2, selector: 'app=web' } },
      'it has no spec.selector.matchLabels to find its pods by',
    ],
    [
      'a label that is no text',
      { spec: { replicas: 2, selector: { matchLabels: { app: 1 } } } },
      'a value of its spec.selector.matchLabels is no text',
    ],
  ])('nothing, and says why, with %s', (_title, object, reason) => {
    expect(counts(object, [RUNNING])).toBe(reason);
  });

  it('nothing that a lying server can make it throw by', () => {
    const odd: JsonObject[] = [
      {},
      { metadata: null, status: 7 },
      { metadata: { labels: [] }, status: { conditions: 'none', phase: {} } },
      {
        metadata: { labels: LABELS },
        status: { phase: 'Pending', conditions: [null, 3, { ...unschedulable(0), lastTransitionTime: 'soon' }] },
      },
    ];
    expect(counts(workload(4, 1), odd)).toBe('4 1 0 1');
  });

  it('until when it has to look again', () => {
    const observed = look(workload(3, 0), [
      pod('Pending', unschedulable(10_000)),
      pod('Pending', unschedulable(45_000)),
      LONG,
    ]);
    expect(observed).toMatchObject({ ok: true, seen: { isSettled: false, recheckInMs: 15_001 } });
  });

  it.each([
    ['OrderedReady', '5 1 1 1 settled'],
    ['Parallel', '5 1 1 1'],
  ])('a StatefulSet whose pods start %s', (podManagementPolicy, expected) => {
    const spec = { replicas: 5, podManagementPolicy, selector: { matchLabels: LABELS } };
    expect(counts({ kind: 'StatefulSet', spec, status: { readyReplicas: 1 } }, [RUNNING, LONG])).toBe(expected);
  });
});

it.each<[boolean, JsonObject]>([
  [false, workload(3, 3)],
  [true, workload(3, 2)],
  [true, { spec: { replicas: 1 } }],
  [false, { spec: { replicas: 0 } }],
  [false, workload('3', 1)],
])('that pods are needed is %s of %j', (expected, object) => {
  expect(needsPods(object)).toBe(expected);
});
