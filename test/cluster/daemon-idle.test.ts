import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { GitAccess } from '../../src/git/index.ts';
import { type AuditEvent, type Cluster, describe, test } from '../controlplane/fixtures.ts';
import { startGitServer } from '../git-server/git-server.ts';
import {
  configMaps,
  EVERYWHERE,
  federatedYaml,
  fleetRepository,
  grantFor,
  requestsOf,
  temporaryFolder,
  writeCredentials,
} from './fleet.ts';
import { RemoteStatus } from './remote-status.ts';
import { runDaemon } from './running-daemon.ts';

const NAME = 'idle';
/** Nothing is awaited in this time: what happens in it is the measurement. */
const QUIET_MS = 60_000;
const TOKEN = 'token-of-this-test';

const deployment = federatedYaml('FederatedDeployment', 'web', {
  namespace: NAME,
  spec: {
    placement: EVERYWHERE,
    template: {
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
      },
    },
  },
});

const preference = `apiVersion: scheduling.kubefed.io/v1alpha1
kind: ReplicaSchedulingPreference
metadata: {name: web, namespace: ${NAME}}
spec: {targetKind: FederatedDeployment, totalReplicas: 6}
`;

const secret = federatedYaml('FederatedSecret', 'key', {
  namespace: NAME,
  spec: { placement: EVERYWHERE, template: { data: { k: 'dg==' } } },
});

const role = federatedYaml('FederatedClusterRole', 'idle-reader', {
  namespace: '',
  spec: {
    placement: EVERYWHERE,
    template: { rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }] },
  },
});

const FILES = { 'maps.yaml': configMaps(NAME, 20), 'web.yaml': `${deployment}---\n${preference}`, 'key.yaml': secret };

/** What an idle daemon may ask of a member. */
function isQuiet({ verb, requestURI }: AuditEvent): boolean {
  return verb === 'watch' || (verb === 'get' && /^\/(?:healthz|version)(?:\?|$)/.test(requestURI));
}

async function seen(clusters: readonly Cluster[]): Promise<readonly (readonly AuditEvent[])[]> {
  return await Promise.all(clusters.map(requestsOf));
}

describe('a daemon with nothing to do', () => {
  test('asks a minute long for nothing but health and the tip of the branch, and writes nothing', {
    timeout: 180_000,
  }, async ({ clusters }) => {
    const repository = fleetRepository(clusters, NAME, { ...FILES, 'role.yaml': role });
    const credentialsDir = writeCredentials(clusters);
    await grantFor(credentialsDir, repository.folder);
    repository.publish();
    await using server = await startGitServer({ folder: path.dirname(repository.bare), token: TOKEN });
    const tokenFile = path.join(temporaryFolder(), 'token');
    writeFileSync(tokenFile, TOKEN);
    const source = `${server.url}/${path.basename(repository.bare)}`;
    const { applied, of, events } = await runDaemon(source, {
      credentialsDir,
      access: new GitAccess({ tokenFile }, source),
      pollIntervalMs: 5000,
      status: { minIntervalMs: 1000 },
    });
    await applied(repository.git('rev-parse', 'HEAD'));
    const status = new RemoteStatus(repository.bare);
    await expect.poll(() => of('statusCommitted').filter(({ pushed }) => pushed).length).toBeGreaterThan(0);
    // What the API servers themselves still do to new objects has arrived.
    await expect
      .poll(async () => {
        const before = events.filter(({ type }) => type !== 'sourceRead').length;
        await sleep(8000);
        return events.filter(({ type }) => type !== 'sourceRead').length - before;
      }, { timeout: 60_000 })
      .toBe(0);

    const before = await seen(clusters);
    const commits = status.commits();
    const told = events.length;
    server.log.length = 0;
    await sleep(QUIET_MS);
    const after = await seen(clusters);
    for (const [index, cluster] of clusters.entries()) {
      const new_ = (after[index] ?? []).slice(before[index]?.length);
      const loud = new_.filter((event) => !isQuiet(event)).map(({ verb, requestURI }) => `${verb} ${requestURI}`);
      expect([cluster.name, loud]).toEqual([cluster.name, []]);
      // It has not died: KubeFed's period is 10 s.
      expect(new_.filter(({ requestURI }) => requestURI.startsWith('/healthz')).length).toBeGreaterThan(3);
    }
    const asked = new Set(server.log.map(({ method, path: at, service }) => `${method} ${at} ${service}`));
    expect([...asked].filter((one) => !one.endsWith('/info/refs git-upload-pack'))).toEqual([]);
    expect(asked.size).toBe(1);
    expect(status.commits()).toEqual(commits);
    expect(new Set(events.slice(told).map(({ type }) => type))).toEqual(new Set(['sourceRead']));
  });
});
