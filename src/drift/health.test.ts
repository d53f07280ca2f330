import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../core/index.ts';
import { healthOf } from './health.ts';

type Row = readonly [title: string, spec: JsonObject, status: JsonObject, health: string];

/** What is kept of each health: it must not move with numbers. */
const summaries = new Set<string>();

function healthText(apiVersion: string, kind: string, spec: JsonObject, status: JsonObject, generation = 3): string {
  const object = { apiVersion, kind, metadata: { name: 'web', generation }, spec, status };
  const { status: health, message, summary } = healthOf(object);
  summaries.add(summary);
  return `${health}: ${message}`;
}

function condition(type: string, status = 'True', reason = ''): JsonObject {
  return { type, status, reason, message: 'words of a server' };
}

function testKind(apiVersion: string, kind: string, rows: readonly Row[]): void {
  describe(`the health of a ${kind} (${apiVersion})`, () => {
    it.each(rows)('%s', (_title, spec, status, health) => {
      expect(healthText(apiVersion, kind, spec, status)).toBe(health);
    });
  });
}

const available = condition('Available');
const rolledOut = condition('Progressing', 'True', 'NewReplicaSetAvailable');
const three = { replicas: 3, updatedReplicas: 3, availableReplicas: 3, readyReplicas: 3 };
const deadline = { replicas: 3, progressDeadlineSeconds: 600 };

testKind('apps/v1', 'Deployment', [
  ['has no status yet', { replicas: 3 }, {}, 'InProgress: Pods exist: 0/3.'],
  ['wants one Pod unless it says otherwise', {}, {}, 'InProgress: Pods exist: 0/1.'],
  ['has too few Pods', deadline, { ...three, replicas: 2 }, 'InProgress: Pods exist: 2/3.'],
  ['has old Pods', deadline, { ...three, updatedReplicas: 1 }, 'InProgress: Pods updated: 1/3.'],
  ['has Pods that are to go', deadline, { ...three, replicas: 5 }, 'InProgress: Pods to be removed: 2.'],
  ['has Pods that are not available', deadline, { ...three, availableReplicas: 2 }, 'InProgress: Pods available: 2/3.'],
  ['has Pods that are not ready', deadline, { ...three, readyReplicas: 0 }, 'InProgress: Pods ready: 0/3.'],
  [
    'exceeded its deadline, whatever its numbers',
    deadline,
    { ...three, conditions: [available, condition('Progressing', 'False', 'ProgressDeadlineExceeded')] },
    'Failed: It exceeded its progress deadline.',
  ],
  [
    'still progresses',
    deadline,
    { ...three, conditions: [available, condition('Progressing', 'True', 'ReplicaSetUpdated')] },
    'InProgress: Its new ReplicaSet is not available yet.',
  ],
  [
    'is not available',
    deadline,
    { ...three, conditions: [condition('Available', 'False'), rolledOut] },
    'InProgress: Its condition Available is not true.',
  ],
  [
    'has no deadline, so that the condition is absent',
    { replicas: 3, progressDeadlineSeconds: 2147483647 },
    { ...three, conditions: [available] },
    'Current: Pods available: 3.',
  ],
  ['is rolled out', deadline, { ...three, conditions: [available, rolledOut] }, 'Current: Pods available: 3.'],
  [
    'is scaled to nothing',
    { replicas: 0, progressDeadlineSeconds: 600 },
    { conditions: [available, rolledOut] },
    'Current: Pods available: 0.',
  ],
  ['counts with large integers', { replicas: 2n ** 60n }, {}, 'InProgress: Pods exist: 0/1152921504606847000.'],
]);

const revision = { currentRevision: 'web-1', updateRevision: 'web-1' };
const set = { replicas: 3, readyReplicas: 3, currentReplicas: 3, updatedReplicas: 3, ...revision };
const partition = { replicas: 3, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } };

testKind('apps/v1', 'StatefulSet', [
  [
    'is updated by hand',
    { updateStrategy: { type: 'OnDelete' } },
    {},
    'Current: Its Pods are updated when a person deletes them.',
  ],
  ['wants one Pod unless it says otherwise', {}, {}, 'InProgress: Pods exist: 0/1.'],
  ['has too few Pods', { replicas: 3 }, { ...set, replicas: 1 }, 'InProgress: Pods exist: 1/3.'],
  ['has Pods that are not ready', { replicas: 3 }, { ...set, readyReplicas: 2 }, 'InProgress: Pods ready: 2/3.'],
  ['has Pods that are to go', { replicas: 2 }, set, 'InProgress: Pods to be removed: 1.'],
  [
    'has updated too few above its partition',
    partition,
    { ...set, updatedReplicas: 0 },
    'InProgress: Pods updated: 0/1.',
  ],
  ['has updated all above its partition', partition, { ...set, updatedReplicas: 1 }, 'Current: Pods updated: 1.'],
  ['has Pods of an old revision', { replicas: 3 }, { ...set, currentReplicas: 1 }, 'InProgress: Pods current: 1/3.'],
  [
    'has not finished its revision',
    { replicas: 3 },
    { ...set, updateRevision: 'web-2' },
    'InProgress: Its Pods are being updated to the latest revision.',
  ],
  ['is rolled out', { replicas: 3 }, set, 'Current: Pods ready: 3.'],
]);

const nodes = {
  observedGeneration: 3,
  desiredNumberScheduled: 2,
  currentNumberScheduled: 2,
  updatedNumberScheduled: 2,
  numberAvailable: 2,
  numberReady: 2,
};
const { desiredNumberScheduled: _wanted, ...uncounted } = nodes;
const { observedGeneration: _observed, ...unseen } = nodes;

testKind('apps/v1', 'DaemonSet', [
  ['was not seen by its controller', {}, unseen, 'InProgress: Its controller has not seen it yet.'],
  ['was not counted', {}, uncounted, 'InProgress: Its controller has not seen it yet.'],
  ['is on too few nodes', {}, { ...nodes, currentNumberScheduled: 1 }, 'InProgress: Pods scheduled: 1/2.'],
  ['has old Pods', {}, { ...nodes, updatedNumberScheduled: 0 }, 'InProgress: Pods updated: 0/2.'],
  ['has Pods that are not available', {}, { ...nodes, numberAvailable: 1 }, 'InProgress: Pods available: 1/2.'],
  ['has Pods that are not ready', {}, { ...nodes, numberReady: 1 }, 'InProgress: Pods ready: 1/2.'],
  ['is on all nodes', {}, nodes, 'Current: Pods available: 2.'],
  ['has no node to be on', {}, { observedGeneration: 3, desiredNumberScheduled: 0 }, 'Current: Pods available: 0.'],
]);

const pods = { replicas: 2, fullyLabeledReplicas: 2, availableReplicas: 2, readyReplicas: 2 };

testKind('apps/v1', 'ReplicaSet', [
  [
    'could not make a Pod',
    { replicas: 2 },
    { ...pods, conditions: [condition('ReplicaFailure')] },
    'InProgress: Its Pods could not be made or deleted.',
  ],
  ['has Pods without labels', { replicas: 2 }, { ...pods, fullyLabeledReplicas: 1 }, 'InProgress: Pods labelled: 1/2.'],
  [
    'has Pods that are not available',
    { replicas: 2 },
    { ...pods, availableReplicas: 1 },
    'InProgress: Pods available: 1/2.',
  ],
  ['has Pods that are not ready', { replicas: 2 }, { ...pods, readyReplicas: 1 }, 'InProgress: Pods ready: 1/2.'],
  ['has Pods that are to go', { replicas: 1 }, pods, 'InProgress: Pods to be removed: 1.'],
  ['has all Pods', { replicas: 2 }, pods, 'Current: Pods available: 2.'],
]);

const looping = { name: 'web', state: { waiting: { reason: 'CrashLoopBackOff' } } };

testKind('v1', 'Pod', [
  ['has no phase', {}, {}, 'InProgress: It has no phase yet.'],
  ['is pending', {}, { phase: 'Pending' }, 'InProgress: It is pending.'],
  [
    'cannot be scheduled',
    {},
    { phase: 'Pending', conditions: [condition('PodScheduled', 'False', 'Unschedulable')] },
    'Failed: It cannot be scheduled.',
  ],
  ['is ready', {}, { phase: 'Running', conditions: [condition('Ready')] }, 'Current: It is ready.'],
  ['is not ready', {}, { phase: 'Running', conditions: [] }, 'InProgress: It runs, and is not ready.'],
  [
    'crashes again and again',
    {},
    { phase: 'Running', containerStatuses: [looping, { name: 'ok' }] },
    'Failed: Containers that crash again and again: 1.',
  ],
  ['succeeded', {}, { phase: 'Succeeded' }, 'Current: It has completed.'],
  ['failed for good', {}, { phase: 'Failed' }, 'Current: It has completed with a failure.'],
  ['has a phase that is new', {}, { phase: 'Dreaming' }, 'Unknown: Its phase is not one that gitfed knows.'],
  ['has a phase that is no text', {}, { phase: 7 }, 'Unknown: Its phase is not one that gitfed knows.'],
]);

testKind('batch/v1', 'Job', [
  ['has not started', {}, {}, 'InProgress: It has not started yet.'],
  [
    'runs',
    {},
    { startTime: '2025-01-01T00:00:00Z', active: 2, succeeded: 1, failed: 3 },
    'Current: It runs. Pods succeeded: 1, active: 2, failed: 3.',
  ],
  [
    'has completed',
    { parallelism: 2, completions: 5 },
    { succeeded: 5, conditions: [condition('Complete')] },
    'Current: It has completed. Pods succeeded: 5/5.',
  ],
  [
    'has failed, and wanted as many as run at once',
    { parallelism: 2 },
    { failed: 7, conditions: [condition('Complete', 'False'), condition('Failed')] },
    'Failed: It has failed. Pods failed: 7, wanted: 2.',
  ],
  ['is suspended', {}, { conditions: [condition('Suspended')] }, 'Current: It is suspended.'],
]);

testKind('v1', 'PersistentVolumeClaim', [
  ['is bound', {}, { phase: 'Bound' }, 'Current: It is bound.'],
  ['waits for a volume', {}, { phase: 'Pending' }, 'InProgress: It is not bound to a volume.'],
  ['has lost its volume', {}, { phase: 'Lost' }, 'InProgress: It is not bound to a volume.'],
]);

testKind('v1', 'Service', [
  ['has no type', {}, {}, 'Current: It is ready.'],
  ['has no address in the cluster', { type: 'LoadBalancer' }, {}, 'InProgress: It has no cluster IP yet.'],
  ['has one', { type: 'LoadBalancer', clusterIP: '10.0.0.1' }, {}, 'Current: It is ready.'],
]);

testKind('apiextensions.k8s.io/v1', 'CustomResourceDefinition', [
  ['is new', {}, {}, 'InProgress: It is being installed.'],
  [
    'is being installed',
    {},
    { conditions: [condition('NamesAccepted'), condition('Established', 'False', 'Installing')] },
    'InProgress: It is being installed.',
  ],
  [
    'has names of another',
    {},
    { conditions: [condition('NamesAccepted', 'False')] },
    'Failed: Its names are not accepted.',
  ],
  [
    'is refused',
    {},
    { conditions: [condition('Established', 'False', 'NotAccepted')] },
    'Failed: It is not established.',
  ],
  [
    'is established',
    {},
    { conditions: [condition('NamesAccepted'), condition('Established')] },
    'Current: It is established.',
  ],
]);

testKind('policy/v1', 'PodDisruptionBudget', [
  ['was seen', {}, { observedGeneration: 3 }, 'Current: The allowed disruptions are computed.'],
  ['was not seen', {}, { observedGeneration: 2 }, 'InProgress: Its controller has not seen the latest change yet.'],
]);

testKind('shop.example/v1', 'Deployment', [
  ['of another group has no rule', { replicas: 3 }, {}, 'Current: It exists, and has no condition that says more.'],
]);

testKind('shop.example/v1', 'Order', [
  [
    'has no condition',
    {},
    { conditions: [condition('Paid')] },
    'Current: It exists, and has no condition that says more.',
  ],
  [
    'has conditions that are no list',
    {},
    { conditions: 'none' },
    'Current: It exists, and has no condition that says more.',
  ],
  ['is ready', {}, { conditions: [condition('Ready')] }, 'Current: Its condition Ready is true.'],
  ['is not ready', {}, { conditions: [condition('Ready', 'False')] }, 'InProgress: Its condition Ready is false.'],
  ['does not know', {}, { conditions: [condition('Ready', 'Unknown')] }, 'InProgress: Its condition Ready is unknown.'],
  [
    'reconciles, although it is ready',
    {},
    { conditions: [condition('Ready'), condition('Reconciling')] },
    'InProgress: Its condition Reconciling is true.',
  ],
  [
    'is stalled, although it is ready',
    {},
    { conditions: [condition('Ready'), condition('Stalled')] },
    'Failed: Its condition Stalled is true.',
  ],
  [
    'was stalled',
    {},
    { conditions: [condition('Stalled', 'False'), condition('Ready')] },
    'Current: Its condition Ready is true.',
  ],
  [
    'was changed since its controller looked',
    {},
    { observedGeneration: 2, conditions: [condition('Ready')] },
    'InProgress: Its controller has not seen the latest change yet.',
  ],
]);

describe('the health of any object', () => {
  it.each<readonly [string, JsonObject | undefined, string]>([
    ['that is not there is NotFound', undefined, 'NotFound'],
    [
      'that is being deleted is Terminating, whatever else it says',
      {
        kind: 'Order',
        metadata: { deletionTimestamp: '2025-01-01T00:00:00Z', generation: 2 },
        status: { observedGeneration: 1 },
      },
      'Terminating',
    ],
    ['without anything is Current', {}, 'Current'],
    ['with a status that is no mapping is Current', { apiVersion: 'v1', kind: 'ConfigMap', status: [] }, 'Current'],
    ['with keys of a prototype is Current', { apiVersion: 7, kind: 'constructor', metadata: null }, 'Current'],
  ])('%s', (_title, object, status) => {
    expect(healthOf(object).status).toBe(status);
  });

  it('is kept as a sentence without numbers, the same for each step of a rollout', () => {
    const steps = [{}, { replicas: 2 }, { replicas: 3, updatedReplicas: 1 }, { replicas: 5, updatedReplicas: 3 }];
    const kept = steps.map(
      (status) => healthOf({ apiVersion: 'apps/v1', kind: 'Deployment', spec: { replicas: 3 }, status }).summary,
    );
    expect(new Set(kept)).toEqual(new Set(['Not all of its Pods are up to date and ready.']));
    expect([...summaries].filter((summary) => /\d/.test(summary))).toEqual([]);
  });

  it('never repeats what a server wrote', () => {
    const kinds = [
      ['apps/v1', 'Deployment'],
      ['v1', 'Pod'],
      ['batch/v1', 'Job'],
      ['x.example/v1', 'Order'],
    ] as const;
    const types = ['Ready', 'Stalled', 'Reconciling', 'Failed', 'Progressing', 'ReplicaFailure'];
    const status = (type: string): Record<string, JsonValue> => ({
      phase: 'hunter2',
      conditions: [condition(type, 'True', 'hunter2')],
    });
    const texts = kinds.flatMap(([group, kind]) => types.map((type) => healthText(group, kind, {}, status(type))));
    expect(texts.filter((text) => /hunter2|words of a server|web/.test(text))).toEqual([]);
  });
});
