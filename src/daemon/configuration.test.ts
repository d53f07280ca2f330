import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import {
  type ConfigurationInput,
  type ConfigurationResult,
  changeConfiguration,
  type LoadedConfiguration,
  loadConfiguration,
} from './configuration.ts';
import { daemonConfigurationSchema } from './configuration-schema.ts';
import { DECLARED_SETTINGS, SETTINGS } from './settings.ts';

type Parts = Omit<Partial<ConfigurationInput>, 'file'> & { readonly file?: string };

function load({ file, env = {}, flags = { source: '/srv/fleet' }, cwd = '/home/me' }: Parts): ConfigurationResult {
  const named = file === undefined ? {} : { file: { name: '/etc/gitfed/daemon.yaml', text: file } };
  return loadConfiguration({ ...named, env, flags, cwd });
}

function loaded(parts: Parts): LoadedConfiguration {
  const result = load(parts);
  if (!result.ok) throw new Error(result.problems.join('\n'));
  return result;
}

function problems(parts: Parts): readonly string[] {
  const result = load(parts);
  return result.ok ? [] : result.problems;
}

const WHOLE = `apiVersion: gitfed.io/v1alpha1
kind: DaemonConfiguration
metadata: {name: production}
source: https://git.example/platform/fleet.git
ref: main
path: fleets/production
clusters: [eu-1, eu-2]
pollInterval: 1m
resyncInterval: 2h
requestTimeout: 20s
listen: 0.0.0.0:9090
webhook: {listen: "[::]:8080", secretFile: secrets/webhook}
dataDir: /var/lib/gitfed
credentialsDir: /run/credentials
kubeconfig: kubeconfig
ageKeyFile: keys/age
git:
  tokenFile: git/token
  username: gitfed
  credentialsFile: git/credentials
  sshKeyFile: git/key
  sshKnownHosts: git/known_hosts
  caFile: git/ca.crt
verify: {mode: Range, allowedSigners: signers, allowedGpgKeys: keys}
allowRewind: true
status: {author: "gitfed <gitfed@example.com>", repository: "https://git.example/status.git", minInterval: 30s}
notify:
  webhookUrl: https://hooks.example/gitfed
  webhookSecretFile: notify/secret
  forgeTokenFile: notify/token
  forge: gitea
  forgeUrl: https://git.example/forge/api/v1
  repository: https://git.example/forge/platform/fleet
  context: gitfed/production
  targetUrl: https://grafana.example/d/gitfed
home: {kubeconfig: home/config, namespace: gitfed, name: production, leaseDuration: 30s}
log: {level: debug, format: text}
`;

describe('the configuration of the daemon', () => {
  it('has defaults for everything but the source', () => {
    expect(loaded({}).configuration).toEqual({
      source: '/srv/fleet',
      pollIntervalMs: 30_000,
      resyncIntervalMs: 3_600_000,
      requestTimeoutMs: 15_000,
      listen: { host: '127.0.0.1', port: 9090 },
      webhook: {},
      git: {},
      verify: { mode: 'None' },
      allowRewind: false,
      status: {},
      notify: {},
      home: { inCluster: false, leaseDurationMs: 15_000 },
      log: { level: 'info', format: 'json' },
    });
  });

  it('reads every setting from a file, with paths relative to the file', () => {
    expect(loaded({ file: WHOLE, flags: {} }).configuration).toEqual({
      source: 'https://git.example/platform/fleet.git',
      ref: 'main',
      path: 'fleets/production',
      clusters: ['eu-1', 'eu-2'],
      pollIntervalMs: 60_000,
      resyncIntervalMs: 7_200_000,
      requestTimeoutMs: 20_000,
      listen: { host: '0.0.0.0', port: 9090 },
      webhook: { listen: { host: '::', port: 8080 }, secretFile: '/etc/gitfed/secrets/webhook' },
      dataDir: '/var/lib/gitfed',
      credentialsDir: '/run/credentials',
      kubeconfig: '/etc/gitfed/kubeconfig',
      ageKeyFile: '/etc/gitfed/keys/age',
      git: {
        tokenFile: '/etc/gitfed/git/token',
        username: 'gitfed',
        credentialsFile: '/etc/gitfed/git/credentials',
        sshKeyFile: '/etc/gitfed/git/key',
        sshKnownHosts: '/etc/gitfed/git/known_hosts',
        caFile: '/etc/gitfed/git/ca.crt',
      },
      verify: { mode: 'Range', allowedSigners: '/etc/gitfed/signers', allowedGpgKeys: '/etc/gitfed/keys' },
      allowRewind: true,
      status: {
        author: 'gitfed <gitfed@example.com>',
        repository: 'https://git.example/status.git',
        minIntervalMs: 30_000,
      },
      notify: {
        webhookUrl: 'https://hooks.example/gitfed',
        webhookSecretFile: '/etc/gitfed/notify/secret',
        forgeTokenFile: '/etc/gitfed/notify/token',
        forge: 'gitea',
        forgeUrl: 'https://git.example/forge/api/v1',
        repository: 'https://git.example/forge/platform/fleet',
        context: 'gitfed/production',
        targetUrl: 'https://grafana.example/d/gitfed',
      },
      home: {
        kubeconfig: '/etc/gitfed/home/config',
        inCluster: false,
        namespace: 'gitfed',
        name: 'production',
        leaseDurationMs: 30_000,
      },
      log: { level: 'debug', format: 'text' },
    });
  });

  it.for([
    [
      'home: {kubeconfig: a, inCluster: true}',
      '/etc/gitfed/daemon.yaml:1:8: home.kubeconfig and home.inCluster both name a home cluster: remove one of them',
    ],
    [
      'home: {name: production}',
      '/etc/gitfed/daemon.yaml:1:8: home.name is given without a home cluster: name one with home.kubeconfig or home.inCluster',
    ],
    [
      'home: {inCluster: true, leaseDuration: 1s}',
      '/etc/gitfed/daemon.yaml:1:25: home.leaseDuration is 1s; it must be at least 2s',
    ],
  ])('refuses %s', ([file = '', problem]) => {
    expect(problems({ file })).toEqual([problem]);
  });

  it('takes a flag before the environment, that before the file, and the file before a default', () => {
    const file = 'pollInterval: 1m\nresyncInterval: 2h\nrequestTimeout: 20s\n';
    const env = { GITFED_POLL_INTERVAL: '2m', GITFED_RESYNC_INTERVAL: '3h' };
    const { configuration } = loaded({ file, env, flags: { source: '.', 'poll-interval': '3m' } });
    expect(configuration).toMatchObject({
      source: '/home/me',
      pollIntervalMs: 180_000,
      resyncIntervalMs: 10_800_000,
      requestTimeoutMs: 20_000,
      log: { level: 'info' },
    });
  });

  it('reads lists and booleans from the environment, where empty is absent', () => {
    const env = { GITFED_SOURCE: 'fleet', GITFED_CLUSTERS: 'eu-1, eu-2', GITFED_ALLOW_REWIND: 'true', GITFED_REF: '' };
    const { configuration } = loaded({ env, flags: {} });
    expect(configuration).toMatchObject({ source: '/home/me/fleet', clusters: ['eu-1', 'eu-2'], allowRewind: true });
    expect(configuration).not.toHaveProperty('ref');
  });

  it('asks for signatures where somebody is named who may sign', () => {
    expect(loaded({ file: 'verify: {allowedSigners: a}' }).configuration.verify.mode).toBe('Range');
    expect(loaded({ file: 'verify: {allowedSigners: a, mode: None}' }).configuration.verify.mode).toBe('None');
  });

  it('tells all that is wrong at once, each with its place', () => {
    const file = 'pollIntervall: 30s\nlog:\n  level: verbose\nlisten: 9090\nclusters: [""]\nallowRewind: "yes"\n';
    const env = { GITFED_RESYNC_INTERVAL: 'hourly', GITFED_ALLOW_REWIND: 'yes' };
    expect(problems({ file, env, flags: { 'webhook-listen': 'nowhere' } })).toEqual([
      expect.stringMatching(/^GITFED_RESYNC_INTERVAL is "hourly", which does not look like this: Time after/),
      'GITFED_ALLOW_REWIND must be true or false, not a string',
      '/etc/gitfed/daemon.yaml:1:1: pollIntervall is not a known field: "pollInterval" was probably meant',
      '/etc/gitfed/daemon.yaml:3:3: log.level is "verbose"; it must be debug, info, warn or error (case matters)',
      '/etc/gitfed/daemon.yaml:4:1: listen must be a string, not a number',
      '/etc/gitfed/daemon.yaml:5:12: clusters.0 must not be empty',
      '/etc/gitfed/daemon.yaml:6:1: allowRewind must be true or false, not a string',
      '--webhook-listen is "nowhere"; it must be HOST:PORT, such as 127.0.0.1:9090 or [::]:9090',
      'no repository is named: give it as argument, as GITFED_SOURCE, or as source in the file',
    ]);
  });

  it('says of a file that cannot be read only why: what is in it is not known to be missing', () => {
    expect(problems({ file: 'source: .\nref: [' })).toEqual([
      expect.stringMatching(/^.*:2:\d+: This is not valid YAML/),
    ]);
  });

  it.each([
    ['is not YAML', 'source: [', /^\/etc\/gitfed\/daemon\.yaml:1:\d+: This is not valid YAML/],
    ['has a key twice', 'ref: a\nref: b', /A key stands twice/],
    ['is a list', '[]', /must hold a mapping/],
    ['has two documents', 'ref: a\n---\nref: b', /only one document/],
    ['is that of a repository', 'kind: Configuration', /kind is "Configuration"; it must be DaemonConfiguration/],
    ['polls without a pause', 'pollInterval: 10ms', /:1:1: pollInterval is 10ms; it must be at least 1s/],
    ['waits for a month', 'resyncInterval: 800h', /resyncInterval is 800h; it must be at most 596h/],
    ['leaves the repository', 'path: a/../../b', /path is "a\/\.\.\/\.\.\/b", which does not look like this/],
    ['has an option as source', 'source: --upload-pack=x', /source is a value, which/],
    ['verifies by nobody', 'verify: {mode: Head}', /:1:10: verify.mode is Head: say who may sign, with verify.allowed/],
    ['has two listeners at one place', 'listen: "a:1"\nwebhook: {listen: "a:1"}', /is the same as listen/],
    ['has a key of JavaScript', '__proto__: {source: x}', /:1:1: __proto__ is not a known field/],
  ])('refuses a file that %s', (_title, file, problem) => {
    expect(problems({ file })).toEqual([expect.stringMatching(problem)]);
  });

  it('shows no password of a source that it refuses', () => {
    const said = problems({ flags: { source: '-https://user:canary@git.example' } }).join('\n');
    expect(said).toContain('the source is a value');
    expect(said).not.toContain('canary');
  });

  it('asks for a folder where a URL is kept', () => {
    expect(problems({ flags: { source: 'https://git.example/fleet.git' } })).toEqual([
      'the source is a URL: name a folder that keeps its clone, with dataDir or --data-dir',
    ]);
  });

  it('takes one secret of webhooks, not two', () => {
    const env = { GITFED_WEBHOOK_SECRET: 'canary' };
    const [problem = ''] = problems({ file: 'webhook: {secretFile: a}', env });
    expect(problem).toMatch(/webhook.secretFile and GITFED_WEBHOOK_SECRET are both given/);
    expect(problem).not.toContain('canary');
  });

  it.each<[title: string, file: string, env: Readonly<Record<string, string>>, problem: RegExp]>([
    [
      'a webhook without a secret',
      'notify: {webhookUrl: "https://canary.example"}',
      {},
      /notify\.webhookUrl needs a secret/,
    ],
    ['a secret without a webhook', '', { GITFED_NOTIFY_WEBHOOK_SECRET: 'canary' }, /and no notify\.webhookUrl$/],
    [
      'two secrets',
      'notify: {webhookUrl: "https://canary.example", webhookSecretFile: a}',
      { GITFED_NOTIFY_WEBHOOK_SECRET: 'canary' },
      /notify\.webhookSecretFile and GITFED_NOTIFY_WEBHOOK_SECRET are both given/,
    ],
    [
      'a forge without a token',
      'notify: {forge: gitlab}',
      {},
      /notify\.forge does nothing without a token of the forge/,
    ],
    [
      'a token for nowhere',
      '',
      { GITFED_NOTIFY_FORGE_TOKEN: 'canary' },
      /"\/srv\/fleet" is none: set notify\.repository/,
    ],
    [
      'a token for a forge that nobody knows',
      'notify: {repository: "https://user:canary@git.example/platform/fleet"}',
      { GITFED_NOTIFY_FORGE_TOKEN: 'canary' },
      /it cannot be told which forge git\.example is: set notify\.forge/,
    ],
    [
      'a webhook that is no address',
      'notify: {webhookUrl: "file:///canary"}',
      {},
      /notify\.webhookUrl is a value, which/,
    ],
  ])('refuses %s for notifications, and shows no secret', (_title, file, env, problem) => {
    const said = problems({ file, env });
    expect(said).toEqual([expect.stringMatching(problem)]);
    expect(said.join('')).not.toContain('canary');
  });

  it('takes commit statuses of a repository that its address tells', () => {
    const flags = { source: 'https://github.com/octo/fleet', 'data-dir': '/d' };
    expect(loaded({ flags, env: { GITFED_NOTIFY_FORGE_TOKEN: 'x' } }).warnings).toEqual([]);
  });

  it('warns of variables that look like settings, and not of those that Kubernetes sets for a Service', () => {
    const env = {
      GITFED_POL_INTERVAL: '30s',
      GITFED_WHATEVER_ELSE: '',
      GITFED_WEBHOOK_SECRET: 'x',
      GITFED_SERVICE_HOST: '10.0.0.1',
      GITFED_SERVICE_PORT_METRICS: '9090',
      GITFED_PORT: 'tcp://10.0.0.1:9090',
      GITFED_PORT_9090_TCP_ADDR: '10.0.0.1',
    };
    expect(loaded({ env }).warnings).toEqual([
      'GITFED_POL_INTERVAL is no setting: GITFED_POLL_INTERVAL was probably meant',
      'GITFED_WHATEVER_ELSE is no setting',
    ]);
  });
});

describe('a configuration that is changed', () => {
  const old = loaded({ file: 'pollInterval: 30s\nref: main\nlog: {level: info, format: json}\n' });
  const fresh = loaded({ file: 'pollInterval: 1m\nref: other\nlog: {level: debug, format: text}\ndataDir: /d\n' });

  it('counts at once where it may, and says what waits for a restart', () => {
    const { next, applied, postponed } = changeConfiguration(old, fresh);
    expect(applied).toEqual(['pollInterval', 'log.level']);
    expect(postponed).toEqual(['ref', 'dataDir', 'log.format']);
    expect(next.configuration).toEqual({
      ...old.configuration,
      pollIntervalMs: 60_000,
      log: { level: 'debug', format: 'json' },
    });
  });

  it('says nothing where nothing is different', () => {
    expect(changeConfiguration(old, old)).toMatchObject({ applied: [], postponed: [] });
  });

  it('loses a setting that is not in the file any more', () => {
    const without = loaded({ file: 'ref: main\n' });
    const { next, applied } = changeConfiguration(loaded({ file: 'ref: main\npollInterval: 5m\n' }), without);
    expect(applied).toEqual(['pollInterval']);
    expect(next.configuration.pollIntervalMs).toBe(30_000);
  });
});

describe('the settings', () => {
  it('are those of the schema', () => {
    expect(SETTINGS.map(({ name }) => name).toSorted()).toEqual(DECLARED_SETTINGS.toSorted());
  });

  it('have one name each in the environment and on the command line', () => {
    for (const names of [SETTINGS.map(({ env }) => env), SETTINGS.map(({ flag }) => flag)]) {
      expect(new Set(names).size).toBe(SETTINGS.length);
    }
    expect(SETTINGS.find(({ name }) => name === 'git.sshKnownHosts')).toMatchObject({
      env: 'GITFED_GIT_SSH_KNOWN_HOSTS',
      flag: 'git-ssh-known-hosts',
    });
  });

  it('are published as schemas/daemon-configuration.json', async () => {
    await expect(`${JSON.stringify(daemonConfigurationSchema, null, 2)}\n`).toMatchFileSnapshot(
      '../../schemas/daemon-configuration.json',
    );
  });

  it('are described for any reader of JSON Schema', () => {
    const isValid = new Ajv2020({ strict: true, strictTypes: false }).compile(daemonConfigurationSchema);
    expect(isValid({ source: 'x', log: { level: 'debug' } })).toBe(true);
    expect(isValid({ sourc: 'x' })).toBe(false);
    expect(SETTINGS.filter(({ schema }) => schema.description === undefined)).toEqual([]);
  });
});
