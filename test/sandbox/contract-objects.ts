import { type ContractCase, configMap, deployment, reasonOf, refusal } from './contract-case.ts';
import type { ContractClient } from './contract-client.ts';

/** How the metadata of an object moves: which of its fields are there, its generation, whether its version is another. */
async function movesOf(server: ContractClient, path: string, changes: readonly object[]): Promise<unknown> {
  const seen: unknown[] = [];
  let version = (await server.get(path)).body.metadata.resourceVersion;
  for (const change of changes) {
    const { body } = await server.merge(path, change);
    seen.push({ generation: body.metadata.generation, isNew: body.metadata.resourceVersion !== version });
    version = body.metadata.resourceVersion;
  }
  return seen;
}

const GENERATIONS: readonly (readonly [string, string, object])[] = [
  ['v1', 'services', { kind: 'Service', spec: { ports: [{ port: 80 }], selector: { a: 'b' } } }],
  ['v1', 'secrets', { kind: 'Secret' }],
  ['v1', 'serviceaccounts', { kind: 'ServiceAccount' }],
  ['v1', 'limitranges', { kind: 'LimitRange', spec: { limits: [{ type: 'Container', max: { cpu: '1' } }] } }],
  ['v1', 'resourcequotas', { kind: 'ResourceQuota', spec: { hard: { pods: '3' } } }],
  [
    'v1',
    'persistentvolumeclaims',
    {
      kind: 'PersistentVolumeClaim',
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
  ],
  ['v1', 'podtemplates', { kind: 'PodTemplate', template: { spec: { containers: [{ name: 'a', image: 'a' }] } } }],
  ['v1', 'pods', { kind: 'Pod', spec: { containers: [{ name: 'a', image: 'a' }] } }],
  ['apps/v1', 'deployments', deployment('x')],
  [
    'apps/v1',
    'statefulsets',
    {
      kind: 'StatefulSet',
      spec: {
        replicas: 0,
        serviceName: 'x',
        selector: { matchLabels: { app: 'x' } },
        template: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'a', image: 'a' }] } },
      },
    },
  ],
  [
    'apps/v1',
    'daemonsets',
    {
      kind: 'DaemonSet',
      spec: {
        selector: { matchLabels: { app: 'x' } },
        template: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'a', image: 'a' }] } },
      },
    },
  ],
  [
    'batch/v1',
    'cronjobs',
    {
      kind: 'CronJob',
      spec: {
        schedule: '0 0 1 1 *',
        jobTemplate: {
          spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'a' }] } } },
        },
      },
    },
  ],
  [
    'batch/v1',
    'jobs',
    {
      kind: 'Job',
      spec: { suspend: true, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'a' }] } } },
    },
  ],
  [
    'networking.k8s.io/v1',
    'ingresses',
    { kind: 'Ingress', spec: { defaultBackend: { service: { name: 'a', port: { number: 80 } } } } },
  ],
  [
    'networking.k8s.io/v1',
    'networkpolicies',
    { kind: 'NetworkPolicy', spec: { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] } },
  ],
  [
    'policy/v1',
    'poddisruptionbudgets',
    { kind: 'PodDisruptionBudget', spec: { minAvailable: 1, selector: { matchLabels: { a: 'b' } } } },
  ],
  [
    'autoscaling/v2',
    'horizontalpodautoscalers',
    {
      kind: 'HorizontalPodAutoscaler',
      spec: { maxReplicas: 2, scaleTargetRef: { kind: 'Deployment', name: 'a', apiVersion: 'apps/v1' } },
    },
  ],
  [
    'rbac.authorization.k8s.io/v1',
    'roles',
    { kind: 'Role', rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] },
  ],
  [
    'rbac.authorization.k8s.io/v1',
    'rolebindings',
    { kind: 'RoleBinding', roleRef: { kind: 'ClusterRole', name: 'view' }, subjects: [{ kind: 'User', name: 'me' }] },
  ],
  ['coordination.k8s.io/v1', 'leases', { kind: 'Lease', spec: {} }],
];

/** Kinds that admission plug-ins and controllers of a real cluster add to. */
const ADDED: Readonly<Record<string, NonNullable<ContractCase['differs']>>> = {
  limitranges: {
    because: 'the defaults of a LimitRange are not derived from its bounds',
    answer: (real) => {
      const [{ default: _default, defaultRequest: _request, ...limit }] = real.spec.limits;
      return { ...real, spec: { limits: [limit] } };
    },
  },
  persistentvolumeclaims: {
    because: 'claims have no finalizer that protects them',
    answer: (real) => ({ ...real, fields: real.fields.filter((field: string) => field !== 'finalizers') }),
  },
  daemonsets: {
    because: 'the generation of their template is not counted in an annotation',
    answer: (real) => ({ ...real, fields: real.fields.filter((field: string) => field !== 'annotations') }),
  },
  pods: {
    because: 'a pod gets no service account, tokens, tolerations, priority or class of service',
    answer: (real) => {
      const { volumes: _v, serviceAccount: _s, serviceAccountName: _n, tolerations: _t, ...spec } = real.spec;
      const { priority: _p, preemptionPolicy: _m, ...pod } = spec;
      const containers = pod.containers.map(
        ({ volumeMounts: _mounts, ...container }: object & { volumeMounts: unknown }) => container,
      );
      return { ...real, spec: { ...pod, containers }, status: { phase: 'Pending' } };
    },
  },
};

/** What a server makes of an object, but for what is another each time. */
async function defaulted(server: ContractClient, apiVersion: string, plural: string, body: object): Promise<unknown> {
  const root = apiVersion === 'v1' ? '/api' : '/apis';
  const path = `${root}/${apiVersion}/namespaces/${server.namespace}/${plural}?dryRun=All`;
  const { status, body: made } = await server.post(path, { ...body, apiVersion, metadata: { name: 'made' } });
  if (status !== 201) return { status, message: made.message };
  const { metadata, ...rest } = made;
  return JSON.parse(
    JSON.stringify({
      generation: metadata.generation,
      labels: metadata.labels,
      fields: Object.keys(metadata).sort(),
      ...rest,
    })
      .replaceAll(metadata.uid, 'UID')

      .replaceAll(/kube-api-access-\w{5}/g, 'kube-api-access')
      .replaceAll(/"10\.\d+\.\d+\.\d+"/g, '"ADDRESS"'),
  );
}

export const OBJECT_CASES: readonly ContractCase[] = [
  ...GENERATIONS.map(
    ([apiVersion, plural, body]): ContractCase => ({
      title: `fills in the defaults of ${plural}`,
      ask: async (server) => await defaulted(server, apiVersion, plural, body),
      ...(ADDED[plural] === undefined ? {} : { differs: ADDED[plural] }),
    }),
  ),
  {
    title: 'answers the creation of an object with the object',
    ask: async (server) => {
      const { status, body } = await server.post(`${server.core}/configmaps`, configMap('a'));
      const { uid, creationTimestamp, resourceVersion, managedFields, ...metadata } = body.metadata;
      const [{ time, ...entry }] = managedFields;
      return {
        status,
        forms: [
          /^[0-9a-f-]{36}$/.test(uid),
          /^[\d-]+T[\d:]+Z$/.test(creationTimestamp),
          /^\d+$/.test(resourceVersion),
          time === creationTimestamp,
        ],
        rest: { ...body, metadata: { ...metadata, namespace: metadata.namespace === server.namespace } },
        entry,
      };
    },
  },
  {
    title: 'refuses an object whose name is taken',
    ask: async (server) => {
      await server.post(`${server.core}/configmaps`, configMap('a'));
      return refusal(server, await server.post(`${server.core}/configmaps`, configMap('a')));
    },
  },
  {
    title: 'says that an object is not there',
    ask: async (server) => [
      refusal(server, await server.get(`${server.core}/configmaps/none`)),
      refusal(server, await server.get(`${server.apps}/deployments/none`)),
      refusal(server, await server.delete(`${server.apps}/deployments/none`)),
      refusal(server, await server.merge(`${server.apps}/deployments/none`, {})),
      refusal(server, await server.put(`${server.core}/configmaps/none`, configMap('none'))),
    ],
  },
  {
    title: 'says that a path is none',
    ask: async (server) => [
      refusal(server, await server.get('/apis/no.example/v1/things')),
      refusal(server, await server.get('/api/v1/things')),
      refusal(server, await server.get(`${server.core}/configmaps/a/status`)),
    ],
  },
  {
    title: 'refuses an object in a namespace that is not there',
    ask: async (server) => refusal(server, await server.post('/api/v1/namespaces/nowhere/configmaps', configMap('a'))),
  },
  {
    title: 'refuses a body that belongs elsewhere',
    ask: async (server) => [
      refusal(server, await server.post(`${server.core}/configmaps`, configMap('a', {}, { namespace: 'other' }))),
      refusal(server, await server.put(`${server.core}/configmaps/b`, configMap('a'))),
      reasonOf(
        await server.post(`${server.core}/configmaps`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } }),
      ),
      reasonOf(await server.send('POST', `${server.core}/configmaps`, { body: '{"a":' })),
      reasonOf(await server.send('POST', `${server.core}/configmaps`, { body: 'a', contentType: 'text/plain' })),
    ],
  },
  {
    title: 'refuses names and labels that are none',
    ask: async (server) => [
      refusal(server, await server.post(`${server.core}/configmaps`, configMap('Upper_Case'))),
      refusal(server, await server.post(`${server.core}/configmaps`, { apiVersion: 'v1', kind: 'ConfigMap' })),
      reasonOf(await server.post(`${server.core}/configmaps`, configMap('a', {}, { labels: { a: 'b c' } }))),
      reasonOf(await server.post(`${server.core}/configmaps`, configMap('a', {}, { labels: { a: 1 } }))),
      reasonOf(
        await server.post(`/api/v1/namespaces`, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a.b' } }),
      ),
    ],
  },
  {
    title: 'makes a name of generateName',
    ask: async (server) => {
      const { body } = await server.post(`${server.core}/configmaps`, {
        ...configMap('a'),
        metadata: { generateName: 'run-' },
      });
      return [/^run-[a-z0-9]{5}$/.test(body.metadata.name), body.metadata.generateName];
    },
  },
  {
    title: 'keeps nothing of a creation that is a dry run',
    ask: async (server) => {
      const made = await server.post(`${server.core}/configmaps?dryRun=All`, configMap('a'));
      const read = await server.get(`${server.core}/configmaps/a`);
      return [
        made.status,
        made.body.metadata.resourceVersion ?? null,
        read.status,
        reasonOf(await server.post(`${server.core}/configmaps?dryRun=Some`, configMap('a'))),
      ];
    },
  },
  {
    title: 'counts generations of what has a spec, by changes of the spec',
    ask: async (server) => {
      await server.post(`${server.apps}/deployments`, deployment('a', { paused: true }));
      await server.post(`${server.core}/configmaps`, configMap('a'));
      return [
        await movesOf(server, `${server.core}/configmaps/a`, [
          { data: { a: '2' } },
          { data: { a: '2' } },
          { metadata: { labels: { a: 'b' } } },
        ]),
        (await server.merge(`${server.apps}/deployments/a`, { metadata: { labels: { a: 'b' } } })).body.metadata
          .generation,
        (await server.merge(`${server.apps}/deployments/a`, { spec: { minReadySeconds: 3 } })).body.metadata.generation,
        (await server.merge(`${server.apps}/deployments/a`, { spec: { minReadySeconds: 3 } })).body.metadata.generation,
      ];
    },
  },
  {
    title: 'writes the status through its subresource only',
    ask: async (server) => {
      const path = `/apis/policy/v1/namespaces/${server.namespace}/poddisruptionbudgets`;
      const body = {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'a' },
        spec: { minAvailable: 1, selector: { matchLabels: { none: 'such' } } },
        status: { expectedPods: 7 },
      };
      const made = await server.post(path, body);
      const changed = await server.merge(`${path}/a`, { status: { expectedPods: 8 } });
      const written = await server.merge(`${path}/a/status`, {
        spec: { minAvailable: 5 },
        status: { disruptionsAllowed: 9 },
      });
      return [
        made.body.status.expectedPods,
        changed.body.status.expectedPods,
        written.body.spec.minAvailable,
        written.body.status.disruptionsAllowed,
        written.body.metadata.generation,
      ];
    },
  },
  {
    title: 'writes the values of stringData as data',
    ask: async (server) => {
      const secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'a' },
        data: { b: 'Yg==' },
        stringData: { a: 'ä' },
      };
      const { body } = await server.post(`${server.core}/secrets`, secret);
      return [body.data, body.stringData ?? null, body.type];
    },
  },
  {
    title: 'gives a Service an address and keeps it',
    ask: async (server) => {
      const service = {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'a' },
        spec: { ports: [{ port: 80 }], selector: { a: 'b' } },
      };
      const { body: made } = await server.post(`${server.core}/services`, service);
      const put = await server.put(`${server.core}/services/a`, {
        ...service,
        metadata: { name: 'a', resourceVersion: made.metadata.resourceVersion },
      });
      return [
        /^10\.\d+\.\d+\.\d+$/.test(made.spec.clusterIP),
        put.body.spec.clusterIP === made.spec.clusterIP,
        put.status,
      ];
    },
  },
];
