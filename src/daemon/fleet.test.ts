import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { TestRepository, temporaryFolder } from '../../test/helpers/git-repository.ts';
import { ManualClock } from '../../test/helpers/manual-clock.ts';
import { FleetMemory } from '../cluster/index.ts';
import { type Pass, readPass } from '../reconcile/read-pass.ts';
import { openSource } from '../reconcile/source.ts';
import type { LaneReport } from './cluster-lane.ts';
import { Fleet, type FleetOptions } from './fleet.ts';

type Ended = Parameters<FleetOptions['onEnd']>[0];

/** A member that answers nothing but how it is, when it is let. */
async function member(answer: (response: ServerResponse) => void) {
  const tokens: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    tokens.push(request.headers.authorization);
    if (request.url === '/healthz') answer(response);
    else response.end('{}');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { tokens, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const sick = (response: ServerResponse): void => {
  response.end('no');
};

function cluster(name: string, url: string): string {
  return `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata: {name: ${name}, namespace: kube-federation-system}
spec: {apiEndpoint: "${url}", secretRef: {name: ${name}}}
`;
}

function tokenOf(name: string, token: string): string {
  return `apiVersion: v1
kind: Secret
metadata: {name: ${name}, namespace: kube-federation-system}
stringData: {token: ${token}}
`;
}

/** Commits files, and reads them. */
async function passOf(repository: TestRepository, files: Readonly<Record<string, string>>, token = 't'): Promise<Pass> {
  repository.write(files).commit();
  const credentialsDir = temporaryFolder();
  mkdirSync(path.join(credentialsDir, 'a'));
  writeFileSync(path.join(credentialsDir, 'a', 'token'), token);
  const options = { source: repository.folder, credentialsDir };
  const source = await openSource(options);
  try {
    return await readPass(source, options);
  } finally {
    await source.close();
  }
}

function fleetOf({ onStart, ...options }: Partial<Pick<FleetOptions, 'onStart' | 'resyncIntervalMs'>> = {}) {
  const clock = new ManualClock();
  const control = new AbortController();
  const started: LaneReport[] = [];
  const ended: Ended[] = [];
  const left: string[] = [];
  const finished: string[] = [];
  const defects: unknown[] = [];
  const fleet = new Fleet({
    clock,
    random: () => 0.5,
    memory: new FleetMemory(),
    resyncIntervalMs: 3_600_000,
    ...options,
    onStart: onStart ?? ((report) => started.push(report)),
    onEnd: (report) => ended.push(report),
    onEvent: ({ type }, commit) => type === 'clusterFinished' && finished.push(commit),
    onDefect: (error) => defects.push(error),
    statusFiles: () => new Map(),
    onLeft: (name) => left.push(name),
    onProbed: () => undefined,
    onSeen: () => undefined,
    onPodsProblem: () => undefined,
    signal: control.signal,
  });
  onTestFinished(async () => {
    control.abort();
    await fleet.close();
  });
  return { fleet, clock, started, ended, left, finished, defects };
}

describe('a cluster of another revision', () => {
  it('is asked anew where it moved while it was asked how it is', async () => {
    const held: ServerResponse[] = [];
    const [before, after] = [await member((response) => held.push(response)), await member(sick)];
    const { fleet, ended, finished } = fleetOf();
    const repository = new TestRepository();
    const first = await passOf(repository, { 'a.yaml': cluster('a', before.url) });
    fleet.aim(first, first.model.clusters);
    await vi.waitFor(() => expect(held).toHaveLength(1));
    const second = await passOf(repository, { 'a.yaml': cluster('a', after.url) });
    fleet.aim(second, second.model.clusters);
    for (const response of held) sick(response);
    await vi.waitFor(() => expect(ended.at(-1)?.goal.commit).toBe(second.commit), { timeout: 20_000 });
    expect(finished).toEqual([first.commit, second.commit]);
    expect(ended.map(({ result: { health } }) => health)).toEqual(['NotReady', 'NotReady']);
    expect(after.tokens.length).toBeGreaterThan(0);
  });

  it('is shown the credential that stands in the repository now', async () => {
    const { url, tokens } = await member(sick);
    const { fleet, ended } = fleetOf();
    const repository = new TestRepository();
    const files = { 'a.yaml': cluster('b', url), 'gitfed.yaml': 'credentials: {allowPlaintext: true}\n' };
    for (const token of ['old', 'new']) {
      const pass = await passOf(repository, { ...files, 's.yaml': tokenOf('b', token) });
      fleet.aim(pass, pass.model.clusters);
      await vi.waitFor(() => expect(ended.at(-1)?.goal.commit).toBe(pass.commit), { timeout: 20_000 });
    }
    expect([tokens.at(0), tokens.at(-1)]).toEqual(['Bearer old', 'Bearer new']);
  });
});

describe('a full look at a cluster', () => {
  it('is not put off by passes for other reasons, nor by trouble that stays', async () => {
    const { url } = await member(sick);
    const { fleet, clock, started } = fleetOf({ resyncIntervalMs: 60_000 });
    const pass = await passOf(new TestRepository(), { 'a.yaml': cluster('a', url) });
    fleet.aim(pass, pass.model.clusters);
    const rest = (): Promise<void> => expect.poll(() => clock.waiting, { timeout: 20_000 }).toBe(1);
    await rest();
    const begin = clock.now();
    while (clock.now() - begin <= 130_000) {
      clock.advance(clock.nextInMs ?? 0);
      await rest();
    }
    expect(started.filter(({ trigger }) => trigger === 'resync')).toHaveLength(2);
  });
});

describe('a member', () => {
  it('is asked how it is once a second at most, whatever the KubeFedConfig says', async () => {
    const { url, tokens } = await member(sick);
    const { fleet, clock, ended } = fleetOf();
    const config = `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedConfig
metadata: {name: kubefed, namespace: kube-federation-system}
spec: {scope: Cluster, clusterHealthCheck: {period: 1ns}}
`;
    const pass = await passOf(new TestRepository(), { 'a.yaml': cluster('a', url), 'config.yaml': config });
    fleet.aim(pass, pass.model.clusters);
    await vi.waitFor(() => expect(ended).toHaveLength(1), { timeout: 10_000 });
    await expect.poll(() => clock.waiting, { timeout: 10_000 }).toBe(1);
    const before = tokens.length;
    clock.advance(999);
    expect([clock.nextInMs, tokens.length]).toEqual([1, before]);
  });
});

describe('the distance between attempts', () => {
  it('begins anew with a commit that may have mended what was wrong', async () => {
    const { url } = await member(sick);
    const { fleet, clock, ended } = fleetOf();
    const repository = new TestRepository();
    const first = await passOf(repository, { 'a.yaml': cluster('a', url) });
    fleet.aim(first, first.model.clusters);
    for (let passes = 1; passes <= 3; passes += 1) {
      await vi.waitFor(() => expect(ended).toHaveLength(passes), { timeout: 10_000 });
      await vi.waitFor(() => expect(clock.waiting).toBe(1), { timeout: 10_000 });
      if (passes < 3) clock.advance(clock.nextInMs ?? 0);
    }
    const second = await passOf(repository, { 'a.yaml': cluster('a', url), 'b.txt': 'mended' });
    fleet.aim(second, second.model.clusters);
    await vi.waitFor(() => expect(ended).toHaveLength(4), { timeout: 10_000 });
    expect(ended.map(({ retryInMs }) => retryInMs)).toEqual([2000, 4000, 8000, 2000]);
  });
});

describe('a cluster that left', () => {
  it('is not told of any more when its last pass ends', async () => {
    const held: ServerResponse[] = [];
    const { url } = await member((response) => held.push(response));
    const { fleet, started, ended, left } = fleetOf();
    const pass = await passOf(new TestRepository(), { 'a.yaml': cluster('a', url) });
    fleet.aim(pass, pass.model.clusters);
    await vi.waitFor(() => expect(held).toHaveLength(1));
    expect(started).toHaveLength(1);
    fleet.aim(pass, []);
    for (const response of held) sick(response);
    await fleet.close();
    expect([left, ended]).toEqual([['a'], []]);
  });
});

describe('a cluster that comes back', () => {
  it('waits until its last pass before has ended', async () => {
    const held: ServerResponse[] = [];
    const { url } = await member((response) => held.push(response));
    const { fleet, ended } = fleetOf();
    const pass = await passOf(new TestRepository(), { 'a.yaml': cluster('a', url) });
    fleet.aim(pass, pass.model.clusters);
    await vi.waitFor(() => expect(held).toHaveLength(1));
    fleet.aim(pass, []);
    fleet.aim(pass, pass.model.clusters);
    // Whatever was sent to the member before has come there by then.
    for (let times = 0; times < 20; times += 1) await fetch(`${url}/version`);
    expect(held).toHaveLength(1);
    for (const response of held.splice(0)) sick(response);
    await vi.waitFor(() => expect(held).toHaveLength(1), { timeout: 10_000 });
    for (const response of held) sick(response);
    await vi.waitFor(() => expect(ended).toHaveLength(1), { timeout: 10_000 });
  });
});

describe('a defect of ours', () => {
  it('is one cluster that failed, and is tried again', async () => {
    const { url } = await member(sick);
    const { fleet, ended } = fleetOf();
    const read = await passOf(new TestRepository(), { 'a.yaml': cluster('a', url) });
    const suspend = {
      get all(): boolean {
        throw new TypeError('a defect');
      },
      clusters: [],
      kinds: [],
      namespaces: [],
    };
    const pass = { ...read, model: { ...read.model, configuration: { ...read.model.configuration, suspend } } };
    fleet.aim(pass, pass.model.clusters);
    await vi.waitFor(() => expect(ended).toHaveLength(1));
    expect(ended[0]).toMatchObject({ result: { state: 'Failed', health: 'Unknown' }, retryInMs: 2000 });
  });

  it('outside of a pass is told, and ends its cluster alone', async () => {
    const { url } = await member(sick);
    const broken = new RangeError('a listener');
    const { fleet, ended, defects } = fleetOf({
      onStart: ({ goal }) => {
        if (goal.cluster.name === 'b') throw broken;
      },
    });
    const pass = await passOf(new TestRepository(), { 'a.yaml': cluster('a', url), 'b.yaml': cluster('b', url) });
    fleet.aim(pass, pass.model.clusters);
    await vi.waitFor(() => expect(ended.map(({ result }) => result.cluster)).toEqual(['a']), { timeout: 10_000 });
    expect(defects).toEqual([broken]);
  });
});
