import type { Finding } from '../core/index.ts';
import { countFindings, formatFinding, formatFindingCounts } from '../report/findings.ts';
import type { Style } from '../report/style.ts';
import type { Output } from './io.ts';

/** Every finding in a line of its own, and how many there are. Nothing where there are none. */
export async function printFindings(findings: readonly Finding[], output: Output, style: Style): Promise<void> {
  if (findings.length === 0) return;
  const lines = findings.map((finding) => `${formatFinding(finding, style)}\n`);
  await output.write(`${lines.join('')}${formatFindingCounts(countFindings(findings))}\n`);
}
