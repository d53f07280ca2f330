import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFolder, gitfed } from './run-gitfed.ts';

const KUBECONFIG = `
apiVersion: v1
kind: Config
current-context: dublin
contexts:
  - {name: dublin, context: {cluster: one, user: me}}
  - {name: "arn:aws:eks:us-west-2:123456789012:cluster/Oregon", context: {cluster: two, user: me}}
clusters:
  - {name: one, cluster: {server: "https://dublin.example:6443", certificate-authority-data: Y2EtYnl0ZXM=}}
  - {name: two, cluster: {server: "https://oregon.example", certificate-authority: ca.pem, proxy-url: "http://user:canary-proxy@proxy.example:3128"}}
users:
  - {name: me, user: {token: canary-token, client-key-data: Y2FuYXJ5LWtleQ==}}
`;

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

describe('gitfed init', () => {
  it('writes a repository without a finding, that renders', async () => {
    const folder = createFolder();
    const { code, stdout } = await gitfed(['init', 'Fleet_1'], folder);
    expect(code).toBe(0);
    expect(stdout.match(/^created /gm)).toHaveLength(7);
    const fleet = join(folder, 'Fleet_1');
    expect(await gitfed(['validate'], fleet)).toEqual({ code: 0, stdout: '', stderr: 'no findings\n' });
    const { clusters, replicas } = JSON.parse((await gitfed(['render', '-o', 'json'], fleet)).stdout);
    expect(Object.keys(clusters)).toEqual(['east', 'west']);
    expect(replicas).toEqual({ 'FederatedDeployment/hello/web': { east: 3, west: 3 } });
    expect(readFileSync(join(fleet, 'gitfed.yaml'), 'utf8')).toContain('inventory: fleet-1\n');
    expect(readFileSync(join(fleet, '.github/workflows/gitfed.yaml'), 'utf8')).toContain('validate -o github');
  });

  it.each(['123', '1e3', 'true', 'null'])('takes the name of a folder %s for text', async (name) => {
    const folder = createFolder();
    expect(await gitfed(['init', name], folder)).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, name, 'gitfed.yaml'), 'utf8')).toMatch(new RegExp(`^inventory: "${name}"$`, 'm'));
    expect(await gitfed(['validate', name], folder)).toMatchObject({ code: 0, stdout: '' });
  });

  it('never overwrites', async () => {
    const folder = createFolder({ 'gitfed.yaml': 'mine', 'clusters/east.yaml': { link: '/etc/hostname' } });
    const { code, stdout } = await gitfed(['init'], folder);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^kept {4}gitfed\.yaml$/m);
    expect(stdout).toMatch(/^kept {4}clusters\/east\.yaml$/m);
    expect(readFileSync(join(folder, 'gitfed.yaml'), 'utf8')).toBe('mine');
    const again = await gitfed(['init'], folder);
    expect(again.stdout).not.toMatch(/^created/m);
  });

  it('does not write through a symbolic link', async () => {
    const outside = createFolder();
    const folder = createFolder({ clusters: { link: outside } });
    expect(await gitfed(['init'], folder)).toMatchObject({ code: 2 });
    expect(listFiles(outside)).toEqual([]);
  });

  it('makes one cluster of each context, without a credential', async () => {
    const elsewhere = createFolder({ config: KUBECONFIG, 'ca.pem': 'pem-bytes' });
    const folder = createFolder();
    const { code, stdout } = await gitfed(
      ['init', '--from-kubeconfig', '--kubeconfig', join(elsewhere, 'config')],
      folder,
    );
    expect(code).toBe(0);
    const files = listFiles(folder).filter((file) => file.startsWith('clusters/'));
    expect(files).toEqual(['clusters/arn-aws-eks-us-west-2-123456789012-cluster-Oregon.yaml', 'clusters/dublin.yaml']);
    const text = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
    expect(text).toContain('gitfed.io/kubeconfig-context: arn:aws:eks:us-west-2:123456789012:cluster/Oregon\n');
    expect(text).toContain('caBundle: Y2EtYnl0ZXM=\n');
    expect(text).toContain(`caBundle: ${Buffer.from('pem-bytes').toString('base64')}\n`);
    expect(text).toContain('proxyURL: http://proxy.example:3128\n');
    expect(text + stdout).not.toMatch(/canary|Y2FuYXJ5/);
    expect(await gitfed(['validate'], folder)).toMatchObject({ code: 0, stdout: '' });
  });

  it('takes the contexts that are named, from the kubeconfig of the environment', async () => {
    const elsewhere = createFolder({ config: KUBECONFIG, 'ca.pem': 'pem-bytes' });
    const folder = createFolder();
    const env = { KUBECONFIG: `${join(elsewhere, 'missing')}:${join(elsewhere, 'config')}` };
    expect(await gitfed(['init', '--from-kubeconfig', '--context', 'dublin'], folder, env)).toMatchObject({ code: 0 });
    expect(listFiles(folder).filter((file) => file.startsWith('clusters/'))).toEqual(['clusters/dublin.yaml']);
  });

  it.each<[title: string, args: readonly string[], config: string, message: RegExp]>([
    ['a context that is not there', ['--context', 'x'], KUBECONFIG, /no context "x"; it has arn:.*, dublin/],
    [
      'a kubeconfig that is none',
      [],
      'token: canary-token: x',
      /could not read the kubeconfig .*: it is not a kubeconfig/,
    ],
    [
      'a kubeconfig without contexts',
      [],
      'apiVersion: v1\nkind: Config\nclusters: []\nusers: []\ncontexts: []\n',
      /no context/,
    ],
  ])('refuses %s, and writes nothing', async (_title, args, config, message) => {
    const elsewhere = createFolder({ config });
    const folder = createFolder();
    const all = ['init', '--from-kubeconfig', '--kubeconfig', join(elsewhere, 'config'), ...args];
    const { code, stderr } = await gitfed(all, folder);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('canary');
    expect(listFiles(folder)).toEqual([]);
  });
});
