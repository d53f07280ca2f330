import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createAuthority } from '../cluster/certificates.ts';
import { startGitServer } from '../git-server/git-server.ts';
import { startSshServer } from '../git-server/ssh-server.ts';
import { type Container, ContainerProcess, IMAGE_USER, runIn } from './chroot.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const DOCKERFILE = readFileSync(path.join(ROOT, 'deploy/Dockerfile'), 'utf8');
/** Of which Node is three quarters. A tenth more than it is: what was not meant to be there shows. */
const MOST_BYTES = 180_000_000;

let folder: string;
let root: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gitfed-rootfs-'));
  // So that the user of the image gets at its volumes.
  chmodSync(folder, 0o755);
  const source = path.join(folder, 'source');
  for (const name of copiedByDockerfile()) cpSync(path.join(ROOT, name), path.join(source, name), { recursive: true });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(source, 'node_modules'));
  root = path.join(folder, 'root');
  execFileSync(path.join(source, 'deploy/rootfs.sh'), [root], { stdio: ['ignore', 'ignore', 'inherit'] });
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }), 60_000);

/** Files and folders of this repository that its build stage gets: nothing else is there when `rootfs.sh` runs. */
function copiedByDockerfile(): readonly string[] {
  const [build = ''] = DOCKERFILE.split(/^FROM scratch$/m);
  return [...build.matchAll(/^COPY (?<sources>.*) \S+$/gm)].flatMap(
    ({ groups }) => groups?.['sources']?.split(' ') ?? [],
  );
}

/** Paths below the root, with a slash in front. Links to folders are not followed, as `recursive` of Node would. */
function entries(below = ''): readonly string[] {
  return readdirSync(path.join(root, below), { withFileTypes: true }).flatMap((entry) => {
    const name = `${below}/${entry.name}`;
    return entry.isDirectory() ? [name, ...entries(name)] : [name];
  });
}

/** A volume for the user of the image, with the example as a repository in it, and a bare one in another folder that servers give out. */
function prepareVolume(): { readonly container: Container; readonly served: string } {
  const [data, served] = [temporaryFolder('data-'), temporaryFolder('served-')];
  const work = path.join(data, 'work');
  cpSync(path.join(ROOT, 'examples/repo'), work, { recursive: true });
  const git = (...args: readonly string[]) => execFileSync('git', ['-C', work, ...args], { stdio: 'ignore' });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'First commit');
  git('clone', '--quiet', '--bare', work, path.join(served, 'fleet.git'));
  return { container: { root, data }, served };
}

function temporaryFolder(prefix: string): string {
  const made = mkdtempSync(path.join(folder, prefix));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

function giveToImage(file: string): void {
  chownSync(file, IMAGE_USER, IMAGE_USER);
  if (!lstatSync(file).isDirectory()) return;
  for (const name of readdirSync(file)) giveToImage(path.join(file, name));
}

/** A file of the volume that only the user of the image can read; returns its path in the container. */
function writeSecret({ data }: Container, name: string, text: string): string {
  writeFileSync(path.join(data, name), text, { mode: 0o400 });
  return `/var/lib/gitfed/${name}`;
}

describe('the root that deploy/rootfs.sh makes', () => {
  it('has the programs that gitfed starts, and no others', () => {
    expect(readdirSync(path.join(root, 'usr/bin'))).toEqual(
      ['git', 'git-receive-pack', 'git-upload-pack', 'gpg', 'sh', 'ssh', 'ssh-keygen'].toSorted(),
    );
    expect(readdirSync(path.join(root, 'usr/local/bin'))).toEqual(['gitfed', 'node']);
    expect(entries().filter((name) => name.includes('node_modules'))).toEqual([]);
  });

  it('has no file that makes its user somebody else, and none that others may write', () => {
    const modes = entries().map((name) => ({ name, stats: lstatSync(path.join(root, name)) }));
    const files = modes.filter(({ stats }) => !stats.isSymbolicLink());
    expect(files.filter(({ stats }) => (stats.mode & 0o6000) !== 0)).toEqual([]);
    expect(files.filter(({ stats }) => (stats.mode & 0o0022) !== 0).map(({ name }) => name)).toEqual(['/tmp']);
    const owned = modes.filter(({ stats }) => stats.uid !== 0).map(({ name }) => name);
    expect(owned).toEqual(process.getuid?.() === 0 ? ['/var/lib/gitfed'] : modes.map(({ name }) => name));
  });

  it('is small, and says nothing of when it was made', () => {
    const stats = entries().map((name) => lstatSync(path.join(root, name)));
    expect(stats.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(MOST_BYTES);
    expect(new Set(stats.map(({ mtimeMs }) => mtimeMs))).toEqual(new Set([0]));
  });

  it('is not made where there is something already', () => {
    const { status, stderr } = spawnSync(path.join(ROOT, 'deploy/rootfs.sh'), [root], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: `rootfs.sh: ${root} is not empty; name another folder, or empty it\n`,
    });
  });

  it('is made by the Dockerfile, for the same user and with the Node that is tested', () => {
    const { devDependencies } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
    expect(DOCKERFILE).toContain(`FROM docker.io/library/node:${devDependencies.node}-bookworm-slim AS build`);
    expect(DOCKERFILE).toContain('RUN deploy/rootfs.sh /rootfs\n');
    expect(DOCKERFILE).toContain(`USER ${IMAGE_USER}:${IMAGE_USER}\n`);
    expect(DOCKERFILE).toContain('ENV HOME=/tmp PATH=/usr/local/bin:/usr/bin\n');
    expect(DOCKERFILE).toContain('ENV MALLOC_ARENA_MAX=2\n');
    expect(readFileSync(path.join(root, 'etc/passwd'), 'utf8')).toContain(`gitfed:x:${IMAGE_USER}:${IMAGE_USER}:`);
  });
});

describe('in that root, read-only and without rights, gitfed', () => {
  it('says its version', () => {
    const { container } = prepareVolume();
    const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
    expect(runIn(container, ['gitfed', 'version'])).toEqual({ code: 0, stdout: `gitfed ${version}\n`, stderr: '' });
  });

  it('can write to its volume and the temporary folder alone', () => {
    const { container } = prepareVolume();
    giveToImage(container.data);
    const script = `const fs = require('node:fs');
      const tryAt = (file) => { try { fs.writeFileSync(file, ''); return 'written'; } catch ({ code }) { return code; } };
      console.log(JSON.stringify([process.getuid(), process.getgroups(), ...['/tmp/a', '/var/lib/gitfed/a', '/a', '/etc/passwd'].map(tryAt)]));`;
    const { stdout } = runIn(container, ['node', '--eval', script]);
    expect(JSON.parse(stdout)).toEqual([IMAGE_USER, [IMAGE_USER], 'written', 'written', 'EROFS', 'EROFS']);
  });

  it('renders the example of a git repository to its golden case', () => {
    const { container } = prepareVolume();
    giveToImage(container.data);
    const args = ['gitfed', 'render', '--ref', 'main', '--output-dir', '/var/lib/gitfed/out', '/var/lib/gitfed/work'];
    expect(runIn(container, args)).toMatchObject({ code: 0 });
    const golden = path.join(ROOT, 'test/golden/examples-repo/expected/clusters');
    const out = path.join(container.data, 'out');
    const index = readFileSync(path.join(out, '.gitfed-index'), 'utf8').trim().split('\n');
    expect(index.length).toBeGreaterThan(50);
    for (const file of index) {
      expect(readFileSync(path.join(out, file), 'utf8'), file).toBe(readFileSync(path.join(golden, file), 'utf8'));
    }
  });

  it('follows a repository on a disk, and ends in good order as process 1', async () => {
    const { container } = prepareVolume();
    giveToImage(container.data);
    await expectDaemon(container, { source: 'file:///var/lib/gitfed/work' });
  });

  it('follows a repository over https, with a token and an authority of its own', async () => {
    const { container, served } = prepareVolume();
    const authority = createAuthority();
    const caFile = writeSecret(container, 'ca.crt', authority.certificate);
    const tokenFile = writeSecret(container, 'token', 'token-of-this-test');
    await using server = await startGitServer({ folder: served, token: 'token-of-this-test', tls: authority.issue() });
    giveToImage(container.data);
    await expectDaemon(container, { source: `${server.url}/fleet.git`, git: { caFile, tokenFile } });
    expect(server.log.map(({ service }) => service)).toContain('git-receive-pack');
  });

  it('follows a repository over ssh', async () => {
    const { container, served } = prepareVolume();
    await using server = await startSshServer({ folder: served });
    const sshKeyFile = writeSecret(container, 'key', server.clientKey);
    const sshKnownHosts = writeSecret(container, 'known_hosts', server.knownHost);
    giveToImage(container.data);
    await expectDaemon(container, { source: `${server.url}/fleet.git`, git: { sshKeyFile, sshKnownHosts } });
  });
});

/** A daemon becomes healthy and follows the commit; SIGTERM ends it with 0. */
async function expectDaemon(container: Container, settings: object): Promise<void> {
  const data = '/var/lib/gitfed';
  const file = path.join(container.data, 'daemon.yaml');
  writeFileSync(file, JSON.stringify({ listen: '127.0.0.1:0', dataDir: `${data}/clone`, ...settings }));
  expect(statSync(container.data).uid).toBe(IMAGE_USER);
  const daemon = new ContainerProcess(container, ['gitfed', 'daemon', '--config', `${data}/daemon.yaml`]);
  const listening = () => /"address":"(?<address>[^"]+)"/.exec(daemon.stderr)?.groups?.['address'];
  await expect.poll(() => listening() ?? daemon.stderr, { timeout: 30_000 }).toMatch(/^127\.0\.0\.1:\d+$/);
  const head = execFileSync(
    'git',
    ['-C', path.join(container.data, 'work'), '-c', 'safe.directory=*', 'rev-parse', 'HEAD'],
    {
      encoding: 'utf8',
    },
  ).trim();
  const get = async (name: string) => await fetch(`http://${listening()}/${name}`);
  await expect.poll(async () => (await get('healthz')).status, { timeout: 30_000 }).toBe(200);
  const followed = async (): Promise<string> => {
    const { status, revision } = (await (await get('readyz')).json()) as {
      readonly status: string;
      readonly revision: string;
    };
    // What is in the way of it stands in the log.
    return status === 'ready' ? revision : daemon.stderr;
  };
  await expect.poll(followed, { timeout: 40_000 }).toBe(head);
  daemon.terminate();
  expect(await daemon.ended, daemon.stderr).toEqual([0, null]);
}
