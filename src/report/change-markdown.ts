import { formatObjectId } from '../core/index.ts';
import { byClusters, type ChangeGroup, groupChanges } from './change-groups.ts';
import { markdownSummary, riskPhrase, type SummaryOptions } from './change-markdown-summary.ts';
import { fieldScope, IN_ALL } from './change-scope.ts';
import type { ChangeSet, FieldChange, ObjectChange } from './change-set.ts';
import { statRows } from './change-stat.ts';
import { compareValues, isLongValue, shortValue, valueLines } from './change-values.ts';
import { newName } from './change-wording.ts';
import { type Code, lengthOf, names, takeLines, where, whereExactly } from './markdown-lines.ts';
import { fence, fencedLine, htmlCode, inlineCode } from './markdown-text.ts';
import { count } from './wording.ts';

export interface MarkdownOptions extends SummaryOptions {
  /** One line for each object, and no fields. Default false. */
  readonly stat?: boolean;
  /** The text is shorter than this; what does not fit is counted. Default 60,000: a comment on GitHub holds 65,536 characters. */
  readonly limit?: number;
}

const DEFAULT_LIMIT = 60_000;
/** Kept for the line that says what was left out. */
const RESERVE = 400;
/** The share of the room that is filled with fields; the rest is for objects without them. */
const SHARE_OF_FIELDS = 0.8;
/** An object with more lines takes a click to see them. */
const SHORT = 12;
/** Of one object. */
const MOST_LINES = 200;
const MOST_CHARACTERS = 12_000;
const MOST_MEMBERS = 40;
const MOST_SETS = 20;

/**
 * A change set in GitHub's Markdown: a summary, a table of totals, the risks, and each object with its fields. Nothing that a
 * repository or a cluster wrote is Markdown, HTML, a mention or a link in it, and no value of a Secret is.
 */
export function formatChangeMarkdown(changes: ChangeSet, options: MarkdownOptions = {}): string {
  const { stat = false, limit = DEFAULT_LIMIT } = options;
  const head = markdownSummary(changes, options, limit);
  const room = limit - RESERVE - lengthOf(head);
  const body = stat ? statTable(changes, room) : fitGroups(groupChanges(changes).map(formatGroup), room);
  // No line of a fence is empty: each has a sign.
  const lines = [...head, ...body].filter((line, index, all) => line !== '' || all[index - 1] !== '');
  return `${lines.join('\n').trimEnd()}\n`;
}

/** One entry of the report: in full, and in a line where there is no room. */
interface Entry {
  readonly full: readonly string[];
  readonly brief: readonly string[];
  /** How many objects it stands for. */
  readonly objects: number;
  readonly hasFields: boolean;
}

function formatGroup(group: ChangeGroup): Entry {
  const [change, objects] = group.type === 'alike' ? [group.changes[0], group.changes.length] : [group.change, 1];
  const title = (code: Code): string => titleOf(group, code);
  const risks = change.risks.map((risk) => `- Risk: ${riskPhrase(risk)}`);
  const isMixed = group.type === 'alike' && byClusters(group.changes).length > 1;
  const lines = fieldLines(change, isMixed ? IN_ALL : undefined);
  const brief = [`- ${title(inlineCode)}`];
  const members = group.type === 'alike' ? memberLines(group.changes) : [];
  const truth = group.type === 'renamed' ? ['The old one is deleted, and the new one is created.', ''] : [];
  const inside = [...truth, ...members, ...risks, ...(risks.length === 0 ? [] : ['']), ...fencedFields(lines)];
  if (inside.length === 0) return { full: brief, brief, objects, hasFields: false };
  const full =
    lines.length + members.length <= SHORT
      ? ['', title(inlineCode), '', ...inside, '']
      : ['', '<details>', `<summary>${title(htmlCode)}</summary>`, '', ...inside, '', '</details>', ''];
  return { full, brief, objects, hasFields: lines.length > 0 };
}

function titleOf(group: ChangeGroup, code: Code): string {
  if (group.type === 'alike') {
    const sets = byClusters(group.changes);
    const clusters = sets.length === 1 ? ` in ${where(group.changes[0].clusters, code)}` : '';
    return `${count(group.changes.length, 'object')} changed in the same way${clusters}`;
  }
  const { change } = group;
  const isExact = group.type === 'renamed' || change.type === 'deleted';
  const clusters = (isExact ? whereExactly : where)(change.clusters, code);
  if (group.type === 'object') return `${code(formatObjectId(change.id))} ${change.type} in ${clusters}`;
  return `${code(formatObjectId(group.from))} renamed to ${code(newName(group.from, change.id))} in ${clusters}`;
}

function memberLines(changes: readonly ObjectChange[]): readonly string[] {
  const sets = byClusters(changes);
  const lines = sets.slice(0, MOST_SETS).map((set) => {
    const members = names(
      set.map(({ id }) => formatObjectId(id)),
      inlineCode,
      MOST_MEMBERS,
    );
    return sets.length === 1 ? members : `- in ${where(set[0].clusters, inlineCode)}: ${members}`;
  });
  const left = sets.slice(MOST_SETS).reduce((sum, set) => sum + set.length, 0);
  return [...lines, ...(left === 0 ? [] : [`- and ${count(left, 'more object')}`]), ''];
}

function fieldLines(change: ObjectChange, scope: string | undefined): readonly string[] {
  const byPath = Map.groupBy(change.fields, ({ path }) => path);
  return [...byPath.values()].flatMap((group) =>
    group.flatMap((field) => [
      `@@ ${field.path} @@ ${scope ?? fieldScope(field, group, change.clusters)}`,
      ...differenceLines(field),
    ]),
  );
}

function differenceLines({ type, before, after }: FieldChange): readonly string[] {
  if (type === 'reordered') return [`! reordered to ${shortValue(after ?? null)}`];
  if (before !== undefined && after !== undefined && (isLongValue(before) || isLongValue(after))) {
    return compareValues(before, after).map((line) => {
      if (line.type === 'gap') return '  …';
      return `${{ kept: ' ', removed: '-', added: '+' }[line.type]} ${line.line}`;
    });
  }
  return [
    ...(before === undefined ? [] : valueLines(before).map((line) => `- ${line}`)),
    ...(after === undefined ? [] : valueLines(after).map((line) => `+ ${line}`)),
  ];
}

function fencedFields(lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [];
  const { shown, left } = takeLines(lines.map(fencedLine), MOST_CHARACTERS, MOST_LINES);
  return [...fence(shown, 'diff'), ...(left === 0 ? [] : ['', `Left out: ${count(left, 'more line')}.`])];
}

/** As much as there is room for: with fields, then without, then none. */
function fitGroups(entries: readonly Entry[], room: number): readonly string[] {
  const lines: string[] = [];
  let length = 0;
  let withoutFields = 0;
  let leftOut = 0;
  const put = (added: readonly string[], most: number): boolean => {
    const size = lengthOf(added);
    if (length + size > most) return false;
    lines.push(...added);
    length += size;
    return true;
  };
  const fitsWhole = lengthOf(entries.flatMap(({ full }) => full)) <= room;
  for (const { full, brief, objects, hasFields } of entries) {
    if (put(full, fitsWhole ? room : room * SHARE_OF_FIELDS)) continue;
    if (!put(brief, room)) leftOut += objects;
    else if (hasFields) withoutFields += objects;
  }
  return [...lines, ...leftOutLines(withoutFields, leftOut)];
}

function leftOutLines(withoutFields: number, leftOut: number): readonly string[] {
  const parts = [
    ...(withoutFields === 0 ? [] : [`the fields of ${count(withoutFields, 'object')}`]),
    ...(leftOut === 0 ? [] : [count(leftOut, 'whole object')]),
  ];
  if (parts.length === 0) return [];
  return ['', `Left out, because a comment has an end: ${parts.join(' and ')}. \`gitfed diff\` shows them.`];
}

function statTable(changes: ChangeSet, room: number): readonly string[] {
  const rows = statRows(changes).map(({ sign, name, rest }) => `| ${sign} | ${inlineCode(name)} | ${rest} |`);
  if (rows.length === 0) return [];
  const { shown, left } = takeLines(rows, room, rows.length);
  return ['| | object | |', '|---|---|---|', ...shown, ...leftOutLines(0, left)];
}
