import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { createLog } from '../../src/daemon/log.ts';
import { type Cluster, describe, test } from '../controlplane/fixtures.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import {
  configMapYaml,
  fleetRepository,
  get,
  grantFor,
  type TestRepository,
  temporaryFolder,
  writeCredentials,
  writesOf,
} from './fleet.ts';
import { type RunningDaemon, runDaemon } from './running-daemon.ts';

/** A member is asked how it is each second, and one answer counts. */
const FAST_HEALTH_CHECK = `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedConfig
metadata: {name: kubefed, namespace: kube-federation-system}
spec:
  scope: Cluster
  clusterHealthCheck: {period: 1s, failureThreshold: 1, successThreshold: 1, timeout: 1s}
`;

const map = (name: string): string => `/api/v1/namespaces/${name}/configmaps/map`;

interface Members {
  readonly name: string;
  readonly repository: TestRepository;
  readonly running: RunningDaemon;
  /** Lines of the log. */
  readonly lines: readonly string[];
  readonly well: Cluster;
  readonly ill: FaultProxy;
  readonly credentialsDir: string;
  readonly deletions: () => Promise<readonly unknown[]>;
}

/** Two members with a daemon; what goes wrong happens between it and the second. */
async function start(name: string, well: Cluster, other: Cluster): Promise<Members> {
  const ill = await startFaultProxy(other);
  const repository = fleetRepository([well, other], name, {
    'gitfed.yaml': `inventory: ${name}\nstatus: {minInterval: 0s}\n`,
    'config.yaml': FAST_HEALTH_CHECK,
    [`clusters/${other.name}.yaml`]: ill.clusterYaml,
    'map.yaml': configMapYaml(name, 'map'),
  });
  const credentialsDir = writeCredentials([well, other]);
  await grantFor(credentialsDir, repository.folder);
  const before = await Promise.all([well, other].map(async (cluster) => (await writesOf(cluster)).length));
  const lines: string[] = [];
  const log = createLog({ level: 'info', format: 'json' }, { write: (text) => lines.push(text) });
  const running = await runDaemon(repository.publish(), {
    credentialsDir,
    dataDir: temporaryFolder(),
    pollIntervalMs: 300,
    requestTimeoutMs: 3000,
    onEvent: (event) => log.observe(event),
  });
  await running.applied(repository.git('rev-parse', 'HEAD'));
  const deletions = async (): Promise<readonly unknown[]> => {
    const writes = await Promise.all(
      [well, other].map(async (one, index) => (await writesOf(one)).slice(before[index])),
    );
    return writes.flat().filter(({ verb, objectRef }) => verb.startsWith('delete') && objectRef?.resource !== 'leases');
  };
  return { name, repository, running, lines, well, ill, credentialsDir, deletions };
}

function change({ repository, name }: Members, value: string): string {
  const commit = repository.commit({ 'map.yaml': configMapYaml(name, 'map', { a: value }) });
  repository.push();
  return commit;
}

async function holds({ name }: Members, cluster: Cluster, value: string): Promise<void> {
  await expect.poll(async () => (await get(cluster, map(name)))?.data.a, { timeout: 40_000 }).toBe(value);
}

async function reports({ repository, well, ill }: Members, commit: string): Promise<void> {
  const clusters = { [well.name]: { state: 'Synced' }, [ill.cluster.name]: { state: 'Synced' } };
  const summary = (): unknown => {
    repository.git('fetch', '--quiet', 'origin', '+refs/heads/*:refs/remotes/origin/*');
    return JSON.parse(repository.git('show', 'origin/gitfed/status:status.json'));
  };
  await expect.poll(summary, { timeout: 60_000, interval: 200 }).toMatchObject({ commit, clusters });
}

interface MemberFault {
  readonly begin: (members: Members) => void | Promise<void>;
  readonly end: (members: Members) => void | Promise<void>;
  readonly words: RegExp;
}

const clear = ({ ill }: Members): Promise<void> => ill.clear();
const tokenOf = ({ credentialsDir, ill }: Members): string =>
  path.join(credentialsDir, `${ill.cluster.name}-credentials`, 'token');

const FAULTS: readonly (readonly [string, MemberFault])[] = [
  [
    'is frozen',
    {
      begin: ({ ill }) => ill.fault({ kind: 'freeze' }),
      end: async (members) => {
        await clear(members);
        members.ill.cutConnections();
      },
      words: /the cluster is not ready|not as the commit says/,
    },
  ],
  [
    'answers later than it is waited for',
    {
      begin: ({ ill }) => ill.fault({ kind: 'delay', until: () => sleep(4000) }),
      end: clear,
      words: /the cluster is not ready|not as the commit says/,
    },
  ],
  [
    'answers 500',
    { begin: ({ ill }) => ill.fault({ kind: 'answer', status: 500 }), end: clear, words: /500|not ready|healthz/i },
  ],
  [
    'asks for patience for an hour',
    {
      begin: ({ ill }) => ill.fault({ kind: 'answer', status: 429, retryAfter: 3600 }),
      end: clear,
      words: /429|TooManyRequests|too many/i,
    },
  ],
  [
    'gives half of its answers',
    { begin: ({ ill }) => ill.fault({ kind: 'truncate' }), end: clear, words: /not ready|not as the commit says/ },
  ],
  [
    'shows a certificate of somebody else',
    {
      begin: ({ ill }) => {
        ill.showCertificate('unknown');
        ill.cutConnections();
      },
      end: clear,
      words: /CERT_|certificate/,
    },
  ],
  [
    'has its token revoked, and gets another one',
    {
      begin: (members) => writeFileSync(tokenOf(members), 'revoked'),
      end: (members) => writeFileSync(tokenOf(members), members.ill.cluster.gitfedToken),
      words: /401|Unauthorized|credential/i,
    },
  ],
];

describe('a member of a daemon', () => {
  test.for(FAULTS)('that %s holds up no other, is told of, and recovers', async ([title, fault], { clusters }) => {
    const name = title.replaceAll(/[^a-z0-9]+/g, '-').slice(0, 30);
    const members = await start(name, clusters[0], clusters[1]);
    const { lines, running, well, ill } = members;
    await fault.begin(members);
    change(members, '2');
    await holds(members, well, '2');
    await expect.poll(() => lines, { timeout: 40_000 }).toContainEqual(expect.stringMatching(fault.words));
    const told = lines.filter((line) => line.includes(ill.cluster.name) && line.includes('"warn"'));
    expect(told.length).toBeGreaterThan(0);
    const passes = running.of('passFinished').filter(({ cluster }) => cluster === ill.cluster.name).length;
    change(members, '3');
    await holds(members, well, '3');
    expect(running.of('passFinished').filter(({ cluster }) => cluster === ill.cluster.name).length).toBeLessThan(
      passes + 30,
    );

    await fault.end(members);
    const last = change(members, '4');
    await holds(members, well, '4');
    await holds(members, ill.cluster, '4');
    await reports(members, last);
    expect(lines.some((line) => line.includes('the cluster is in order again'))).toBe(true);
    expect(await members.deletions()).toEqual([]);
    expect(lines.join('')).not.toContain(ill.cluster.gitfedToken);
  });

  test('whose watches give half lines and end is still kept in order', async ({ clusters }) => {
    const members = await start('half-watches', clusters[0], clusters[2]);
    const { ill, name } = members;
    expect(ill.endWatches('{"type":"MODIFIED","object":{"kind":"ConfigMap","metadata":{"na')).toBeGreaterThan(0);
    await ill.cluster.request(
      'PATCH',
      `${map(name)}?fieldManager=kubectl-edit`,
      { data: { a: 'by hand' } },
      'application/merge-patch+json',
    );
    await holds(members, ill.cluster, '1');
    const last = change(members, '2');
    await holds(members, ill.cluster, '2');
    await reports(members, last);
    expect(await members.deletions()).toEqual([]);
  });
});
