import { expect } from 'vitest';
import { formatFieldPath, type JsonObject } from '../../src/core/index.ts';
import { type FieldDrift, findDrift } from '../../src/drift/compare.ts';
import type { ManagedFieldsEntry } from '../../src/drift/field-set.ts';
import { addedFields, foreignFields, ownEntry } from '../../src/drift/foreign-fields.ts';
import { type Cluster, describe, poll, test } from '../controlplane/fixtures.ts';

const PEOPLE = { takeOver: [], people: ['kubectl*'] };

function findDriftIn(manifest: JsonObject, live: JsonObject, isApplied = true): readonly FieldDrift[] {
  const { managedFields } = live.metadata as unknown as { managedFields: readonly ManagedFieldsEntry[] };
  const ownFields = ownEntry(managedFields, String(manifest.apiVersion))?.fieldsV1;
  const added = addedFields(foreignFields(managedFields, manifest, PEOPLE), managedFields, manifest);
  return findDrift({ manifest, live, managedFields, ownFields, isApplied, added });
}

function driftOf(manifest: JsonObject, live: JsonObject, isApplied = true): readonly string[] {
  return findDriftIn(manifest, live, isApplied).map(({ type, path, manager = '?' }) => {
    return `${type} ${formatFieldPath(path)} ${manager}`;
  });
}

async function apply(cluster: Cluster, url: string, manifest: JsonObject, manager = 'gitfed'): Promise<JsonObject> {
  const query = `?fieldManager=${manager}&force=true`;
  const answer = await cluster.request<JsonObject>('PATCH', url + query, manifest, 'application/apply-patch+yaml');
  return answer.body;
}

/** Full of values that a server writes in another way, or not at all. */
const POD_SPEC: JsonObject = {
  hostNetwork: false,
  securityContext: {},
  nodeSelector: {},
  imagePullSecrets: [],
  automountServiceAccountToken: false,
  tolerations: [{ key: 'a', operator: 'Exists' }],
  initContainers: [],
  containers: [
    {
      name: 'web',
      image: 'web:1',
      args: [],
      command: ['serve', ''],
      env: [
        { name: 'A', value: '' },
        { name: 'B', valueFrom: { configMapKeyRef: { name: 'x', key: 'y', optional: false } } },
        { name: 'C', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'D', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1000m' } } },
      ],
      ports: [{ containerPort: 53 }, { containerPort: 53, protocol: 'UDP' }, { containerPort: 80, hostPort: 0 }],
      resources: { limits: { cpu: '1000m', memory: '1024Mi' }, requests: { cpu: 0.5 } },
      securityContext: { capabilities: { drop: ['ALL'], add: [] } },
      volumeMounts: [{ name: 'tmp', mountPath: '/tmp', readOnly: false, subPath: '' }],
      readinessProbe: { httpGet: { path: '/', port: 80 } },
    },
    { name: 'side', image: 'side:1' },
  ],
  volumes: [
    { name: 'tmp', emptyDir: {} },
    { name: 'big', emptyDir: { sizeLimit: '1024Mi' } },
    { name: 'conf', configMap: { name: 'conf', items: [{ key: 'a', path: 'a' }], optional: false } },
    { name: 'all', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
  ],
  topologySpreadConstraints: [
    {
      topologyKey: 'zone',
      whenUnsatisfiable: 'DoNotSchedule',
      maxSkew: 1,
      labelSelector: { matchLabels: { app: 'web' } },
    },
  ],
};

const TEMPLATE: JsonObject = { metadata: { labels: { app: 'web' }, annotations: {} }, spec: POD_SPEC };
const SELECTOR: JsonObject = { matchLabels: { app: 'web' } };

const DEPLOYMENT: JsonObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default', labels: { app: 'web' }, finalizers: ['shop.example/hold'] },
  spec: { replicas: 2, paused: false, strategy: {}, selector: SELECTOR, minReadySeconds: 0, template: TEMPLATE },
};
const DEPLOYMENT_URL = '/apis/apps/v1/namespaces/default/deployments/web';

const OBJECTS: readonly (readonly [string, JsonObject])[] = [
  [DEPLOYMENT_URL, DEPLOYMENT],
  [
    '/apis/apps/v1/namespaces/default/statefulsets/web',
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'web' },
      spec: {
        selector: SELECTOR,
        serviceName: '',
        template: TEMPLATE,
        volumeClaimTemplates: [
          {
            metadata: { name: 'big' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '0.5Gi' } } },
          },
        ],
      },
    },
  ],
  [
    '/api/v1/namespaces/default/services/web',
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: {
        selector: { app: 'web' },
        externalIPs: [],
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP' },
          { name: 'http', port: 80, targetPort: 'http' },
          { name: 'tcp', port: 53 },
        ],
      },
    },
  ],
  [
    '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/web',
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web' },
      spec: {
        maxReplicas: 9,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'AverageValue', averageValue: '1000m' } } },
          { type: 'Pods', pods: { metric: { name: 'x' }, target: { type: 'AverageValue', averageValue: '1e3' } } },
        ],
      },
    },
  ],
  [
    '/api/v1/namespaces/default/limitranges/web',
    {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'web' },
      spec: {
        limits: [{ type: 'Container', max: { cpu: '2000m' }, default: { cpu: '1000m' }, min: { memory: '1024Ki' } }],
      },
    },
  ],
  [
    '/api/v1/namespaces/default/resourcequotas/web',
    {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'web' },
      spec: { hard: { 'limits.cpu': '1000m', pods: 5 } },
    },
  ],
  [
    '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies/web',
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'web' },
      spec: { podSelector: {}, ingress: [{}], egress: [{ ports: [{ port: 53 }], to: [{ namespaceSelector: {} }] }] },
    },
  ],
  [
    '/apis/networking.k8s.io/v1/namespaces/default/ingresses/web',
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'web' },
      spec: {
        tls: [],
        rules: [
          {
            http: {
              paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }],
            },
          },
        ],
      },
    },
  ],
  [
    '/apis/batch/v1/namespaces/default/cronjobs/web',
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'web' },
      spec: {
        schedule: '* * * * *',
        suspend: false,
        jobTemplate: { spec: { template: { spec: { ...POD_SPEC, restartPolicy: 'Never' } } } },
      },
    },
  ],
  [
    '/api/v1/namespaces/default/secrets/web',
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'web', labels: {} }, data: { a: 'aHVudGVyMg==', b: '' } },
  ],
  [
    '/api/v1/namespaces/default/serviceaccounts/web',
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'web' },
      secrets: [{ name: 'x' }],
      imagePullSecrets: [{ name: 'y' }],
    },
  ],
  [
    '/apis/rbac.authorization.k8s.io/v1/clusterroles/web',
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'web' },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'], resourceNames: [] }],
      aggregationRule: null,
    },
  ],
  [
    '/apis/policy/v1/namespaces/default/poddisruptionbudgets/web',
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'web' },
      spec: { minAvailable: '50%', selector: {} },
    },
  ],
];

describe('objects that were applied', () => {
  test('have no drift, however a server writes them', async ({ clusters: [cluster] }) => {
    const found: string[] = [];
    for (const [url, manifest] of OBJECTS) {
      const live = await apply(cluster, url, manifest);
      expect(live.kind, `${url}: ${JSON.stringify(live)}`).toBe(manifest.kind);
      found.push(...driftOf(manifest, live).map((line) => `${url} ${line}`));
      found.push(...driftOf(manifest, live, false).map((line) => `${url} not applied ${line}`));
    }
    expect(found).toEqual([]);
  });
});

type Change = readonly [what: string, patch: unknown, expected: readonly string[], manager?: string];

const STRATEGIC = 'application/strategic-merge-patch+json';
const TEMPLATE_PATH = '.spec.template.spec';

/** Each by a strategic merge patch to a fresh Deployment. */
const CHANGES: readonly Change[] = [
  ['nothing', {}, []],
  [
    'another image',
    template({ containers: [{ name: 'web', image: 'web:2' }] }),
    [`changed ${TEMPLATE_PATH}.containers[name="web"].image kubectl-edit`],
  ],
  [
    'a sidecar',
    template({ containers: [{ name: 'spy', image: 'spy:1' }] }),
    [`added ${TEMPLATE_PATH}.containers[name="spy"] kubectl-edit`],
  ],
  ['a sidecar of a controller', template({ containers: [{ name: 'spy', image: 'spy:1' }] }), [], 'injector'],
  [
    'a container gone',
    template({ containers: [{ name: 'side', $patch: 'delete' }] }),
    [`missing ${TEMPLATE_PATH}.containers[name="side"] ?`],
  ],
  [
    'a variable gone',
    template({ containers: [{ name: 'web', env: [{ name: 'A', $patch: 'delete' }] }] }),
    [`missing ${TEMPLATE_PATH}.containers[name="web"].env[name="A"] ?`],
  ],
  [
    'a variable more',
    template({ containers: [{ name: 'web', env: [{ name: 'E', value: 'e' }] }] }),
    [`added ${TEMPLATE_PATH}.containers[name="web"].env[name="E"] kubectl-edit`],
  ],
  ['a limit in other words', template({ containers: [{ name: 'web', resources: { limits: { cpu: '1' } } }] }), []],
  [
    'another limit',
    template({ containers: [{ name: 'web', resources: { limits: { cpu: '2', 'ephemeral-storage': '1Gi' } } }] }),
    [
      `changed ${TEMPLATE_PATH}.containers[name="web"].resources.limits.cpu kubectl-edit`,
      `added ${TEMPLATE_PATH}.containers[name="web"].resources.limits.ephemeral-storage kubectl-edit`,
    ],
  ],
  [
    'a list that is one value',
    template({ tolerations: [{ key: 'b', operator: 'Exists' }] }),
    [`changed ${TEMPLATE_PATH}.tolerations kubectl-edit`],
  ],
  [
    'a default in a list that is one value',
    template({ tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoExecute' }] }),
    [`changed ${TEMPLATE_PATH}.tolerations kubectl-edit`],
  ],
  [
    'what an empty mapping has',
    template({ volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '1Gi' } }] }),
    [`added ${TEMPLATE_PATH}.volumes[name="tmp"].emptyDir.sizeLimit kubectl-edit`],
  ],
  ['a flag that was off', template({ hostNetwork: true }), [`changed ${TEMPLATE_PATH}.hostNetwork kubectl-edit`]],
  [
    'a flag gone',
    template({ automountServiceAccountToken: null }),
    [`missing ${TEMPLATE_PATH}.automountServiceAccountToken ?`],
  ],
  ['all labels gone', { metadata: { labels: null } }, ['missing .metadata.labels ?']],
  ['a label more', { metadata: { labels: { x: 'y' } } }, ['added .metadata.labels.x kubectl-edit']],
  ['an annotation more', { metadata: { annotations: { x: 'y' } } }, []],
  [
    'a finalizer gone',
    { metadata: { '$deleteFromPrimitiveList/finalizers': ['shop.example/hold'] } },
    ['missing .metadata.finalizers ?'],
  ],
  ['a finalizer more', { metadata: { finalizers: ['shop.example/other'] } }, []],
  [
    'containers in another order',
    template({
      '$setElementOrder/containers': [{ name: 'side' }, { name: 'web' }],
      containers: [{ name: 'side' }, { name: 'web' }],
    }),
    [],
  ],
  [
    'a port more',
    template({ containers: [{ name: 'web', ports: [{ containerPort: 8080 }] }] }),
    [`added ${TEMPLATE_PATH}.containers[name="web"].ports[containerPort=8080,protocol="TCP"] kubectl-edit`],
  ],
  [
    'a port gone',
    template({ containers: [{ name: 'web', ports: [{ $patch: 'delete', containerPort: 80 }] }] }),
    [`missing ${TEMPLATE_PATH}.containers[name="web"].ports[containerPort=80,protocol="TCP"] ?`],
  ],
];

function template(spec: unknown): unknown {
  return { spec: { template: { spec } } };
}

describe('objects that were changed', () => {
  test('have the drift of each change, and who made it', async ({ clusters: [cluster] }) => {
    for (const [what, patch, expected, manager = 'kubectl-edit'] of CHANGES) {
      await apply(cluster, DEPLOYMENT_URL, DEPLOYMENT);
      const changed = await cluster.request<JsonObject>(
        'PATCH',
        `${DEPLOYMENT_URL}?fieldManager=${manager}`,
        patch,
        STRATEGIC,
      );
      expect(changed.status, `${what}: ${JSON.stringify(changed.body)}`).toBe(200);
      expect.soft(driftOf(DEPLOYMENT, changed.body), what).toEqual(expected);
      await cluster.request(
        'PATCH',
        DEPLOYMENT_URL,
        { metadata: { finalizers: null } },
        'application/merge-patch+json',
      );
      await cluster.request('DELETE', DEPLOYMENT_URL);
    }
  });
});

describe('objects that somebody else made', () => {
  test('have no drift where they are as the manifest wants them', async ({ clusters: [, cluster] }) => {
    const found: string[] = [];
    for (const [url, manifest] of OBJECTS) {
      const collection = `${url.slice(0, url.lastIndexOf('/'))}?fieldManager=kubectl-create`;
      const { body } = await cluster.request<JsonObject>('POST', collection, manifest);
      expect(body.kind, JSON.stringify(body)).toBe(manifest.kind);
      found.push(...driftOf(manifest, body, false).map((line) => `${url} ${line}`));
    }
    // What a server defaulted is its maker's.
    expect(found.filter((line) => !/ added .* kubectl-create$/.test(line))).toEqual([]);
  });
});

const DEFINITION = {
  metadata: { name: 'orders.shop.example' },
  spec: {
    group: 'shop.example',
    scope: 'Namespaced',
    names: { plural: 'orders', singular: 'order', kind: 'Order', listKind: 'OrderList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

const MERGE = 'application/merge-patch+json';
const ORDER: JsonObject = {
  apiVersion: 'shop.example/v1',
  kind: 'Order',
  metadata: { name: 'one', namespace: 'default' },
  spec: { limit: '1000m', parts: { a: { b: 1, c: 2 } }, items: [{ name: 'x' }], off: false, none: {} },
};
const ORDER_URL = '/apis/shop.example/v1/namespaces/default/orders/one';

describe('objects without a schema', () => {
  test.for<readonly [what: string, patch: unknown, expected: readonly string[]]>([
    ['nothing', {}, []],
    ['a value', { spec: { parts: { a: { b: 2 } } } }, ['changed .spec.parts.a.b kubectl-edit']],
    ['a value gone', { spec: { parts: { a: { b: null } } } }, ['missing .spec.parts.a.b ?']],
    [
      'all values gone',
      { spec: { parts: { a: { b: null, c: null } } } },
      ['missing .spec.parts.a.b ?', 'missing .spec.parts.a.c ?'],
    ],
    ['a mapping gone', { spec: { parts: { a: null } } }, ['missing .spec.parts.a ?']],
    ['a value more', { spec: { parts: { a: { d: 1 } } } }, ['added .spec.parts.a.d kubectl-edit']],
    ['a mapping more', { spec: { parts: { z: { d: 1 } } } }, ['added .spec.parts.z kubectl-edit']],
    ['an item more', { spec: { items: [{ name: 'x' }, { name: 'y' }] } }, ['changed .spec.items kubectl-edit']],
    ['another text of a quantity', { spec: { limit: '1' } }, ['changed .spec.limit kubectl-edit']],
    ['a flag gone', { spec: { off: null } }, ['missing .spec.off ?']],
    ['something in an empty mapping', { spec: { none: { d: 1 } } }, ['added .spec.none.d kubectl-edit']],
  ])('have the drift of a change: %s', async ([, patch, expected], { clusters: [, , cluster] }) => {
    await cluster.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', DEFINITION);
    const isServed = async () =>
      (await cluster.request('GET', ORDER_URL)).status !== 404 ||
      (await apply(cluster, ORDER_URL, ORDER)).kind === 'Order';
    await poll(isServed, { what: 'the kind Order is served' });
    const { body } = await cluster.request<JsonObject>('PATCH', `${ORDER_URL}?fieldManager=kubectl-edit`, patch, MERGE);
    const found = driftOf(ORDER, body);
    await cluster.request('DELETE', ORDER_URL);
    expect(found).toEqual(expected);
  });
});

describe('fields that somebody else owns', () => {
  test('are taken where they have their value again', async ({ clusters: [cluster] }) => {
    await apply(cluster, DEPLOYMENT_URL, DEPLOYMENT);
    const edit = async (patch: unknown) =>
      cluster.request('PATCH', `${DEPLOYMENT_URL}?fieldManager=kubectl-edit`, patch, MERGE);
    await edit({ spec: { replicas: 5, template: { spec: { tolerations: null } } } });
    await edit({ spec: { replicas: 2, template: { spec: { tolerations: [{ key: 'a', operator: 'Exists' }] } } } });
    const { body } = await cluster.request<JsonObject>('GET', DEPLOYMENT_URL);
    const taken = ['taken .spec.replicas kubectl-edit', 'taken .spec.template.spec.tolerations kubectl-edit'];
    expect([driftOf(DEPLOYMENT, body), driftOf(DEPLOYMENT, body, false)]).toEqual([taken, []]);
    expect(findDriftIn(DEPLOYMENT, body)[0]?.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);

    const scaled = await cluster.request(
      'PATCH',
      `${DEPLOYMENT_URL}/scale?fieldManager=kubectl`,
      { spec: { replicas: 7 } },
      MERGE,
    );
    expect(scaled.status).toBe(200);
    const [drift] = findDriftIn(DEPLOYMENT, (await cluster.request<JsonObject>('GET', DEPLOYMENT_URL)).body);
    expect(drift).toMatchObject({
      type: 'changed',
      path: ['spec', 'replicas'],
      desired: 2,
      live: 7,
      manager: 'kubectl',
      operation: 'Update',
      subresource: 'scale',
    });
  });
});
