import { formatObjectId } from '../core/index.ts';
import { ALLOW_TRAILER, type Allowance } from './allowance.ts';
import { namedClusters } from './change-scope.ts';
import type { GateSettingChange } from './gate-settings.ts';
import { failedGates, type GateReport, type GateResult, isGateReportQuiet, isOverLimit } from './gates.ts';
import { plainText } from './plain-text.ts';
import type { Style } from './style.ts';
import { layoutLine, type Span } from './text-layout.ts';
import { list } from './wording.ts';

const MOST_OBJECTS = 6;

/**
 * What the gates say, for people. `''` where a change is over no limit and sets none otherwise.
 *
 * @param columns of the terminal. Default: lines are as long as what is in them.
 * @param also another way to allow it than a commit.
 */
export function formatGates(
  report: GateReport,
  style: Style,
  { columns, also }: { readonly columns?: number | undefined; readonly also?: string } = {},
): string {
  if (isGateReportQuiet(report)) return '';
  const failed = failedGates(report);
  const lines: readonly (readonly Span[])[] = [
    ...report.results.filter(isOverLimit).flatMap((result) => resultLines(result, style)),
    ...report.settings.map((setting) => settingLine(setting, style)),
    ...report.unknown.map((allowance) => [{ text: '! ', paint: style.warning }, { text: unknownText(allowance) }]),
    ...(failed.length === 0 ? [] : [[{ text: `Next: ${howToAllow(failed, also)}` }]]),
  ];
  const text = lines.flatMap((spans) => layoutLine(spans, columns, 2));
  return `${[style.strong('gates:'), ...text].join('\n')}\n`;
}

/** What to write where. @param also another way, such as an option. */
export function howToAllow(failed: readonly GateResult[], also = ''): string {
  const names = failed.map(({ gate }) => gate).join(', ');
  return `if this is meant, end the message of a commit of this change with a paragraph "${ALLOW_TRAILER}: ${names} REASON"${also}.`;
}

/** `allowed by Ann in 1a2b3c4d5e6f: the shop closes` */
function allowanceText({ commit, reason }: Allowance): string {
  const who = commit === undefined ? '--allow' : `${plainText(commit.author)} in ${commit.id.slice(0, 12)}`;
  return `allowed by ${who}${reason === '' ? ', without a reason' : `: ${plainText(reason)}`}`;
}

function resultLines(result: GateResult, style: Style): readonly (readonly Span[])[] {
  const { gate, message, allowedBy, clusters, objects } = result;
  const [sign, paint] = allowedBy === undefined ? ['✗', style.error] : ['✓', style.added];
  const where = clusters.length === 0 ? '' : ` In ${namedClusters(clusters)}.`;
  return [
    [{ text: `${sign} `, paint }, { text: gate, paint: style.strong }, { text: `: ${message}${where}` }],
    ...(objects.length === 0 ? [] : [[{ text: `  ${list(objects.map(formatObjectId), MOST_OBJECTS)}` }]]),
    ...(allowedBy === undefined ? [] : [[{ text: `  ${allowanceText(allowedBy)}` }]]),
  ];
}

function settingLine({ setting, before, after, isLooser }: GateSettingChange, style: Style): readonly Span[] {
  const [old, fresh] = [before, after].map((text) => (text === undefined ? 'not set' : plainText(text)));
  const effect = isLooser ? 'lets more through after this change, not for it' : 'counts for this change already';
  return [{ text: '! ', paint: style.error }, { text: `${setting}: ${old} → ${fresh}; ${effect}` }];
}

function unknownText({ gate, commit }: Allowance): string {
  const who = commit === undefined ? '' : ` (${plainText(commit.author)} in ${commit.id.slice(0, 12)})`;
  return `${ALLOW_TRAILER}: ${plainText(gate)}${who} names no gate`;
}
