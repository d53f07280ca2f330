import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../core/index.ts';
import { whyLeftOut } from './left-out.ts';
import { templateOf } from './strip-object.ts';

const SERVER = {
  uid: '5b1c',
  resourceVersion: '17',
  generation: 3,
  creationTimestamp: '2026-01-01T00:00:00Z',
  selfLink: '/api/v1/x',
  managedFields: [{ manager: 'kubectl' }],
  finalizers: ['example.com/keep'],
  ownerReferences: [{ kind: 'Team', name: 'a', uid: '1' }],
  generateName: 'web-',
  deletionGracePeriodSeconds: 30,
};

interface Row {
  readonly title: string;
  readonly type: string;
  readonly object: JsonObject;
  readonly template: JsonObject;
}

function kindOf(type: string): { readonly group: string; readonly kind: string } {
  const [kind = '', ...group] = type.split('.');
  return { group: group.join('.'), kind };
}

const POD_TEMPLATE = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } };
const FRESH_TEMPLATE = { ...POD_TEMPLATE, metadata: { ...POD_TEMPLATE.metadata, creationTimestamp: null } };

const ROWS: readonly Row[] = [
  {
    title: 'nothing of the metadata but labels and annotations stays, and no status',
    type: 'ConfigMap',
    object: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a', namespace: 'shop', labels: { app: 'web' }, annotations: { note: 'x' }, ...SERVER },
      data: { a: 'b' },
      status: { phase: 'x' },
    },
    template: { metadata: { labels: { app: 'web' }, annotations: { note: 'x' } }, data: { a: 'b' } },
  },
  {
    title: 'an object of metadata alone makes an empty template',
    type: 'Gateway.example.com',
    object: { apiVersion: 'example.com/v1', kind: 'Gateway', metadata: { name: 'a', labels: {}, annotations: {} } },
    template: {},
  },
  {
    title: 'who manages an object, and what kubectl and controllers remember of it, goes',
    type: 'Deployment.apps',
    object: {
      metadata: {
        name: 'web',
        labels: { 'kubefed.io/managed': 'true', 'applyset.kubernetes.io/part-of': 'applyset-x', app: 'web' },
        annotations: {
          'kubectl.kubernetes.io/last-applied-configuration': '{}',
          'deployment.kubernetes.io/revision': '4',
          'gitfed.io/inventory': 'shop',
          'example.com/owner': 'shop',
        },
      },
      spec: { replicas: 2, template: FRESH_TEMPLATE },
    },
    template: {
      metadata: { labels: { app: 'web' }, annotations: { 'example.com/owner': 'shop' } },
      spec: { replicas: 2, template: POD_TEMPLATE },
    },
  },
  {
    title: 'a Namespace loses its finalizers and the label of its name',
    type: 'Namespace',
    object: {
      metadata: { name: 'shop', labels: { 'kubernetes.io/metadata.name': 'shop', team: 'shop' } },
      spec: { finalizers: ['kubernetes'] },
    },
    template: { metadata: { labels: { team: 'shop' } } },
  },
  {
    title: 'a label of a name stays on what is no Namespace',
    type: 'ConfigMap',
    object: { metadata: { name: 'a', labels: { 'kubernetes.io/metadata.name': 'shop' } } },
    template: { metadata: { labels: { 'kubernetes.io/metadata.name': 'shop' } } },
  },
  {
    title: 'a Service loses its addresses and node ports',
    type: 'Service',
    object: {
      metadata: { name: 'web' },
      spec: {
        type: 'LoadBalancer',
        clusterIP: '10.0.0.7',
        clusterIPs: ['10.0.0.7'],
        healthCheckNodePort: 31_000,
        loadBalancerIP: '192.0.2.1',
        ports: [
          { name: 'http', port: 80, nodePort: 30_080 },
          { name: 'https', port: 443 },
        ],
      },
      status: { loadBalancer: {} },
    },
    template: {
      spec: {
        type: 'LoadBalancer',
        loadBalancerIP: '192.0.2.1',
        ports: [
          { name: 'http', port: 80 },
          { name: 'https', port: 443 },
        ],
      },
    },
  },
  {
    title: 'a Service without an address of its own stays one',
    type: 'Service',
    object: { metadata: { name: 'db' }, spec: { clusterIP: 'None', clusterIPs: ['None'] } },
    template: { spec: { clusterIP: 'None' } },
  },
  {
    title: 'a Service of another group keeps its fields',
    type: 'Service.serving.example',
    object: { metadata: { name: 'db' }, spec: { clusterIP: '10.0.0.7' } },
    template: { spec: { clusterIP: '10.0.0.7' } },
  },
  {
    title: 'a ServiceAccount loses its secrets, not those for pulling images',
    type: 'ServiceAccount',
    object: {
      metadata: { name: 'robot' },
      secrets: [{ name: 'robot-token-x' }],
      imagePullSecrets: [{ name: 'registry' }],
    },
    template: { imagePullSecrets: [{ name: 'registry' }] },
  },
  {
    title: 'a Pod loses its node and the token that was mounted',
    type: 'Pod',
    object: {
      metadata: { name: 'a' },
      spec: {
        nodeName: 'node-1',
        nodeSelector: { disk: 'ssd' },
        volumes: [{ name: 'kube-api-access-x7k2p', projected: {} }],
        containers: [
          { name: 'a', volumeMounts: [{ name: 'kube-api-access-x7k2p', mountPath: '/var/run/x' }] },
          {
            name: 'b',
            volumeMounts: [
              { name: 'data', mountPath: '/data' },
              { name: 'kube-api-access-x7k2p', mountPath: '/y' },
            ],
          },
        ],
      },
    },
    template: {
      spec: {
        nodeSelector: { disk: 'ssd' },
        containers: [{ name: 'a' }, { name: 'b', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
      },
    },
  },
  {
    title: 'a claim and a volume forget each other',
    type: 'PersistentVolumeClaim',
    object: {
      metadata: { name: 'data', annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } },
      spec: { volumeName: 'pvc-1', storageClassName: 'fast' },
    },
    template: { spec: { storageClassName: 'fast' } },
  },
  {
    title: 'a volume keeps for whom it is, and forgets which claim it was',
    type: 'PersistentVolume',
    object: {
      metadata: { name: 'v' },
      spec: { claimRef: { name: 'data', namespace: 'shop', uid: '1', resourceVersion: '2' } },
    },
    template: { spec: { claimRef: { name: 'data', namespace: 'shop' } } },
  },
  {
    title: 'claims of a StatefulSet lose what the server filled in',
    type: 'StatefulSet.apps',
    object: {
      metadata: { name: 'db' },
      spec: {
        volumeClaimTemplates: [
          { metadata: { name: 'data', creationTimestamp: null }, spec: {}, status: { phase: 'Pending' } },
        ],
      },
    },
    template: { spec: { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: {} }] } },
  },
  {
    title: 'a Job loses the selector and the labels that were made of its uid',
    type: 'Job.batch',
    object: {
      metadata: { name: 'once', labels: { 'controller-uid': '1', 'job-name': 'once' } },
      spec: {
        selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': '1' } },
        template: { metadata: { labels: { 'batch.kubernetes.io/job-name': 'once', app: 'once' } } },
      },
    },
    template: { spec: { template: { metadata: { labels: { app: 'once' } } } } },
  },
  {
    title: 'a Job with a selector of its own keeps it',
    type: 'Job.batch',
    object: {
      metadata: { name: 'once' },
      spec: { manualSelector: true, selector: { matchLabels: { 'controller-uid': 'mine' } } },
    },
    template: { spec: { manualSelector: true, selector: { matchLabels: { 'controller-uid': 'mine' } } } },
  },
  {
    title: 'a CronJob keeps its schedule and loses empty times',
    type: 'CronJob.batch',
    object: {
      metadata: { name: 'daily' },
      spec: {
        schedule: '@daily',
        jobTemplate: { metadata: { creationTimestamp: null }, spec: { template: FRESH_TEMPLATE } },
      },
    },
    template: { spec: { schedule: '@daily', jobTemplate: { spec: { template: POD_TEMPLATE } } } },
  },
];

describe('of an object that a cluster has', () => {
  it.each(ROWS)('$title', ({ type, object, template }) => {
    expect(templateOf(object, kindOf(type))).toEqual(template);
  });

  it('a key __proto__ stays data', () => {
    const data = JSON.parse('{"__proto__": "a", "b": "c"}') as JsonObject;
    const template = templateOf({ metadata: { name: 'a', labels: data }, data }, { group: '', kind: 'ConfigMap' });
    expect(JSON.stringify(template)).toBe(
      '{"metadata":{"labels":{"__proto__":"a","b":"c"}},"data":{"__proto__":"a","b":"c"}}',
    );
  });
});

describe('left out is', () => {
  const owned = { kind: 'Deployment', name: 'web', uid: '1', controller: true };
  it.each([
    ['what a controller made', 'ReplicaSet.apps', { ownerReferences: [owned] }, 'is made by Deployment web'],
    ['what is being deleted', 'ConfigMap', { deletionTimestamp: '2026-01-01T00:00:00Z' }, 'is being deleted'],
    ['the service account of every namespace', 'ServiceAccount', { name: 'default' }, 'is made in every namespace'],
    ['the authority of the cluster', 'ConfigMap', { name: 'kube-root-ca.crt' }, /certificate authority/],
    ['the API server', 'Service', { name: 'kubernetes', namespace: 'default' }, /API server/],
    ['a pod of a file on a node', 'Pod', { annotations: { 'kubernetes.io/config.mirror': 'x' } }, /by a node/],
    ['an event', 'Event', {}, /each cluster/],
    ['an event of the newer group', 'Event.events.k8s.io', {}, /each cluster/],
    ['endpoints', 'Endpoints', {}, /each cluster/],
    ['slices of endpoints', 'EndpointSlice.discovery.k8s.io', {}, /each cluster/],
    ['a Lease', 'Lease.coordination.k8s.io', {}, /each cluster/],
    ['what is federated already', 'FederatedDeployment.types.kubefed.io', {}, /federation itself/],
  ])('%s', (_title, type, metadata, reason) => {
    expect(whyLeftOut({ metadata: { name: 'web', ...metadata } }, kindOf(type))).toMatch(reason);
  });

  it.each(['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token'])('a Secret of type %s', (type) => {
    expect(whyLeftOut({ metadata: { name: 'a' }, type }, kindOf('Secret'))).toMatch(/token/);
  });
});

describe('not left out is', () => {
  it.each([
    ['what somebody owns and does not control', 'ConfigMap', { ownerReferences: [{ kind: 'Team', name: 'a' }] }],
    ['a service account of another name', 'ServiceAccount', { name: 'robot' }],
    ['a Service called kubernetes elsewhere', 'Service', { name: 'kubernetes', namespace: 'shop' }],
    ['a kind of that name in another group', 'Event.example.com', {}],
  ])('%s', (_title, type, metadata) => {
    expect(whyLeftOut({ metadata: { name: 'web', ...metadata } }, kindOf(type))).toBeUndefined();
  });
});
