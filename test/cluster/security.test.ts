import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createPlainServer, type IncomingMessage } from 'node:http';
import { createSecureServer, type Http2ServerRequest } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, describe as plainDescribe, test as plainTest } from 'vitest';
import { ApiClient, type ApiRequest } from '../../src/cluster/index.ts';
import { type SyncOptions, type SyncResult, sync } from '../../src/reconcile/index.ts';
import { gitfed } from '../cli/run-gitfed.ts';
import { type AuditEvent, type Cluster, describe, poll, test } from '../controlplane/fixtures.ts';
import { createAuthority, type TestAuthority } from './certificates.ts';
import { type FaultProxy, isLaterPage, type RequestMatch, startFaultProxy } from './fault-proxy.ts';
import {
  changes,
  clusterYaml,
  configMapYaml,
  EVERYWHERE,
  federatedYaml,
  filesBelow,
  fleetRepository,
  get,
  grant,
  problems,
  requestsOf,
  syncOnce,
  temporaryFolder,
  writeCredential,
  writeCredentials,
  writesOf,
} from './fleet.ts';
import { SECURITY_ROWS } from './security-rows.ts';

type Incoming = IncomingMessage | Http2ServerRequest;
/** What responses of both protocols have in common. */
interface Outgoing {
  writeHead(status: number, headers: Record<string, string>): unknown;
  end(text: string): unknown;
}
type Handler = (request: Incoming, response: Outgoing) => void;
type Speaks = 'HTTP/2' | 'HTTP/1.1';

/** A server that wants to have a token, or sends others to it. */
interface Stranger {
  readonly url: string;
  readonly authority: TestAuthority;
  /** `GET /path` of what it was asked. */
  readonly asked: string[];
  /** What it was told of us: every credential that ever reached it. */
  readonly told: string[];
}

const TELLING = ['authorization', 'proxy-authorization', 'impersonate-user', 'cookie'];

async function startStranger(
  handler: Handler,
  speaks: Speaks = 'HTTP/2',
  authority = createAuthority(),
): Promise<Stranger> {
  const asked: string[] = [];
  const told: string[] = [];
  const listener: Handler = (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    told.push(...TELLING.flatMap((name) => request.headers[name] ?? []));
    handler(request, response);
  };
  const certificate = authority.issue();
  const server =
    speaks === 'HTTP/2' ? createSecureServer(certificate, listener) : createHttpsServer(certificate, listener);
  return { url: `https://127.0.0.1:${await listen(server as Server)}`, authority, asked, told };
}

/** The port; it is closed after the test. */
async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)));
  server.on('tlsClientError', () => undefined).on('sessionError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const friendly: Handler = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end('{}');
};

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** A KubeFedCluster of a server that is none of the suite's. */
function strangerYaml(cluster: Cluster, { url, authority }: Stranger, name: string = cluster.name): string {
  return clusterYaml(cluster, name).replace(cluster.url, url).replace(cluster.caBundle, base64(authority.certificate));
}

function stateOf({ clusters }: SyncResult, name: string): string | undefined {
  return clusters.find(({ cluster }) => cluster === name)?.state;
}

const METHODS: readonly ApiRequest['method'][] = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'];
const REDIRECTS = [301, 302, 303, 307, 308];

describe('row 9: a credential is bound to its origin', () => {
  test.for<[Speaks]>([['HTTP/2'], ['HTTP/1.1']])(
    'row 9: a redirect to another host never gets the token, over %s',
    async ([speaks], { clusters: [cluster] }) => {
      const thief = await startStranger(friendly, speaks);
      let status = 307;
      const redirecting = await startStranger(
        ({ url }, response) => {
          const headers = { location: `${thief.url}${url}`, 'alt-svc': `h2="${thief.url.slice('https://'.length)}"` };
          response.writeHead(url === '/healthz' ? 200 : status, headers);
          response.end('ok');
        },
        speaks,
        thief.authority,
      );
      const client = new ApiClient({
        url: new URL(redirecting.url),
        tls: { ca: thief.authority.certificate },
        authenticate: async () => ({ Authorization: `Bearer ${cluster.gitfedToken}` }),
      });
      onTestFinished(() => client.close());
      for (status of REDIRECTS) {
        for (const method of METHODS) {
          const body = method === 'GET' ? {} : { body: '{}' };
          await expect(client.request({ method, path: '/api/v1/secrets', ...body })).rejects.toMatchObject({
            failure: 'Response',
            message: expect.stringContaining('redirect'),
          });
        }
      }
      expect(client.protocol).toBe(speaks === 'HTTP/2' ? 'h2' : 'http/1.1');

      const repository = fleetRepository([cluster], speaks === 'HTTP/2' ? 'redirected' : 'redirected-1', {
        'clusters/redirecting.yaml': strangerYaml(cluster, redirecting, 'redirecting'),
      });
      const credentials = writeCredentials([cluster]);
      writeCredential(credentials, cluster, 'redirecting');
      const result = await syncOnce(repository, credentials);
      expect(stateOf(result, cluster.name)).toBe('Synced');
      expect(stateOf(result, 'redirecting')).toBe('NotReady');
      expect(redirecting.told).toContain(`Bearer ${cluster.gitfedToken}`);
      expect(thief.asked).toEqual([]);
    },
  );

  const ELSEWHERE: readonly [how: string, change: (yaml: string, stranger: Stranger) => string][] = [
    ['an endpoint', (yaml) => yaml],
    ['an endpoint that is not to be verified', (yaml) => `${yaml}  disabledTLSValidations: ["*"]\n`],
    ['an endpoint of any name', (yaml) => `${yaml}  disabledTLSValidations: [SubjectName]\n`],
    ['an endpoint of any time', (yaml) => `${yaml}  disabledTLSValidations: [ValidityPeriod]\n`],
    ['an endpoint without TLS', (yaml) => yaml.replace('https://127.0.0.1', 'http://thief.example')],
  ];

  test.for(ELSEWHERE)(
    'row 9: %s that the repository names does not get a token that came with an authority',
    async ([, change], { clusters: [cluster] }) => {
      const thief = await startStranger(friendly);
      const repository = fleetRepository([cluster], 'elsewhere', {
        [`clusters/${cluster.name}.yaml`]: change(strangerYaml(cluster, thief), thief),
      });
      const credentials = writeCredentials([cluster]);
      const folder = path.join(credentials, `${cluster.name}-credentials`);
      writeFileSync(path.join(folder, 'ca.crt'), Buffer.from(cluster.caBundle, 'base64'));
      const result = await syncOnce(repository, credentials);
      expect(result.clusters).toMatchObject([{ state: 'NotReady' }]);
      expect(thief.asked).toEqual([]);
    },
  );

  test('row 9: a proxy that the repository names sees no token, and cannot pass for the API server', async ({
    clusters: [cluster],
  }) => {
    const thief = await startStranger(friendly);
    const seen: string[] = [];
    const proxy = createPlainServer((request, response) => {
      seen.push(JSON.stringify(request.headers));
      response.writeHead(502).end();
    });
    proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
      seen.push(JSON.stringify(request.headers));
      const tunnel = connect(Number(new URL(thief.url).port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        tunnel.pipe(socket).pipe(tunnel);
      });
      socket.on('error', () => tunnel.destroy());
      tunnel.on('error', () => socket.destroy());
    });
    const proxyURL = `http://127.0.0.1:${await listen(proxy)}`;
    const repository = fleetRepository([cluster], 'proxied', {
      [`clusters/${cluster.name}.yaml`]: `${clusterYaml(cluster)}  proxyURL: ${proxyURL}\n`,
    });
    const result = await syncOnce(repository, writeCredentials([cluster]), { requestTimeoutMs: 5_000 });
    expect(result.clusters).toMatchObject([{ state: 'NotReady' }]);
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.join()).not.toContain(cluster.gitfedToken);
    expect(thief.asked).toEqual([]);
  });

  test('row 9: a proxy that the repository names sees no token on the way to this machine either', async ({
    clusters: [cluster],
  }) => {
    const seen: string[] = [];
    const proxy = createPlainServer(({ headers }, response) => {
      seen.push(...[headers.authorization ?? []].flat());
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{}');
    });
    // Whatever it is asked to connect to, it answers itself.
    proxy.on('connect', (_request: IncomingMessage, socket: Socket) => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      proxy.emit('connection', socket);
    });
    const proxyURL = `http://127.0.0.1:${await listen(proxy)}`;
    const yaml = clusterYaml(cluster).replace(cluster.url, 'http://127.0.0.1:1');
    const repository = fleetRepository([cluster], 'inwards', {
      [`clusters/${cluster.name}.yaml`]: `${yaml}  proxyURL: ${proxyURL}\n`,
    });
    const credentials = writeCredentials([cluster]);
    const folder = path.join(credentials, `${cluster.name}-credentials`);
    writeFileSync(path.join(folder, 'ca.crt'), Buffer.from(cluster.caBundle, 'base64'));
    await syncOnce(repository, credentials, { requestTimeoutMs: 3_000 });
    expect(seen).toEqual([]);
  });

  test('row 9: credentials of a kubeconfig go to the server beside them, whatever the repository says', async ({
    clusters: [cluster],
  }) => {
    const thief = await startStranger(friendly);
    const repository = fleetRepository([cluster], 'beside', {
      [`clusters/${cluster.name}.yaml`]: strangerYaml(cluster, thief),
    });
    const kubeconfig = path.join(temporaryFolder(), 'config');
    writeFileSync(kubeconfig, cluster.kubeconfig('gitfed'));
    await grant([cluster], repository.folder);
    expect(problems(await sync({ source: repository.folder, kubeconfig }))).toEqual([]);
    expect(await get(cluster, '/api/v1/namespaces/beside')).toBeDefined();
    expect(thief.asked).toEqual([]);
  });

  test('row 9: a name of a Secret leads nowhere but below the credentials directory', async ({
    clusters: [cluster],
  }) => {
    const outer = writeCredentials([cluster]);
    const inner = path.join(outer, 'inner');
    mkdirSync(inner);
    const named = (name: string) =>
      clusterYaml(cluster).replace(`name: ${cluster.name}-credentials`, `name: ${JSON.stringify(name)}`);
    const before = (await requestsOf(cluster)).length;
    for (const name of [`../${cluster.name}-credentials`, '..', '.', `${outer}/${cluster.name}-credentials`]) {
      const repository = fleetRepository([cluster], 'below', { [`clusters/${cluster.name}.yaml`]: named(name) });
      const result = await syncOnce(repository, inner);
      expect([name, result.findings.map(({ code }) => code)]).toEqual([name, ['InvalidCluster']]);
    }
    expect((await requestsOf(cluster)).length).toBe(before);
  });

  test('row 9: git sends the password of a URL to no other server that the first one names', async () => {
    const thief: (string | undefined)[] = [];
    const asked: string[] = [];
    const elsewhere = await listen(
      createPlainServer(({ headers, url }, response) => {
        thief.push(headers.authorization);
        response.writeHead(url?.endsWith('/stop') ? 500 : 401, { 'www-authenticate': 'Basic realm="thief"' }).end();
      }),
    );
    const first = await listen(
      createPlainServer(({ headers, url }, response) => {
        asked.push(headers.authorization ?? '');
        if (headers.authorization === undefined) {
          response.writeHead(401, { 'www-authenticate': 'Basic realm="fleet"' }).end();
        } else {
          response.writeHead(302, { location: `http://127.0.0.1:${elsewhere}${url}` }).end();
        }
      }),
    );
    const source = `http://robot:pass-word@127.0.0.1:${first}/fleet.git`;
    await expect(sync({ source })).rejects.toMatchObject({
      code: 'GIT',
      message: expect.stringMatching(/redirect|elsewhere|another address/),
    });
    expect(asked).toContain(`Basic ${base64('robot:pass-word')}`);
    // It is not even asked.
    expect(thief).toEqual([]);
  });
});

/** A kubeconfig with one user, whose fields are JSON. */
function kubeconfigOf(cluster: Cluster, user: object): string {
  const { name, url: server, caBundle } = cluster;
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': caBundle } }],
    users: [{ name: 'user', user }],
    contexts: [{ name, context: { cluster: name, user: 'user' } }],
    'current-context': name,
  });
}

function writeKubeconfig(cluster: Cluster, user: object): string {
  const file = path.join(temporaryFolder(), 'config');
  writeFileSync(file, kubeconfigOf(cluster, user));
  return file;
}

/** The kubeconfig in the place of the token in a credentials directory. */
function credentialsWith(cluster: Cluster, user: object): string {
  const folder = temporaryFolder();
  const secret = path.join(folder, `${cluster.name}-credentials`);
  mkdirSync(secret);
  writeFileSync(path.join(secret, 'kubeconfig'), kubeconfigOf(cluster, user));
  return folder;
}

function writeText(text: string): string {
  const file = path.join(temporaryFolder(), 'text');
  writeFileSync(file, text);
  return file;
}

/** A program that says a token, and leaves a mark that it ran. */
function program(token: string): { readonly command: string; readonly hasRun: () => boolean } {
  const folder = temporaryFolder();
  const [command, mark] = [path.join(folder, 'login'), path.join(folder, 'mark')];
  const credential = {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token },
  };
  writeFileSync(command, `#!/bin/sh\n: >'${mark}'\nprintf '%s' '${JSON.stringify(credential)}'\n`);
  chmodSync(command, 0o755);
  return { command, hasRun: () => existsSync(mark) };
}

type ImpersonatedEvent = AuditEvent & { readonly impersonatedUser?: { readonly username: string } };

function execOf(command: string): object {
  return { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never' };
}

describe('row 15: nobody is more than who they are', () => {
  const PROGRAMS: readonly [kind: string, user: (command: string) => object][] = [
    ['exec', (command) => ({ exec: execOf(command) })],
    [
      'auth-provider',
      (command) => ({
        'auth-provider': { name: 'gcp', config: { 'cmd-path': command, 'token-key': '{.status.token}' } },
      }),
    ],
  ];

  test.for(PROGRAMS)(
    'row 15: a kubeconfig with %s in the credentials directory is refused, and nothing runs',
    async ([, user], { clusters: [cluster] }) => {
      const login = program(cluster.gitfedToken);
      const repository = fleetRepository([cluster], 'programs');
      const before = (await requestsOf(cluster)).length;
      for (const more of [{}, { token: cluster.gitfedToken }]) {
        const result = await syncOnce(repository, credentialsWith(cluster, { ...user(login.command), ...more }));
        expect(result.clusters).toMatchObject([
          { state: 'NotReady', health: 'ConfigMalformed', message: expect.stringContaining('--kubeconfig only') },
        ]);
      }
      expect(login.hasRun()).toBe(false);
      expect((await requestsOf(cluster)).length).toBe(before);
    },
  );

  test('row 15: a program runs for the kubeconfig that the operator names', async ({ clusters: [cluster] }) => {
    const login = program(cluster.gitfedToken);
    const repository = fleetRepository([cluster], 'named');
    const kubeconfig = writeKubeconfig(cluster, { exec: execOf(login.command) });
    await grant([cluster], repository.folder);
    expect(problems(await sync({ source: repository.folder, kubeconfig }))).toEqual([]);
    expect(login.hasRun()).toBe(true);
  });

  test('row 15: a kubeconfig in a Secret of the repository is not used', async ({ clusters: [cluster] }) => {
    const login = program(cluster.gitfedToken);
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: `${cluster.name}-credentials`, namespace: 'kube-federation-system' },
      stringData: { kubeconfig: kubeconfigOf(cluster, { exec: execOf(login.command) }) },
    };
    const repository = fleetRepository([cluster], 'inside', {
      'gitfed.yaml': 'inventory: inside\ncredentials: {allowPlaintext: true}\n',
      'secret.yaml': JSON.stringify(secret),
    });
    const result = await syncOnce(repository, temporaryFolder());
    expect(result.clusters).toMatchObject([{ state: 'NotReady', health: 'ConfigMalformed' }]);
    expect(login.hasRun()).toBe(false);
  });

  const EMPTY: readonly [what: string, user: (cluster: Cluster) => object][] = [
    ['no credential', () => ({})],
    ['an empty token', () => ({ token: '' })],
    ['a token of blanks', () => ({ token: '  ' })],
    ['an empty name and password', () => ({ username: '', password: '' })],
    ['a file that holds no token', () => ({ tokenFile: writeText('\n') })],
    ['an empty impersonation', ({ gitfedToken }) => ({ token: gitfedToken, as: '' })],
    ['an impersonation of groups alone', ({ gitfedToken }) => ({ token: gitfedToken, 'as-groups': ['shop'] })],
  ];

  test.for(EMPTY)(
    'row 15: a kubeconfig with %s is an error, and nothing is asked',
    async ([, user], { clusters: [cluster] }) => {
      const repository = fleetRepository([cluster], 'empty');
      const ways: SyncOptions[] = [
        { source: repository.folder, kubeconfig: writeKubeconfig(cluster, user(cluster)) },
        { source: repository.folder, credentialsDir: credentialsWith(cluster, user(cluster)) },
      ];
      const before = (await requestsOf(cluster)).length;
      const healths = [];
      for (const way of ways) healths.push((await sync(way)).clusters[0]?.health);
      const asked = (await requestsOf(cluster)).slice(before);
      expect([...new Set(asked.map(({ user: { username } }) => username))]).toEqual([]);
      expect(healths).toEqual(['ConfigMalformed', 'ConfigMalformed']);
    },
  );

  test('row 15: a program that says an empty token is an error, and nothing is asked', async ({
    clusters: [cluster],
  }) => {
    const repository = fleetRepository([cluster], 'silent');
    const login = program('');
    const before = (await requestsOf(cluster)).length;
    const kubeconfig = writeKubeconfig(cluster, { exec: execOf(login.command) });
    const result = await sync({ source: repository.folder, kubeconfig });
    expect(login.hasRun()).toBe(true);
    const asked = (await requestsOf(cluster)).slice(before);
    expect([...new Set(asked.map(({ user: { username } }) => username))]).toEqual([]);
    expect(result.clusters).toMatchObject([{ state: 'NotReady', health: 'ConfigMalformed' }]);
  });

  test('row 15: an empty token of a folder or a Secret is an error, and nothing is asked anonymously', async ({
    clusters: [cluster],
  }) => {
    const before = (await requestsOf(cluster)).length;
    for (const token of ['', ' \n', '\n\n', 'two words', 'line\r\nX-Remote-User: admin']) {
      const secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: `${cluster.name}-credentials`, namespace: 'kube-federation-system' },
        stringData: { token },
      };
      const repository = fleetRepository([cluster], 'blank', {
        'gitfed.yaml': 'inventory: blank\ncredentials: {allowPlaintext: true}\n',
        'secret.yaml': JSON.stringify(secret),
      });
      const folder = writeCredentials([cluster]);
      writeFileSync(path.join(folder, `${cluster.name}-credentials`, 'token'), token);
      for (const credentials of [folder, temporaryFolder()]) {
        const result = await syncOnce(repository, credentials);
        expect([token, result.clusters[0]?.health]).toEqual([token, 'ConfigMalformed']);
      }
    }
    expect((await requestsOf(cluster)).slice(before)).toEqual([]);
  });

  test('row 15: whom a kubeconfig acts as is who everything is done as, and they have no right of their own', async ({
    clusters: [cluster],
  }) => {
    const repository = fleetRepository([cluster], 'acting');
    const before = (await requestsOf(cluster)).length;
    // Whoever may act as somebody else has to be allowed to.
    const kubeconfig = writeKubeconfig(cluster, { token: cluster.adminToken, as: 'nobody-special' });
    const result = await sync({ source: repository.folder, kubeconfig });
    expect(result.clusters).toMatchObject([{ state: 'Failed', message: expect.stringContaining('403') }]);
    expect(await get(cluster, '/api/v1/namespaces/acting')).toBeUndefined();
    const asked: readonly ImpersonatedEvent[] = (await requestsOf(cluster)).slice(before);
    const names = asked.map(({ impersonatedUser }) => impersonatedUser?.username);
    expect([...new Set(names)]).toEqual(['nobody-special']);
  });
});

async function deletionsOf(cluster: Cluster, before: number): Promise<readonly string[]> {
  const written = await writesOf(cluster, before);
  return written.filter(({ verb }) => verb.startsWith('delete')).map(({ requestURI }) => requestURI);
}

describe('row 26: only commits are applied', () => {
  test('row 26: a dirty working tree and its index change nothing in a cluster', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'dirty', {
      'one.yaml': configMapYaml('dirty', 'one', { a: 'committed' }),
      'two.yaml': configMapYaml('dirty', 'two'),
    });
    const credentials = writeCredentials([cluster]);
    const source = ['sync', '--credentials-dir', credentials];
    expect(problems(await syncOnce(repository, credentials))).toEqual([]);
    const write = (name: string, text: string) => writeFileSync(path.join(repository.folder, name), text);
    write('one.yaml', configMapYaml('dirty', 'one', { a: 'uncommitted' }));
    write('new.yaml', configMapYaml('dirty', 'new'));
    write('gitfed.yaml', 'inventory: another\n');
    repository.git('rm', '--quiet', 'two.yaml');
    repository.git('add', 'new.yaml');

    const before = (await requestsOf(cluster)).length;
    for (const args of [source, [...source, '--dry-run'], [...source, '--ref', 'main'], [...source, '--wait']]) {
      expect(await gitfed(args, repository.folder)).toMatchObject({ code: 0 });
    }
    expect(await writesOf(cluster, before)).toEqual([]);
    const drift = await gitfed(['drift', '--credentials-dir', credentials], repository.folder);
    expect(drift.code).toBe(0);
    expect((await get(cluster, '/api/v1/namespaces/dirty/configmaps/one')).data).toEqual({ a: 'committed' });
  });

  test('row 26: --ref takes commits, and nothing else that git has a name for', async ({ clusters: [cluster] }) => {
    const repository = fleetRepository([cluster], 'refs');
    writeFileSync(path.join(repository.folder, 'new.yaml'), configMapYaml('refs', 'new'));
    repository.git('add', 'new.yaml');
    const tree = repository.git('write-tree');
    const blob = repository.git('rev-parse', ':new.yaml');
    const before = (await requestsOf(cluster)).length;
    const flags = ['--credentials-dir', writeCredentials([cluster])];
    const refs = [
      tree,
      blob,
      ':new.yaml',
      ':',
      'HEAD:clusters',
      'HEAD^{tree}',
      '--all',
      '--output=x',
      '',
      'nothing',
      '.',
    ];
    for (const ref of refs) {
      const { code, stdout } = await gitfed(['sync', `--ref=${ref}`, ...flags], repository.folder);
      expect([ref, code, stdout]).toEqual([ref, 2, '']);
    }
    await expect(
      sync({ source: repository.folder, workingTree: true, credentialsDir: writeCredentials([cluster]) }),
    ).rejects.toMatchObject({ code: 'USAGE' });
    expect((await requestsOf(cluster)).length).toBe(before);
  });

  test('row 26: diff --live of a working tree shows its changes, and writes nothing anywhere', async ({
    clusters: [cluster],
  }) => {
    const repository = fleetRepository([cluster], 'shown', {
      'one.yaml': configMapYaml('shown', 'one', { a: 'committed' }),
      'two.yaml': configMapYaml('shown', 'two'),
    });
    const credentials = writeCredentials([cluster]);
    await syncOnce(repository, credentials);
    writeFileSync(
      path.join(repository.folder, 'one.yaml'),
      configMapYaml('shown', 'one', { a: 'uncommitted' }) + configMapYaml('shown', 'new').replace(/^/, '---\n'),
    );
    writeFileSync(path.join(repository.folder, 'two.yaml'), '');
    const files = filesBelow(repository.folder);
    const commits = repository.statusCommits();
    const before = (await requestsOf(cluster)).length;
    const flags = ['diff', '--live', '--credentials-dir', credentials, '-o', 'json'];
    const { code, stdout } = await gitfed(flags, repository.folder);
    expect(code).toBe(1);
    for (const shown of ['"new"', '"one"', '"two"', 'uncommitted']) expect(stdout).toContain(shown);
    const asked = (await requestsOf(cluster)).slice(before);
    expect(asked.filter(({ verb }) => !['get', 'list'].includes(verb))).toEqual([]);
    expect(asked.length).toBeGreaterThan(0);
    expect(repository.statusCommits()).toEqual(commits);
    expect(filesBelow(repository.folder)).toEqual(files);
  });
});

/** Something that hides what is there, and how it ends. */
interface Blindness {
  readonly title: string;
  readonly begin: (proxy: FaultProxy) => Promise<void>;
  readonly end: (proxy: FaultProxy) => Promise<void>;
  /** Kinds that cannot be seen meanwhile. */
  readonly hidden: readonly string[];
}

const GROUP = 'widgets.example';
const API_SERVICE = `/apis/apiregistration.k8s.io/v1/apiservices/v1.${GROUP}`;
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const MERGE = 'application/merge-patch+json';
const AUTOMANAGED = 'kube-aggregator.kubernetes.io/automanaged';
const PAGE = 500;

const isListOf =
  (plural: string): RequestMatch =>
  ({ method, path: asked }) =>
    method === 'GET' && asked.includes('limit=') && new RegExp(`/${plural}\\?`).test(asked);

function fault(kind: Parameters<FaultProxy['fault']>[0], match: RequestMatch): Blindness['begin'] {
  return async (proxy) => proxy.fault(kind, { match });
}

const clear: Blindness['end'] = (proxy) => proxy.clear();

/** The group's server is one that nobody has ever started, until it is the definition's again. */
async function aggregate({ cluster }: FaultProxy, isElsewhere: boolean): Promise<void> {
  const labels = { [AUTOMANAGED]: isElsewhere ? null : 'onstart' };
  const service = isElsewhere ? { namespace: 'default', name: 'nowhere', port: 443 } : null;
  const { status } = isElsewhere
    ? await cluster.request(
        'PATCH',
        API_SERVICE,
        { metadata: { labels }, spec: { service, insecureSkipTLSVerify: true } },
        MERGE,
      )
    : await cluster.request('DELETE', API_SERVICE);
  expect(status).toBe(200);
  await announced(cluster, !isElsewhere);
}

async function announced(cluster: Cluster, isServed: boolean): Promise<void> {
  const check = async (): Promise<boolean> => {
    const { status } = await cluster.request('GET', `/apis/${GROUP}/v1/widgets`);
    return (status === 200) === isServed;
  };
  await poll(check, { what: `${GROUP} is ${isServed ? 'served' : 'away'}` });
}

const BLINDNESSES: readonly Blindness[] = [
  {
    title: 'a list whose second page is an error',
    begin: fault({ kind: 'answer', status: 500 }, isLaterPage),
    end: clear,
    hidden: ['ConfigMap'],
  },
  {
    title: 'a list whose second page has gone meanwhile, again and again',
    begin: fault({ kind: 'answer', status: 410 }, isLaterPage),
    end: clear,
    hidden: ['ConfigMap'],
  },
  {
    title: 'a list whose second page is refused',
    begin: fault({ kind: 'answer', status: 403 }, isLaterPage),
    end: clear,
    hidden: ['ConfigMap'],
  },
  {
    title: 'a list whose second page breaks off',
    begin: fault({ kind: 'truncate' }, isLaterPage),
    end: clear,
    hidden: ['ConfigMap'],
  },
  {
    title: 'a list whose second page is none of a list',
    begin: fault({ kind: 'answer', status: 200, body: '{}' }, isLaterPage),
    end: clear,
    hidden: ['ConfigMap'],
  },
  {
    title: 'a list that is an answer to something else',
    begin: fault({ kind: 'answer', status: 200, body: 'null' }, isListOf('configmaps')),
    end: clear,
    hidden: ['ConfigMap'],
  },
  {
    title: 'a list that may not be made any more',
    begin: fault({ kind: 'answer', status: 403 }, isListOf('configmaps')),
    end: clear,
    hidden: ['ConfigMap'],
  },
  {
    title: 'a list that is not found',
    begin: fault({ kind: 'answer', status: 404 }, isListOf('configmaps')),
    end: clear,
    hidden: ['ConfigMap'],
  },
  {
    title: 'a group whose aggregated API server is down',
    begin: (proxy) => aggregate(proxy, true),
    end: (proxy) => aggregate(proxy, false),
    hidden: ['Widget'],
  },
];

function widgetYaml(namespace: string, name: string, size = 1): string {
  return federatedYaml('FederatedWidget', name, {
    namespace,
    spec: { template: { spec: { size } }, placement: EVERYWHERE },
  });
}

const WIDGETS = JSON.stringify({
  apiVersion: 'core.kubefed.io/v1beta1',
  kind: 'FederatedTypeConfig',
  metadata: { name: `widgets.${GROUP}`, namespace: 'kube-federation-system' },
  spec: {
    federatedType: {
      group: 'types.kubefed.io',
      kind: 'FederatedWidget',
      pluralName: 'federatedwidgets',
      version: 'v1beta1',
      scope: 'Namespaced',
    },
    targetType: { group: GROUP, kind: 'Widget', pluralName: 'widgets', version: 'v1', scope: 'Namespaced' },
    propagation: 'Enabled',
  },
});

async function defineWidgets(cluster: Cluster): Promise<void> {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  await cluster.request('POST', DEFINITIONS, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { kind: 'Widget', plural: 'widgets' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  });
  await announced(cluster, true);
}

describe('row 27: what cannot be read is not gone', () => {
  test.for(BLINDNESSES.map((blindness, index) => [blindness.title, blindness, `unseen-${index}`] as const))(
    'row 27: %s deletes nothing',
    async ([, { begin, end, hidden }, name], { clusters: [cluster] }) => {
      const proxy = await startFaultProxy(cluster);
      await defineWidgets(cluster);
      const maps = Array.from({ length: PAGE + 1 }, (_, index) => configMapYaml(name, `map-${index}`));
      const repository = fleetRepository([cluster], name, {
        [`clusters/${cluster.name}.yaml`]: proxy.clusterYaml,
        'type.yaml': WIDGETS,
        'maps.yaml': maps.join('---\n'),
        'widget.yaml': widgetYaml(name, 'one'),
        'kept.yaml': widgetYaml(name, 'two'),
      });
      const credentials = writeCredentials([cluster]);
      expect(problems(await syncOnce(repository, credentials))).toEqual([]);

      // Of the kinds that are seen, something goes in the same pass.
      repository.commit({
        'maps.yaml': maps.slice(2).join('---\n'),
        'widget.yaml': undefined,
        'kept.yaml': widgetYaml(name, 'two', 2),
        'new.yaml': configMapYaml(name, 'new'),
      });
      const before = (await requestsOf(cluster)).length;
      await begin(proxy);
      try {
        for (const command of [['sync'], ['sync', '--dry-run'], ['sync', '--allow-deletions', '1000']]) {
          const args = [...command, '--credentials-dir', credentials, '-o', 'json'];
          const { code, stdout } = await gitfed(args, repository.folder);
          expect(code).toBe(1);
          expect(JSON.parse(stdout).clusters).toMatchObject({ [cluster.name]: { state: 'Failed' } });
        }
      } finally {
        await end(proxy);
      }
      const expected = { ConfigMap: ['map-0', 'map-1'], Widget: ['one'] };
      const gone = (await deletionsOf(cluster, before)).map((uri) => /([^/?]+)(?:\?.*)?$/.exec(uri)?.[1]);
      const seen = Object.entries(expected).flatMap(([kind, names]) => (hidden.includes(kind) ? [] : names));
      expect(gone.sort()).toEqual(seen);

      expect(problems(await syncOnce(repository, credentials))).toEqual([]);
      const all = (await deletionsOf(cluster, before)).map((uri) => /([^/?]+)(?:\?.*)?$/.exec(uri)?.[1]);
      expect(all.sort()).toEqual(['map-0', 'map-1', 'one']);
    },
  );

  test('row 27: a kind that only the inventory has is told of where it cannot be read, and is not forgotten', async ({
    clusters: [cluster],
  }) => {
    const proxy = await startFaultProxy(cluster);
    const repository = fleetRepository([cluster], 'owed', {
      [`clusters/${cluster.name}.yaml`]: proxy.clusterYaml,
      'one.yaml': configMapYaml('owed', 'one'),
    });
    const credentials = writeCredentials([cluster]);
    await syncOnce(repository, credentials);
    repository.commit({
      'one.yaml': undefined,
      'other.yaml': federatedYaml('FederatedServiceAccount', 'other', {
        namespace: 'owed',
        spec: { template: {}, placement: EVERYWHERE },
      }),
    });
    proxy.fault({ kind: 'answer', status: 403 }, { match: isListOf('configmaps') });
    const blind = await syncOnce(repository, credentials);
    const drift = await gitfed(['drift', '--credentials-dir', credentials], repository.folder);
    expect(await get(cluster, '/api/v1/namespaces/owed/configmaps/one')).toBeDefined();

    await proxy.clear();
    expect(changes(await syncOnce(repository, credentials))).toEqual([`${cluster.name}: ConfigMap/owed/one deleted`]);
    expect([blind.ok, drift.code]).toEqual([false, 1]);
  });
});

/** A test by its title, plain or for a table of cases; skipped ones and those that are expected to fail do not count. */
const TITLE = /^ *test(?:\.for(?:<[^(]*>)?\([^;]*?\))?\(\s*(['`])(?<title>row (?:\\.|(?!\1).)+)\1/gms;
const REGISTERED = /^ *(?:test|it)(?:\.(?!override|beforeAll)\w+(?:<[^(]*>)?)*\(/gm;

function titlesIn(file: string): readonly string[] {
  const text = readFileSync(path.join(import.meta.dirname, file), 'utf8');
  const titles = [...text.matchAll(TITLE)].map(({ groups }) => groups?.title ?? '');
  // However it is written: a title that the pattern misses, or a test that does not run, shows here.
  expect([file, titles.length]).toEqual([file, text.match(REGISTERED)?.length]);
  return titles;
}

plainDescribe('the table of security', () => {
  plainTest('names every test of its rows, and no other', () => {
    const titles = ['security.test.ts', 'canary.test.ts'].flatMap(titlesIn);
    expect(new Set(titles).size).toBe(titles.length);
    const named = SECURITY_ROWS.flatMap(({ row, tests }) => tests.map((title) => [row, title] as const));
    expect(named.map(([, title]) => title).sort()).toEqual([...titles].sort());
    expect(named.filter(([row, title]) => !title.startsWith(`row ${row}: `))).toEqual([]);
  });

  plainTest('has a test for every row that concerns members', () => {
    expect(SECURITY_ROWS.map(({ row }) => row)).toEqual([9, 11, 12, 13, 15, 26, 27]);
    expect(SECURITY_ROWS.filter(({ sentence, tests }) => sentence === '' || tests.length === 0)).toEqual([]);
  });
});
