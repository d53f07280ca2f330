import { describe, expect, it } from 'vitest';
import { TestRepository } from '../../test/helpers/git-repository.ts';
import {
  computedOf,
  filesOn,
  resultOf,
  statusSetup,
  syntheticSource,
  writerOn,
} from '../../test/helpers/status-writers.ts';
import { lineOfCommits, openRepository, type TrackedBranch } from '../git/index.ts';
import { SYSTEM_CLOCK } from './clock.ts';

const COMMITS = 200;
const BRANCH = 'gitfed/status';

/** Every result in a commit of its own, which is sent before the next one is made. */
async function writeAll(branch: TrackedBranch, commit: string, cluster: string): Promise<void> {
  const { writer } = writerOn(branch, { clock: SYSTEM_CLOCK, random: Math.random });
  const source = syntheticSource(commit);
  for (let number = 1; number <= COMMITS; number += 1) {
    writer.submit({ source, results: [resultOf(cluster, number)] });
    await writer.flush();
  }
  // Whoever lost a race too often sends it with a later one.
  for (let report = await writer.flush(); report.pushed === false; ) report = await writer.flush();
}

describe('two writers that race on the status branch', () => {
  it('lose nothing in 200 commits each, and agree on what is computed', async () => {
    const home = new TestRepository({ bare: true });
    const [one, two] = [await statusSetup(home), await statusSetup(home)];
    await Promise.all([writeAll(one.branch, one.commit, 'a'), writeAll(two.branch, two.commit, 'b')]);
    const truth = new Map([
      ['objects/a.yaml', `version: v${COMMITS}\n`],
      ['objects/b.yaml', `version: v${COMMITS}\n`],
    ]);
    expect(filesOn(home, BRANCH)).toEqual(new Map([...truth, ['status.json', computedOf(one.commit, truth)]]));
    const line = await lineOfCommits(await openRepository(home.folder), undefined, BRANCH);
    expect(line).toHaveLength(2 * COMMITS);
    // Each state of each cluster has its commit, in order, and every commit agrees with its own files.
    const log = home.git('log', '--reverse', '-p', '--format=', '--unified=0', BRANCH, '--', 'objects').split('\n');
    const states = (cluster: string): readonly string[] => statesOf(log, cluster);
    const all = Array.from({ length: COMMITS }, (_, index) => `v${index + 1}`);
    expect(states('a')).toEqual(all);
    expect(states('b')).toEqual(all);
    const middle = line[COMMITS] ?? '';
    const files = filesOn(home, middle);
    const then = new Map([...files].filter(([path]) => path.startsWith('objects/')));
    expect(files.get('status.json')).toBe(computedOf(one.commit, then));
  }, 180_000);
});

/** The versions that a cluster's file had, in the order of the commits. */
function statesOf(log: readonly string[], cluster: string): readonly string[] {
  let file = '';
  return log.flatMap((line) => {
    if (line.startsWith('+++ ')) file = line.slice('+++ b/'.length);
    const version = /^\+version: (.*)$/.exec(line)?.[1];
    return file === `objects/${cluster}.yaml` && version !== undefined ? [version] : [];
  });
}
