import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, jsonEquals } from '../core/index.ts';
import { healthOf } from '../drift/index.ts';
import type { WorkloadChange } from './types.ts';
import { conditionOf, controllerOf, countAt, mappingAt, textAt, wantedReplicas } from './workload-objects.ts';
import { planWorkloads } from './workloads.ts';

/** So much of a cluster as controllers need: it stores what they write. */
class WorkloadCluster {
  objects: readonly JsonObject[] = [];
  capacity: number;
  #now = Date.parse('2024-05-01T10:00:00Z');
  #created = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get now(): string {
    return new Date(this.#now).toISOString().replace('.000Z', 'Z');
  }

  wait(seconds: number): void {
    this.#now += seconds * 1000;
  }

  of(kind: string): readonly JsonObject[] {
    return this.objects.filter((object) => object['kind'] === kind);
  }

  get(kind: string, name: string): JsonObject {
    return this.of(kind).find(({ metadata }) => textAt(metadata, 'name') === name) ?? {};
  }

  create(object: JsonObject): void {
    const taken = this.objects.some((other) => idOf(other) === idOf(object));
    if (taken) throw new Error(`${idOf(object)} exists already`);
    this.#created += 1;
    const metadata = {
      ...mappingAt(object, 'metadata'),
      uid: `uid-${this.#created}`,
      creationTimestamp: this.now,
      generation: 1,
    };
    this.objects = [...this.objects, { ...object, metadata }];
  }

  change(kind: string, name: string, change: (object: JsonObject) => JsonObject): void {
    this.#replace(change(this.get(kind, name)));
  }

  delete(object: JsonObject): void {
    this.objects = this.objects.filter((other) => idOf(other) !== idOf(object));
  }

  /** Lets the controllers work until they have nothing left to do. */
  settle(): number {
    for (let round = 0; round < 200; round += 1) {
      if (!this.work()) return round;
    }
    throw new Error(`does not end: ${JSON.stringify(this.plan().map(({ type, object }) => [type, idOf(object)]))}`);
  }

  /** Carries out once what the controllers want; whether there was anything. */
  work(): boolean {
    const changes = this.plan();
    for (const change of changes) this.#carryOut(change);
    this.wait(1);
    return changes.length > 0;
  }

  plan(): readonly WorkloadChange[] {
    return planWorkloads({
      deployments: this.of('Deployment'),
      replicaSets: this.of('ReplicaSet'),
      pods: this.of('Pod'),
      capacity: this.capacity,
      now: this.now,
    });
  }

  #carryOut({ type, object }: WorkloadChange): void {
    if (type === 'create') this.create(object);
    else if (type === 'delete') this.delete(object);
    else if (type === 'update') this.#replace({ ...object, ...statusPart(this.#stored(object)) });
    else this.#replace({ ...this.#stored(object), status: object['status'] ?? {} });
  }

  #stored(object: JsonObject): JsonObject {
    return this.objects.find((other) => idOf(other) === idOf(object)) ?? {};
  }

  #replace(object: JsonObject): void {
    this.objects = this.objects.map((other) => {
      if (idOf(other) !== idOf(object)) return other;
      const isSameSpec = jsonEquals(other['spec'], object['spec']);
      const generation = countAt(other, 'metadata', 'generation') + (isSameSpec ? 0 : 1);
      return { ...object, metadata: { ...mappingAt(object, 'metadata'), generation } };
    });
  }
}

function statusPart(object: JsonObject): JsonObject {
  return isJsonObject(object['status']) ? { status: object['status'] } : {};
}

function idOf({ kind, metadata }: JsonObject): string {
  return `${String(kind)}/${textAt(metadata, 'namespace')}/${textAt(metadata, 'name')}`;
}

function workload(kind: string, name: string, replicas: number, spec: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: 'shop' },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'web', image: 'nginx:1' }] } },
      ...spec,
    },
  };
}

function withSpec(object: JsonObject, spec: JsonObject): JsonObject {
  return { ...object, spec: { ...mappingAt(object, 'spec'), ...spec } };
}

function withImage(object: JsonObject, image: string): JsonObject {
  const template = mappingAt(object, 'spec', 'template');
  return withSpec(object, { template: { ...template, spec: { containers: [{ name: 'web', image }] } } });
}

function running(cluster: WorkloadCluster): readonly JsonObject[] {
  return cluster.of('Pod').filter((pod) => textAt(pod, 'status', 'phase') === 'Running');
}

function withDeployment(replicas: number, capacity: number, spec: JsonObject = {}): WorkloadCluster {
  const cluster = new WorkloadCluster(capacity);
  cluster.create(workload('Deployment', 'web', replicas, spec));
  cluster.settle();
  return cluster;
}

describe('a Deployment', () => {
  it('becomes a ReplicaSet and Pods, and is current when they run', () => {
    const cluster = withDeployment(3, 10);
    expect(healthOf(cluster.get('Deployment', 'web')).status).toBe('Current');
    expect(cluster.of('ReplicaSet').map(wantedReplicas)).toEqual([3]);
    expect(running(cluster)).toHaveLength(3);
    expect(mappingAt(cluster.get('Deployment', 'web'), 'status')).toMatchObject({
      observedGeneration: 1,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
    });
    const [replicaSet = {}] = cluster.of('ReplicaSet');
    const hash = textAt(replicaSet, 'metadata', 'labels', 'pod-template-hash');
    expect(textAt(replicaSet, 'metadata', 'name')).toBe(`web-${hash}`);
    expect(cluster.of('Pod').every((pod) => textAt(pod, 'metadata', 'labels', 'pod-template-hash') === hash)).toBe(
      true,
    );
    expect(healthOf(replicaSet).status).toBe('Current');
    expect(cluster.of('Pod').map((pod) => healthOf(pod).status)).toEqual(['Current', 'Current', 'Current']);
  });

  it('has Pods that cannot be scheduled where the cluster is full, since they were made', () => {
    const cluster = withDeployment(5, 2);
    const pending = cluster.of('Pod').filter((pod) => textAt(pod, 'status', 'phase') === 'Pending');
    expect(running(cluster)).toHaveLength(2);
    expect(pending).toHaveLength(3);
    const [pod = {}] = pending;
    const before = conditionOf(pod, 'PodScheduled');
    expect(before).toMatchObject({ status: 'False', reason: 'Unschedulable' });
    expect(healthOf(cluster.get('Deployment', 'web')).status).toBe('InProgress');
    cluster.wait(60);
    expect(cluster.settle()).toBe(0);
    cluster.capacity = 3;
    cluster.settle();
    expect(running(cluster)).toHaveLength(3);
    const stillPending = cluster.of('Pod').filter((each) => textAt(each, 'status', 'phase') === 'Pending');
    expect(stillPending.map((each) => textAt(conditionOf(each, 'PodScheduled'), 'lastTransitionTime'))).toEqual([
      textAt(before, 'lastTransitionTime'),
      textAt(before, 'lastTransitionTime'),
    ]);
  });

  it('lets the Pods go first that do not run when it is scaled down', () => {
    const cluster = withDeployment(5, 2);
    const ran = running(cluster);
    cluster.change('Deployment', 'web', (object) => withSpec(object, { replicas: 2 }));
    cluster.settle();
    expect(cluster.of('Pod')).toEqual(ran);
    expect(healthOf(cluster.get('Deployment', 'web')).status).toBe('Current');
  });

  it('rolls a new template out through a second ReplicaSet, and back', () => {
    const cluster = withDeployment(4, 10);
    const [first = {}] = cluster.of('ReplicaSet');
    cluster.change('Deployment', 'web', (object) => withImage(object, 'nginx:2'));
    cluster.settle();
    expect(cluster.of('ReplicaSet').map(wantedReplicas)).toEqual([0, 4]);
    expect(healthOf(cluster.get('Deployment', 'web')).status).toBe('Current');
    expect(
      textAt(cluster.get('Deployment', 'web'), 'metadata', 'annotations', 'deployment.kubernetes.io/revision'),
    ).toBe('2');
    cluster.change('Deployment', 'web', (object) => withImage(object, 'nginx:1'));
    cluster.settle();
    expect(wantedReplicas(cluster.get('ReplicaSet', textAt(first, 'metadata', 'name')))).toBe(4);
    expect(cluster.of('ReplicaSet')).toHaveLength(2);
    expect(
      textAt(cluster.get('Deployment', 'web'), 'metadata', 'annotations', 'deployment.kubernetes.io/revision'),
    ).toBe('3');
  });

  it('never has fewer Pods available than it allows during a rollout', () => {
    const cluster = withDeployment(4, 20, { strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } });
    cluster.change('Deployment', 'web', (object) => withImage(object, 'nginx:2'));
    const fewest: number[] = [];
    const plan = cluster.plan.bind(cluster);
    cluster.plan = () => {
      fewest.push(running(cluster).length);
      return plan();
    };
    cluster.settle();
    expect(Math.min(...fewest)).toBe(4);
    expect(Math.max(...fewest)).toBe(5);
  });

  it('with Recreate, ends every Pod before it makes the first new one', () => {
    const cluster = withDeployment(3, 10, { strategy: { type: 'Recreate' } });
    cluster.change('Deployment', 'web', (object) => withImage(object, 'nginx:2'));
    const images: number[] = [];
    const plan = cluster.plan.bind(cluster);
    cluster.plan = () => {
      images.push(new Set(cluster.of('Pod').map((pod) => JSON.stringify(pod['spec']))).size);
      return plan();
    };
    cluster.settle();
    expect(Math.max(...images)).toBe(1);
    expect(healthOf(cluster.get('Deployment', 'web')).status).toBe('Current');
  });

  it('that is paused is scaled, and not rolled out before it goes on', () => {
    const cluster = withDeployment(2, 10);
    cluster.change('Deployment', 'web', (object) =>
      withImage(withSpec(object, { paused: true, replicas: 5 }), 'nginx:2'),
    );
    cluster.settle();
    expect(cluster.of('ReplicaSet').map(wantedReplicas)).toEqual([5]);
    expect(conditionOf(cluster.get('Deployment', 'web'), 'Progressing')).toMatchObject({ reason: 'DeploymentPaused' });
    cluster.change('Deployment', 'web', (object) => withSpec(object, { paused: false }));
    cluster.settle();
    expect(cluster.of('ReplicaSet').map(wantedReplicas)).toEqual([0, 5]);
    expect(healthOf(cluster.get('Deployment', 'web')).status).toBe('Current');
  });

  it('fails when it makes no progress before its deadline', () => {
    const cluster = withDeployment(3, 1, { progressDeadlineSeconds: 60 });
    expect(healthOf(cluster.get('Deployment', 'web')).status).toBe('InProgress');
    cluster.wait(61);
    cluster.settle();
    expect(healthOf(cluster.get('Deployment', 'web')).status).toBe('Failed');
    cluster.capacity = 3;
    cluster.settle();
    expect(healthOf(cluster.get('Deployment', 'web')).status).toBe('Current');
  });

  it('takes everything along when it is deleted', () => {
    const cluster = withDeployment(3, 10);
    cluster.delete(cluster.get('Deployment', 'web'));
    cluster.settle();
    expect(cluster.objects).toEqual([]);
  });

  it('waits for what it owns when it is deleted in the foreground', () => {
    const cluster = withDeployment(3, 10);
    cluster.change('Deployment', 'web', (object) => ({
      ...object,
      metadata: {
        ...mappingAt(object, 'metadata'),
        deletionTimestamp: cluster.now,
        finalizers: ['foregroundDeletion', 'example.com/own'],
      },
    }));
    cluster.settle();
    expect(cluster.objects.map(idOf)).toEqual(['Deployment/shop/web']);
    expect(mappingAt(cluster.get('Deployment', 'web'), 'metadata')['finalizers']).toEqual(['example.com/own']);
  });

  it('keeps as many former ReplicaSets as it says', () => {
    const cluster = withDeployment(1, 10, { revisionHistoryLimit: 1 });
    for (const image of ['nginx:2', 'nginx:3', 'nginx:4']) {
      cluster.change('Deployment', 'web', (object) => withImage(object, image));
      cluster.settle();
    }
    expect(cluster.of('ReplicaSet').map(wantedReplicas)).toEqual([0, 1]);
  });

  it('takes another name where somebody else has a ReplicaSet of its name', () => {
    const cluster = withDeployment(1, 10);
    const [own = {}] = cluster.of('ReplicaSet');
    const name = textAt(own, 'metadata', 'name');
    const other = new WorkloadCluster(10);
    other.create(workload('ReplicaSet', name, 1));
    other.create(workload('Deployment', 'web', 1));
    other.settle();
    expect(other.of('ReplicaSet')).toHaveLength(2);
    expect(running(other)).toHaveLength(2);
  });
});

describe('a ReplicaSet of its own', () => {
  it('has as many Pods as it wants, and new ones for those that are deleted', () => {
    const cluster = new WorkloadCluster(10);
    cluster.create(workload('ReplicaSet', 'web', 3));
    cluster.settle();
    expect(healthOf(cluster.get('ReplicaSet', 'web')).status).toBe('Current');
    const [first = {}] = cluster.of('Pod');
    cluster.delete(first);
    cluster.settle();
    expect(running(cluster)).toHaveLength(3);
    cluster.delete(cluster.get('ReplicaSet', 'web'));
    cluster.settle();
    expect(cluster.objects).toEqual([]);
  });
});

describe('a Pod', () => {
  it('that is being deleted is gone in the end, unless a finalizer holds it', () => {
    const cluster = new WorkloadCluster(10);
    const metadata = { namespace: 'shop', deletionTimestamp: '2024-05-01T10:00:00Z' };
    cluster.create({ kind: 'Pod', metadata: { ...metadata, name: 'one' } });
    cluster.create({ kind: 'Pod', metadata: { ...metadata, name: 'two', finalizers: ['example.com/own'] } });
    cluster.settle();
    expect(cluster.objects.map(idOf)).toEqual(['Pod/shop/two']);
  });

  it('loses its place when the cluster shrinks', () => {
    const cluster = withDeployment(4, 4);
    cluster.capacity = 1;
    cluster.settle();
    expect(running(cluster)).toHaveLength(1);
    expect(countAt(cluster.get('Deployment', 'web'), 'status', 'readyReplicas')).toBe(1);
  });
});

const step = fc.oneof(
  fc.record({ type: fc.constant('scale' as const), name: fc.constantFrom('a', 'b', 'c'), replicas: fc.nat(6) }),
  fc.record({
    type: fc.constant('image' as const),
    name: fc.constantFrom('a', 'b'),
    image: fc.constantFrom('1', '2', '3'),
  }),
  fc.record({ type: fc.constant('pause' as const), name: fc.constantFrom('a', 'b'), paused: fc.boolean() }),
  fc.record({ type: fc.constant('capacity' as const), capacity: fc.nat(12) }),
  fc.record({ type: fc.constant('rounds' as const), rounds: fc.nat(4) }),
);

describe('any sequence of changes', () => {
  it('ends, with no more Pods than fit, and every workload current where all of them fit', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.constantFrom({}, { type: 'Recreate' }), (steps, strategy) => {
        const cluster = new WorkloadCluster(6);
        cluster.create(workload('Deployment', 'a', 2, { strategy }));
        cluster.create(workload('Deployment', 'b', 1));
        cluster.create(workload('ReplicaSet', 'c', 1));
        for (const change of steps) {
          if (change.type === 'capacity') cluster.capacity = change.capacity;
          else if (change.type === 'rounds') for (let round = 0; round < change.rounds; round += 1) cluster.work();
          else {
            const kind = change.name === 'c' ? 'ReplicaSet' : 'Deployment';
            cluster.change(kind, change.name, (object) => {
              if (change.type === 'image') return withImage(object, change.image);
              return withSpec(
                object,
                change.type === 'pause' ? { paused: change.paused } : { replicas: change.replicas },
              );
            });
          }
        }
        cluster.settle();
        expect(running(cluster).length).toBeLessThanOrEqual(cluster.capacity);
        cluster.capacity = 100;
        for (const name of ['a', 'b'])
          cluster.change('Deployment', name, (object) => withSpec(object, { paused: false }));
        cluster.settle();
        for (const object of [...cluster.of('Deployment'), cluster.get('ReplicaSet', 'c')]) {
          expect([idOf(object), healthOf(object).status]).toEqual([idOf(object), 'Current']);
          expect(countAt(object, 'status', 'readyReplicas')).toBe(wantedReplicas(object));
        }
        const owners = new Set(cluster.objects.map(({ metadata }) => textAt(metadata, 'uid')));
        expect(cluster.of('Pod').every((pod) => owners.has(textAt(controllerOf(pod), 'uid')))).toBe(true);
      }),
      { numRuns: 200, seed: 6 },
    );
  });
});
