import type { JsonObject } from '../core/index.ts';
import type { MigrateResult, Remark, Step, StepReport } from '../reconcile/migrate.ts';
import { changeSetToJson } from './change-json.ts';
import { formatChangeSet } from './change-text.ts';
import { plainText } from './plain-text.ts';
import type { Style } from './style.ts';

/** What a step does, for people. */
export const STEP_TEXTS: Readonly<Record<Step, string>> = {
  check: 'The repository and the members are the same, and nothing stands in the way.',
  stop: "KubeFed's controller is scaled to nothing. Its finalizers stay, so that nothing is deleted.",
  'take-over': 'What KubeFed applied becomes what gitfed applied, without a change of its content.',
  verify: 'The members are compared with the repository once more.',
  release: "KubeFed's finalizers are taken away: its objects can be deleted, and nothing happens in the members.",
};

const WORDS: Readonly<Record<StepReport['state'], string>> = { done: 'done', pending: 'to do', blocked: 'blocked' };

/** How far the way is walked, a line for each step. */
export function formatMigration({ steps }: MigrateResult, style: Style, columns?: number): string {
  const lines = steps.flatMap(({ step, state, remarks, changes }, index) => [
    `${index + 1}. ${style.strong(step.padEnd(9))} ${paint(state, style)}  ${STEP_TEXTS[step]}`,
    ...remarks.map((remark) => `   ${formatRemark(remark, style)}`),
    ...(changes === undefined ? [] : indented(formatChangeSet(changes, style, columns))),
  ]);
  return `${lines.join('\n')}\n`;
}

function paint(state: StepReport['state'], style: Style): string {
  const word = WORDS[state].padEnd(7);
  if (state === 'pending') return word;
  return state === 'done' ? style.added(word) : style.error(word);
}

function formatRemark({ type, text }: Remark, style: Style): string {
  return `${type === 'obstacle' ? style.error('!') : '-'} ${plainText(text)}`;
}

function indented(text: string): readonly string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `   ${line}`);
}

/** The result as one JSON document. */
export function migrationToJson({ steps, ok }: MigrateResult): JsonObject {
  return {
    ok,
    steps: steps.map(({ step, state, remarks, changes }) => ({
      step,
      state,
      remarks: remarks.map(({ type, text }) => ({ type, text })),
      ...(changes === undefined ? {} : { changes: changeSetToJson(changes) }),
    })),
  };
}
