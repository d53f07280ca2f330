import { openRepository } from '../git/index.ts';
import { sync } from '../reconcile/sync.ts';
import { formatFinding } from '../report/findings.ts';
import { takeLines } from '../report/markdown-lines.ts';
import { fence, fencedLine } from '../report/markdown-text.ts';
import { createStyle } from '../report/style.ts';
import { formatSync } from '../report/sync-text.ts';
import { count } from '../report/wording.ts';
import type { ActionContext } from './context.ts';
import { refuseUnmerged } from './event.ts';
import { fetchCommit, fetchWhole } from './history.ts';
import { fail, say, setOutput, writeSummary } from './runner.ts';

/** One pass over the commit of the event: every member gets what it says, and the status branch tells what happened. */
export async function syncMembers({ inputs, event }: ActionContext): Promise<void> {
  refuseUnmerged(event, 'sync');
  const repository = await openRepository(inputs.folder);
  // The first commits of a history are what tells this repository from others in a member.
  await fetchWhole(repository, (what) => say(`Fetching ${what}, which the checkout lacks.`));
  const result = await sync({
    source: inputs.folder,
    push: true,
    ...(inputs.head === undefined ? {} : { ref: await fetchCommit(repository, inputs.head) }),
    ...(inputs.kubeconfig === undefined ? {} : { kubeconfig: inputs.kubeconfig }),
    ...(inputs.credentialsDir === undefined ? {} : { credentialsDir: inputs.credentialsDir }),
    ...(inputs.ageKeyFile === undefined ? {} : { ageKeyFile: inputs.ageKeyFile }),
  });
  const style = createStyle(false);
  for (const finding of result.findings) say(formatFinding(finding, style));
  const text = formatSync(result, style);
  say(text);
  writeSummary(summaryOf(text));
  setOutput('synced-commit', result.commit);
  setOutput('status-commit', result.status.commit ?? '');
  if (!result.ok && inputs.failOn !== 'never')
    fail('Not every cluster is in order: see what is printed above, and the status branch.');
}

/** In characters, of which each may take four bytes of the job summary. */
const MOST_CHARACTERS = 200_000;

function summaryOf(text: string): string {
  const lines = text.trimEnd().split('\n').map(fencedLine);
  const { shown, left } = takeLines(lines, MOST_CHARACTERS, lines.length);
  const rest = left === 0 ? [] : ['', `Left out: ${count(left, 'more line')}, which the log of this step has.`];
  return `${['### gitfed sync', '', ...fence(shown, 'text'), ...rest].join('\n')}\n`;
}
