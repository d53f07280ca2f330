import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { formatObjectId, stringifyJson } from '../core/index.ts';
import { isEmptyChangeSet } from '../report/change-set.ts';
import { hasErrors } from '../report/findings.ts';
import { failedGates } from '../report/gates.ts';
import { plainJson } from '../report/plain-text.ts';
import { createPreview } from '../report/preview.ts';
import type { Preview, PreviewInput } from '../report/preview-types.ts';
import { count, list } from '../report/wording.ts';
import type { ActionContext } from './context.ts';
import type { Inputs } from './inputs.ts';
import { annotate, fail, MOST_OF_A_KIND, SUMMARY_LIMIT, say, setOutput, writeSummary } from './runner.ts';

/** Characters of a part that another workflow posts, which says around it where it is from. */
const PART = 60_000;

/** Everything but the comment: files, outputs, annotations, the job summary, and whether the step fails. */
export function publish({ inputs }: ActionContext, input: PreviewInput, milliseconds: number): void {
  const report = createPreview({ ...input, milliseconds });
  const files = writeReport(report, createPreview(input).comment({ characters: PART }), inputs.reportFolder);
  setOutputs(input, files);
  annotateSource(report);
  writeJobSummary(report);
  judge(input, inputs.failOn);
}

interface ReportFiles {
  readonly folder: string;
  readonly markdown: string;
  readonly json: string;
}

/** The whole report, and the parts of its comment for a workflow that posts it; what an earlier one left is removed. */
function writeReport(report: Preview, comment: readonly string[], folder: string): ReportFiles {
  const markdown = path.join(folder, 'report.md');
  const json = path.join(folder, 'report.json');
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (/^comment-\d+\.md$/.test(name)) rmSync(path.join(folder, name));
  }
  writeFileSync(markdown, report.markdown());
  writeFileSync(json, `${plainJson(stringifyJson(report.json(), 2))}\n`);
  for (const [index, part] of comment.entries()) {
    writeFileSync(path.join(folder, `comment-${index + 1}.md`), part);
  }
  return { folder, markdown, json };
}

function setOutputs({ changes, gates }: PreviewInput, files: ReportFiles): void {
  const clusters = new Set(changes.objects.flatMap((change) => change.clusters));
  const objects = new Set(changes.objects.map(({ id }) => formatObjectId(id)));
  const failed = gates === undefined ? [] : failedGates(gates);
  const isChanged = !isEmptyChangeSet(changes);
  say(
    isChanged
      ? `${count(objects.size, 'object')} in ${count(clusters.size, 'cluster')} would change.`
      : 'No cluster would change.',
  );
  setOutput('changed', isChanged);
  setOutput('clusters-changed', clusters.size);
  setOutput('objects-changed', objects.size);
  setOutput('gates-failed', failed.map(({ gate }) => gate).join(','));
  setOutput('report-directory', files.folder);
  setOutput('report-markdown', files.markdown);
  setOutput('report-json', files.json);
}

function annotateSource(report: Preview): void {
  annotate(
    report.annotations(MOST_OF_A_KIND).map(({ level, file, line, column, title, message }) => ({
      severity: level,
      title,
      message,
      ...(file === '' ? {} : { file, line, column }),
    })),
  );
}

function writeJobSummary(report: Preview): void {
  if (!writeSummary(report.summary(SUMMARY_LIMIT)))
    say('The report is too long for the job summary: see the output report-markdown.');
}

function judge({ headFindings, gates }: PreviewInput, failOn: Inputs['failOn']): void {
  if (failOn === 'never') return;
  const failed = gates === undefined ? [] : failedGates(gates);
  const errors = headFindings.filter(({ severity }) => severity === 'error');
  if (hasErrors(headFindings)) {
    fail(
      `${count(errors.length, 'error')} in the repository: see the report. The input fail-on decides whether this fails the step.`,
    );
  } else if (failOn === 'gates' && failed.length > 0) {
    fail(
      `The change does not pass ${list(failed.map(({ gate }) => gate))}: ${failed.map(({ message }) => message).join('; ')}`,
    );
  }
}
