import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ensureKubectl } from '../../bench/apply/kubectl.ts';
import { startSandbox } from '../../src/sandbox/index.ts';
import { recentGoVersion } from '../controlplane/go-binary.ts';

const hasGo = (await recentGoVersion()) !== undefined;
if (!hasGo && process.env.CI === 'true')
  throw new Error('kubectl is built with Go 1.26 or newer, which is not installed');
if (!hasGo) process.stderr.write('SKIPPING kubectl against the sandbox: Go 1.26 or newer is not installed\n');

const MANIFESTS = `
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: registry.example/web:1}]}
`;

describe.skipIf(!hasGo)('kubectl works against the sandbox', () => {
  it('gets, applies, patches, scales, waits and deletes', async () => {
    const kubectl = await ensureKubectl();
    const sandbox = await startSandbox({ name: 'member' });
    const folder = mkdtempSync(path.join(tmpdir(), 'gitfed-sandbox-'));
    onTestFinished(async () => {
      await sandbox.stop();
      rmSync(folder, { recursive: true, force: true });
    });
    const kubeconfig = path.join(folder, 'kubeconfig');
    const manifests = path.join(folder, 'manifests.yaml');
    writeFileSync(kubeconfig, sandbox.kubeconfig());
    writeFileSync(manifests, MANIFESTS);
    const run = async (...args: readonly string[]): Promise<string> => {
      const env = { PATH: process.env.PATH, HOME: folder, KUBECONFIG: kubeconfig };
      const { stdout } = await promisify(execFile)(kubectl, ['--namespace', 'shop', ...args], { env });
      return stdout.trim().replaceAll(/ +/g, ' ');
    };
    expect(await run('apply', '--server-side', '--filename', manifests)).toBe(
      'namespace/shop serverside-applied\ndeployment.apps/web serverside-applied',
    );
    expect(await run('rollout', 'status', 'deployment', 'web')).toContain('successfully rolled out');
    expect(await run('get', 'deployments')).toMatch(/^NAME READY UP-TO-DATE AVAILABLE AGE\nweb 2\/2 2 2 \d+s$/);
    expect(await run('get', 'pods', '--output', 'name')).toMatch(/^pod\/web-\w+-\w+\npod\/web-\w+-\w+$/);
    expect(await run('scale', 'deployment', 'web', '--replicas', '3')).toBe('deployment.apps/web scaled');
    expect(await run('patch', 'deployment', 'web', '--type', 'merge', '--patch', '{"spec":{"paused":true}}')).toBe(
      'deployment.apps/web patched',
    );
    expect(await run('set', 'image', 'deployment/web', 'web=registry.example/web:2')).toContain('image updated');
    expect(await run('get', 'deployment', 'web', '--output', 'jsonpath={.spec.replicas} {..image}')).toBe(
      '3 registry.example/web:2',
    );
    await expect(run('apply', '--server-side', '--filename', manifests)).rejects.toThrow(
      /Apply failed with 2 conflicts/,
    );
    const dryRun = await run('apply', '--server-side', '--force-conflicts', '--dry-run=server', '-f', manifests);
    expect(dryRun).toContain('deployment.apps/web serverside-applied (server dry run)');
    expect(await run('apply', '--filename', manifests)).toContain('deployment.apps/web configured');
    expect(await run('delete', 'deployment', 'web')).toContain('"web" deleted');
    expect(await run('get', 'deployments,replicasets,pods', '--output', 'name')).toBe('');
    expect(await run('delete', 'namespace', 'shop')).toContain('"shop" deleted');
    expect(await run('get', 'namespaces', '--output', 'name')).not.toContain('shop');
  });
});
