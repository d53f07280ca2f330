import { section, takeLines } from './markdown-lines.ts';
import { inlineCode } from './markdown-text.ts';
import type { HeaderExtent } from './preview-header.ts';
import type { PreviewGate, PreviewInput } from './preview-types.ts';
import { count } from './wording.ts';

/** The gates that a change does not pass, or passes because somebody allowed it; and gates that it sets otherwise. */
export function gateLines(
  { gates = [], gateSettings = [], unknownAllowances = [] }: PreviewInput,
  room: number,
  { rows }: Pick<HeaderExtent, 'rows'>,
): readonly string[] {
  const failed = gates.filter(({ passed }) => !passed);
  const lines = [
    ...failed.map(({ gate, message }) => `> - ${inlineCode(gate)} **fails**: ${inlineText(message)}`),
    ...gates.flatMap((gate) => (gate.passed && gate.allowedBy !== undefined ? [`> - ${allowedLine(gate)}`] : [])),
    ...gateSettings.map(({ setting, before, after, isLooser }) => {
      const [old, fresh] = [before ?? 'not set', after ?? 'not set'].map(inlineCode);
      return `> - ${inlineCode(setting)} is set from ${old} to ${fresh}${isLooser ? ', which lets more through' : ''}.`;
    }),
    ...unknownAllowances.map(({ gate, commit }) => {
      return `> - ${inlineCode(gate)} is allowed${byWhom(commit)}, and is no gate.`;
    }),
  ];
  if (lines.length === 0) return [];
  const { shown, left } = takeLines(lines, room, rows);
  const title =
    failed.length === 0
      ? ['> [!IMPORTANT]', '> **Gates:**', '>']
      : [
          '> [!CAUTION]',
          `> **${count(failed.length, 'gate')} ${failed.length === 1 ? 'does' : 'do'} not let this through:**`,
          '>',
        ];
  return section([...title, ...shown, ...(left === 0 ? [] : [`> - and ${left} more`])]);
}

function allowedLine({ gate, message, allowedBy }: PreviewGate): string {
  const { reason = '', commit } = allowedBy ?? {};
  const why = reason === '' ? 'without a reason' : inlineCode(reason);
  return `${inlineCode(gate)} is over its limit and **allowed**${byWhom(commit)}: ${why}. ${inlineText(message)}`;
}

function byWhom(commit: { readonly id: string; readonly author: string } | undefined): string {
  return commit === undefined ? '' : ` by ${inlineCode(commit.author)} in ${inlineCode(commit.id.slice(0, 12))}`;
}

/** A sentence that may name what the repository holds. */
function inlineText(message: string): string {
  return inlineCode(message);
}
