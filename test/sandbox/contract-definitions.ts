import { type ContractCase, fieldsOf, reasonOf, refusal } from './contract-case.ts';
import type { ContractClient } from './contract-client.ts';

const SCHEMA = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer', minimum: 1, maximum: 9 },
        color: { type: 'string', enum: ['red', 'blue'], default: 'red' },
        code: { type: 'string', pattern: '^[a-z]+$' },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        parts: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            required: ['name'],
            properties: { name: { type: 'string' }, count: { type: 'integer' } },
          },
        },
      },
    },
    status: { type: 'object', properties: { size: { type: 'integer' } } },
  },
};

/** A kind of its own for each case: definitions are not in namespaces. */
function groupOf(server: ContractClient): string {
  return `${server.namespace}.example`;
}

function definition(server: ContractClient, version: object = {}): object {
  const subresources = { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${groupOf(server)}` },
    spec: {
      group: groupOf(server),
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] },
      versions: [
        { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: SCHEMA }, subresources, ...version },
      ],
    },
  };
}

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Defines the kind, and @returns the path of its objects. */
async function define(server: ContractClient): Promise<string> {
  await server.post(DEFINITIONS, definition(server));
  const path = `/apis/${groupOf(server)}/v1/namespaces/${server.namespace}/widgets`;
  await server.until(path, ({ status }) => status === 200);
  return path;
}

function widget(server: ContractClient, spec: object | undefined, rest: object = {}): object {
  return {
    apiVersion: `${groupOf(server)}/v1`,
    kind: 'Widget',
    metadata: { name: 'a' },
    ...(spec === undefined ? {} : { spec }),
    ...rest,
  };
}

export const DEFINITION_CASES: readonly ContractCase[] = [
  {
    title: 'serves a kind that is defined',
    ask: async (server) => {
      const path = await define(server);
      const { body } = await server.until(
        `${DEFINITIONS}/widgets.${groupOf(server)}`,
        (answer) => answer.body.status?.conditions?.length > 1,
      );
      const { body: list } = await server.get(path);
      const { body: served } = await server.until(`/apis/${groupOf(server)}/v1`, ({ status }) => status === 200);
      return [
        body.status.conditions.map(({ type, status, reason }: Record<string, string>) => ({ type, status, reason })),
        body.status.acceptedNames,
        body.status.storedVersions,
        body.spec.conversion,
        list.kind,
        list.items,
        served.resources.map(({ name, kind, verbs }: { name: string; kind: string; verbs: string[] }) => [
          name,
          kind,
          verbs.toSorted(),
        ]),
      ];
    },
  },
  {
    title: 'prunes, fills in and counts custom resources',
    ask: async (server) => {
      const path = await define(server);
      const { status, body } = await server.post(
        path,
        widget(server, { size: 1, unknown: 1, free: { any: { thing: [1] } } }, { status: { size: 4 }, extra: 1 }),
      );
      const { body: changed } = await server.merge(`${path}/a`, { spec: { size: 2 }, status: { size: 5 } });
      const { body: reported } = await server.merge(`${path}/a/status`, {
        spec: { size: 3 },
        status: { size: 6, more: 1 },
      });
      const { body: kept } = await server.merge(`${path}/a`, { metadata: { labels: { a: 'b' } } });
      const [entry] = body.metadata.managedFields;
      return [
        status,
        body.spec,
        body.status ?? null,
        body.extra ?? null,
        body.metadata.generation,
        changed.metadata.generation,
        changed.status ?? null,
        reported.spec.size,
        reported.status,
        reported.metadata.generation,
        kept.metadata.generation,
        fieldsOf(entry.fieldsV1),
      ];
    },
  },
  {
    title: 'refuses custom resources that the schema does not allow',
    ask: async (server) => {
      const path = await define(server);
      const wrong = [
        { size: 'two' },
        { size: 0 },
        { size: 10 },
        { size: 1, color: 'green' },
        { size: 1, code: 'A1' },
        {},
        undefined,
        { size: 1, parts: [{ count: 1 }] },
      ];
      const answers: unknown[] = [];
      for (const spec of wrong) {
        const answer = (await server.post(path, widget(server, spec))) as {
          status: number;
          body: { reason: string; details?: { causes?: { reason: string; field: string }[] } };
        };
        answers.push({
          ...(reasonOf(answer) as object),
          causes: answer.body.details?.causes
            ?.filter(({ field }) => !field.startsWith('.'))
            .map(({ reason, field }) => `${reason} ${field}`),
        });
      }
      return answers;
    },
  },
  {
    title: 'is strict with unknown fields of custom resources, when asked to be',
    ask: async (server) => {
      const path = await define(server);
      return [
        reasonOf(await server.post(`${path}?fieldValidation=Strict`, widget(server, { size: 1, unknown: 1 }))),
        reasonOf(await server.apply(`${path}/a`, widget(server, { size: 1, unknown: 1 }))),
        reasonOf(await server.apply(`${path}/a`, widget(server, { size: 1 }), 'fieldValidation=Strict')),
      ];
    },
  },
  {
    title: 'applies custom resources by the keys of their lists',
    ask: async (server) => {
      const path = `${await define(server)}/a`;
      await server.apply(path, widget(server, { size: 1, parts: [{ name: 'x', count: 1 }] }), 'fieldManager=first');
      await server.apply(path, widget(server, { size: 1, parts: [{ name: 'y', count: 2 }] }), 'fieldManager=second');
      const { body } = await server.apply(
        path,
        widget(server, { size: 1, parts: [{ name: 'x', count: 3 }] }),
        'fieldManager=first',
      );
      return [
        body.spec,
        body.metadata.managedFields.map((entry: { manager: string; fieldsV1: Record<string, unknown> }) => [
          entry.manager,
          fieldsOf(entry.fieldsV1),
        ]),
      ];
    },
  },
  {
    title: 'scales custom resources, and knows no strategic patches of them',
    ask: async (server) => {
      const path = await define(server);
      await server.post(path, widget(server, { size: 2 }));
      const scaled = await server.merge(`${path}/a/scale`, { spec: { replicas: 4 } });
      const { body } = await server.get(`${path}/a`);
      return [scaled.body.spec, body.spec.size, reasonOf(await server.strategic(`${path}/a`, { spec: { size: 3 } }))];
    },
  },
  {
    title: 'overwrites custom resources only for who saw them',
    ask: async (server) => {
      const path = await define(server);
      await server.post(path, widget(server, { size: 2 }));
      return refusal(server, await server.put(`${path}/a`, widget(server, { size: 3 })));
    },
  },
  {
    title: 'refuses definitions without a schema, or under another name',
    ask: async (server) => [
      reasonOf(await server.post(DEFINITIONS, definition(server, { schema: null }))),
      reasonOf(
        await server.post(DEFINITIONS, { ...definition(server), metadata: { name: `others.${groupOf(server)}` } }),
      ),
    ],
  },
  {
    title: 'removes a kind with all its objects',
    ask: async (server) => {
      const path = await define(server);
      await server.post(path, widget(server, { size: 1 }));
      const { body } = await server.delete(`${DEFINITIONS}/widgets.${groupOf(server)}`);
      await server.until(`${DEFINITIONS}/widgets.${groupOf(server)}`, ({ status }) => status === 404);
      const { status } = await server.until(path, (answer) => answer.status === 404);
      return [body.kind, body.metadata?.finalizers ?? null, status];
    },
  },
];
