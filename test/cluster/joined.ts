import { mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect as connectTcp, createServer } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { JsonObject } from '../../src/core/index.ts';
import { gitfed, type Run } from '../cli/run-gitfed.ts';
import type { Cluster } from '../controlplane/fixtures.ts';
import { TestRepository, temporaryFolder } from './fleet.ts';

/** A kubeconfig in a file; by default of the administrator. */
export function kubeconfigOf(cluster: Cluster, text = cluster.kubeconfig('admin')): string {
  const file = path.join(temporaryFolder(), 'config');
  writeFileSync(file, text);
  return file;
}

interface KubeconfigParts {
  readonly cluster?: JsonObject;
  readonly user: JsonObject;
  /** Default: the name of the cluster. */
  readonly context?: string;
}

/** A kubeconfig in which the cluster is reached in this way. */
export function kubeconfigWith(cluster: Cluster, { cluster: more = {}, user, context }: KubeconfigParts): string {
  const { name, url, caBundle } = cluster;
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: url, 'certificate-authority-data': caBundle, ...more } }],
    users: [{ name, user }],
    contexts: [{ name: context ?? name, context: { cluster: name, user: name } }],
    'current-context': context ?? name,
  };
  return kubeconfigOf(cluster, JSON.stringify(config));
}

/** A repository with its own inventory and system namespace, and a folder for credentials that is not there yet. */
export class Joinable {
  readonly name: string;
  readonly repository: TestRepository;
  readonly credentials = path.join(temporaryFolder(), 'credentials');
  readonly cluster: Cluster;
  kubeconfig: string;

  constructor(
    cluster: Cluster,
    name: string,
    { scope = 'Cluster', files = {} }: { scope?: 'Cluster' | 'Namespaced'; files?: Record<string, string> } = {},
  ) {
    this.cluster = cluster;
    this.name = name;
    this.kubeconfig = kubeconfigOf(cluster);
    this.repository = new TestRepository({
      'gitfed.yaml': `inventory: ${name}\n`,
      'kubefed.yaml': `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedConfig
metadata: {name: kubefed, namespace: ${name}}
spec: {scope: ${scope}}
`,
      ...files,
    });
  }

  /** Of the ServiceAccount, as join calls it by default. */
  get account(): string {
    return `${this.cluster.name}-${this.name}`;
  }

  get tokenFile(): string {
    return path.join(this.credentials, `${this.cluster.name}-credentials`, 'token');
  }

  async run(command: 'join' | 'unjoin', ...args: readonly string[]): Promise<Run> {
    const all = [command, this.cluster.name, '--kubeconfig', this.kubeconfig, ...args];
    return await gitfed(all, this.repository.folder);
  }

  /** With the folder of credentials. */
  async join(...args: readonly string[]): Promise<Run> {
    return await this.run('join', '--credentials-dir', this.credentials, ...args);
  }

  async unjoin(...args: readonly string[]): Promise<Run> {
    return await this.run('unjoin', '--credentials-dir', this.credentials, ...args);
  }

  /** Fails with the output. */
  async joined(...args: readonly string[]): Promise<Run> {
    const run = await this.join(...args);
    expect(run, run.stderr).toMatchObject({ code: 0 });
    return run;
  }

  async sync(...args: readonly string[]): Promise<Run> {
    this.repository.commit({});
    return await gitfed(['sync', '--credentials-dir', this.credentials, ...args], this.repository.folder);
  }
}

/** A proxy that lets programs through to any port of this machine by CONNECT. */
export async function startConnectProxy(): Promise<{ readonly url: string; readonly targets: readonly string[] }> {
  const targets: string[] = [];
  const server = createServer((client) => {
    client.once('data', (head) => {
      const target = /^CONNECT (\S+) /.exec(head.toString('latin1'))?.[1] ?? '';
      targets.push(target);
      const upstream = connectTcp(Number(target.split(':')[1]), '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        client.pipe(upstream).pipe(client);
      });
      upstream.on('error', () => client.destroy());
      client.on('error', () => upstream.destroy());
    });
    client.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, targets };
}

/** A program that prints a credential, as kubectl runs it. */
export function execPlugin(token: string): string {
  const file = path.join(temporaryFolder(), 'credential');
  mkdirSync(path.dirname(file), { recursive: true });
  const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } };
  writeFileSync(file, `#!/bin/sh\ncat <<'END'\n${JSON.stringify(credential)}\nEND\n`, { mode: 0o755 });
  return file;
}
