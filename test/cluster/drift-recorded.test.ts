import { expect } from 'vitest';
import { describe, test } from '../controlplane/fixtures.ts';
import { type FaultProxy, type RequestMatch, startFaultProxy } from './fault-proxy.ts';
import {
  changes,
  configMapYaml,
  EVERYWHERE,
  federatedYaml,
  get,
  namespaceYaml,
  problems,
  syncOnce,
  TestRepository,
  writeCredentials,
} from './fleet.ts';

const configMap = (namespace: string, name: string): string => `/api/v1/namespaces/${namespace}/configmaps/${name}`;
const web = (namespace: string): string => `/apis/apps/v1/namespaces/${namespace}/deployments/web`;

/** A repository that only reports drift, and one cluster behind a proxy. */
function reporting(proxy: FaultProxy, name: string, files: Readonly<Record<string, string>> = {}): TestRepository {
  return new TestRepository({
    'gitfed.yaml': `inventory: ${name}\ndrift: {policy: Report}\n`,
    'cluster.yaml': proxy.clusterYaml,
    'namespace.yaml': namespaceYaml(name),
    ...files,
  });
}

function deploymentYaml(namespace: string, app: string): string {
  const labels = { app };
  return federatedYaml('FederatedDeployment', 'web', {
    namespace,
    annotations: { 'gitfed.io/recreate': 'true' },
    spec: {
      template: {
        spec: {
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
        },
      },
      placement: EVERYWHERE,
    },
  });
}

/** Passes in which nobody sees what is in the cluster. */
const BLIND: readonly (readonly [string, RequestMatch])[] = [
  ['its kind cannot be listed', ({ method, path }) => method === 'GET' && path.includes('/configmaps')],
  ['the pass breaks off', ({ method, path }) => method === 'GET' && path.includes('/secrets/gitfed-')],
];

describe('with drift.policy Report', () => {
  for (const [index, [title, match]] of BLIND.entries()) {
    test(`what could not be made while ${title} is made by the next pass, and what was deleted stays deleted`, async ({
      clusters: [cluster],
    }) => {
      const name = `blind-${index}`;
      const proxy = await startFaultProxy(cluster);
      const repository = reporting(proxy, name, {
        'old.yaml': configMapYaml(name, 'old'),
        'gone.yaml': configMapYaml(name, 'gone'),
      });
      const credentials = writeCredentials([cluster]);
      expect(problems(await syncOnce(repository, credentials))).toEqual([]);
      await cluster.request('DELETE', configMap(name, 'gone'));
      const gone = `cluster1: ConfigMap/${name}/gone skipped Drifted`;
      expect(changes(await syncOnce(repository, credentials))).toEqual([gone]);

      repository.commit({ 'new.yaml': configMapYaml(name, 'new') });
      await proxy.fault({ kind: 'answer', status: 403 }, { match });
      for (const _pass of [1, 2]) {
        const blind = changes(await syncOnce(repository, credentials));
        for (const one of ['old', 'gone', 'new']) {
          expect(blind).toContain(`cluster1: ConfigMap/${name}/${one} skipped RetrievalFailed`);
        }
      }
      await proxy.clear();
      await cluster.request('DELETE', configMap(name, 'old'));

      const old = `cluster1: ConfigMap/${name}/old skipped Drifted`;
      const seeing = await syncOnce(repository, credentials);
      expect(changes(seeing).toSorted()).toEqual([gone, `cluster1: ConfigMap/${name}/new created`, old]);
      expect(seeing.ok).toBe(true);
      expect(changes(await syncOnce(repository, credentials)).toSorted()).toEqual([gone, old]);
      expect(await get(cluster, configMap(name, 'new'))).toBeDefined();
      expect(await get(cluster, configMap(name, 'old'))).toBeUndefined();
    });
  }

  test('what waited for an earlier wave is made when that is ready', async ({ clusters: [cluster] }) => {
    const proxy = await startFaultProxy(cluster);
    const repository = reporting(proxy, 'waiting', {
      'web.yaml': deploymentYaml('waiting', 'web'),
      'later.yaml': configMapYaml('waiting', 'later', { a: '1' }, {}, { 'gitfed.io/wave': '1' }),
    });
    const credentials = writeCredentials([cluster]);
    // Nobody runs Pods here.
    for (const _pass of [1, 2]) {
      const waiting = changes(await syncOnce(repository, credentials, { waitMs: 100 }));
      expect(waiting).toContain('cluster1: ConfigMap/waiting/later skipped NotHealthy');
    }
    expect(changes(await syncOnce(repository, credentials))).toEqual(['cluster1: ConfigMap/waiting/later created']);
  });

  const isWeb: RequestMatch = ({ path }) => path.includes('/deployments/web?') || path.endsWith('/deployments/web');
  const RECREATIONS = [
    [
      'the new one was refused',
      'refused',
      { kind: 'answer', status: 403 },
      (): RequestMatch => {
        let isDeleted = false;
        return (request) => {
          isDeleted ||= request.method === 'DELETE' && isWeb(request);
          return isDeleted && request.method === 'PATCH' && isWeb(request);
        };
      },
    ],
    [
      'its removal was done and not answered',
      'unanswered',
      { kind: 'cut', when: 'after' },
      (): RequestMatch => (request) => request.method === 'DELETE' && isWeb(request),
    ],
  ] as const;

  for (const [title, name, fault, match] of RECREATIONS) {
    test(`what gitfed itself deleted to make it anew is made anew, though ${title}`, async ({
      clusters: [cluster],
    }) => {
      const proxy = await startFaultProxy(cluster);
      const repository = reporting(proxy, name, { 'web.yaml': deploymentYaml(name, 'web') });
      const credentials = writeCredentials([cluster]);
      expect(problems(await syncOnce(repository, credentials))).toEqual([]);
      repository.commit({ 'web.yaml': deploymentYaml(name, 'other') });
      await proxy.fault(fault, { match: match() });
      const broken = await syncOnce(repository, credentials);
      expect(broken.ok).toBe(false);
      expect(changes(broken)).toEqual([`cluster1: Deployment/${name}/web skipped CreationFailed`]);
      await proxy.clear();
      expect(await get(cluster, web(name))).toBeUndefined();

      const next = await syncOnce(repository, credentials);
      expect(changes(next)).toEqual([`cluster1: Deployment/${name}/web created`]);
      expect(next.clusters[0]?.objects.some(({ wasDeleted }) => wasDeleted)).toBe(false);
      expect((await get(cluster, web(name))).spec.selector.matchLabels).toEqual({ app: 'other' });

      // Deleted by somebody else, it stays so.
      await cluster.request('DELETE', web(name));
      expect(changes(await syncOnce(repository, credentials))).toEqual([
        `cluster1: Deployment/${name}/web skipped Drifted`,
      ]);
    });
  }
});
