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
    let loud = 0;
    const happened = (): number => {
      const last = loud;
      loud = events.filter(({ type }) => type !== 'sourceRead').length;
      return loud - last;
    };
    await expect.poll(happened, { interval: 8000, timeout: 60_000 }).toBe(0);

    // Nobody makes pods of the Deployment here: they are looked for once, and watched from then on.
    const podLists = async (): Promise<readonly number[]> =>
      (await seen(clusters)).map(
        (asked) =>
          asked.filter(({ verb, requestURI }) => verb === 'list' && requestURI.includes(`/namespaces/${NAME}/pods?`))
            .length,
      );
    await expect.poll(podLists, { timeout: 60_000 }).toEqual(clusters.map(() => 1));

    const before = await seen(clusters);
    const commits = status.commits();
    const told = events.length;
    server.log.length = 0;
    await sleep(QUIET_MS);
    const after = await seen(clusters);
    for (const [index, cluster] of clusters.entries()) {
      const asked = (after[index] ?? []).slice(before[index]?.length);
      const loud = asked.filter((event) => !isQuiet(event)).map(({ verb, requestURI }) => `${verb} ${requestURI}`);
      expect([cluster.name, loud]).toEqual([cluster.name, []]);
      // It has not died: KubeFed's period is 10 s.
      expect(asked.filter(({ requestURI }) => requestURI.startsWith('/healthz')).length).toBeGreaterThan(3);
    }
    const requests = server.log.map(({ method, path: at, service }) => `${method} ${at} ${service}`);
    const name = path.basename(repository.bare);
    const capabilities = `GET /${name}/info/refs git-upload-pack`;
    const lsRefs = `POST /${name}/git-upload-pack git-upload-pack`;
    expect(new Set(requests)).toEqual(new Set([capabilities, lsRefs]));
    // `git ls-remote` asks once for what the server can do and once for its refs. A fetch would post once more.
    const count = (wanted: string): number => requests.filter((one) => one === wanted).length;
    expect(count(lsRefs)).toBeLessThanOrEqual(count(capabilities));
    expect(count(lsRefs)).toBeGreaterThan(5);
    expect(status.commits()).toEqual(commits);
    expect(new Set(events.slice(told).map(({ type }) => type))).toEqual(new Set(['sourceRead']));
  });
});
