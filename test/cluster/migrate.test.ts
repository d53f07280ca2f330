import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { RECORDED_ANNOTATIONS } from '../../src/apply/names.ts';
import { isJsonObject, type JsonObject } from '../../src/core/index.ts';
import { gitfed, type Run } from '../cli/run-gitfed.ts';
import {
  auditEvents,
  test as base,
  type Cluster,
  describe,
  poll,
  startControlPlane,
} from '../controlplane/fixtures.ts';
import { get, temporaryFolder, writesOf } from './fleet.ts';
import {
  CONTROLLER,
  hostKubeconfig,
  type Installation,
  MEMBERS,
  pathOf,
  podsOf,
  restoreInstallation,
  SYSTEM_NAMESPACE,
  startController,
} from './kubefed-live.ts';

const DEPLOYMENT = `/apis/apps/v1/namespaces/${SYSTEM_NAMESPACE}/deployments/${CONTROLLER}`;

interface Fleet extends Installation {
  /** A repository that was imported, and is committed. */
  readonly folder: string;
  readonly migrate: (step: string, ...args: readonly string[]) => Promise<Run>;
  readonly git: (...args: readonly string[]) => void;
}

/** KubeFed on four real clusters, whose controller is a Deployment that nobody runs the image of, and the repository that it became. */
// biome-ignore lint/correctness/noEmptyPattern: vitest reads from it which fixtures are wanted.
const test = base.extend('fleet', async ({}, { onCleanup }): Promise<Fleet> => {
  const controlPlane = await startControlPlane({ audit: true, controllerManager: true, clusters: 4 });
  onCleanup(() => controlPlane.stop());
  const installation = await restoreInstallation(controlPlane.clusters, { isExtended: true });
  await startController(installation.host);
  const root = temporaryFolder();
  const host = ['--host-context', 'host', '--kubeconfig', hostKubeconfig(installation, root)];
  const credentials = ['--credentials-dir', path.join(root, 'credentials')];
  const imported = await gitfed(
    ['import', 'kubefed', '--output-dir', 'fleet', '--secrets', 'plain', ...host, ...credentials],
    root,
  );
  // One override fails, as it did in KubeFed.
  expect([imported.code, imported.stdout + imported.stderr]).toEqual([1, expect.stringContaining('broken')]);
  const folder = path.join(root, 'fleet');
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', ['-C', folder, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'Import');
  const migrate = (step: string, ...args: readonly string[]): Promise<Run> =>
    gitfed(['migrate', step, ...host, ...(step === 'rollback' ? [] : credentials), ...args], folder);
  return { ...installation, folder, git, migrate };
});

/** What is needed to know whose an object is, and what becomes of it when its file is gone. */
const OURS: ReadonlySet<string> = new Set([...RECORDED_ANNOTATIONS, 'gitfed.io/applied', 'gitfed.io/path']);

/** An object without what says whose it is, and what its own controllers count. */
function content(object: JsonObject): unknown {
  const { status: _status, ...rest } = object;
  const metadata = { ...(rest['metadata'] as JsonObject) };
  for (const field of ['managedFields', 'resourceVersion', 'generation']) delete metadata[field];
  const without = (map: unknown, isKept: (key: string) => boolean): JsonObject =>
    Object.fromEntries(
      Object.entries(isJsonObject(map as never) ? (map as JsonObject) : {}).filter(([key]) => isKept(key)),
    );
  const labels = without(metadata['labels'], (key) => key !== 'applyset.kubernetes.io/part-of');
  const annotations = without(metadata['annotations'], (key) => !OURS.has(key));
  return { ...rest, metadata: { ...metadata, labels, annotations } };
}

function generationOf({ metadata }: JsonObject): number {
  return Number((metadata as JsonObject)['generation'] ?? 0);
}

interface Seen {
  readonly objects: Readonly<Record<string, readonly JsonObject[]>>;
  readonly pods: Readonly<Record<string, readonly string[]>>;
}

async function look({ members, objectsOf }: Installation): Promise<Seen> {
  const objects: Record<string, readonly JsonObject[]> = {};
  const pods: Record<string, readonly string[]> = {};
  for (const name of MEMBERS) {
    objects[name] = await objectsOf(name);
    pods[name] = await podsOf(members[name], 'shop');
  }
  return { objects, pods };
}

function contents({ objects, pods }: Seen): unknown {
  return { pods, objects: Object.fromEntries(MEMBERS.map((name) => [name, objects[name]?.map(content)])) };
}

/** What gitfed has written more than twice, Leases and its own inventory apart. */
async function writtenOften(cluster: Cluster): Promise<readonly string[]> {
  const writes = (await writesOf(cluster)).filter(
    ({ objectRef, requestURI }) => objectRef?.namespace !== SYSTEM_NAMESPACE && !requestURI.includes('dryRun='),
  );
  const objects = Map.groupBy(writes, ({ objectRef }) =>
    [objectRef?.resource, objectRef?.namespace, objectRef?.name].join('/'),
  );
  return [...objects].filter(([, all]) => all.length > 2).map(([object, all]) => `${object} ${all.length}`);
}

async function finalizers(fleet: Fleet): Promise<readonly string[]> {
  const lists = [
    'types.kubefed.io/v1beta1/federatedconfigmaps',
    'types.shop.example/v1beta1/federatedwidgets',
    'core.kubefed.io/v1beta1/federatedtypeconfigs',
  ];
  const all = await Promise.all(
    lists.map((one) =>
      get<{ items: readonly { metadata: { finalizers?: readonly string[] } }[] }>(fleet.host, `/apis/${one}`),
    ),
  );
  return [
    ...new Set(all.flatMap((list) => (list?.items ?? []).flatMap(({ metadata }) => metadata.finalizers ?? []))),
  ].sort();
}

describe('KubeFed', () => {
  test('is left, come back to, and left again, and nothing in the members notices', { timeout: 240_000 }, async ({
    fleet,
  }) => {
    const { host, members, migrate, git, folder } = fleet;
    for (const name of MEMBERS) {
      await poll(async () => (await podsOf(members[name], 'shop')).length > 0, { what: `${name} has pods` });
    }
    const before = await look(fleet);

    const plan = await migrate('plan');
    expect(plan.stdout).toMatch(
      /1\. check +done.*\n(?: +- .*\n)*2\. stop +to do.*\n3\. take-over +to do.*\n4\. verify +to do.*\n5\. release +to do/,
    );
    expect((await migrate('check')).code).toBe(0);
    expect((await migrate('cutover')).code).toBe(2);
    expect(await contents(await look(fleet))).toEqual(contents(before));

    const cutover = await migrate('cutover', '--yes', '--until', 'verify');
    expect([cutover.code, cutover.stdout + cutover.stderr]).toEqual([0, expect.stringMatching(/4\. verify +done/)]);
    const taken = await look(fleet);
    expect(contents(taken)).toEqual(contents(before));
    for (const name of MEMBERS) {
      expect(await writtenOften(members[name])).toEqual([]);
      for (const [index, object] of (taken.objects[name] ?? []).entries()) {
        const was = generationOf(before.objects[name]?.[index] ?? {});
        // The annotations of a Deployment count.
        expect(generationOf(object) - was, pathOf(object)).toBeLessThanOrEqual(object['kind'] === 'Deployment' ? 1 : 0);
      }
    }
    const stopped = await get<{ spec: { replicas: number } }>(host, DEPLOYMENT);
    expect(stopped?.spec.replicas).toBe(0);
    expect(await podsOf(host, SYSTEM_NAMESPACE)).toEqual([]);
    expect(await finalizers(fleet)).toEqual(['core.kubefed.io/federated-type-config', 'kubefed.io/sync-controller']);

    const released = await migrate('cutover', '--yes');
    expect([released.code, released.stdout]).toEqual([0, expect.stringMatching(/5\. release +done/)]);
    expect(await finalizers(fleet)).toEqual([]);

    const refused = await migrate('rollback');
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('suspend: true')]);
    const configuration = readFileSync(path.join(folder, 'gitfed.yaml'), 'utf8');
    appendFileSync(path.join(folder, 'gitfed.yaml'), '\nsuspend: true\n');
    git('commit', '--quiet', '--all', '--message', 'Back to KubeFed');
    const settings = path.join(folder, 'shop', 'ConfigMap-settings.yaml');
    const before600 = readFileSync(settings, 'utf8');
    writeFileSync(settings, before600.replace('0644', '0600'));
    git('commit', '--quiet', '--all', '--message', 'Another mode');
    const undone = await migrate('rollback');
    expect([undone.code, undone.stderr]).toEqual([
      2,
      expect.stringMatching(/would undo what git has changed.*: ConfigMap\/shop\/settings \(changed in m1\)/),
    ]);
    writeFileSync(settings, before600);
    git('commit', '--quiet', '--all', '--message', 'The mode of before');
    const back = await migrate('rollback');
    expect([back.code, back.stderr]).toEqual([0, '']);
    expect((await get<{ spec: { replicas: number } }>(host, DEPLOYMENT))?.spec.replicas).toBe(2);
    expect(await finalizers(fleet)).toEqual(['core.kubefed.io/federated-type-config', 'kubefed.io/sync-controller']);
    expect((await migrate('check')).stdout).toContain('suspend: true');
    expect(contents(await look(fleet))).toEqual(contents(before));

    writeFileSync(path.join(folder, 'gitfed.yaml'), configuration);
    git('commit', '--quiet', '--all', '--message', 'To gitfed');
    const again = await migrate('cutover', '--yes');
    expect([again.code, again.stdout]).toEqual([0, expect.stringMatching(/5\. release +done/)]);
    expect(contents(await look(fleet))).toEqual(contents(before));
    for (const name of MEMBERS) {
      expect(await writtenOften(members[name])).toEqual([]);
      const events = await auditEvents(members[name]);
      const deletions = events.filter(
        ({ verb, userAgent }) => verb.startsWith('delete') && userAgent?.startsWith('gitfed/'),
      );
      expect(deletions).toEqual([]);
    }
  });

  test('is not left while something stands in the way', { timeout: 240_000 }, async ({ fleet }) => {
    const { host, members, migrate } = fleet;
    const blocked = async (...args: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await migrate('cutover', '--yes', ...args);
      expect([code, stderr]).toEqual([1, '']);
      return stdout;
    };
    const replicas = async (): Promise<unknown> =>
      (await get<{ spec: { replicas: number } }>(host, DEPLOYMENT))?.spec.replicas;

    const elsewhere = await migrate('check', '--kubefed-namespace', 'default');
    expect([elsewhere.code, elsewhere.stderr]).toEqual([2, expect.stringContaining('--kubefed-namespace')]);
    const misnamed = await blocked('--controller', 'other');
    expect(misnamed).toContain('There is no Deployment/kube-federation-system/other on the host.');

    const extra = { metadata: { name: 'extra', namespace: 'shop' }, spec: { template: { data: {} }, placement: {} } };
    await host.request('POST', '/apis/types.kubefed.io/v1beta1/namespaces/shop/federatedconfigmaps', {
      apiVersion: 'types.kubefed.io/v1beta1',
      kind: 'FederatedConfigMap',
      ...extra,
    });
    expect(await blocked()).toContain('The repository does not have FederatedConfigMap/shop/extra of the host');
    const note = (await migrate('check', '--allow-missing')).stdout;
    expect(note).toContain('- The repository does not have FederatedConfigMap/shop/extra');

    const settings = '/api/v1/namespaces/shop/configmaps/settings';
    const live = await get<JsonObject>(members.m1, settings);
    await members.m1.request('PUT', settings, { ...live, data: { mode: '0700' } });
    expect(await blocked('--allow-missing')).toMatch(/1 object would change.*\n.*ConfigMap\/shop\/settings/);
    await members.m1.request('PUT', settings, {
      ...(await get<JsonObject>(members.m1, settings)),
      data: live?.['data'],
    });

    members.m2.freeze();
    expect(await blocked('--allow-missing', '--request-timeout', '2s')).toContain('--allow-unreached');
    expect(await replicas()).toBe(2);
    members.m2.thaw();

    const renewing = setInterval(() => void renewLock(host), 300);
    try {
      await renewLock(host);
      const { code, stderr } = await migrate('cutover', '--yes', '--allow-missing', '--stop-timeout', '3s');
      expect([code, stderr]).toEqual([2, expect.stringContaining('other-machine renews the lock')]);
    } finally {
      clearInterval(renewing);
    }
    expect(await replicas()).toBe(0);
    const writes = await Promise.all(MEMBERS.map((name) => writesOf(members[name])));
    expect(writes.flat().filter(({ requestURI }) => !requestURI.includes('dryRun='))).toEqual([]);

    await patch(host, DEPLOYMENT, { spec: { replicas: 1 } });
    const walked = await migrate('cutover', '--yes', '--allow-missing', '--until', 'verify');
    expect([walked.code, walked.stderr]).toEqual([0, '']);
    await patch(host, DEPLOYMENT, { spec: { replicas: 1 } });
    await host.request('DELETE', '/apis/types.kubefed.io/v1beta1/namespaces/shop/federatedconfigmaps/settings');
    expect(await blocked('--allow-missing')).toMatch(/somebody has deleted FederatedConfigMap\/shop\/settings/);
    expect(await finalizers(fleet)).toEqual(['core.kubefed.io/federated-type-config', 'kubefed.io/sync-controller']);
  });
});

/** As a controller on another machine does it. */
async function renewLock(host: Cluster): Promise<void> {
  const path = `/api/v1/namespaces/${SYSTEM_NAMESPACE}/configmaps`;
  const record = { holderIdentity: 'other-machine', leaseDurationSeconds: 1, renewTime: new Date().toISOString() };
  const metadata = {
    name: CONTROLLER,
    annotations: { 'control-plane.alpha.kubernetes.io/leader': JSON.stringify(record) },
  };
  if ((await patch(host, `${path}/${CONTROLLER}`, { metadata })) === 404)
    await host.request('POST', path, { metadata });
}

async function patch(cluster: Cluster, target: string, body: unknown): Promise<number> {
  return (await cluster.request('PATCH', target, body, 'application/merge-patch+json')).status;
}
