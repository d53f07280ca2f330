import type { JsonObject } from '../core/index.ts';
import type { FileChange } from '../reconcile/enable-options.ts';
import type { MembershipPlan, MembershipResult, PlannedStep } from '../reconcile/join-options.ts';
import { formatFileDiff } from './file-diff.ts';
import { plainText } from './plain-text.ts';
import type { Style } from './style.ts';

/** What is about to be done, a line each, and how files that are edited differ. */
export function formatMembershipPlan({ steps, files }: MembershipPlan, style: Style): string {
  const lines = [
    ...steps.map(
      ({ action, where, what, note }) =>
        `${style.strong(action)} ${plainText(where)}: ${plainText(what)}${note === undefined ? '' : `, ${plainText(note)}`}\n`,
    ),
    ...files.map(
      ({ action, file, objects }) =>
        `${style.strong(VERBS[action])} repository: ${plainText(file)}, ${plainText(objects.join(', '))}\n`,
    ),
  ];
  const shown = files.filter(({ action }) => action === 'edited');
  return [...lines, ...shown.map((change) => `\n${formatFileDiff(change, style)}`)].join('');
}

const VERBS: Readonly<Record<FileChange['action'], PlannedStep['action']>> = {
  created: 'create',
  edited: 'update',
  deleted: 'delete',
  unchanged: 'keep',
};

/** A plan and what came of it, as one JSON document. Without a result nothing was done. */
export function membershipToJson(plan: MembershipPlan, result: MembershipResult): JsonObject {
  const { cluster, steps, files, notes, findings } = plan;
  return {
    cluster,
    changed: result.isChanged,
    steps: steps.map(({ where, what, action, note }) => ({
      where,
      what,
      action,
      ...(note === undefined ? {} : { note }),
    })),
    files: files.map(({ file, action, objects }) => ({ file, action, objects: [...objects] })),
    problems: [...result.problems],
    notes: [...notes, ...result.notes],
    findings: findings.map((finding) => ({ ...finding })),
  };
}
