import { type ContractCase, configMap, deployment, reasonOf, refusal } from './contract-case.ts';
import type { ContractAnswer, ContractClient } from './contract-client.ts';

const isGone = ({ status }: ContractAnswer): boolean => status === 404;

async function owned(server: ContractClient, owner: { metadata: { uid: string } }, rest: object = {}): Promise<void> {
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid, ...rest };
  await server.post(`${server.core}/configmaps`, configMap('owned', {}, { ownerReferences: [reference] }));
}

const options = (rest: object): object => ({ apiVersion: 'v1', kind: 'DeleteOptions', ...rest });

export const DELETION_CASES: readonly ContractCase[] = [
  {
    title: 'answers a deletion with a Status when the object is gone',
    ask: async (server) => {
      const { body: made } = await server.post(`${server.core}/configmaps`, configMap('a'));
      const { status, body } = await server.delete(`${server.core}/configmaps/a`);
      return [status, JSON.parse(JSON.stringify(body).replaceAll(made.metadata.uid, 'UID'))];
    },
  },
  {
    title: 'deletes exactly what was seen',
    ask: async (server) => {
      const { body: made } = await server.post(`${server.core}/configmaps`, configMap('a'));
      const path = `${server.core}/configmaps/a`;
      const wrong = [
        await server.delete(path, options({ preconditions: { uid: 'other' } })),
        await server.delete(path, options({ preconditions: { resourceVersion: '1' } })),
      ].map((answer) =>
        JSON.stringify(refusal(server, answer))
          .replaceAll(made.metadata.uid, 'UID')
          .replaceAll(made.metadata.resourceVersion, 'VERSION'),
      );
      const { uid, resourceVersion } = made.metadata;
      const right = await server.delete(path, options({ preconditions: { uid, resourceVersion } }));
      return [wrong.map((text) => JSON.parse(text)), right.status];
    },
  },
  {
    title: 'keeps what has finalizers until they are gone',
    ask: async (server) => {
      const path = `${server.core}/configmaps/a`;
      await server.post(`${server.core}/configmaps`, configMap('a', {}, { finalizers: ['example.com/hold'] }));
      const deleted = await server.delete(path);
      const again = await server.delete(path);
      const added = await server.merge(path, { metadata: { finalizers: ['example.com/hold', 'example.com/more'] } });
      const changed = await server.merge(path, { data: { b: '2' } });
      const released = await server.merge(path, { metadata: { finalizers: null } });
      return [
        deleted.status,
        deleted.body.kind,
        typeof deleted.body.metadata.deletionTimestamp,
        deleted.body.metadata.deletionGracePeriodSeconds,
        again.status,
        refusal(server, added),
        changed.status,
        released.status,
        (await server.get(path)).status,
      ];
    },
  },
  {
    title: 'deletes nothing in a dry run',
    ask: async (server) => {
      await server.post(`${server.core}/configmaps`, configMap('a'));
      const dry = await server.delete(`${server.core}/configmaps/a?dryRun=All`);
      const body = await server.delete(`${server.core}/configmaps/a`, options({ dryRun: ['All'] }));
      return [dry.status, dry.body.kind, body.status, (await server.get(`${server.core}/configmaps/a`)).status];
    },
  },
  {
    title: 'deletes what lost its owner',
    ask: async (server) => {
      const { body: owner } = await server.post(`${server.core}/configmaps`, configMap('owner'));
      await owned(server, owner);
      await server.delete(`${server.core}/configmaps/owner`, options({ propagationPolicy: 'Background' }));
      return (await server.until(`${server.core}/configmaps/owned`, isGone)).status;
    },
  },
  {
    title: 'leaves orphans behind, without their owner',
    ask: async (server) => {
      const { body: owner } = await server.post(`${server.core}/configmaps`, configMap('owner'));
      await owned(server, owner);
      const { body } = await server.delete(`${server.core}/configmaps/owner`, options({ propagationPolicy: 'Orphan' }));
      await server.until(`${server.core}/configmaps/owner`, isGone);
      const { status, body: left } = await server.get(`${server.core}/configmaps/owned`);
      return [body.metadata.finalizers, status, left.metadata.ownerReferences ?? null];
    },
  },
  {
    title: 'deletes the owned first, in the foreground',
    ask: async (server) => {
      const { body: owner } = await server.post(`${server.core}/configmaps`, configMap('owner'));
      await owned(server, owner, { blockOwnerDeletion: true });
      const { body } = await server.delete(
        `${server.core}/configmaps/owner`,
        options({ propagationPolicy: 'Foreground' }),
      );
      await server.until(`${server.core}/configmaps/owner`, isGone);
      return [body.metadata.finalizers, (await server.get(`${server.core}/configmaps/owned`)).status];
    },
  },
  {
    title: 'makes a ReplicaSet of a Deployment, which goes with it',
    ask: async (server) => {
      await server.post(`${server.apps}/deployments`, deployment('a'));
      const sets = `${server.apps}/replicasets`;
      const { body } = await server.until(sets, (answer) => answer.body.items.length > 0);
      const [{ metadata, spec }] = body.items;
      const hash = metadata.labels['pod-template-hash'];
      await server.delete(`${server.apps}/deployments/a`, options({ propagationPolicy: 'Background' }));
      await server.until(sets, (answer) => answer.body.items.length === 0);
      return [
        metadata.name === `a-${hash}`,
        metadata.ownerReferences[0].kind,
        metadata.ownerReferences[0].controller,
        spec.replicas,
        spec.selector.matchLabels['pod-template-hash'] === hash,
      ];
    },
  },
  {
    title: 'furnishes a namespace',
    ask: async (server) => {
      const maps = await server.until(`${server.core}/configmaps`, ({ body }) => body.items.length > 0);
      const accounts = await server.until(`${server.core}/serviceaccounts`, ({ body }) => body.items.length > 0);
      const { body } = await server.get(`/api/v1/namespaces/${server.namespace}`);
      const named = ({ body: list }: ContractAnswer): string[] =>
        list.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
      return [
        named(maps),
        named(accounts),
        body.status,
        body.spec,
        Object.keys(body.metadata.labels),
        body.metadata.generation ?? null,
      ];
    },
  },
  {
    title: 'empties a namespace that is deleted, lets nothing new in, and then removes it',
    ask: async (server) => {
      const path = `/api/v1/namespaces/${server.namespace}`;
      await server.post(`${server.core}/configmaps`, configMap('held', {}, { finalizers: ['example.com/hold'] }));
      await server.post(`${server.core}/configmaps`, configMap('a'));
      const deleted = await server.delete(path);
      await server.until(`${server.core}/configmaps/a`, isGone);
      const refused = await server.post(`${server.core}/configmaps`, configMap('b'));
      const held = await server.get(`${server.core}/configmaps/held`);
      await server.merge(`${server.core}/configmaps/held`, { metadata: { finalizers: null } });
      await server.until(path, isGone);
      return [
        deleted.status,
        deleted.body.kind,
        deleted.body.status,
        refusal(server, refused),
        typeof held.body.metadata.deletionTimestamp,
        reasonOf(await server.get(`${server.core}/configmaps/held`)),
      ];
    },
  },
];
