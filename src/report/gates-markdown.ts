import { formatObjectId } from '../core/index.ts';
import { ALLOW_TRAILER, type Allowance } from './allowance.ts';
import type { GateSettingChange } from './gate-settings.ts';
import { failedGates, type GateReport, type GateResult, isGateReportQuiet, isOverLimit } from './gates.ts';
import { names, whereExactly } from './markdown-lines.ts';
import { inlineCode } from './markdown-text.ts';
import { count } from './wording.ts';

const MOST_OBJECTS = 6;

/** A section of GitHub's Markdown. */
export interface GateLines {
  /** The verdict, and how to let a change through that does not pass. */
  readonly title: readonly string[];
  readonly lines: readonly string[];
}

/** What the gates say; no lines where a change is over no limit and sets none otherwise. */
export function gateLines(report: GateReport): GateLines {
  if (isGateReportQuiet(report)) return { title: [], lines: [] };
  return {
    title: titleLines(failedGates(report)),
    lines: [
      ...report.results.filter(isOverLimit).map(resultLine),
      ...report.settings.map(settingLine),
      ...report.unknown.map(
        (allowance) => `> - ${inlineCode(`${ALLOW_TRAILER}: ${allowance.gate}`)}${who(allowance)} names no gate.`,
      ),
    ],
  };
}

function titleLines(failed: readonly GateResult[]): readonly string[] {
  if (failed.length === 0) return ['> [!IMPORTANT]', '> **Gates:**', '>'];
  const verdict = `${count(failed.length, 'gate')} ${failed.length === 1 ? 'does' : 'do'} not let this change through.`;
  const allow = `${ALLOW_TRAILER}: ${failed.map(({ gate }) => gate).join(', ')} REASON`;
  return [
    '> [!CAUTION]',
    `> **${verdict}** If it is meant, end the message of a commit of it with a paragraph ${inlineCode(allow)}.`,
    '>',
  ];
}

function resultLine({ gate, message, allowedBy, clusters, objects }: GateResult): string {
  const where = clusters.length === 0 ? '' : ` In ${whereExactly(clusters, inlineCode)}.`;
  const what = objects.length === 0 ? '' : ` ${names(objects.map(formatObjectId), inlineCode, MOST_OBJECTS)}.`;
  const verdict = allowedBy === undefined ? 'does not pass' : 'is allowed';
  const word = allowedBy === undefined ? '' : ` Allowed${who(allowedBy)}${reasonText(allowedBy)}.`;
  return `> - Gate ${inlineCode(gate)} **${verdict}**: ${inlineCode(message)}${where}${what}${word}`;
}

function reasonText({ reason }: Allowance): string {
  return reason === '' ? ', without a reason' : `: ${inlineCode(reason)}`;
}

function who({ commit }: Allowance): string {
  return commit === undefined ? '' : ` by ${inlineCode(commit.author)} in ${inlineCode(commit.id.slice(0, 12))}`;
}

function settingLine({ setting, before, after, isLooser }: GateSettingChange): string {
  const [old, fresh] = [before, after].map((text) => (text === undefined ? 'not set' : inlineCode(text)));
  const effect = isLooser ? '**lets more through** after this change, not for it' : 'counts for this change already';
  return `> - ${inlineCode(setting)}: ${old} → ${fresh}; ${effect}`;
}
