import { type PlannedReplicas, plannedTotal, type WorkloadPlan } from '../render/index.ts';
import { plainText } from './plain-text.ts';
import type { ReplayCheck, ReplayDifference } from './replay-check.ts';
import { overflowOf, type ReplayView, unplacedOf } from './replay-json.ts';
import type { Style } from './style.ts';
import { formatTable } from './table.ts';
import { count, list } from './wording.ts';

/** A plan for people. It does not depend on the terminal: the same inputs, the same text. */
export function formatReplay({ commit, tree, notReady, plans, holds, check }: ReplayView, style: Style): string {
  const [first] = holds;
  const blocks = [
    [
      `Source commit ${commit}`,
      `Observations  ${tree ?? 'of a file'}`,
      ...(notReady.length === 0 ? [] : [`Not ready     ${list(notReady)}`]),
    ],
    first === undefined
      ? []
      : [
          style.warning(
            `The members kept the numbers that they had, because an error may hide something: ${first.code} in ${plainText(first.file)}:${first.line}`,
          ),
        ],
    ...(plans.length === 0 ? [['No preference plans anything.']] : plans.map((plan) => workloadLines(plan, style))),
    check === undefined ? [] : checkLines(check, style),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

const WHY_UNUSED = {
  ObjectInError: 'not planned: the object is in error',
  NoReadyCluster: 'not planned: there is no ready cluster',
  EmptyIntersection: 'not planned: no ready cluster is in the intersection of the selectors',
  PreferenceFailed: 'not planned: the preference cannot be worked out',
} as const;

function workloadLines(plan: WorkloadPlan, style: Style): readonly string[] {
  const { object, outcome } = plan;
  const title = (text: string): string => style.strong(`${plainText(object)}: ${text}`);
  if (outcome !== 'Planned') return [title(WHY_UNUSED[outcome])];
  const notes = [
    `${plannedTotal(plan)} of ${plan.totalReplicas}`,
    ...(overflowOf(plan) === 0n ? [] : [`${overflowOf(plan)} as overflow`]),
    ...(unplacedOf(plan) === 0n ? [] : [`${unplacedOf(plan)} planned nowhere`]),
    ...(plan.rebalance ? ['rebalance'] : []),
  ];
  return [title(notes.join(', ')), ...clusterTable(plan.clusters)];
}

/** Clusters that get nothing, and of which nothing was observed, are told in a line. */
function clusterTable(clusters: readonly PlannedReplicas[]): readonly string[] {
  const isIdle = ({ replicas, current }: PlannedReplicas): boolean => replicas === 0n && current === undefined;
  const shown = clusters.filter((cluster) => !isIdle(cluster));
  const idle = clusters.filter(isIdle).map(({ cluster }) => cluster);
  const columns = COLUMNS.filter(({ isNeeded }) => isNeeded === undefined || shown.some(isNeeded));
  const rows = shown.map((cluster) => columns.map(({ cell }) => cell(cluster)));
  const table = formatTable(
    columns.map(({ title }) => title),
    rows,
    1,
  );
  return [
    ...(rows.length === 0 ? [] : table.map((line) => `  ${line}`)),
    ...(idle.length === 0 ? [] : [`  0 in ${list(idle)}`]),
  ];
}

interface Column {
  readonly title: string;
  readonly cell: (cluster: PlannedReplicas) => string;
  /** Absent: it is always shown. */
  readonly isNeeded?: (cluster: PlannedReplicas) => boolean;
}

const COLUMNS: readonly Column[] = [
  {
    title: 'cluster',
    cell: ({ cluster, isPlaced }) => `${plainText(cluster)}${isPlaced ? '' : ' (namespace not placed)'}`,
  },
  { title: 'replicas', cell: ({ replicas }) => `${replicas}` },
  {
    title: 'overflow',
    cell: ({ overflow }) => (overflow === 0n ? '-' : `${overflow}`),
    isNeeded: ({ overflow }) => overflow !== 0n,
  },
  {
    title: 'running',
    cell: ({ current }) => `${current ?? '-'}`,
    isNeeded: ({ current }) => current !== undefined,
  },
  {
    title: 'capacity',
    cell: ({ capacity }) => `${capacity ?? '-'}`,
    isNeeded: ({ capacity }) => capacity !== undefined,
  },
];

function checkLines({ compared, unknown, differences }: ReplayCheck, style: Style): readonly string[] {
  const what = `what was applied in ${count(compared.length, 'cluster')}`;
  return [
    differences.length === 0
      ? style.added(`This is ${what}.`)
      : style.removed(
          `This is not ${what}: ${count(differences.length, 'number')} differ${differences.length === 1 ? 's' : ''}.`,
        ),
    ...differences.map((difference) => `  ${differenceText(difference)}`),
    ...(unknown.length === 0 ? [] : [`Not compared, because it was not reached or took no part: ${list(unknown)}`]),
  ];
}

function differenceText({ object, cluster, planned, applied }: ReplayDifference): string {
  const where = `${plainText(object)} in ${plainText(cluster)}`;
  if (planned === undefined) return `${where}: not planned, applied ${applied ?? 0n}`;
  return `${where}: planned ${planned}, ${applied === undefined ? 'not applied' : `applied ${applied}`}`;
}
