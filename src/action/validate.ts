import { buildModel } from '../api/index.ts';
import { openRepository, readCommit, readWorkingTree } from '../git/index.ts';
import { render } from '../render/index.ts';
import { countFindings, formatFinding, formatFindingCounts, messageWithCluster } from '../report/findings.ts';
import { createStyle } from '../report/style.ts';
import { count } from '../report/wording.ts';
import type { ActionContext } from './context.ts';
import { fetchCommit } from './history.ts';
import { annotate, fail, say, setOutput } from './runner.ts';

/** Everything that is wrong or doubtful in the checkout, or in the commit that was asked for, on its lines. */
export async function validate({ inputs }: ActionContext): Promise<void> {
  const { folder, head } = inputs;
  const repository = await openRepository(folder);
  const snapshot =
    head === undefined
      ? await readWorkingTree(folder)
      : await readCommit(repository, await fetchCommit(repository, head));
  const { findings } = render(buildModel(snapshot));
  for (const finding of findings) say(formatFinding(finding, createStyle(false)));
  const counts = countFindings(findings);
  say(formatFindingCounts(counts));
  const left = annotate(
    findings
      .toSorted((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'))
      .map((finding) => ({
        severity: finding.severity,
        title: finding.code,
        message: messageWithCluster(finding),
        ...(finding.file === '' ? {} : { file: finding.file, line: finding.line, column: finding.column }),
      })),
  );
  if (left > 0) say(`${count(left, 'finding')} of these have no annotation: GitHub shows ten of a kind.`);
  setOutput('errors', counts.errors);
  setOutput('warnings', counts.warnings);
  if (counts.errors > 0 && inputs.failOn !== 'never') fail(formatFindingCounts(counts));
}
