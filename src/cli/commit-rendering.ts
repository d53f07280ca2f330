import path from 'node:path';
import { isDirty, ObjectReader, openRepository, resolveCommit } from '../git/index.ts';
import { hasErrors } from '../report/findings.ts';
import type { OutputSummary } from '../report/output-directory.ts';
import { plainText } from '../report/plain-text.ts';
import { checkRenderedBranch, writeRenderedBranch } from '../report/rendered-branch.ts';
import { selectClusters } from '../report/select-clusters.ts';
import { count } from '../report/wording.ts';
import { styleFor } from './colour.ts';
import type { ExitCode, Io } from './io.ts';
import { printFindings } from './print-findings.ts';
import { renderPath } from './repository.ts';

export interface CommitArguments {
  readonly path: string | undefined;
  readonly branch: string;
  readonly ref: string | undefined;
  readonly cluster: readonly string[] | undefined;
  readonly observed: string | undefined;
  readonly color: boolean | undefined;
}

/** Renders a commit onto a branch. What is not committed is not in it, and that is said. */
export async function commitRendering(args: CommitArguments, io: Io): Promise<ExitCode> {
  const { branch, cluster } = args;
  const repository = await openRepository(path.resolve(io.cwd, args.path ?? '.'));
  await using objects = new ObjectReader(repository.gitDir);
  const source = await resolveCommit(repository, args.ref ?? 'HEAD', objects);
  const target = { repository, objects, branch, source };
  await checkRenderedBranch(target);
  if (args.ref === undefined && (await isDirty(repository))) {
    await io.stderr.write(`Uncommitted changes are not rendered: this is HEAD (${source.slice(0, 12)}).\n`);
  }
  const { model, rendering } = await renderPath({ path: args.path, ref: source, observed: args.observed }, io);
  await printFindings(rendering.findings, io.stderr, styleFor(io.stderr, args.color, io));
  const { commit, ...summary } = await writeRenderedBranch({
    ...target,
    rendering: cluster === undefined ? rendering : selectClusters(rendering, cluster),
    model,
    isPart: cluster !== undefined,
    time: new Date(),
  });
  const name = plainText(branch);
  const end =
    commit === undefined
      ? `The branch ${name} holds all of this already: no commit.\n`
      : `Commit ${commit.slice(0, 12)} on the branch ${name}.\n`;
  await io.stderr.write(`${formatOutputSummary(summary)}${end}`);
  return hasErrors(rendering.findings) ? 1 : 0;
}

/** What became of the files. */
export function formatOutputSummary({ written, unchanged, removed, kept }: OutputSummary): string {
  const rest = kept === 0 ? '' : `, ${kept} kept because of the errors above`;
  return `${count(written, 'file')} written, ${unchanged} unchanged, ${removed} removed${rest}\n`;
}
