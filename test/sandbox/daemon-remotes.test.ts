import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type DaemonOptions, startDaemon } from '../../src/daemon/daemon.ts';
import type { DaemonEvent } from '../../src/daemon/events.ts';
import { GitAccess } from '../../src/git/index.ts';
import { startGitServer } from '../git-server/git-server.ts';
import { createServedRepository } from '../git-server/served-repository.ts';
import { temporaryFolder } from '../helpers/git-repository.ts';
import { runDaemon } from './daemon-run.ts';

/** Nobody listens on port 1. */
const CLUSTER = `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata: {name: down, namespace: kube-federation-system}
spec: {apiEndpoint: "https://127.0.0.1:1", secretRef: {name: down}}
`;
const TOKEN = 'token-of-the-source';

function fleet(status = ''): ReturnType<typeof createServedRepository> {
  return createServedRepository({ 'gitfed.yaml': `inventory: shop\n${status}`, 'cluster.yaml': CLUSTER });
}

async function run(options: Pick<DaemonOptions, 'source'> & Partial<DaemonOptions>): Promise<readonly DaemonEvent[]> {
  const folders = { dataDir: temporaryFolder(), credentialsDir: temporaryFolder() };
  const { events } = await runDaemon({ ...folders, status: { minIntervalMs: 100 }, ...options });
  return events;
}

const problems = (events: readonly DaemonEvent[]): readonly string[] =>
  events.flatMap((event) => (event.type === 'statusFailed' || event.type === 'sourceFailed' ? [event.message] : []));
const hasPassed = (events: readonly DaemonEvent[]): boolean => events.some(({ type }) => type === 'passFinished');

describe('the remotes of a daemon', () => {
  const marker = (): string => path.join(temporaryFolder(), 'was-here');

  it('security row 7: an option of ssh in the place of the source is refused', async () => {
    const file = marker();
    const source = `ssh://-oProxyCommand=touch${file}/fleet.git`;
    await expect(run({ source })).rejects.toMatchObject({ code: 'USAGE' });
    expect(existsSync(file)).toBe(false);
  });

  it.each([
    ['a program', (file: string) => `ext::touch ${file}`],
    ['an option of git', (file: string) => `--receive-pack=touch ${file}`],
    ['an option of ssh', (file: string) => `ssh://-oProxyCommand=touch${file}/fleet.git`],
    ['a file of this machine', () => 'file:///tmp/status.git'],
  ])('security row 7: %s that the repository names for the status is not used, and said', async (_title, urlOf) => {
    const file = marker();
    const { folder, name } = fleet(`status: {repository: ${JSON.stringify(urlOf(file))}}\n`);
    await using server = await startGitServer({ folder });
    const events = await run({ source: `${server.url}/${name}` });
    await expect
      .poll(() => problems(events).concat(refusals(events)), { timeout: 20_000 })
      .toContainEqual(expect.stringMatching(/status\.repository|is not a URL of a repository/));
    expect(existsSync(file)).toBe(false);
  });

  it('security row 7: a branch that looks like an option is none', async () => {
    const file = marker();
    const { folder, name } = fleet();
    await using server = await startGitServer({ folder });
    const source = `${server.url}/${name}`;
    const events = await run({ source, branch: `--upload-pack=touch ${file}` }).catch((error: Error) => error);
    if (!(events instanceof Error)) await expect.poll(() => problems(events)).not.toEqual([]);
    expect(existsSync(file)).toBe(false);
  });

  it('security row 9: the server that the repository names for the status does not get the token of the source', async () => {
    const other = fleet();
    await using elsewhere = await startGitServer({ folder: other.folder, token: 'token-of-another-server' });
    const { folder, name } = fleet(`status: {repository: "${elsewhere.url}/${other.name}"}\n`);
    await using server = await startGitServer({ folder, token: TOKEN });
    const source = `${server.url}/${name}`;
    const events = await run({ source, access: new GitAccess({ token: TOKEN }, source) });
    await expect.poll(() => problems(events), { timeout: 20_000 }).not.toEqual([]);
    expect(hasPassed(events)).toBe(true);
    expect(server.log.map(({ credentials }) => credentials)).toContain('right');
    expect(elsewhere.log.length).toBeGreaterThan(0);
    expect(new Set(elsewhere.log.map(({ credentials }) => credentials))).toEqual(new Set(['none']));
  });

  it('security row 9: a source that sends elsewhere is not followed there', async () => {
    const { folder, name } = fleet();
    await using elsewhere = await startGitServer({ folder });
    await using server = await startGitServer({ folder, token: TOKEN });
    server.fault({ kind: 'redirect', location: elsewhere.url });
    const source = `${server.url}/${name}`;
    const events = await run({ source, access: new GitAccess({ token: TOKEN }, source) });
    await expect.poll(() => problems(events), { timeout: 20_000 }).not.toEqual([]);
    expect(elsewhere.log).toEqual([]);
  });
});

it('ends well, with the status written, while git does not answer', async () => {
  const { folder, name } = fleet();
  await using server = await startGitServer({ folder });
  const control = new AbortController();
  const events: DaemonEvent[] = [];
  const daemon = await startDaemon({
    source: `${server.url}/${name}`,
    dataDir: temporaryFolder(),
    credentialsDir: temporaryFolder(),
    pollIntervalMs: 200,
    resyncIntervalMs: 3_600_000,
    allowRewind: false,
    status: { minIntervalMs: 3_600_000 },
    onEvent: (event) => events.push(event),
    signal: control.signal,
  });
  await expect.poll(() => hasPassed(events), { timeout: 20_000 }).toBe(true);
  server.fault({ kind: 'silent', to: ({ service }) => service === 'git-upload-pack' });
  server.log.length = 0;
  await expect.poll(() => server.log.length, { timeout: 20_000 }).toBeGreaterThan(0);
  control.abort();
  await daemon.finished;
  expect(events.at(-1)).toEqual({ type: 'stopped' });
  expect(events.filter(({ type }) => type === 'statusCommitted')).toMatchObject([{ pushed: true }]);
});

function refusals(events: readonly DaemonEvent[]): readonly string[] {
  return events.flatMap((event) => (event.type === 'revisionRefused' ? [event.message] : []));
}
