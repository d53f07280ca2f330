import { type ContractCase, configMap, deployment, reasonOf } from './contract-case.ts';

/** What the sandbox leaves out on purpose. */
export const DIFFERENCE_CASES: readonly ContractCase[] = [
  {
    title: 'speaks protobuf',
    ask: async (server) => {
      const body = {
        body: Buffer.from('k8s\0').toString('latin1'),
        contentType: 'application/vnd.kubernetes.protobuf',
      };
      const sent = await server.send('POST', `${server.core}/configmaps`, body);
      return [
        (await server.get(`${server.core}/configmaps`, 'application/vnd.kubernetes.protobuf')).status,
        sent.status,
      ];
    },
    differs: { because: 'no protobuf', answer: () => [406, 415] },
  },
  {
    title: 'serves its own kinds in older versions too',
    ask: async (server) =>
      (await server.get(`/apis/autoscaling/v1/namespaces/${server.namespace}/horizontalpodautoscalers`)).status,
    differs: { because: 'its own kinds are served in the preferred version only', answer: () => 404 },
  },
  {
    title: 'knows the fields of its own kinds to the bottom',
    ask: async (server) => [
      reasonOf(await server.apply(`${server.apps}/deployments/a`, { ...deployment('a', { unknown: 1 }) })),
      (await server.post(`${server.apps}/deployments`, deployment('b', { unknown: 1 }))).body.spec.unknown ?? null,
      reasonOf(
        await server.send('POST', `${server.apps}/deployments?fieldValidation=Strict`, {
          body: deployment('c', { unknown: 1 }),
        }),
      ),
    ],
    differs: {
      because: 'fields of its own kinds are known at the top only',
      answer: () => [{ status: 201 }, 1, { status: 201 }],
    },
  },
  {
    title: 'knows the types and bounds of the fields of its own kinds',
    ask: async (server) => {
      const service = {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'a' },
        spec: { ports: [{ port: 99_999 }] },
      };
      return [
        reasonOf(await server.post(`${server.core}/configmaps`, { ...configMap('a'), data: { a: 1 } })),
        reasonOf(await server.post(`${server.core}/services`, service)),
      ];
    },
    differs: {
      because: 'values of its own kinds are not checked',
      answer: () => [{ status: 201 }, { status: 201 }],
    },
  },
  {
    title: 'lets a pod on a node end in its own time',
    ask: async (server) => {
      const spec = { nodeName: 'node', containers: [{ name: 'a', image: 'a' }] };
      await server.post(`${server.core}/pods`, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec });
      const { status, body } = await server.delete(`${server.core}/pods/a`);
      return [status, body.kind, body.metadata?.deletionGracePeriodSeconds ?? null];
    },
    differs: { because: 'a pod that is deleted is gone at once', answer: () => [200, 'Status', null] },
  },
  {
    title: 'lets labels of its own kinds be written with the status',
    ask: async (server) => {
      const path = `/apis/policy/v1/namespaces/${server.namespace}/poddisruptionbudgets`;
      const spec = { minAvailable: 1, selector: { matchLabels: { none: 'such' } } };
      await server.post(path, { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'a' }, spec });
      const { body } = await server.merge(`${path}/a/status`, { metadata: { labels: { a: 'b' } } });
      return body.metadata.labels ?? null;
    },
    differs: { because: 'a write of the status leaves labels and annotations as they are', answer: () => null },
  },
  {
    title: 'checks the rules of custom resources',
    ask: async (server) => {
      const group = `${server.namespace}.example`;
      const rules = [{ rule: 'self.size < 3', message: 'too big' }];
      const properties = {
        spec: { type: 'object', properties: { size: { type: 'integer' } }, 'x-kubernetes-validations': rules },
      };
      const definition = {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: `boxes.${group}` },
        spec: {
          group,
          scope: 'Namespaced',
          names: { plural: 'boxes', kind: 'Box' },
          versions: [
            { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties } } },
          ],
        },
      };
      await server.post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
      const path = `/apis/${group}/v1/namespaces/${server.namespace}/boxes`;
      await server.until(path, ({ status }) => status === 200);
      return reasonOf(
        await server.post(path, { apiVersion: `${group}/v1`, kind: 'Box', metadata: { name: 'a' }, spec: { size: 5 } }),
      );
    },
    differs: { because: 'rules in CEL are not evaluated', answer: () => ({ status: 201 }) },
  },
];
