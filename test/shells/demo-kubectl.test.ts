import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ensureKubectl } from '../../bench/apply/kubectl.ts';
import { recentGoVersion } from '../controlplane/go-binary.ts';

const hasGo = (await recentGoVersion()) !== undefined;
if (!hasGo && process.env.CI === 'true')
  throw new Error('kubectl is built with Go 1.26 or newer, which is not installed');
if (!hasGo) process.stderr.write('SKIPPING kubectl against the demo: Go 1.26 or newer is not installed\n');

const MAIN = path.resolve(import.meta.dirname, '../../src/cli/main.ts');

describe.skipIf(!hasGo)('gitfed demo --keep', () => {
  it('leaves clusters to kubectl, puts back what it changes, and ends with SIGTERM', async () => {
    const kubectl = await ensureKubectl();
    const folder = mkdtempSync(path.join(tmpdir(), 'gitfed-kept-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const child = spawn(process.execPath, [MAIN, 'demo', '--keep'], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const ended = once(child, 'close');
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    await expect.poll(() => stdout, { timeout: 60_000 }).toMatch(/curl http:\S+\/metrics\n/);

    const kubeconfig = /export KUBECONFIG=(\S+)/.exec(stdout)?.[1] ?? '';
    const run = async (context: string, ...args: readonly string[]): Promise<string> => {
      const env = { PATH: process.env.PATH, HOME: folder, KUBECONFIG: kubeconfig };
      const place = ['--context', context, '--namespace', 'shop'];
      return (await promisify(execFile)(kubectl, [...place, ...args], { env })).stdout.trim().replaceAll(/ +/g, ' ');
    };
    for (const [context, web] of Object.entries({ 'ap-1': 4, 'eu-1': 10, 'us-1': 10 })) {
      expect(await run(context, 'get', 'deployment', 'web', '--no-headers')).toMatch(
        new RegExp(`^web ${web}/${web} ${web} ${web} `),
      );
    }
    expect(await run('eu-1', 'scale', 'deployment', 'web', '--replicas', '1')).toBe('deployment.apps/web scaled');
    await expect
      .poll(() => run('eu-1', 'get', 'deployment', 'web', '--output', 'jsonpath={.spec.replicas}'), { timeout: 20_000 })
      .toBe('10');

    const metrics = /curl (http:\S+\/metrics)\n/.exec(stdout)?.[1] ?? '';
    expect(await (await fetch(metrics)).text()).toMatch(/^gitfed_cluster_drift_corrected_total\{cluster="eu-1"\} 1$/m);
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(readdirSync(folder).filter((name) => name.startsWith('gitfed-demo-'))).toEqual([]);
  });
});
