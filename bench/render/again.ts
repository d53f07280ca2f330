/**
 * Renders a repository of the benchmark again and again in one process, to and fro between two commits: how long it takes from the second
 * commit on to know all manifests, and to have them in a stream, a directory and a git tree that have those of before.
 * Run with `node again.ts REPOSITORY FOLDER BRANCH`; prints milliseconds by output as JSON, and the peak memory.
 */
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { ObjectReader, openRepository, readCommit, resolveCommit } from '../../src/git/index.ts';
import { type RenderedState, RepositoryMemo } from '../../src/reconcile/repository-memo.ts';
import { writeRenderedBranch } from '../../src/report/rendered-branch.ts';
import { writeRendering } from '../../src/report/rendering-files.ts';
import { formatYamlStream } from '../../src/report/rendering-yaml.ts';

const WARM = 4;
const ROUNDS = 8;

const [folder = '', output = '', other = ''] = process.argv.slice(2);
const repository = await openRepository(folder);
const memo = new RepositoryMemo();
const times: Record<'rendering' | 'reading and rendering' | 'stream' | 'directory' | 'git tree', number[]> = {
  rendering: [],
  'reading and rendering': [],
  stream: [],
  directory: [],
  'git tree': [],
};
for (let round = -WARM; round < ROUNDS; round += 1) {
  const commit = await resolveCommit(repository, round % 2 === 0 ? 'main' : other);
  const start = performance.now();
  const snapshot = await readCommit(repository, commit, undefined, memo.reading);
  const reading = performance.now() - start;
  const state = memo.render(snapshot);
  const both = performance.now() - start;
  const measured = {
    rendering: both - reading,
    'reading and rendering': both,
    stream: both + (await timed(() => drain(formatYamlStream(state.rendering)))),
    directory:
      both + (await timed(() => writeRendering(output, state.rendering, { model: state.model, isPart: false }))),
    'git tree': both + (await timed(() => writeTree(state, commit))),
  };
  if (round < 0) continue;
  for (const [name, ms] of Object.entries(measured)) times[name as keyof typeof times].push(ms);
}
console.log(JSON.stringify({ times, peak: (process.resourceUsage().maxRSS * 1024) / 1e6 }));

async function timed(action: () => unknown): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

function drain(pieces: Iterable<string>): number {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  return length;
}

async function writeTree({ model, rendering }: RenderedState, source: string): Promise<void> {
  await using objects = new ObjectReader(repository.gitDir);
  const target = { repository, objects, branch: 'again', source, time: new Date(0) };
  await writeRenderedBranch({ ...target, rendering, model, isPart: false });
}
