import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { type Cluster, describe, test } from '../controlplane/fixtures.ts';
import { freePort } from '../controlplane/ports.ts';
import { startFaultProxy } from './fault-proxy.ts';
import {
  clusterYaml,
  configMapYaml,
  fleetRepository,
  get,
  grantFor,
  writeCredential,
  writeCredentials,
} from './fleet.ts';
import { runSync, type ToldCluster } from './refused-passes.ts';

/** A member that cannot be used: how it is registered, or what its credential is, and how it is told. */
interface BadMember {
  readonly yaml?: string;
  /** `null`: there is none. */
  readonly token?: string | null;
  readonly told: ToldCluster;
}

const MALFORMED = { state: 'NotReady', health: 'ConfigMalformed' };
const OFFLINE = { state: 'NotReady', health: 'Offline' };

function saying(told: Omit<ToldCluster, 'message'>, message: RegExp): ToldCluster {
  return { ...told, message: expect.stringMatching(message) };
}

/** All of them are meant to be the same API server. */
async function badMembers(cluster: Cluster, other: Cluster): Promise<Readonly<Record<string, BadMember>>> {
  const at = (name: string, url: string) => clusterYaml(cluster, name).replace(cluster.url, url);
  const website = await startWebsite();
  const expired = await startFaultProxy(cluster);
  expired.showCertificate('expired');
  const foreign = await startFaultProxy(cluster);
  foreign.showCertificate('unknown');
  const named = await startFaultProxy(cluster);
  const silent = await startFaultProxy(cluster);
  silent.fault({ kind: 'freeze' });
  const ill = await startFaultProxy(cluster);
  ill.fault({ kind: 'answer', status: 200, body: 'not yet' }, { match: ({ path: asked }) => asked === '/healthz' });
  const proxied = (name: string, proxy: typeof ill) => proxy.clusterYaml.replaceAll(cluster.name, name);
  return {
    'no-credential': {
      token: null,
      told: saying(MALFORMED, /^no credential was found for Secret "no-credential-cred/),
    },
    'empty-token': { token: '\n', told: saying(MALFORMED, /^the token is empty or no token$/) },
    'wrong-token': { token: 'nobody-knows-it', told: saying(OFFLINE, /^the API server answered 401 Unauthorized$/) },
    'unknown-host': {
      yaml: at('unknown-host', 'https://nobody.invalid:6443'),
      told: saying(OFFLINE, /^the API server was not reached: (ENOTFOUND|EAI_AGAIN)$/),
    },
    'closed-port': {
      yaml: at('closed-port', `https://127.0.0.1:${await freePort()}`),
      told: saying(OFFLINE, /^the API server was not reached: ECONNREFUSED$/),
    },
    'expired-certificate': {
      yaml: proxied('expired-certificate', expired),
      told: saying(OFFLINE, /^the API server was not reached: CERT_HAS_EXPIRED$/),
    },
    'certificate-of-another': {
      yaml: proxied('certificate-of-another', foreign),
      told: saying(OFFLINE, /^the API server was not reached: CERT_SIGNATURE_FAILURE$/),
    },
    'wrong-authority': {
      yaml: clusterYaml(cluster, 'wrong-authority').replace(cluster.caBundle, other.caBundle),
      told: saying(OFFLINE, /^the API server was not reached: SELF_SIGNED_CERT_IN_CHAIN$/),
    },
    'no-authority': {
      yaml: clusterYaml(cluster, 'no-authority').replace(/ {2}caBundle.*\n/, ''),
      told: saying(OFFLINE, /^the API server was not reached: SELF_SIGNED_CERT_IN_CHAIN$/),
    },
    'wrong-name': {
      yaml: proxied('wrong-name', named).replace('127.0.0.1', 'localhost'),
      told: saying(OFFLINE, /^the API server was not reached: ERR_TLS_CERT_ALTNAME_INVALID$/),
    },
    'plain-http': {
      yaml: at('plain-http', 'http://192.0.2.1:8080'),
      told: saying(MALFORMED, /^spec\.apiEndpoint is http, .*: use https$/),
    },
    'http-port': {
      yaml: at('http-port', website.replace('http:', 'https:')),
      told: saying(OFFLINE, /^the API server was not reached: ERR_SSL_WRONG_VERSION_NUMBER$/),
    },
    'some-website': { yaml: at('some-website', website), told: saying(OFFLINE, /^the API server answered 404$/) },
    'silent-server': {
      yaml: proxied('silent-server', silent),
      told: saying(OFFLINE, /^the API server did not answer in time$/),
    },
    'ill-server': {
      yaml: proxied('ill-server', ill),
      told: saying({ state: 'NotReady', health: 'NotReady' }, /^\/healthz responded without ok$/),
    },
    'other-cluster': {
      yaml: clusterYaml(other, 'other-cluster'),
      token: other.gitfedToken,
      told: saying({ state: 'Failed' }, /^Nothing more was done here: the API server answered 403 Forbidden\.$/),
    },
  };
}

async function startWebsite(): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(404).end('<h1>Not found</h1>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a member that cannot be used', () => {
  test('is told by its reason, holds back nothing elsewhere, and is caught up with when that is put right', async ({
    clusters: [cluster, other],
  }) => {
    const members = Object.entries(await badMembers(cluster, other));
    const repository = fleetRepository([cluster], 'unreached', {
      ...Object.fromEntries(
        members.map(([name, { yaml }]) => [`clusters/${name}.yaml`, yaml ?? clusterYaml(cluster, name)]),
      ),
      'one.yaml': configMapYaml('unreached', 'one'),
    });
    const credentials = writeCredentials([cluster]);
    await grantFor(credentials, repository.folder);
    for (const [name, { token }] of members) {
      writeCredential(credentials, cluster, name);
      if (token === null) rmSync(path.join(credentials, `${name}-credentials`), { recursive: true });
      else if (token !== undefined) writeFileSync(path.join(credentials, `${name}-credentials`, 'token'), token);
    }
    const first = await runSync(repository, credentials);
    const told = Object.fromEntries(members.map(([name, member]) => [name, expect.objectContaining(member.told)]));
    expect(first.clusters).toEqual({ cluster1: expect.objectContaining({ state: 'Synced' }), ...told });
    expect(first.code).toBe(1);
    expect((await get(cluster, '/api/v1/namespaces/unreached/configmaps/one')).data).toEqual({ a: '1' });
    expect((await runSync(repository, credentials)).statusCommit).toBeUndefined();

    // One by one: they are all the same API server now, which has one name at a time.
    const names = [cluster.name, ...members.map(([name]) => name)];
    for (const [name] of members) {
      repository.commit({
        ...Object.fromEntries(names.map((one) => [`clusters/${one}.yaml`, undefined])),
        [`clusters/${name}.yaml`]: clusterYaml(cluster, name),
      });
      writeCredential(credentials, cluster, name);
      const cured = await runSync(repository, credentials);
      expect([cured.code, cured.clusters], name).toEqual([0, { [name]: expect.objectContaining({ state: 'Synced' }) }]);
      expect(repository.status(`clusters/${name}.yaml`)).toMatch(/type: Ready/);
    }
    expect(await runSync(repository, credentials)).toMatchObject({ code: 0, objects: {} });
  });
});
