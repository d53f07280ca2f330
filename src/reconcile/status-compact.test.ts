import { describe, expect, it } from 'vitest';
import { TestRepository } from '../../test/helpers/git-repository.ts';
import { filesOn, resultOf, statusSetup, syntheticSource, writerOn } from '../../test/helpers/status-writers.ts';
import { openRepository, trackBranch } from '../git/index.ts';
import { compactStatusBranch } from './status-compact.ts';
import type { StatusWriter } from './status-writer.ts';

const BRANCH = 'gitfed/status';
const DAY = 86_400_000;
const START = Date.parse('2026-01-01T00:00:00Z');

function history(repository: TestRepository, ref = BRANCH): readonly string[] {
  return repository.git('log', '--reverse', '--format=%T %ct %s', ref).split('\n');
}

/** One commit a day, from the first of January on. */
async function writeDays(
  { writer, clock }: { readonly writer: StatusWriter; readonly clock: { advance(ms: number): void } },
  commit: string,
  days: number,
): Promise<void> {
  for (let day = 0; day < days; day += 1) {
    if (day > 0) clock.advance(DAY);
    writer.submit({ source: syntheticSource(commit), results: [resultOf('a', day)] });
    await writer.flush();
  }
}

describe('compacting the status branch', () => {
  it('keeps the young commits with their trees, times and messages, and makes the last old one the first', async () => {
    const { source, commit, branch } = await statusSetup();
    await writeDays(writerOn(branch), commit, 6);
    const before = history(source);
    const trailers = source.git('log', '-3', '--format=%(trailers)', BRANCH);
    const request = { source: source.folder, before: START + 3 * DAY, push: false, dryRun: false };
    expect(await compactStatusBranch({ ...request, dryRun: true })).toMatchObject({ commits: 6, removed: 2 });
    expect(history(source)).toEqual(before);
    const result = await compactStatusBranch(request);
    expect(result).toMatchObject({ commits: 6, removed: 2, since: START / 1000 + 2 * 86_400 });
    expect(history(source)).toEqual(before.slice(2));
    expect(source.git('log', '-3', '--format=%(trailers)', BRANCH)).toBe(trailers);
    expect(source.git('rev-list', '--max-parents=0', BRANCH)).toBe(source.git('rev-parse', `${BRANCH}~3`));
    const root = source.git('log', '-1', '--format=%B', `${BRANCH}~3`);
    expect(root).toMatch(/\[skip ci\]\n\nEarlier commits were removed: gitfed status compact\.\n\nSource-Commit: /);
    // Again, there is nothing to do.
    expect(await compactStatusBranch(request)).toMatchObject({ removed: 0, to: result.to });
  });

  it('leaves one commit where all of them are old', async () => {
    const { source, commit, branch } = await statusSetup();
    await writeDays(writerOn(branch), commit, 3);
    const last = history(source).at(-1);
    await compactStatusBranch({ source: source.folder, before: START + 100 * DAY, push: false, dryRun: false });
    expect(history(source)).toEqual([last]);
  });

  it('refuses to replace here alone what is at a remote too', async () => {
    const home = new TestRepository({ bare: true });
    const { source, commit } = await statusSetup();
    source.git('remote', 'add', 'origin', home.folder);
    const branch = trackBranch(await openRepository(source.folder), BRANCH, { remote: 'origin' });
    await writeDays(writerOn(branch), commit, 3);
    const request = { source: source.folder, before: START + 2 * DAY, push: false, dryRun: false };
    await expect(compactStatusBranch(request)).rejects.toThrow(/is at origin too.*use --push/);
    expect(await compactStatusBranch({ ...request, push: true })).toMatchObject({ removed: 1, pushedTo: 'origin' });
    expect(home.git('rev-parse', BRANCH)).toBe(source.git('rev-parse', BRANCH));
    expect(history(home)).toHaveLength(2);
  });

  it('is not undone by a writer that goes on meanwhile, here or elsewhere', async () => {
    const home = new TestRepository({ bare: true });
    const { source, commit } = await statusSetup();
    source.git('remote', 'add', 'origin', home.folder);
    const other = new TestRepository();
    other.commit('first');
    other.git('remote', 'add', 'origin', home.folder);
    const track = async (repository: TestRepository): Promise<ReturnType<typeof trackBranch>> =>
      trackBranch(await openRepository(repository.folder), BRANCH, { remote: 'origin' });
    const here = writerOn(await track(source));
    const there = writerOn(await track(other));
    await writeDays(here, commit, 4);
    there.writer.submit({ source: syntheticSource(commit), results: [resultOf('b', 1)] });
    await there.writer.flush();
    // It is behind what is there, and its next commit cannot be sent as it is.
    here.writer.submit({ source: syntheticSource(commit), results: [resultOf('a', 10)] });
    await here.writer.flush();
    there.clock.advance(5 * DAY);
    await compactStatusBranch({ source: source.folder, before: START + 3 * DAY, push: true, dryRun: false });
    const compacted = history(home);
    there.writer.submit({ source: syntheticSource(commit), results: [resultOf('b', 2)] });
    expect(await there.writer.flush()).toMatchObject({ pushed: true });
    here.writer.submit({ source: syntheticSource(commit), results: [resultOf('a', 11)] });
    expect(await here.writer.flush()).toMatchObject({ pushed: true });
    expect(history(home).slice(0, compacted.length)).toEqual(compacted);
    expect(history(home)).toHaveLength(compacted.length + 2);
    expect(home.git('rev-list', '--max-parents=0', BRANCH).split('\n')).toHaveLength(1);
    expect(filesOn(home, BRANCH).get('objects/a.yaml')).toBe('version: v11\n');
    expect(filesOn(home, BRANCH).get('objects/b.yaml')).toBe('version: v2\n');
  });
});
