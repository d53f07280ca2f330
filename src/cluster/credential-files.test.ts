import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { KubeFedCluster } from '../api/index.ts';
import { CredentialFiles } from './credential-files.ts';
import { findEndpoint } from './credentials.ts';
import { ConfigMalformedError } from './errors.ts';

const CLUSTER = { name: 'eu', secretName: 'eu-credentials' } as KubeFedCluster;

const KUBECONFIG = {
  users: [{ name: 'u', user: { 'client-certificate': 'own.crt', 'client-key': 'own.key', tokenFile: 'own.token' } }],
  clusters: [{ name: 'eu', cluster: { server: 'https://127.0.0.1', 'certificate-authority': 'ca/ca.crt' } }],
};

/** A folder of credentials in each shape, and how to write into it. */
function folder() {
  const root = mkdtempSync(path.join(tmpdir(), 'gitfed-credentials-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  };
  write('eu-credentials/token', 'one');
  write('eu-credentials/ca.crt', 'one');
  write('config', JSON.stringify(KUBECONFIG));
  for (const file of ['own.crt', 'own.key', 'own.token', 'ca/ca.crt', 'unrelated']) write(file, 'one');
  const files = new CredentialFiles();
  const sources = { credentialsDir: root, kubeconfig: path.join(root, 'config') };
  return { root, write, stamp: () => files.stamp(CLUSTER, sources) };
}

describe('credentials in files', () => {
  it.each([
    'eu-credentials/token',
    'eu-credentials/ca.crt',
    'eu-credentials/kubeconfig',
    'config',
    'own.crt',
    'own.key',
    'own.token',
    'ca/ca.crt',
  ])('are seen to change in %s', async (file) => {
    const { write, stamp } = folder();
    const before = await stamp();
    expect(await stamp()).toBe(before);
    write(file, 'another');
    expect(await stamp()).not.toBe(before);
  });

  it('stay as they are when another file changes', async () => {
    const { write, stamp } = folder();
    const before = await stamp();
    write('unrelated', 'another');
    write('other-credentials/token', 'another');
    expect(await stamp()).toBe(before);
  });

  it('are seen to change where a link leads elsewhere, as in a mounted Secret', async () => {
    const { root, write, stamp } = folder();
    rmSync(path.join(root, 'eu-credentials'), { recursive: true });
    write('data-1/token', 'one');
    write('data-2/token', 'two');
    symlinkSync('data-1', path.join(root, 'eu-credentials'));
    const before = await stamp();
    symlinkSync('data-2', path.join(root, 'next'));
    renameSync(path.join(root, 'next'), path.join(root, 'eu-credentials'));
    expect(await stamp()).not.toBe(before);
  });

  it('are seen in files that a changed kubeconfig names', async () => {
    const { write, stamp } = folder();
    await stamp();
    write('config', JSON.stringify({ users: [{ name: 'u', user: { tokenFile: 'unrelated' } }] }));
    const before = await stamp();
    write('unrelated', 'another');
    expect(await stamp()).not.toBe(before);
  });

  it('are read again by a client that stays: a token that was renewed in place is the one that is shown', async () => {
    const { root, write } = folder();
    const apiEndpoint = 'https://127.0.0.1:1';
    const cluster = {
      ...CLUSTER,
      apiEndpoint,
      annotations: {},
      disabledTLSValidations: [],
    } as unknown as KubeFedCluster;
    const { authenticate } = await findEndpoint(cluster, { credentialsDir: root });
    expect(await authenticate()).toEqual({ Authorization: 'Bearer one' });
    write('eu-credentials/token', 'two');
    expect(await authenticate()).toEqual({ Authorization: 'Bearer two' });
    rmSync(path.join(root, 'eu-credentials/token'));
    await expect(authenticate()).rejects.toBeInstanceOf(ConfigMalformedError);
  });

  it('are none in a kubeconfig that cannot be read', async () => {
    const { write, stamp } = folder();
    write('config', '{{{');
    expect(await stamp()).toEqual(expect.any(String));
  });
});
