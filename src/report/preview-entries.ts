import { formatObjectId } from '../core/index.ts';
import { byClusters, type ChangeGroup, groupChanges } from './change-groups.ts';
import { riskPhrase } from './change-phrases.ts';
import { fieldScope, IN_ALL } from './change-scope.ts';
import type { ChangeSet, FieldChange, ObjectChange } from './change-set.ts';
import { compareValues, isLongValue, shortValue, valueLines } from './change-values.ts';
import { newName } from './change-wording.ts';
import { type Code, takeLines, where, whereExactly } from './markdown-lines.ts';
import { fence, fencedLine, htmlCode, inlineCode, wholeLine } from './markdown-text.ts';
import type { PreviewBlock } from './preview-blocks.ts';
import { count } from './wording.ts';

/** An object with more lines takes a click to see them. */
const SHORT = 12;
/** So many objects that come or go in the same clusters are one entry. */
const FEWEST_TOGETHER = 3;

/** How much of one entry is shown. */
interface Extent {
  readonly lines: number;
  readonly characters: number;
  readonly members: number;
  readonly sets: number;
  readonly line: (text: string) => string;
}

const CUT: Extent = { lines: 200, characters: 12_000, members: 100, sets: 20, line: fencedLine };
const ALL: Extent = {
  lines: Number.POSITIVE_INFINITY,
  characters: Number.POSITIVE_INFINITY,
  members: Number.POSITIVE_INFINITY,
  sets: Number.POSITIVE_INFINITY,
  line: wholeLine,
};

/** What is shown as one: as {@link ChangeGroup}, and objects that come or go together. */
type Entry = ChangeGroup | { readonly type: 'together'; readonly changes: readonly [ObjectChange, ...ObjectChange[]] };

/** The changes as blocks: what is risky or goes comes first, then what happens in the fewest clusters. */
export function changeBlocks(changes: ChangeSet): readonly PreviewBlock[] {
  return putTogether(groupChanges(changes))
    .map((entry) => ({ entry, rank: rankOf(entry), clusters: clustersIn(entry) }))
    .sort((a, b) => a.rank - b.rank || a.clusters - b.clusters)
    .map(({ entry }) => toBlock(entry));
}

function putTogether(groups: readonly ChangeGroup[]): readonly Entry[] {
  const together = Map.groupBy(groups, (group) => (isPlain(group) ? togetherKey(group.change) : ''));
  const taken = new Set<string>();
  return groups.flatMap((group): readonly Entry[] => {
    const key = isPlain(group) ? togetherKey(group.change) : '';
    const all = (key === '' ? [] : (together.get(key) ?? [])).flatMap((one) => (isPlain(one) ? [one.change] : []));
    const [first, ...rest] = all;
    if (first === undefined || all.length < FEWEST_TOGETHER) return [group];
    if (taken.has(key)) return [];
    taken.add(key);
    return [{ type: 'together', changes: [first, ...rest] }];
  });
}

function isPlain(group: ChangeGroup): group is Extract<ChangeGroup, { type: 'object' }> {
  return group.type === 'object' && group.change.type !== 'changed';
}

function togetherKey({ type, clusters, risks }: ObjectChange): string {
  return JSON.stringify([type, clusters, risks.map(({ code, clusters: where }) => [code, where])]);
}

function changesOf(entry: Entry): readonly [ObjectChange, ...ObjectChange[]] {
  return 'changes' in entry ? entry.changes : [entry.change];
}

function rankOf(entry: Entry): number {
  const [change] = changesOf(entry);
  if (change.risks.length > 0) return 0;
  return change.type === 'deleted' || entry.type === 'renamed' ? 1 : 2;
}

function clustersIn(entry: Entry): number {
  return changesOf(entry).reduce((most, { clusters }) => Math.max(most, clusters.length), 0);
}

function toBlock(entry: Entry): PreviewBlock {
  const changes = changesOf(entry);
  const [change] = changes;
  const isMixed = entry.type === 'alike' && byClusters(entry.changes).length > 1;
  const lines = fieldLines(change, isMixed ? IN_ALL : undefined);
  const isGone = change.type === 'deleted' || entry.type === 'renamed';
  return {
    full: formatEntry(entry, lines, CUT),
    complete: () => formatEntry(entry, lines, ALL),
    brief: briefLines(entry),
    objects: changes.length,
    deletions: isGone ? changes.length : 0,
    hasFields: lines.length > 0,
  };
}

/** All names of what goes: a line of it is never without them. */
function briefLines(entry: Entry): readonly string[] {
  if (entry.type !== 'together') return [`- ${titleOf(entry, inlineCode)}`];
  return [`- ${titleOf(entry, inlineCode)}: ${memberNames(entry.changes, CUT)}`];
}

function formatEntry(entry: Entry, lines: readonly string[], extent: Extent): readonly string[] {
  const [change] = changesOf(entry);
  const risks = change.risks.map((risk) => `- Risk: ${riskPhrase(risk)}`);
  const truth = entry.type === 'renamed' ? ['The old one is deleted, and the new one is created.', ''] : [];
  const members = memberLines(entry, extent);
  const inside = [...truth, ...members, ...risks, ...(risks.length === 0 ? [] : ['']), ...fencedFields(lines, extent)];
  if (inside.length === 0) return [`- ${titleOf(entry, inlineCode)}`];
  const isOpen = lines.length + members.length <= SHORT;
  const summary = `<summary>${titleOf(entry, htmlCode)}</summary>`;
  return ['', isOpen ? '<details open>' : '<details>', summary, '', ...inside, '', '</details>', ''];
}

function titleOf(entry: Entry, code: Code): string {
  if (entry.type === 'alike') {
    const sets = byClusters(entry.changes);
    const clusters = sets.length === 1 ? ` in ${where(entry.changes[0].clusters, code)}` : '';
    return `${count(entry.changes.length, 'object')} changed in the same way${clusters}`;
  }
  const [change] = changesOf(entry);
  const isExact = entry.type === 'renamed' || change.type === 'deleted';
  const clusters = (isExact ? whereExactly : where)(change.clusters, code);
  if (entry.type === 'together') return `${count(entry.changes.length, 'object')} ${change.type} in ${clusters}`;
  if (entry.type === 'object') return `${code(formatObjectId(change.id))} ${change.type} in ${clusters}`;
  return `${code(formatObjectId(entry.from))} renamed to ${code(newName(entry.from, change.id))} in ${clusters}`;
}

function memberLines(entry: Entry, extent: Extent): readonly string[] {
  if (entry.type === 'together') return [memberNames(entry.changes, extent), ''];
  if (entry.type !== 'alike') return [];
  const sets = byClusters(entry.changes);
  const shown = Math.min(sets.length, extent.sets);
  const lines = sets.slice(0, shown).map((set) => {
    const members = memberNames(set, extent);
    return sets.length === 1 ? members : `- in ${where(set[0].clusters, inlineCode)}: ${members}`;
  });
  const left = sets.slice(shown).reduce((sum, set) => sum + set.length, 0);
  return [...lines, ...(left === 0 ? [] : [`- and ${count(left, 'more object')}`]), ''];
}

/** `Deployment.apps/shop`: `api`, `web`; `Service/shop`: `web`. */
function memberNames(changes: readonly ObjectChange[], { members }: Extent): string {
  const shown = changes.length <= members ? changes : changes.slice(0, members - 1);
  const families = Map.groupBy(shown, ({ id }) => formatObjectId({ ...id, name: '' }).replace(/\/$/, ''));
  const lists = [...families].map(([family, same]) => {
    return `${inlineCode(family)}: ${same.map(({ id }) => inlineCode(id.name)).join(', ')}`;
  });
  return `${lists.join('; ')}${shown.length === changes.length ? '' : ` and ${changes.length - shown.length} more`}`;
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

function fencedFields(lines: readonly string[], { line, characters, lines: most }: Extent): readonly string[] {
  if (lines.length === 0) return [];
  const { shown, left } = takeLines(lines.slice(0, most).map(line), characters, most);
  const missing = left + Math.max(0, lines.length - most);
  return [...fence(shown, 'diff'), ...(missing === 0 ? [] : ['', `Left out: ${count(missing, 'more line')}.`])];
}
