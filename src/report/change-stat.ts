import { formatObjectId } from '../core/index.ts';
import { type ChangeGroup, groupChanges } from './change-groups.ts';
import type { ChangeSet, ObjectChange } from './change-set.ts';
import { formatSummary } from './change-text.ts';
import { countByCluster, newName } from './change-wording.ts';
import { plainText } from './plain-text.ts';
import type { Style } from './style.ts';
import { formatTable } from './table.ts';
import { displayWidth, layoutLine } from './text-layout.ts';
import { count, list } from './wording.ts';

/** One line for each object, the totals of each cluster, and the risks. `''` for an empty change set. */
export function formatStat(changes: ChangeSet, style: Style, columns?: number): string {
  const { added, removed } = changes.clusters;
  const clusterLines = [
    ...added.map((name) => style.added(`+ cluster ${plainText(name)} joins`)),
    ...removed.map((name) => style.removed(`- cluster ${plainText(name)} leaves; its objects stay as they are`)),
  ];
  const rows = statRows(changes);
  if (clusterLines.length + rows.length === 0) return '';
  const width = Math.max(...rows.map(({ name }) => displayWidth(name)), 0);
  const fits = columns === undefined || width + LONGEST_REST <= columns;
  const lines = rows.flatMap(({ sign, name, rest }) => {
    const gap = ' '.repeat(fits ? width - displayWidth(name) : 0);
    const paint = { '+': style.added, '-': style.removed, '~': style.changed, '→': style.changed }[sign];
    return layoutLine(
      [{ text: sign, paint }, { text: ` ${name}${gap}  ` }, { text: rest, isWhole: true }],
      columns,
      0,
      4,
    );
  });
  const totals = countByCluster(changes.objects).map(({ clusters, created, changed, deleted }) => [
    list(clusters, 3),
    ...[created, changed, deleted].map(String),
  ]);
  const table =
    totals.length === 0 ? [] : ['', ...formatTable(['cluster', 'created', 'changed', 'deleted'], totals, 1)];
  return `${[...clusterLines, ...lines, ...table, '', ...formatSummary(changes, style, columns)].join('\n')}\n`;
}

const LONGEST_REST = 40;

/** An object in a line of numbers. */
export interface StatRow {
  readonly sign: '+' | '~' | '-' | '→';
  readonly name: string;
  readonly rest: string;
}

const SIGNS = { created: '+', changed: '~', deleted: '-' } as const;

/** The objects of a change set in the order of showing; those that change in the same way have a line each here. */
export function statRows(changes: ChangeSet): readonly StatRow[] {
  return groupChanges(changes).flatMap(rowsOf);
}

function rowsOf(group: ChangeGroup): readonly StatRow[] {
  if (group.type === 'alike') return group.changes.map(objectRow);
  if (group.type === 'object') return [objectRow(group.change)];
  const { change, from } = group;
  const name = `${plainText(formatObjectId(from))} → ${plainText(newName(from, change.id))}`;
  return [{ sign: '→', name, rest: restOf(change) }];
}

function objectRow(change: ObjectChange): StatRow {
  return { sign: SIGNS[change.type], name: plainText(formatObjectId(change.id)), rest: restOf(change) };
}

function restOf({ clusters, fields, risks }: ObjectChange): string {
  const paths = new Set(fields.map(({ path }) => path));
  const parts = [
    count(clusters.length, 'cluster'),
    ...(paths.size === 0 ? [] : [count(paths.size, 'field')]),
    ...(risks.length === 0 ? [] : [count(risks.length, 'risk')]),
  ];
  return parts.join(', ');
}
