import { buildModel } from '../api/index.ts';
import { GitfedError } from '../errors.ts';
import {
  copyBranch,
  ObjectReader,
  openRepository,
  type PushResult,
  pushCommit,
  type Repository,
  readCommit,
} from '../git/index.ts';
import { type Rendering, render } from '../render/index.ts';
import { countFindings, formatFinding, formatFindingCounts } from '../report/findings.ts';
import { checkRenderedBranch, writeRenderedBranch } from '../report/rendered-branch.ts';
import { createStyle } from '../report/style.ts';
import { count } from '../report/wording.ts';
import type { ActionContext } from './context.ts';
import { refuseUnmerged } from './event.ts';
import { fetchCommit, remoteName } from './history.ts';
import { fail, say, setOutput } from './runner.ts';

/** Somebody else may push to the branch at the same time. */
const MOST_ATTEMPTS = 3;

/** Commits the manifests of every cluster on a branch, and pushes it. */
export async function renderBranch({ inputs, event }: ActionContext): Promise<void> {
  refuseUnmerged(event, 'render');
  const { folder, branch } = inputs;
  const repository = await openRepository(folder);
  const source = await fetchCommit(repository, inputs.head ?? 'HEAD');
  const model = buildModel(await readCommit(repository, source));
  const rendering = render(model);
  for (const finding of rendering.findings) say(formatFinding(finding, createStyle(false)));
  const commit = await writeAndPush({ repository, branch, source }, { model, rendering });
  say(
    commit === undefined
      ? `The branch ${branch} holds all of this already.`
      : `Commit ${commit} on the branch ${branch}.`,
  );
  setOutput('changed', commit !== undefined);
  if (commit !== undefined) setOutput('rendered-commit', commit);
  const counts = countFindings(rendering.findings);
  if (counts.errors > 0 && inputs.failOn !== 'never') fail(formatFindingCounts(counts));
}

interface Target {
  readonly repository: Repository;
  readonly branch: string;
  /** The commit that is rendered. */
  readonly source: string;
}

async function writeAndPush(
  target: Target,
  rendered: { readonly model: ReturnType<typeof buildModel>; readonly rendering: Rendering },
): Promise<string | undefined> {
  const { repository, branch } = target;
  const remote = await remoteName(repository);
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
    await copyBranch(repository, remote, branch);
    await using objects = new ObjectReader(repository.gitDir);
    await checkRenderedBranch({ ...target, objects });
    const { commit, written, removed } = await writeRenderedBranch({
      ...target,
      ...rendered,
      objects,
      isPart: false,
      time: new Date(),
    });
    if (commit === undefined) return undefined;
    say(`${count(written, 'file')} written, ${removed} removed`);
    if (isPushed(await pushCommit(repository, remote, commit, branch), branch)) return commit;
  }
  throw new GitfedError(
    'GIT',
    `Others pushed to the branch ${branch} at the same time, ${MOST_ATTEMPTS} times. Run the workflow again.`,
  );
}

function isPushed(result: PushResult, branch: string): boolean {
  if (result.result !== 'refused') return result.result === 'pushed';
  throw new GitfedError(
    'GIT',
    `The branch ${branch} was not taken: ${result.words}. Give the job the permission contents: write, and let actions/checkout keep its credentials.`,
  );
}
