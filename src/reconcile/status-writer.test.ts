import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { TestRepository } from '../../test/helpers/git-repository.ts';
import {
  computedOf,
  filesOn,
  observedSource,
  resultOf,
  statusSetup,
  syntheticSource,
  writerOn,
} from '../../test/helpers/status-writers.ts';
import { openRepository, trackBranch } from '../git/index.ts';
import type { StatusSource } from './status-source.ts';

const BRANCH = 'gitfed/status';

function bare(): TestRepository {
  return new TestRepository({ bare: true });
}

function subjects(repository: TestRepository, ref = BRANCH): readonly string[] {
  return repository.git('log', '--format=%s', ref).split('\n');
}

/** A server that refuses every push in its own words. */
function refuse(repository: TestRepository, words: string): () => void {
  const hook = path.join(repository.folder, 'hooks', 'pre-receive');
  writeFileSync(hook, `#!/bin/sh\necho "${words}" >&2\nexit 1\n`);
  chmodSync(hook, 0o755);
  return () => rmSync(hook);
}

describe('a writer of the status branch', () => {
  it('commits results of some clusters, with the source commit and the tree of observations', async () => {
    const { source, commit, branch } = await statusSetup();
    const { writer } = writerOn(branch);
    writer.submit({ source: syntheticSource(commit), results: [resultOf('a', 1)] });
    const report = await writer.flush();
    expect(report).toEqual({ commit: source.git('rev-parse', BRANCH) });
    const truth = new Map([['objects/a.yaml', 'version: v1\n']]);
    expect(filesOn(source, BRANCH)).toEqual(new Map([...truth, ['status.json', computedOf(commit, truth)]]));
    expect(source.git('log', '-1', '--format=%B', BRANCH)).toBe(
      `a in order at ${commit.slice(0, 8)} [skip ci]\n\nSource-Commit: ${commit}\nObservations-Tree: 4b825dc642cb6eb9a060e54bf8d69288fbee4904`,
    );
  });

  it('makes no commit where nothing changes', async () => {
    const { source, commit, branch } = await statusSetup();
    const { writer } = writerOn(branch);
    writer.submit({ source: syntheticSource(commit), results: [resultOf('a', 1)] });
    await writer.flush();
    writer.submit({ source: syntheticSource(commit), results: [resultOf('a', 1)] });
    expect(await writer.flush()).toEqual({});
    expect(subjects(source)).toHaveLength(1);
  });

  it('names the tree of what it writes to observations/', async () => {
    const { source, commit, branch } = await statusSetup();
    const { writer } = writerOn(branch);
    writer.submit({ source: observedSource(commit, { a: true }), results: [resultOf('a', 1)] });
    await writer.flush();
    const tree = source.git('rev-parse', `${BRANCH}:observations`);
    expect(source.git('log', '-1', '--format=%(trailers:key=Observations-Tree,valueonly)', BRANCH)).toBe(tree);
  });

  it('writes what is to be used at once, whatever the interval, and what is not with the next commit', async () => {
    const { source, commit, branch } = await statusSetup();
    const { writer, clock } = writerOn(branch, { minIntervalMs: 10_000 });
    const at = (file: string): string => source.git('show', `${BRANCH}:${file}`);
    writer.submit({ source: observedSource(commit, { a: true, b: true }), results: [resultOf('a', 1)] });
    await writer.flush();
    await writer.record(observedSource(commit, { a: false, b: true }), 'replicas of web moved');
    expect(subjects(source)).toEqual([
      `replicas of web moved [skip ci]`,
      `a in order at ${commit.slice(0, 8)} [skip ci]`,
    ]);
    expect(at('observations/a.yaml')).toContain('ready: false');

    writer.follow(observedSource(commit, { a: false, b: false }));
    clock.advance(60_000);
    await writer.read();
    expect(subjects(source)).toHaveLength(2);
    writer.submit({ source: observedSource(commit, { b: false }), results: [resultOf('b', 1)] });
    await writer.flush();
    expect(subjects(source)[0]).toBe(`b in order at ${commit.slice(0, 8)} [skip ci]`);
    expect([...filesOn(source, BRANCH).keys()]).toEqual([
      'objects/a.yaml',
      'objects/b.yaml',
      'observations/b.yaml',
      'status.json',
    ]);
    expect(at('observations/b.yaml')).toContain('ready: false');
  });

  it('leaves what was observed to whoever plans from it', async () => {
    const { source, commit, branch } = await statusSetup();
    const { writer } = writerOn(branch);
    writer.submit({ source: observedSource(commit, { a: true }), results: [resultOf('a', 1)] });
    await writer.flush();
    const tree = source.git('rev-parse', `${BRANCH}:observations`);
    const other = writerOn(branch).writer;
    other.submit({ source: syntheticSource(commit), results: [resultOf('a', 2)] });
    await other.flush();
    expect(source.git('log', '-1', '--format=%(trailers:key=Observations-Tree,valueonly)', BRANCH)).toBe(tree);
    expect(filesOn(source, BRANCH).get('observations/a.yaml')).toContain('ready: true');
  });

  it('does not take what an older commit was planned from for what a newer one was', async () => {
    const { source, commit: older, branch } = await statusSetup();
    const newer = source.commit('second');
    const { writer } = writerOn(branch);
    writer.submit({ source: observedSource(newer, { a: true }), results: [resultOf('a', 1)] });
    await writer.flush();
    const behind = writerOn(branch).writer;
    behind.submit({ source: observedSource(older, { a: false }), results: [resultOf('b', 1)] });
    await behind.flush();
    expect(source.git('log', '-1', '--format=%(trailers:key=Source-Commit,valueonly)', BRANCH)).toBe(newer);
    expect(filesOn(source, BRANCH).get('observations/a.yaml')).toContain('ready: true');
  });

  it('is the author that it was told to be', async () => {
    const { source, commit, branch } = await statusSetup();
    const { writer } = writerOn(branch, { author: { name: 'Fleet', email: 'fleet@example.com' } });
    writer.submit({ source: syntheticSource(commit), results: [resultOf('a', 1)] });
    await writer.flush();
    expect(source.git('log', '-1', '--format=%an <%ae> %ct', BRANCH)).toBe('Fleet <fleet@example.com> 1767225600');
  });

  it('makes at most one commit in an interval, with the last result of each cluster', async () => {
    const { source, commit, branch } = await statusSetup();
    const { writer, clock, events } = writerOn(branch, { minIntervalMs: 10_000 });
    const from = syntheticSource(commit);
    writer.submit({ source: from, results: [resultOf('a', 1)] });
    clock.advance(0);
    await vi.waitFor(() => expect(events).toHaveLength(1));
    for (let number = 2; number < 6; number += 1) {
      writer.submit({ source: from, results: [resultOf('a', number), resultOf('b', number)] });
    }
    expect(clock.nextInMs).toBe(10_000);
    clock.advance(10_000);
    await vi.waitFor(() => expect(events).toHaveLength(2));
    expect(subjects(source)).toHaveLength(2);
    expect(filesOn(source, BRANCH).get('objects/b.yaml')).toBe('version: v5\n');
    expect(clock.waiting).toBe(0);
  });

  it('tells of a pass that removed something, even where the next one comes before the commit', async () => {
    const { commit, branch } = await statusSetup();
    const { writer } = writerOn(branch);
    const base = syntheticSource(commit);
    const told: (string | undefined)[] = [];
    const compute: StatusSource['compute'] = (previous, results, time) => {
      told.push(...results.map(({ kubernetesVersion }) => kubernetesVersion));
      return base.compute(previous, results, time);
    };
    const id = { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'map' };
    const skipped = { id, action: 'skipped', status: 'CreationFailed' } as const;
    writer.submit({ source: { ...base, compute }, results: [{ ...resultOf('a', 1), objects: [skipped] }] });
    const removed = { ...skipped, wasRemoved: true } as const;
    writer.submit({ source: { ...base, compute }, results: [{ ...resultOf('a', 2), objects: [removed] }] });
    writer.submit({ source: { ...base, compute }, results: [{ ...resultOf('a', 3), objects: [skipped] }] });
    await writer.flush();
    expect(told).toEqual(['v2', 'v3']);
  });

  it('waits a moment for results that are on their way, and not for the last one', async () => {
    const { commit, branch } = await statusSetup();
    const { writer, clock } = writerOn(branch, { minIntervalMs: 10_000 });
    const from = syntheticSource(commit);
    writer.submit({ source: from, results: [resultOf('a', 1)], more: true });
    clock.advance(500);
    writer.submit({ source: from, results: [resultOf('b', 1)], more: true });
    expect(clock.nextInMs).toBe(1500);
    writer.submit({ source: from, results: [resultOf('c', 1)] });
    expect(clock.nextInMs).toBe(0);
    await writer.close();
  });

  it('takes what comes while it writes into the next commit', async () => {
    const { source, commit, branch } = await statusSetup();
    const { writer } = writerOn(branch);
    const from = syntheticSource(commit);
    writer.submit({ source: from, results: [resultOf('a', 1)] });
    const writing = writer.flush();
    // It has taken what was there.
    await Promise.resolve();
    await Promise.resolve();
    writer.submit({ source: from, results: [resultOf('a', 2)] });
    await writing;
    expect(filesOn(source, BRANCH).get('objects/a.yaml')).toBe('version: v1\n');
    await writer.flush();
    expect(filesOn(source, BRANCH).get('objects/a.yaml')).toBe('version: v2\n');
    expect(subjects(source)).toHaveLength(2);
  });

  it('lets an earlier source of its own not replace a later one', async () => {
    const { source, commit, branch } = await statusSetup();
    const { writer } = writerOn(branch);
    const later = source.commit('later');
    writer.submit({ source: syntheticSource(later, { generation: 2 }), results: [resultOf('a', 1)] });
    writer.submit({ source: syntheticSource(commit, { generation: 1 }), results: [resultOf('b', 1)] });
    await writer.flush();
    expect(JSON.parse(filesOn(source, BRANCH).get('status.json') ?? '')).toMatchObject({ commit: later });
    expect(filesOn(source, BRANCH).has('objects/b.yaml')).toBe(true);
  });

  it('leaves a branch alone that holds other files', async () => {
    const { source, commit } = await statusSetup();
    source.write({ 'notes.txt': 'mine' }).commit();
    source.git('branch', 'work');
    const { writer } = writerOn(trackBranch(await openRepository(source.folder), 'work'));
    writer.submit({ source: syntheticSource(commit), results: [resultOf('a', 1)] });
    expect((await writer.flush()).problem).toMatch(/^The branch work holds other files \(notes\.txt\)/);
    expect(subjects(source, 'work')).toHaveLength(2);
  });
});

describe('where the status goes', () => {
  it('may be another repository: no branch of the source is touched', async () => {
    const home = bare();
    const { source, commit, branch } = await statusSetup(home);
    const { writer } = writerOn(branch);
    writer.submit({ source: syntheticSource(commit), results: [resultOf('a', 1)] });
    const report = await writer.flush();
    expect(report).toEqual({ commit: home.git('rev-parse', BRANCH), pushed: true });
    expect(source.git('for-each-ref', '--format=%(refname)', 'refs/heads', 'refs/remotes')).toBe('refs/heads/main');
    expect(source.git('for-each-ref', '--format=%(refname)', 'refs/gitfed').split('\n')).toHaveLength(3);
  });

  it('refuses a push in the words of the server, once, and sends all of it when it may', async () => {
    const home = bare();
    const { commit, branch } = await statusSetup(home);
    const allow = refuse(home, 'gitfed/status is protected');
    const { writer, clock, events } = writerOn(branch, { minIntervalMs: 1000 });
    const from = syntheticSource(commit);
    writer.submit({ source: from, results: [resultOf('a', 1)] });
    const problem = 'StatusPushRefused: gitfed/status is protected; pre-receive hook declined';
    expect(await writer.flush()).toMatchObject({ pushed: false, problem });
    for (let number = 2; number < 5; number += 1) {
      writer.submit({ source: from, results: [resultOf('a', number)] });
      clock.advance(1000);
      await vi.waitFor(() => expect(events.filter(({ type }) => type === 'statusCommitted')).toHaveLength(number));
    }
    expect(events.filter(({ type }) => type === 'statusFailed')).toEqual([{ type: 'statusFailed', message: problem }]);
    expect(home.git('for-each-ref')).toBe('');
    allow();
    // The first retry comes after five seconds.
    clock.advance(2000);
    await vi.waitFor(() => expect(home.git('for-each-ref')).not.toBe(''));
    expect(subjects(home)).toHaveLength(4);
    const tip = home.git('rev-parse', BRANCH);
    await vi.waitFor(() => expect(events.at(-1)).toEqual({ type: 'statusPushed', commit: tip, source: commit }));
  });

  it.each([
    ['a day forward', 86_400_000],
    ['an hour backward', -3_600_000],
  ])('counts its intervals evenly where the clock is set %s', async (_title, ms) => {
    const { source, commit, branch } = await statusSetup();
    const { writer, clock, events } = writerOn(branch, { minIntervalMs: 10_000 });
    const from = syntheticSource(commit);
    writer.submit({ source: from, results: [resultOf('a', 1)] });
    clock.advance(0);
    await vi.waitFor(() => expect(events).toHaveLength(1));
    clock.set(clock.now() + ms);
    writer.submit({ source: from, results: [resultOf('a', 2)] });
    expect(clock.nextInMs).toBe(10_000);
    clock.advance(10_000);
    await vi.waitFor(() => expect(events).toHaveLength(2));
    expect(subjects(source)).toHaveLength(2);
  });

  it('waits longer after each failure', async () => {
    const home = bare();
    const { commit, branch } = await statusSetup(home);
    refuse(home, 'no');
    const { writer, clock, events } = writerOn(branch);
    writer.submit({ source: syntheticSource(commit), results: [resultOf('a', 1)] });
    await writer.flush();
    const waits: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      waits.push(clock.nextInMs ?? 0);
      clock.advance(clock.nextInMs ?? 0);
      await vi.waitFor(() => expect(clock.waiting).toBe(1));
    }
    expect(waits).toEqual([5000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
    expect(events).toHaveLength(2);
    await writer.close();
    expect(clock.waiting).toBe(0);
  });

  it('may be away: commits wait here, and go there when it is back', async () => {
    const home = bare();
    const { source, commit, branch } = await statusSetup(home);
    renameSync(home.folder, `${home.folder}.away`);
    const { writer } = writerOn(branch);
    const from = syntheticSource(commit);
    for (let number = 1; number < 4; number += 1) {
      writer.submit({ source: from, results: [resultOf('a', number)] });
      const report = await writer.flush();
      expect(report).toMatchObject({ pushed: false, problem: expect.stringMatching(/^StatusPushRefused: /) });
      expect(source.git('rev-parse', branch.ref)).toBe(report.commit);
    }
    renameSync(`${home.folder}.away`, home.folder);
    expect(await writer.flush()).toEqual({ pushed: true });
    expect(subjects(home)).toHaveLength(3);
  });

  it('is built upon where somebody else was faster, and what waits keeps its commits', async () => {
    const home = bare();
    const [one, two] = [await statusSetup(home), await statusSetup(home)];
    // Two clones of one repository.
    const commit = one.commit;
    expect(two.commit).toBe(commit);
    const [a, b] = [writerOn(one.branch).writer, writerOn(two.branch).writer];
    a.submit({ source: syntheticSource(commit), results: [resultOf('a', 1)] });
    await a.flush();
    const allow = refuse(home, 'later');
    for (const number of [1, 2]) {
      b.submit({ source: syntheticSource(commit), results: [resultOf('b', number)] });
      expect((await b.flush()).pushed).toBe(false);
    }
    allow();
    expect(await b.flush()).toEqual({ pushed: true });
    const truth = new Map([
      ['objects/a.yaml', 'version: v1\n'],
      ['objects/b.yaml', 'version: v2\n'],
    ]);
    expect(filesOn(home, BRANCH)).toEqual(new Map([...truth, ['status.json', computedOf(commit, truth)]]));
    expect(subjects(home).map((text) => text[0])).toEqual(['b', 'b', 'a']);
    expect(two.source.git('rev-parse', two.branch.ref)).toBe(home.git('rev-parse', BRANCH));
  });
});

describe('a writer that is behind', () => {
  it('writes the files of its own clusters, and leaves what a newer commit computed', async () => {
    const home = bare();
    const { source, commit, branch } = await statusSetup(home);
    const newer = source.commit('newer');
    const ahead = writerOn(branch).writer;
    ahead.submit({ source: syntheticSource(newer), results: [resultOf('a', 1)] });
    await ahead.flush();
    const computed = filesOn(home, BRANCH).get('status.json');
    const behind = writerOn(branch).writer;
    behind.submit({ source: syntheticSource(commit), results: [resultOf('b', 1)] });
    await behind.flush();
    expect(filesOn(home, BRANCH).get('objects/b.yaml')).toBe('version: v1\n');
    expect(filesOn(home, BRANCH).get('status.json')).toBe(computed);
    expect(home.git('log', '-1', '--format=%(trailers:key=Source-Commit,valueonly)', BRANCH)).toBe(newer);
    // When it has caught up, it computes what it left.
    behind.submit({ source: syntheticSource(newer), results: [] });
    await behind.flush();
    expect(filesOn(home, BRANCH).get('status.json')).toContain('objects/b.yaml');
  });

  it('may go back where that is what it was told to do', async () => {
    const { source, commit, branch } = await statusSetup();
    const newer = source.commit('newer');
    const { writer } = writerOn(branch);
    writer.submit({ source: syntheticSource(newer), results: [resultOf('a', 1)] });
    await writer.flush();
    writer.submit({ source: syntheticSource(commit, { replaces: newer }), results: [resultOf('a', 2)] });
    await writer.flush();
    expect(JSON.parse(filesOn(source, BRANCH).get('status.json') ?? '')).toMatchObject({ commit });
  });

  it('takes a commit that nobody knows for a newer one, for ten minutes', async () => {
    const { source, commit, branch } = await statusSetup();
    const gone = '1'.repeat(40);
    const { writer, clock } = writerOn(branch);
    writer.submit({ source: syntheticSource(gone), results: [resultOf('a', 1)] });
    await writer.flush();
    const read = (): unknown => JSON.parse(filesOn(source, BRANCH).get('status.json') ?? '');
    writer.submit({ source: syntheticSource(commit), results: [resultOf('a', 2)] });
    await writer.flush();
    expect(read()).toMatchObject({ commit: gone });
    clock.advance(10 * 60_000);
    writer.submit({ source: syntheticSource(commit), results: [resultOf('a', 3)] });
    await writer.flush();
    expect(read()).toMatchObject({ commit, clusters: { 'objects/a.yaml': 'version: v3\n' } });
  });
});
