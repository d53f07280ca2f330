import { type ContractCase, configMap, deployment, reasonOf, refusal } from './contract-case.ts';
import type { ContractClient } from './contract-client.ts';

const JOB = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'a' },
  spec: { suspend: true, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'a' }] } } },
};

/** A refusal without the values, which are long. */
function brief(server: ContractClient, answer: Parameters<typeof refusal>[1]): unknown {
  return JSON.parse(
    JSON.stringify(refusal(server, answer)).replaceAll(
      /Invalid value: .*?: (?=field is|may not|cannot)/g,
      'Invalid value: … ',
    ),
  );
}

export const WRITE_CASES: readonly ContractCase[] = [
  {
    title: 'refuses a PUT of what was changed meanwhile',
    ask: async (server) => {
      const { body } = await server.post(`${server.core}/configmaps`, configMap('a'));
      await server.merge(`${server.core}/configmaps/a`, { data: { a: '2' } });
      return [
        refusal(server, await server.put(`${server.core}/configmaps/a`, { ...body, data: { a: '3' } })),
        refusal(
          server,
          await server.merge(`${server.core}/configmaps/a`, {
            metadata: { resourceVersion: body.metadata.resourceVersion },
            data: { b: '1' },
          }),
        ),
        (await server.put(`${server.core}/configmaps/a`, configMap('a', { a: '4' }))).body.data,
      ];
    },
  },
  {
    title: 'refuses a write of another object of the name',
    ask: async (server) => {
      const { body } = await server.post(`${server.core}/configmaps`, configMap('a'));
      const uid = '00000000-0000-0000-0000-000000000000';
      const answer = refusal(
        server,
        await server.merge(`${server.core}/configmaps/a`, { metadata: { uid }, data: { b: '1' } }),
      );
      return JSON.parse(JSON.stringify(answer).replaceAll(body.metadata.uid, 'UID'));
    },
  },
  {
    title: 'makes Leases by PUT, and overwrites them only for who saw them',
    ask: async (server) => {
      const path = `/apis/coordination.k8s.io/v1/namespaces/${server.namespace}/leases`;
      const lease = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: 'a' },
        spec: { holderIdentity: 'a' },
      };
      return [(await server.put(`${path}/a`, lease)).status, refusal(server, await server.put(`${path}/a`, lease))];
    },
  },
  {
    title: 'merges a merge patch',
    ask: async (server) => {
      await server.post(`${server.core}/configmaps`, configMap('a', { a: '1', b: '2' }));
      const { body } = await server.merge(`${server.core}/configmaps/a`, { data: { a: null, c: '3' }, unknown: 1 });
      return [body.data, body.unknown ?? null];
    },
  },
  {
    title: 'does a JSON patch wholly or not at all',
    ask: async (server) => {
      await server.post(`${server.core}/configmaps`, configMap('a'));
      const path = `${server.core}/configmaps/a`;
      const failed = await server.patch(path, [
        { op: 'add', path: '/data/b', value: '2' },
        { op: 'test', path: '/data/a', value: '9' },
      ]);
      const missing = await server.patch(path, [{ op: 'remove', path: '/data/none' }]);
      const done = await server.patch(path, [{ op: 'replace', path: '/data/a', value: '3' }]);
      return [reasonOf(failed), reasonOf(missing), done.body.data, reasonOf(await server.patch(path, { a: 1 }))];
    },
  },
  {
    title: 'merges a strategic patch by the keys of lists',
    ask: async (server) => {
      const path = `${server.apps}/deployments/a`;
      await server.post(`${server.apps}/deployments`, deployment('a'));
      const containers = (spec: object): object => ({ spec: { template: { spec } } });
      await server.strategic(
        path,
        containers({ containers: [{ name: 'proxy', image: 'p:1', ports: [{ containerPort: 80 }] }] }),
      );
      const { body } = await server.strategic(
        path,
        containers({ containers: [{ name: 'web', image: 'registry.example/web:2' }] }),
      );
      const named = (spec: { containers: { name: string; image: string }[] }): string[] =>
        spec.containers.map(({ name, image }) => `${name} ${image}`).sort();
      const { body: less } = await server.strategic(
        path,
        containers({ containers: [{ name: 'proxy', $patch: 'delete' }] }),
      );
      return [named(body.spec.template.spec), named(less.spec.template.spec)];
    },
  },
  {
    title: 'refuses patches of a type that it does not know',
    ask: async (server) => {
      await server.post(`${server.core}/configmaps`, configMap('a'));
      const answer = await server.send('PATCH', `${server.core}/configmaps/a`, {
        body: {},
        contentType: 'application/json',
      });
      return refusal(server, answer);
    },
  },
  {
    title: 'writes nothing, and moves no version, when nothing changes',
    ask: async (server) => {
      const { body: made } = await server.post(`${server.core}/configmaps`, configMap('a'));
      const { body: same } = await server.merge(`${server.core}/configmaps/a`, { data: { a: '1' } });
      const { body: put } = await server.put(`${server.core}/configmaps/a`, made);
      return [
        same.metadata.resourceVersion === made.metadata.resourceVersion,
        put.metadata.resourceVersion === made.metadata.resourceVersion,
      ];
    },
  },
  {
    title: 'keeps nothing of a change that is a dry run',
    ask: async (server) => {
      await server.post(`${server.core}/configmaps`, configMap('a'));
      const { body } = await server.merge(`${server.core}/configmaps/a?dryRun=All`, { data: { a: '2' } });
      return [body.data, (await server.get(`${server.core}/configmaps/a`)).body.data];
    },
  },
  {
    title: 'lets nobody change a ConfigMap that is immutable',
    ask: async (server) => {
      await server.post(`${server.core}/configmaps`, { ...configMap('a'), immutable: true });
      return [
        refusal(server, await server.merge(`${server.core}/configmaps/a`, { data: { a: '2' } })),
        refusal(server, await server.merge(`${server.core}/configmaps/a`, { immutable: null })),
        (await server.merge(`${server.core}/configmaps/a`, { metadata: { labels: { a: 'b' } } })).status,
      ];
    },
  },
  {
    title: 'lets nobody change the selector of a Deployment',
    ask: async (server) => {
      await server.post(`${server.apps}/deployments`, deployment('a'));
      const labels = { app: 'b' };
      const change = { spec: { selector: { matchLabels: labels }, template: { metadata: { labels } } } };
      return brief(server, await server.merge(`${server.apps}/deployments/a`, change));
    },
  },
  {
    title: 'lets nobody change the template of a Job',
    ask: async (server) => {
      const path = `/apis/batch/v1/namespaces/${server.namespace}/jobs`;
      await server.post(path, JOB);
      const image = { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'b' };
      return brief(server, await server.patch(`${path}/a`, [image]));
    },
  },
  {
    title: 'lets nobody change the address of a Service',
    ask: async (server) => {
      const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: { ports: [{ port: 80 }] } };
      await server.post(`${server.core}/services`, service);
      return brief(
        server,
        await server.merge(`${server.core}/services/a`, {
          spec: { clusterIP: '10.0.0.201', clusterIPs: ['10.0.0.201'] },
        }),
      );
    },
  },
  {
    title: 'lets nobody change the type of a Secret, or the role of a binding',
    ask: async (server) => {
      const bindings = `/apis/rbac.authorization.k8s.io/v1/namespaces/${server.namespace}/rolebindings`;
      await server.post(`${server.core}/secrets`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } });
      await server.post(bindings, {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'a' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      });
      return [
        brief(server, await server.merge(`${server.core}/secrets/a`, { type: 'other.example/type' })),
        brief(server, await server.merge(`${bindings}/a`, { roleRef: { name: 'edit' } })),
      ];
    },
  },
  {
    title: 'refuses a Deployment that selects other pods than its own',
    ask: async (server) => [
      reasonOf(
        await server.post(`${server.apps}/deployments`, deployment('a', { selector: { matchLabels: { app: 'b' } } })),
      ),
      refusal(
        server,
        await server.post(
          `${server.apps}/deployments`,
          deployment('a', {
            selector: null,
            template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'a' }] } },
          }),
        ),
      ),
    ],
  },
  {
    title: 'scales through the scale subresource',
    ask: async (server) => {
      const path = `${server.apps}/deployments/a`;
      await server.post(`${server.apps}/deployments`, deployment('a', { paused: true }));
      const { body: scale } = await server.get(`${path}/scale`);
      const patched = await server.merge(`${path}/scale`, { spec: { replicas: 2 } });
      const { resourceVersion: _seen, ...metadata } = patched.body.metadata;
      const put = await server.put(`${path}/scale`, { ...patched.body, metadata, spec: { replicas: 3 } });
      const { body } = await server.get(path);
      const managers = body.metadata.managedFields.filter(
        ({ subresource }: { subresource?: string }) => subresource === 'scale',
      );
      return [
        scale.kind,
        scale.apiVersion,
        scale.spec,
        scale.status,
        patched.body.spec,
        put.body.spec,
        body.spec.replicas,
        body.metadata.generation,
        managers.map(({ manager, operation, fieldsV1 }: Record<string, unknown>) => ({ manager, operation, fieldsV1 })),
        reasonOf(await server.merge(`${path}/scale`, { spec: { replicas: -1 } })),
      ];
    },
  },
  {
    title: 'is strict with keys that stand twice, when asked to be',
    ask: async (server) => {
      const body = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"a":"1","a":"2"}}';
      const strict = await server.send('POST', `${server.core}/configmaps?fieldValidation=Strict`, { body });
      const lenient = await server.send('POST', `${server.core}/configmaps?fieldValidation=Ignore`, { body });
      return [reasonOf(strict), lenient.status, lenient.body.data];
    },
  },
  {
    title: 'is strict with fields that it does not know, when asked to be',
    ask: async (server) => {
      const body = { ...configMap('a'), unknown: 1 };
      const strict = await server.send('POST', `${server.core}/configmaps?fieldValidation=Strict`, { body });
      const lenient = await server.send('POST', `${server.core}/configmaps`, { body });
      return [reasonOf(strict), lenient.status, lenient.body.unknown ?? null];
    },
  },
];
