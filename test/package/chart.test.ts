import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHART, generatedChartFiles, generatedManifests, MANIFESTS } from '../../scripts/generate-deploy.ts';
import { type LoadedConfiguration, loadConfiguration } from '../../src/daemon/configuration.ts';
import { SETTINGS, type Setting } from '../../src/daemon/settings.ts';
import { ensureHelm } from '../deploy/helm.ts';
import { LEAST, only, refusalOf, renderChart, type Values } from '../deploy/render-chart.ts';

/** Built once; undefined without Go. */
const found = await ensureHelm();
const helm = found ?? '';

/** A value that a setting may have, and that is not its default. */
function exampleOf({ name, schema }: Setting): unknown {
  const { examples = [], enum: words = [], type, default: usual } = schema;
  const [first] = examples;
  if (first !== undefined) return first;
  const word = words.find((value) => value !== usual);
  if (word !== undefined) return word;
  if (type === 'boolean') return usual !== true;
  if (name === 'listen') return '0.0.0.0:9191';
  if (name === 'status.repository') return 'https://git.example/status.git';
  return schema.pattern === undefined ? `/run/gitfed/of-${name}` : '77s';
}

/** Values with these settings. */
function withSettings(settings: readonly Setting[]): Values {
  const source = { source: 'https://git.example/fleet.git' };
  const configuration = settings.reduce<object>(
    (made, setting) => withAt(made, setting.path, exampleOf(setting)),
    source,
  );
  return { configuration };
}

function withAt(values: object, [key = '', ...rest]: readonly string[], value: unknown): typeof values {
  const below: unknown = Object.getOwnPropertyDescriptor(values, key)?.value;
  return { ...values, [key]: rest.length === 0 ? value : withAt(Object(below ?? {}), rest, value) };
}

function configurationOf(values: Values): string {
  return only(renderChart(helm, values), 'ConfigMap')['data']['daemon.yaml'];
}

function checksumOf(values: Values): string {
  return only(renderChart(helm, values), 'Deployment')['spec'].template.metadata.annotations['gitfed.io/configuration'];
}

function loaded(text: string): ReturnType<typeof loadConfiguration> {
  return loadConfiguration({ file: { name: '/etc/gitfed/daemon.yaml', text }, env: {}, flags: {}, cwd: '/' });
}

function loadedOf(values: Values): LoadedConfiguration {
  const result = loaded(configurationOf(values));
  if (!result.ok) throw new Error(result.problems.join('\n'));
  return result;
}

const podOf = (values: Values) => only(renderChart(helm, values), 'Deployment')['spec'].template.spec;

describe.skipIf(found === undefined)('the chart', () => {
  it('is as it is generated, and so are the manifests', () => {
    for (const [name, text] of generatedChartFiles()) {
      expect(readFileSync(path.join(CHART, name), 'utf8'), `${name}: npm run generate:deploy`).toBe(text);
    }
    for (const [name, text] of generatedManifests(helm)) {
      expect(readFileSync(path.join(MANIFESTS, name), 'utf8'), `${name}: npm run generate:deploy`).toBe(text);
    }
  });

  it('passes helm lint', () => {
    const values = ['--set', 'configuration.source=https://git.example/fleet.git'];
    expect(execFileSync(helm, ['lint', '--strict', CHART, ...values], { encoding: 'utf8' })).toContain(
      '0 chart(s) failed',
    );
  });

  it('takes every setting of the daemon, which understands what it gets', () => {
    // There is one home cluster at most.
    for (const without of ['home.inCluster', 'home.kubeconfig']) {
      const settings = SETTINGS.filter(({ name }) => name !== without);
      const text = configurationOf(withSettings(settings));
      expect(loaded(text)).toMatchObject({ ok: true });
      for (const setting of settings) expect(text, setting.name).toContain(String([exampleOf(setting)].flat()[0]));
    }
  });

  it('needs nothing but a number to share the work among replicas', () => {
    const values = { ...LEAST, replicas: 3 };
    const { configuration } = loadedOf(values);
    expect(configuration.home).toMatchObject({ inCluster: true, name: 'gitfed' });
    const manifests = renderChart(helm, values);
    const { spec } = only(manifests, 'Deployment');
    expect(spec).toMatchObject({ replicas: 3, strategy: { type: 'RollingUpdate' } });
    expect(spec.template.spec.automountServiceAccountToken).toBe(true);
    const { metadata, rules } = only(manifests, 'Role');
    expect(metadata.namespace).toBe(only(manifests, 'Deployment')['metadata'].namespace);
    expect(rules).toEqual([
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['list', 'create', 'update', 'delete'] },
      {
        apiGroups: [''],
        resources: ['configmaps'],
        verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
      },
    ]);
    expect(loadedOf(LEAST).configuration.home.inCluster).toBe(false);
  });

  it('gives each of several replicas a folder of its own', () => {
    const [, data] = podOf({ ...LEAST, replicas: 3, data: { size: '1Gi' } }).volumes;
    expect(data.ephemeral.volumeClaimTemplate.spec.resources.requests.storage).toBe('1Gi');
    const kinds = renderChart(helm, { ...LEAST, replicas: 3, data: { size: '1Gi' } }).map(({ kind }) => kind);
    expect(kinds).not.toContain('PersistentVolumeClaim');
  });

  it('leaves the home cluster to whoever names another one', () => {
    const home = { kubeconfig: '/run/gitfed/kubeconfig/home' };
    const values = { replicas: 3, configuration: { source: 'https://git.example/fleet.git', home } };
    expect(loadedOf(values).configuration.home).toMatchObject({ ...home, inCluster: false, name: 'gitfed' });
    expect(podOf(values).automountServiceAccountToken).toBe(false);
  });

  it('starts the daemon again for settings that ask for it, and for no others', () => {
    const before = checksumOf(LEAST);
    const live = SETTINGS.filter(({ change }) => change === 'live');
    expect(live.length).toBeGreaterThan(3);
    expect(checksumOf(withSettings(live))).toBe(before);
    const restarting = SETTINGS.filter(({ change }) => change === 'restart');
    const seen = restarting.map((setting) => checksumOf(withSettings([setting])));
    expect(new Set([before, ...seen]).size).toBe(restarting.length + 1);
  });

  it.each([
    ['no source', {}, "missing property 'source'"],
    ['an unknown value', { ...LEAST, replica: 3 }, "additional properties 'replica' not allowed"],
    ['one folder for several', { ...LEAST, replicas: 3, data: { existingClaim: 'old' } }, 'each of several replicas'],
    ['an unknown setting', { configuration: { source: 'x', poll: '1s' } }, "additional properties 'poll' not allowed"],
    ['a time without a unit', { configuration: { source: 'x', pollInterval: '30' } }, '/configuration/pollInterval'],
    ['a credential that is no name', { ...LEAST, secrets: { git: 'a/b' } }, '/secrets/git'],
    ['a file in place of the configuration', { ...LEAST, files: { 'daemon.yaml': '' } }, 'daemon.yaml'],
    ['options of Node beside its own', { ...LEAST, env: [{ name: 'NODE_OPTIONS', value: '' }] }, '/env/0/name'],
  ])('refuses %s', (_title, values, words) => {
    expect(refusalOf(helm, values)).toContain(words);
  });

  it('gives no rights and no token, unless this cluster is a member', () => {
    const kinds = (values: Values) => renderChart(helm, values).map(({ kind }) => kind);
    expect(kinds(LEAST).filter((kind) => kind.includes('Role'))).toEqual([]);
    expect(podOf(LEAST).automountServiceAccountToken).toBe(false);
    const rules = [{ apiGroups: [''], resources: ['nodes'], verbs: ['get'] }];
    const member = { ...LEAST, rbac: { clusterRules: rules, roles: [{ rules }, { namespace: 'shop', rules }] } };
    expect(kinds(member).filter((kind) => kind.includes('Role'))).toEqual([
      ...['ClusterRole', 'ClusterRoleBinding', 'Role', 'Role', 'RoleBinding', 'RoleBinding'],
    ]);
    expect(podOf(member).automountServiceAccountToken).toBe(true);
  });

  it('mounts what secrets names, and tells the daemon where', () => {
    const secrets = {
      members: ['eu-1-credentials', 'us-1-credentials'],
      git: 'git',
      age: 'age',
      kubeconfig: 'k',
      webhook: 'hook',
    };
    const values = { ...LEAST, secrets };
    const mounts: readonly { readonly mountPath: string }[] = podOf(values).containers[0].volumeMounts;
    const secret = mounts.map(({ mountPath }) => mountPath).filter((name) => name.startsWith('/run/'));
    expect(secret).toEqual([
      '/run/gitfed/members/eu-1-credentials',
      '/run/gitfed/members/us-1-credentials',
      ...['git', 'age', 'kubeconfig', 'webhook'].map((name) => `/run/gitfed/${name}`),
    ]);
    const text = configurationOf(values);
    expect(text).toContain('credentialsDir: /run/gitfed/members\n');
    expect(text).toContain('secretFile: /run/gitfed/webhook/secret');
    expect(configurationOf(LEAST)).not.toMatch(/credentialsDir|webhook/);
  });

  it('gives Node an option that the one of the image has', () => {
    const [{ name, value }] = podOf({ ...LEAST, heapPercentage: 30 }).containers[0].env;
    const limit = 'Math.round(v8.getHeapStatistics().heap_size_limit / 2 ** 20)';
    const limitWith = (options: string) =>
      Number(execFileSync(process.execPath, ['--print', limit], { encoding: 'utf8', env: { [name]: options } }));
    expect(name).toBe('NODE_OPTIONS');
    expect(limitWith(value)).toBeGreaterThan(limitWith(value.replace('30', '20')));
  });

  it('opens the ports that the daemon listens at, and no others', () => {
    const configuration = { source: 'https://git.example/fleet.git', listen: '0.0.0.0:9191' };
    const manifests = renderChart(helm, { configuration: { ...configuration, webhook: { listen: '0.0.0.0:8181' } } });
    const ports = only(manifests, 'Service')['spec'].ports.map(({ port }: { readonly port: number }) => port);
    expect(ports).toEqual([9191, 8181]);
    const [{ ports: open }] = only(manifests, 'Deployment')['spec'].template.spec.containers;
    expect(open).toEqual([
      { name: 'metrics', containerPort: 9191 },
      { name: 'webhook', containerPort: 8181 },
    ]);
    expect(only(manifests, 'NetworkPolicy')['spec'].ingress).toHaveLength(2);
    expect(only(renderChart(helm, LEAST), 'NetworkPolicy')['spec'].ingress).toHaveLength(1);
  });

  it('keeps a clone that asks for it, and leaves out what is switched off', () => {
    const kinds = (values: Values) => new Set(renderChart(helm, { ...LEAST, ...values }).map(({ kind }) => kind));
    const claim = podOf({ ...LEAST, data: { size: '1Gi' } }).volumes[1];
    expect(claim).toEqual({ name: 'data', persistentVolumeClaim: { claimName: 'gitfed' } });
    expect(kinds({ data: { size: '1Gi' } })).toContain('PersistentVolumeClaim');
    expect(kinds({ data: { size: '1Gi', existingClaim: 'old' } })).not.toContain('PersistentVolumeClaim');
    expect(kinds({ serviceMonitor: { enabled: true } })).toContain('ServiceMonitor');
    const least = {
      networkPolicy: { enabled: false },
      podDisruptionBudget: { enabled: false },
      serviceAccount: { create: false },
    };
    expect(kinds(least)).toEqual(new Set(['ConfigMap', 'Service', 'Deployment']));
  });
});
