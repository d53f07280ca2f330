import { describe, expect, it } from 'vitest';
import { documents, FLEET, federated, modelOf } from '../../test/helpers/model-of.ts';
import { fleetOf, type ObjectOptions, renderedObject, renderingOf } from '../../test/helpers/rendering-of.ts';
import type { JsonObject } from '../core/index.ts';
import { render } from '../render/index.ts';
import type { RenderedObject, Rendering } from '../render/types.ts';
import { type ChangeSet, compareRenderings } from './change-set.ts';
import { formatChangeSet } from './change-text.ts';
import { createStyle } from './style.ts';

function changeOf(options: ObjectOptions, before: JsonObject, after: JsonObject | undefined): ChangeSet {
  const list = after === undefined ? [] : [renderedObject(after, options)];
  return compareRenderings(renderingOf({ eu: [renderedObject(before, options)] }), renderingOf({ eu: list }));
}

function risksOf({ objects, risks }: ChangeSet): readonly string[] {
  return [...risks, ...objects.flatMap((change) => change.risks)].map(({ code, field }) =>
    field === undefined ? code : `${code} ${field}`,
  );
}

describe('a field that cannot change', () => {
  it.each<[kind: string, before: JsonObject, after: JsonObject, field: string]>([
    [
      'Deployment.apps',
      { spec: { selector: { matchLabels: { a: '1' } } } },
      { spec: { selector: { matchLabels: { a: '2' } } } },
      '.spec.selector',
    ],
    ['DaemonSet.apps', { spec: { selector: { a: 1 } } }, { spec: { selector: { a: 2 } } }, '.spec.selector'],
    ['StatefulSet.apps', { spec: { serviceName: 'a' } }, { spec: { serviceName: 'b' } }, '.spec.serviceName'],
    [
      'StatefulSet.apps',
      { spec: { volumeClaimTemplates: [{ spec: { a: 1 } }] } },
      { spec: { volumeClaimTemplates: [{ spec: { a: 2 } }] } },
      '.spec.volumeClaimTemplates',
    ],
    [
      'Job.batch',
      { spec: { template: { spec: { a: 1 } } } },
      { spec: { template: { spec: { a: 2 } } } },
      '.spec.template',
    ],
    ['Service', { spec: { clusterIP: 'None' } }, { spec: { clusterIP: '10.0.0.1' } }, '.spec.clusterIP'],
    [
      'PersistentVolumeClaim',
      { spec: { storageClassName: 'a' } },
      { spec: { storageClassName: 'b' } },
      '.spec.storageClassName',
    ],
    ['ConfigMap', { immutable: true, data: { a: '1' } }, { immutable: true, data: { a: '2' } }, '.data'],
    ['ConfigMap', { immutable: true, data: {} }, { data: {} }, '.immutable'],
    ['Secret', { immutable: true, data: { a: 'MQ==' } }, { immutable: true, data: { a: 'Mg==' } }, '.data'],
    ['Secret', { type: 'Opaque' }, { type: 'kubernetes.io/tls' }, '.type'],
    ['RoleBinding.rbac.authorization.k8s.io', { roleRef: { name: 'a' } }, { roleRef: { name: 'b' } }, '.roleRef'],
    [
      'ClusterRoleBinding.rbac.authorization.k8s.io',
      { roleRef: { name: 'a' } },
      { roleRef: { name: 'b' } },
      '.roleRef',
    ],
    ['StorageClass.storage.k8s.io', { parameters: { a: '1' } }, { parameters: { a: '2' } }, '.parameters'],
    ['PriorityClass.scheduling.k8s.io', { value: 1 }, { value: 2 }, '.value'],
    [
      'CustomResourceDefinition.apiextensions.k8s.io',
      { spec: { scope: 'Cluster' } },
      { spec: { scope: 'Namespaced' } },
      '.spec.scope',
    ],
    [
      'CustomResourceDefinition.apiextensions.k8s.io',
      { spec: { names: { kind: 'Bar' } } },
      { spec: { names: { kind: 'Baz' } } },
      '.spec.names.kind',
    ],
    ['Pod', { spec: { nodeName: 'a' } }, { spec: { nodeName: 'b' } }, '.spec.nodeName'],
    [
      'Pod',
      { spec: { containers: [{ name: 'a', command: ['x'] }] } },
      { spec: { containers: [{ name: 'a', command: ['y'] }] } },
      '.spec.containers[name="a"].command',
    ],
    ['Secret', {}, { type: 'kubernetes.io/tls' }, '.type'],
    ['Job.batch', { spec: {} }, { spec: { completions: 2 } }, '.spec.completions'],
    ['Job.batch', { spec: { parallelism: 1 } }, { spec: { parallelism: 1, completions: 1 } }, '.spec.completions'],
    ['Job.batch', { spec: { completions: 1 } }, { spec: {} }, '.spec.completions'],
    ['StatefulSet.apps', { spec: {} }, { spec: { podManagementPolicy: 'Parallel' } }, '.spec.podManagementPolicy'],
  ])('of a %s is told: %j', (kind, before, after, field) => {
    const risks = risksOf(changeOf({ kind }, before, after)).filter((risk) => risk !== 'SecretChanges');
    expect(risks).toEqual([`ImmutableField ${field}`]);
  });

  it.each<[kind: string, before: JsonObject, after: JsonObject]>([
    ['Deployment.apps', { spec: { template: { a: 1 } } }, { spec: { template: { a: 2 } } }],
    ['Deployment.apps', { spec: { selectorOfOthers: 1 } }, { spec: { selectorOfOthers: 2 } }],
    ['StatefulSet.apps', { spec: { replicas: 1, template: { a: 1 } } }, { spec: { replicas: 2, template: { a: 2 } } }],
    ['Job.batch', { spec: { parallelism: 1 } }, { spec: { parallelism: 2 } }],
    ['Service', { spec: { clusterIP: '10.0.0.1' } }, { spec: {} }],
    [
      'Pod',
      { spec: { containers: [{ name: 'a', image: 'x:1' }], activeDeadlineSeconds: 2 } },
      { spec: { containers: [{ name: 'a', image: 'x:2' }], activeDeadlineSeconds: 1 } },
    ],
    ['Pod', { metadata: { labels: { a: '1' } } }, { metadata: { labels: { a: '2' } } }],
    ['Secret', {}, { type: 'Opaque' }],
    ['Secret', { type: 'Opaque' }, {}],
    ['Job.batch', { spec: {} }, { spec: { completions: 1, completionMode: 'NonIndexed' } }],
    ['PriorityClass.scheduling.k8s.io', { value: 1 }, { value: 1, preemptionPolicy: 'PreemptLowerPriority' }],
    ['StorageClass.storage.k8s.io', {}, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }],
    ['StatefulSet.apps', { spec: { podManagementPolicy: 'OrderedReady' } }, { spec: {} }],
    ['PersistentVolumeClaim', { spec: {} }, { spec: { volumeMode: 'Filesystem' } }],
    ['PersistentVolumeClaim', { spec: { resources: { a: 1 } } }, { spec: { resources: { a: 2 } } }],
    ['ConfigMap', { data: { a: '1' } }, { immutable: true, data: { a: '2' } }],
    [
      'ConfigMap',
      { immutable: true, metadata: { labels: { a: '1' } } },
      { immutable: true, metadata: { labels: { a: '2' } } },
    ],
  ])('is not seen in a %s where the cluster takes the change: %j', (kind, before, after) => {
    expect(risksOf(changeOf({ kind }, before, after))).toEqual([]);
  });

  it('is told of the clusters in which the object is immutable, where the same changes in others', () => {
    const settings = (a: string, immutable: JsonObject = {}): RenderedObject =>
      renderedObject({ data: { a }, ...immutable });
    const frozen = { immutable: true };
    const before = renderingOf({ eu: [settings('1', frozen)], us: [settings('1')] });
    const after = renderingOf({ eu: [settings('2', frozen)], us: [settings('2')] });
    const [change] = compareRenderings(before, after).objects;
    expect(change?.risks.map(({ code, clusters }) => ({ code, clusters }))).toEqual([
      { code: 'ImmutableField', clusters: ['eu'] },
    ]);
  });

  it('is told with what gitfed.io/recreate makes of it', () => {
    const options = { kind: 'Job.batch', annotations: { 'gitfed.io/recreate': 'true' } };
    const { objects } = changeOf(options, { spec: { template: 1 } }, { spec: { template: 2 } });
    expect(objects[0]?.risks[0]?.message).toBe('is immutable, and the object is deleted and made anew');
  });
});

describe('replicas', () => {
  it.each<[before: JsonObject, after: JsonObject, risks: readonly string[]]>([
    [{ replicas: 2 }, { replicas: 0 }, ['ReplicasToZero']],
    [{}, { replicas: 0 }, ['ReplicasToZero']],
    [{ replicas: 2 }, { replicas: 1 }, []],
    [{ replicas: 0 }, { replicas: 2 }, []],
  ])('that go from %j to %j are %j', (before, after, risks) => {
    expect(risksOf(changeOf({ kind: 'Deployment.apps' }, { spec: before }, { spec: after }))).toEqual(risks);
  });
});

describe('replicas that each cluster keeps', () => {
  const scaled = (replicas: number): Rendering => {
    const overrides = `[{clusterName: us-1, clusterOverrides: [{path: /spec/replicas, value: ${replicas}}]}]`;
    const spec = `{retainReplicas: true, template: {spec: {replicas: ${replicas}}}, placement: {clusterSelector: {}}, overrides: ${overrides}}`;
    return render(modelOf({ 'fleet.yaml': documents(FLEET, federated('FederatedDeployment', spec)) }));
  };

  it('go to zero only where an override says so', () => {
    const [change] = compareRenderings(scaled(3), scaled(0)).objects;
    expect(change?.clusters).toEqual(['eu-1', 'us-1']);
    expect(change?.risks.map(({ code, clusters }) => ({ code, clusters }))).toEqual([
      { code: 'ReplicasToZero', clusters: ['us-1'] },
    ]);
  });
});

describe('a deletion', () => {
  it.each<[kind: string, risks: readonly string[]]>([
    ['Deployment.apps', ['WorkloadLeaves']],
    ['CronJob.batch', ['WorkloadLeaves']],
    ['Namespace', ['NamespaceDeleted']],
    ['CustomResourceDefinition.apiextensions.k8s.io', ['DefinitionDeleted']],
    ['PersistentVolumeClaim', ['ClaimDeleted']],
    ['ConfigMap', []],
    ['Deployment.example.com', []],
  ])('of a %s is %j', (kind, risks) => {
    expect(risksOf(changeOf({ kind }, {}, undefined))).toEqual(risks);
  });

  it('of a workload is told at the object and in the summary', () => {
    const changes = changeOf({ kind: 'Deployment.apps' }, {}, undefined);
    expect(formatChangeSet(changes, createStyle(false)).split('\n')).toEqual([
      '- Deployment.apps/shop/web deleted in eu',
      '    ! the workload leaves eu',
      '',
      '1 object in 1 cluster: 1 deleted.',
      '1 risk:',
      '  ! Deployment.apps/shop/web: the workload leaves eu',
      '',
    ]);
  });
});

describe('many deletions', () => {
  const objects = Array.from({ length: 40 }, (_, index) => renderedObject({}, { name: `o${index}` }));
  const model = modelOf({ 'fleet.yaml': documents(FLEET, federated('FederatedConfigMap', '{}')) });

  function risksOfKeeping(kept: number, more: readonly RenderedObject[] = []): ChangeSet['risks'] {
    const before = renderingOf(fleetOf(2, ...objects, ...more));
    return compareRenderings(before, renderingOf(fleetOf(2, ...objects.slice(0, kept))), model).risks;
  }

  it('beyond the guard are told once for the clusters in which they are the same', () => {
    expect(risksOfKeeping(20)).toEqual([
      {
        code: 'ManyDeletions',
        message:
          '20 of 40 objects would go, more than prune.maxDeletions lets pass (10 and 30 %), so that a sync deletes nothing',
        clusters: ['c00', 'c01'],
      },
    ]);
  });

  it('within one of the two limits are none', () => {
    expect(risksOfKeeping(30)).toEqual([]);
    expect(risksOfKeeping(28)).toEqual([]);
    expect(risksOfKeeping(27)).not.toEqual([]);
  });

  it('counts what goes with a Namespace', () => {
    const namespace = renderedObject({}, { kind: 'Namespace', namespace: '', name: 'shop' });
    expect(risksOfKeeping(40, [namespace])[0]?.message).toMatch(/^41 of 41 objects would go/);
  });

  it('are told where the repository has no federated object any more', () => {
    const empty = modelOf({ 'fleet.yaml': '' });
    const changes = compareRenderings(renderingOf({ eu: objects.slice(0, 1) }), renderingOf({ eu: [] }), empty);
    expect(changes.risks.map(({ message }) => message)).toEqual([
      'the repository has no federated object any more, so that a sync deletes nothing',
    ]);
  });
});

describe('an object that its federated object leaves behind', () => {
  const orphan = (placement: string): string =>
    federated(
      'FederatedConfigMap',
      `{template: {data: {a: b}}, placement: ${placement}}`,
      '{name: web, namespace: shop, annotations: {kubefed.io/orphan: "true"}}',
    );
  const before = render(modelOf({ 'fleet.yaml': documents(FLEET, orphan('{clusterSelector: {}}')) }));

  it('stays when all of it goes, and loses our label', () => {
    const model = modelOf({ 'fleet.yaml': FLEET });
    const { objects } = compareRenderings(before, render(model), model);
    expect(objects.map(({ type, fields }) => ({ type, paths: fields.map(({ path }) => path) }))).toEqual([
      { type: 'changed', paths: ['.metadata.labels["kubefed.io/managed"]'] },
    ]);
  });

  it('is deleted where only a cluster leaves the placement', () => {
    const model = modelOf({ 'fleet.yaml': documents(FLEET, orphan('{clusters: [{name: eu-1}]}')) });
    const { objects } = compareRenderings(before, render(model), model);
    expect(objects.map(({ type, clusters }) => ({ type, clusters }))).toEqual([
      { type: 'deleted', clusters: ['us-1'] },
    ]);
  });
});
