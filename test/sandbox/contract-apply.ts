import { type ContractCase, configMap, deployment, fieldsOf, reasonOf, refusal } from './contract-case.ts';
import type { ContractClient } from './contract-client.ts';

interface Entry {
  readonly manager: string;
  readonly operation: string;
  readonly subresource?: string;
  readonly fieldsV1: Record<string, unknown>;
}

/** Who has which fields; without the controllers, which are as fast as they like. */
function ownersOf({ metadata }: { readonly metadata: { readonly managedFields?: readonly Entry[] } }): unknown {
  const entries = (metadata.managedFields ?? []).filter(({ manager }) => !manager.includes('controller-manager'));
  return entries.map(({ manager, operation, subresource, fieldsV1 }) => ({
    manager: `${manager} ${operation}${subresource === undefined ? '' : ` ${subresource}`}`,
    fields: fieldsOf(fieldsV1),
  }));
}

function timeless(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer).replaceAll(/at \d{4}-[\d:TZ-]+/g, 'at TIME'));
}

const container = (name: string, rest: object = {}): object => ({ name, image: `registry.example/${name}:1`, ...rest });

function applied(name: string, containers: readonly object[], rest: object = {}): object {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      paused: true,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
      ...rest,
    },
  };
}

async function imagesOf(server: ContractClient, name: string): Promise<unknown> {
  const { body } = await server.get(`${server.apps}/deployments/${name}`);
  return body.spec.template.spec.containers.map((one: { name: string; image: string }) => `${one.name} ${one.image}`);
}

export const APPLY_CASES: readonly ContractCase[] = [
  {
    title: 'creates by apply, and says who has what',
    ask: async (server) => {
      const first = await server.apply(`${server.core}/configmaps/a`, configMap('a'));
      const again = await server.apply(`${server.core}/configmaps/a`, configMap('a'));
      return [
        first.status,
        again.status,
        first.body.metadata.resourceVersion === again.body.metadata.resourceVersion,
        ownersOf(again.body),
      ];
    },
  },
  {
    title: 'removes what is applied no more',
    ask: async (server) => {
      await server.apply(`${server.core}/configmaps/a`, configMap('a', { a: '1', b: '2' }));
      await server.merge(`${server.core}/configmaps/a`, { data: { c: '3' } });
      const { body } = await server.apply(`${server.core}/configmaps/a`, configMap('a', { a: '1' }));
      return [body.data, ownersOf(body)];
    },
  },
  {
    title: 'refuses to take what another has, unless forced',
    ask: async (server) => {
      const path = `${server.core}/configmaps/a`;
      await server.apply(path, configMap('a', { a: '1', b: '1' }), 'fieldManager=first');
      const one = await server.apply(path, configMap('a', { a: '2' }), 'fieldManager=second');
      const two = await server.apply(path, configMap('a', { a: '2', b: '2' }), 'fieldManager=second');
      const forced = await server.apply(path, configMap('a', { a: '2' }), 'fieldManager=second&force=true');
      return [refusal(server, one), refusal(server, two), forced.status, forced.body.data, ownersOf(forced.body)];
    },
  },
  {
    title: 'says of an update that is in the way when it was',
    ask: async (server) => {
      await server.post(`${server.core}/configmaps?fieldManager=editor`, configMap('a', { a: '1' }));
      return timeless(refusal(server, await server.apply(`${server.core}/configmaps/a`, configMap('a', { a: '2' }))));
    },
  },
  {
    title: 'lets two have the same field with the same value',
    ask: async (server) => {
      const path = `${server.core}/configmaps/a`;
      await server.apply(path, configMap('a'), 'fieldManager=first');
      const { body } = await server.apply(path, configMap('a'), 'fieldManager=second');
      return ownersOf(body);
    },
  },
  {
    title: 'merges lists by their keys, and keeps their order',
    ask: async (server) => {
      const path = `${server.apps}/deployments/a`;
      await server.apply(path, applied('a', [container('web'), container('proxy')]), 'fieldManager=first');
      await server.apply(path, applied('a', [container('logs')]), 'fieldManager=second');
      const three = await imagesOf(server, 'a');
      const { body } = await server.apply(path, applied('a', [container('proxy')]), 'fieldManager=first');
      return [three, await imagesOf(server, 'a'), ownersOf(body)];
    },
  },
  {
    title: 'tells the ports of a container apart by number and protocol',
    ask: async (server) => {
      const path = `${server.apps}/deployments/a`;
      const ports = [{ containerPort: 53 }, { containerPort: 53, protocol: 'UDP' }];
      const { status, body } = await server.apply(path, applied('a', [container('dns', { ports })]));
      return [status, body.spec?.template.spec.containers[0].ports, body.message ?? null];
    },
  },
  {
    title: 'refuses a manifest with two items of one key',
    ask: async (server) =>
      refusal(
        server,
        await server.apply(`${server.apps}/deployments/a`, applied('a', [container('web'), container('web')])),
      ),
  },
  {
    title: 'refuses to apply without a manager, and with managed fields',
    ask: async (server) => [
      refusal(
        server,
        await server.send('PATCH', `${server.core}/configmaps/a`, {
          body: configMap('a'),
          contentType: 'application/apply-patch+yaml',
        }),
      ),
      refusal(
        server,
        await server.apply(`${server.core}/configmaps/a`, configMap('a', {}, { managedFields: [{ manager: 'me' }] })),
      ),
    ],
  },
  {
    title: 'refuses a manifest of another kind, name or version',
    ask: async (server) => [
      reasonOf(await server.apply(`${server.core}/configmaps/a`, { data: {} })),
      reasonOf(await server.apply(`${server.core}/configmaps/a`, { ...configMap('a'), kind: 'Secret' })),
      reasonOf(await server.apply(`${server.core}/configmaps/a`, configMap('b'))),
      reasonOf(await server.apply(`${server.core}/configmaps/a`, configMap('a', {}, { resourceVersion: '1' }))),
      reasonOf(await server.apply(`${server.core}/configmaps/a`, configMap('a', {}, { uid: 'other' }))),
    ],
  },
  {
    title: 'refuses fields that the kind does not have',
    ask: async (server) =>
      reasonOf(await server.apply(`${server.core}/configmaps/a`, { ...configMap('a'), unknown: 1 })),
  },
  {
    title: 'takes YAML',
    ask: async (server) => {
      const body = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  on: "yes"\n';
      const { status, body: made } = await server.apply(`${server.core}/configmaps/a`, body);
      return [status, made.data];
    },
  },
  {
    title: 'keeps nothing of an apply that is a dry run',
    ask: async (server) => {
      const { status, body } = await server.apply(`${server.core}/configmaps/a`, configMap('a'), 'dryRun=All');
      return [status, body.data, (await server.get(`${server.core}/configmaps/a`)).status];
    },
  },
  {
    title: 'gives an applied field back to the default of the kind',
    ask: async (server) => {
      const path = `${server.apps}/deployments/a`;
      await server.apply(path, applied('a', [container('web')], { revisionHistoryLimit: 3 }));
      const { body } = await server.apply(path, applied('a', [container('web')]));
      return [body.spec.revisionHistoryLimit, ownersOf(body)];
    },
  },
  {
    title: 'records updates of fields, and forgets a manager who has none left',
    ask: async (server) => {
      const path = `${server.core}/configmaps/a`;
      await server.post(`${server.core}/configmaps?fieldManager=creator`, configMap('a', { a: '1', b: '1' }));
      const { body: first } = await server.merge(`${path}?fieldManager=editor`, { data: { a: '2' } });
      const { body: second } = await server.merge(`${path}?fieldManager=other`, { data: { a: '3', b: null } });
      return [ownersOf(first), ownersOf(second)];
    },
  },
  {
    title: 'names a manager after its client, when it gives no name',
    ask: async (server) => ownersOf((await server.post(`${server.core}/configmaps`, configMap('a'))).body),
  },
  {
    title: 'records a Deployment that is created with all that it was filled in with',
    ask: async (server) => ownersOf((await server.post(`${server.apps}/deployments?dryRun=All`, deployment('a'))).body),
  },
  {
    title: 'takes managed fields as a client writes them',
    ask: async (server) => {
      const path = `${server.core}/configmaps/a`;
      await server.apply(path, configMap('a', { a: '1' }), 'fieldManager=first');
      const entry = {
        manager: 'mine',
        operation: 'Apply',
        apiVersion: 'v1',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { 'f:a': {} } },
      };
      const { body: moved } = await server.patch(`${path}?fieldManager=mine`, [
        { op: 'replace', path: '/metadata/managedFields', value: [entry] },
      ]);
      const { body: emptied } = await server.patch(path, [
        { op: 'replace', path: '/metadata/managedFields', value: [{}] },
      ]);
      return [ownersOf(moved), ownersOf(emptied)];
    },
  },
  {
    title: 'records the status by its subresource',
    ask: async (server) => {
      const path = `/apis/policy/v1/namespaces/${server.namespace}/poddisruptionbudgets/a`;
      const base = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'a' } };
      await server.apply(path, {
        ...base,
        spec: { minAvailable: 1, selector: { matchLabels: { none: 'such' } } },
        status: { expectedPods: 3 },
      });
      const { body } = await server.apply(
        `${path}/status`,
        {
          ...base,
          status: {
            conditions: [
              { type: 'Mine', status: 'True', reason: 'A', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
            ],
          },
        },
        'fieldManager=reporter',
      );
      return (ownersOf(body) as { manager: string }[]).filter(({ manager }) => /^(?:contract|reporter)/.test(manager));
    },
  },
];
