import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { type Cluster, describe, test } from '../controlplane/fixtures.ts';
import { startGitServer } from '../git-server/git-server.ts';
import { base64, Canaries } from './canaries.ts';
import { DaemonProcess } from './daemon-process.ts';
import { fleetRepository, get, grantFor, temporaryFolder, writeCredentials } from './fleet.ts';
import { RemoteStatus } from './remote-status.ts';
import { secretYaml, wrongSecrets } from './wrong-secrets.ts';

const MERGE = 'application/merge-patch+json';
const APPLIED = 'applied to every cluster that is ready';

/** The contents of every object that no branch of the source itself leads to. */
function objectsOf(gitDir: string, ...except: readonly string[]): string {
  const git = (args: readonly string[], input = ''): string =>
    execFileSync('git', ['--git-dir', gitDir, ...args], { encoding: 'latin1', input, maxBuffer: 1 << 28 });
  const all = git(['cat-file', '--batch-all-objects', '--batch-check=%(objectname) %(objecttype)']);
  const own = new Set(
    except.length === 0
      ? []
      : git(['rev-list', '--objects', ...except])
          .split('\n')
          .map((line) => line.slice(0, 40)),
  );
  const ids = all.split('\n').filter((line) => line !== '' && !own.has(line.slice(0, 40)));
  // Trees hold names and ids, and are shown as text.
  const [trees, others] = [ids.filter((line) => line.endsWith(' tree')), ids.filter((line) => !line.endsWith(' tree'))];
  const named = (lines: readonly string[]): string => lines.map((line) => `${line.slice(0, 40)}\n`).join('');
  const contents = git(['cat-file', '--batch'], named(others));
  return Buffer.from(contents + trees.map((line) => git(['ls-tree', line.slice(0, 40)])).join(''), 'latin1').toString(
    'utf8',
  );
}

/** Every file of a repository but its objects: configuration, refs, logs, hooks. */
function plainFiles(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes(`${path.sep}objects`))
    .map((entry) => `${entry.name}\n${readFileSync(path.join(entry.parentPath, entry.name), 'utf8')}`)
    .join('\n');
}

function patch(cluster: Cluster, target: string, body: unknown): Promise<unknown> {
  return cluster.request('PATCH', `${target}?fieldManager=kubectl-edit`, body, MERGE);
}

function file(text: string): string {
  const name = path.join(temporaryFolder(), 'secret');
  writeFileSync(name, `${text}\n`);
  return name;
}

describe('values that nobody may see', () => {
  for (const way of ['a file', 'the environment', 'the URL'] as const) {
    test(`security rows 11, 13, 14: no value is in anything that a daemon says, with the token of git from ${way}`, {
      timeout: 180_000,
    }, async ({ clusters: [cluster] }) => {
      const name = `daemon-canary-${way.replace(/\W/g, '').toLowerCase()}`;
      const canaries = new Canaries();
      const token = canaries.plantToken('token of git');
      const webhook = canaries.plantToken('secret of webhooks');
      canaries.add('token of a member', cluster.gitfedToken);
      const fine = (place: string): string =>
        secretYaml(name, 'watched', { data: { k: base64(canaries.plant(place)) } });
      const repository = fleetRepository([cluster], name, {
        ...wrongSecrets(name, cluster, canaries),
        'watched.yaml': fine('a Secret that is watched'),
      });
      const credentialsDir = writeCredentials([cluster]);
      await grantFor(credentialsDir, repository.folder);
      repository.publish();
      const status = new RemoteStatus(repository.bare);
      await using server = await startGitServer({ folder: path.dirname(repository.bare), token });
      const url = `${server.url}/${path.basename(repository.bare)}`;
      const dataDir = temporaryFolder();
      const trace = path.join(temporaryFolder(), 'trace');
      const gitconfig = path.join(temporaryFolder(), 'gitconfig');
      writeFileSync(gitconfig, `[trace2]\n\teventTarget = ${trace}\n`);
      const settings = {
        source: way === 'the URL' ? url.replace('://', `://robot:${token}@`) : url,
        dataDir,
        credentialsDir,
        pollInterval: '1s',
        log: { level: 'debug' },
        status: { minInterval: '500ms' },
        webhook: { secretFile: file(webhook) },
        ...(way === 'a file' ? { git: { tokenFile: file(token) } } : {}),
      };
      const daemon = new DaemonProcess(settings, {
        GIT_CONFIG_GLOBAL: gitconfig,
        ...(way === 'the environment' ? { GITFED_GIT_TOKEN: token } : {}),
      });
      const told = async (revision: string): Promise<void> => {
        await daemon.line(APPLIED, { revision });
        await daemon.line('status was committed', { revision });
      };
      const said: Record<string, string> = {};
      const ask = async (when: string): Promise<void> => {
        for (const endpoint of ['metrics', 'readyz', 'healthz', 'config', '', 'webhook/github']) {
          said[`/${endpoint} ${when}`] = (await daemon.get(endpoint)).text;
        }
        said[`command line ${when}`] = daemon.commandLine();
      };
      await told(repository.git('rev-parse', 'HEAD'));
      await ask('at first');

      // Somebody edits, other values come, and a push is announced, rightly and wrongly.
      const secret = `/api/v1/namespaces/${name}/secrets/watched`;
      await patch(cluster, secret, { data: { k: base64(canaries.plant('edited by hand')) } });
      await daemon.line('an object that was changed was put back');
      const announce = async (key: string): Promise<number> => {
        const body = JSON.stringify({ ref: 'refs/heads/main', note: canaries.plantToken('body of a webhook') });
        const signature = `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;
        const headers = { 'x-github-event': 'push', 'x-hub-signature-256': signature };
        const answer = await fetch(`${await daemon.url()}/webhook/github`, { method: 'POST', headers, body });
        said[`answer to a webhook ${answer.status}`] = await answer.text();
        return answer.status;
      };
      const second = repository.commit({ ...wrongSecrets(name, cluster, canaries), 'watched.yaml': fine('after') });
      repository.push();
      expect(await announce(webhook)).toBe(202);
      expect(await announce(canaries.plantToken('wrong secret of webhooks'))).toBe(401);
      await told(second);

      // Git refuses the token, repeating it, and a hook repeats what it was told.
      server.fault({ kind: 'status', status: 403, body: `the token ${token} is not good\n` });
      await daemon.line('git does not answer as it should; what was applied last is kept in order');
      server.fault(undefined);
      await daemon.line('git answers again');
      status.protect(`refused: ${url.replace('://', `://robot:${token}@`)}`);
      const third = repository.commit(wrongSecrets(name, cluster, canaries));
      repository.push();
      await daemon.line('status was not written; it is tried again');
      await daemon.line(APPLIED, { revision: third });
      await ask('at last');
      expect(await daemon.signal('SIGTERM')).toEqual([0, null]);

      expect(await get(cluster, secret)).toBeDefined();
      const gitDir = path.join(dataDir, 'repository');
      said.log = daemon.output;
      said['what git processes were started with'] = readFileSync(trace, 'utf8');
      said['files of the data folder'] = plainFiles(dataDir);
      said['objects of the data folder'] = objectsOf(gitDir, third);
      said['refs of the remote'] = plainFiles(repository.bare).replaceAll(/refused: .*/g, '');
      said['objects of the remote'] = objectsOf(repository.bare, 'main');
      // The search would find them where they are, and looked where it should.
      expect(canaries.in(objectsOf(repository.bare)).length).toBeGreaterThan(30);
      expect(said.log).toContain('"level":"debug"');
      expect(said['what git processes were started with']).toMatch(/ls-remote/);
      expect(said['objects of the data folder']).toContain('Fleet status');
      const found = Object.entries(said).flatMap(([what, text]) => canaries.in(text).map((one) => `${what}: ${one}`));
      expect(found).toEqual([]);
      for (const what of Object.keys(said)) expect(said[what]).not.toBe('');
    });
  }
});
