import { type ContractCase, configMap, deployment, reasonOf, refusal } from './contract-case.ts';
import type { ContractClient, WatchEvent } from './contract-client.ts';

async function fill(server: ContractClient): Promise<void> {
  const labels: readonly (Record<string, string> | undefined)[] = [
    { tier: 'web', env: 'prod' },
    { tier: 'web', env: 'test' },
    { tier: 'db' },
    undefined,
  ];
  for (const [index, one] of labels.entries()) {
    await server.post(
      `${server.core}/configmaps`,
      configMap(`c${index}`, {}, one === undefined ? {} : { labels: one }),
    );
  }
}

async function names(server: ContractClient, query: string): Promise<unknown> {
  const { status, body } = await server.get(`${server.core}/configmaps?${query}`);
  if (status !== 200) return { status, reason: body.reason };
  return body.items
    .map(({ metadata }: { metadata: { name: string } }) => metadata.name)
    .filter((name: string) => name !== 'kube-root-ca.crt');
}

const SELECTORS = [
  'tier=web',
  'tier==web',
  'tier!=web',
  'tier in (web,db)',
  'tier notin (db)',
  'env',
  '!env',
  'tier=web,env=test',
  'tier in (web), env!=test',
  'none=',
  'tier=we b',
  '=x',
  'tier in web',
];

const FIELD_SELECTORS = [
  'metadata.name=c1',
  'metadata.name!=c1',
  'metadata.name=c1,metadata.namespace=default',
  'data.a=1',
];

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

function brief(server: ContractClient, events: readonly WatchEvent[]): unknown {
  return events.map(({ type, object }) => ({
    type,
    name: object.metadata.name,
    data: object.data,
    kind: object.kind,
    ours: object.metadata.namespace === server.namespace,
  }));
}

const isNamed = (name: string, type?: string) => (event: WatchEvent) =>
  event.object.metadata?.name === name && (type === undefined || event.type === type);

export const LIST_CASES: readonly ContractCase[] = [
  {
    title: 'selects by labels',
    ask: async (server) => {
      await fill(server);
      return Object.fromEntries(
        await Promise.all(
          SELECTORS.map(async (one) => [one, await names(server, `labelSelector=${encodeURIComponent(one)}`)]),
        ),
      );
    },
  },
  {
    title: 'selects by fields',
    ask: async (server) => {
      await fill(server);
      return Object.fromEntries(
        await Promise.all(
          FIELD_SELECTORS.map(async (one) => [one, await names(server, `fieldSelector=${encodeURIComponent(one)}`)]),
        ),
      );
    },
  },
  {
    title: 'lists objects without their kind, under the kind of the list',
    ask: async (server) => {
      await fill(server);
      const { body } = await server.get(`${server.core}/configmaps?labelSelector=tier=db`);
      return [
        body.kind,
        body.apiVersion,
        Object.keys(body.metadata),
        body.items.map((item: object) => Object.keys(item).sort()),
      ];
    },
  },
  {
    title: 'lists in pages of one state',
    ask: async (server) => {
      await fill(server);
      const { body: first } = await server.get(`${server.core}/configmaps?limit=2`);
      await server.delete(`${server.core}/configmaps/c3`);
      await server.post(`${server.core}/configmaps`, configMap('c9'));
      const { body: second } = await server.get(
        `${server.core}/configmaps?limit=2&continue=${first.metadata.continue}`,
      );
      const { body: last } = await server.get(`${server.core}/configmaps?limit=2&continue=${second.metadata.continue}`);
      const pages = [first, second, last];
      return [
        pages.map(({ items }) => items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)),
        pages.map(({ metadata }) => [
          metadata.remainingItemCount ?? null,
          (metadata.continue ?? '') !== '',
          metadata.resourceVersion === first.metadata.resourceVersion,
        ]),
        reasonOf(await server.get(`${server.core}/configmaps?limit=2&continue=nonsense`)),
      ];
    },
  },
  {
    title: 'shows metadata alone',
    ask: async (server) => {
      await server.post(`${server.core}/configmaps`, configMap('a'));
      const { body: one } = await server.get(`${server.core}/configmaps/a`, METADATA);
      const { body: list } = await server.get(`${server.core}/configmaps?fieldSelector=metadata.name=a`, METADATA_LIST);
      return [
        Object.keys(one).sort(),
        one.kind,
        one.apiVersion,
        list.kind,
        list.apiVersion,
        list.items.map((item: { kind: string; apiVersion: string }) => [
          Object.keys(item).sort(),
          item.kind,
          item.apiVersion,
        ]),
      ];
    },
  },
  {
    title: 'shows tables',
    ask: async (server) => {
      await server.post(`${server.core}/configmaps`, configMap('a'));
      await server.post(`${server.apps}/deployments`, deployment('a', { paused: true }));
      const { body: maps } = await server.get(`${server.core}/configmaps/a`, TABLE);
      const { body: deployments } = await server.get(`${server.apps}/deployments`, TABLE);
      const { columnDefinitions, rows } = deployments;
      return [
        maps.kind,
        maps.apiVersion,
        rows.length,
        rows[0].cells.slice(0, 4),
        rows[0].object.kind,
        columnDefinitions
          .filter(({ priority }: { priority: number }) => priority === 0)
          .map(({ name }: { name: string }) => name),
      ];
    },
  },
  {
    title: 'refuses what it cannot show',
    ask: async (server) => reasonOf(await server.get(`${server.core}/configmaps`, 'image/png')),
  },
  {
    title: 'deletes collections by selector',
    ask: async (server) => {
      await fill(server);
      const { status, body } = await server.delete(`${server.core}/configmaps?labelSelector=tier=web`);
      return [status, body.kind, await names(server, '')];
    },
  },
  {
    title: 'watches from a version on',
    ask: async (server) => {
      const { body: list } = await server.get(`${server.core}/configmaps`);
      await server.post(`${server.core}/configmaps`, configMap('a'));
      await server.merge(`${server.core}/configmaps/a`, { data: { a: '2' } });
      await server.delete(`${server.core}/configmaps/a`);
      await server.post(`${server.core}/configmaps`, configMap('end'));
      const path = `${server.core}/configmaps?watch=true&fieldSelector=metadata.name!=kube-root-ca.crt&resourceVersion=${list.metadata.resourceVersion}`;
      return brief(server, await server.watch(path, isNamed('end')));
    },
  },
  {
    title: 'watches with what is there at first',
    ask: async (server) => {
      await server.post(`${server.core}/configmaps`, configMap('a'));
      const path = `${server.core}/configmaps?watch=1&fieldSelector=metadata.name=a`;
      return brief(server, await server.watch(path, isNamed('a')));
    },
  },
  {
    title: 'watches through a selector, whose objects come and go with their labels',
    ask: async (server) => {
      const { body: list } = await server.get(`${server.core}/configmaps`);
      const path = `${server.core}/configmaps/a`;
      await server.post(`${server.core}/configmaps`, configMap('a'));
      await server.merge(path, { metadata: { labels: { seen: 'yes' } } });
      await server.merge(path, { data: { a: '2' } });
      await server.merge(path, { metadata: { labels: { seen: null } } });
      await server.merge(path, { data: { a: '3' } });
      await server.post(`${server.core}/configmaps`, configMap('end', {}, { labels: { seen: 'yes' } }));
      const query = `watch=true&labelSelector=seen&resourceVersion=${list.metadata.resourceVersion}`;
      return brief(server, await server.watch(`${server.core}/configmaps?${query}`, isNamed('end')));
    },
  },
  {
    title: 'watches metadata alone',
    ask: async (server) => {
      await server.post(`${server.core}/configmaps`, configMap('a'));
      const path = `${server.core}/configmaps?watch=1&fieldSelector=metadata.name=a`;
      return brief(server, await server.watch(path, isNamed('a'), METADATA));
    },
  },
  {
    title: 'marks the end of what is there at first, when asked to',
    ask: async (server) => {
      await server.post(`${server.core}/configmaps`, configMap('a'));
      const query =
        'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&fieldSelector=metadata.name=a';
      const events = await server.watch(`${server.core}/configmaps?${query}`, ({ type }) => type === 'BOOKMARK');
      return events.map(({ type, object }) => [type, object.metadata.annotations ?? null]);
    },
  },
  {
    title: 'ends a watch after the time that its client gives',
    ask: async (server) => {
      const query = 'watch=1&timeoutSeconds=1&allowWatchBookmarks=false&fieldSelector=metadata.name=none';
      return await server.watch(`${server.core}/configmaps?${query}`, () => false);
    },
  },
  {
    title: 'refuses what nobody may ask',
    ask: async (server) => [
      refusal(server, await server.post('/api/v1/configmaps', configMap('a'))),
      reasonOf(await server.put(`${server.core}/configmaps`, configMap('a'))),
    ],
  },
];
