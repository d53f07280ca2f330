import type { PlanExplanation, PlannedCluster, PlanStep } from '../render/index.ts';
import { formatEffects } from './explain-observations-text.ts';
import { plainText } from './plain-text.ts';
import type { Style } from './style.ts';
import { formatTable } from './table.ts';
import { count } from './wording.ts';
import { type Columns, wrapText } from './wrap-text.ts';

/** Rounds that are shown at most: the first ones and the last one tell what happened. */
const MOST_ROUNDS = 12;

/** How replicas were planned: a sentence, and a table with the numbers after each step. */
export function formatPlan(
  plan: PlanExplanation,
  columns: Columns,
  style: Style,
  observedFrom?: string,
): readonly string[] {
  const { preference, place, outcome } = plan;
  const observed = formatEffects(plan, columns, style, observedFrom);
  const where = `${plainText(place.file)}:${place.line}`;
  const title = `Replicas: ${outcome === 'Planned' ? `${total(plan)} of ${plan.totalReplicas}, planned by ` : ''}${plainText(preference)} (${where})`;
  const lines = wrapText(title, columns, 0, 2).map(style.strong);
  if (outcome !== 'Planned') return [...lines, ...wrapText(WHY_UNUSED[outcome], columns, 2), ...observed];
  const shown = shownSteps(plan.steps);
  return [
    ...lines,
    ...wrapText(settings(plan), columns, 2),
    ...heldText(plan.holds).flatMap((text) => wrapText(text, columns, 2, 2).map(style.warning)),
    '',
    ...formatTables(planColumns(plan, shown), columns, style),
    ...(shown.length < plan.steps.length ? ['', ...wrapText(omitted(plan.steps, shown), columns, 2)] : []),
    ...observed,
  ];
}

const WHY_UNUSED = {
  ObjectInError: 'It is not used, because placement or overrides of the object are in error.',
  NoReadyCluster: 'It is not used, because there is no ready cluster: the object is rendered as it is written.',
  EmptyIntersection:
    'It is not used, because no ready cluster is in the intersection of the selectors: the object is rendered as it is written.',
  PreferenceFailed: 'It is not used, because it cannot be worked out: the object is rendered as it is written.',
} as const;

function total({ clusters }: PlanExplanation): bigint {
  return clusters.reduce((sum, { replicas }) => sum + replicas, 0n);
}

function settings({ rebalance, intersectWithClusterSelector, clusters }: PlanExplanation): string {
  const moved = rebalance ? 'rebalance: what runs may be moved' : 'without rebalance: what runs stays where it can';
  const among = intersectWithClusterSelector ? 'that are ready and that the selectors select' : 'that are ready';
  return `planned over the ${count(clusters.length, 'cluster')} ${among}; ${moved}`;
}

/** One error is enough to hold the numbers; mending it shows the next. */
function heldText(holds: PlanExplanation['holds']): readonly string[] {
  const [first] = holds;
  if (first === undefined) return [];
  const place = `${first.code} in ${plainText(first.file)}:${first.line}`;
  const rest = holds.length === 1 ? '' : ` and ${holds.length - 1} more`;
  return [`the members keep the numbers that they have, because an error may hide something: ${place}${rest}`];
}

function shownSteps(steps: readonly PlanStep[]): readonly PlanStep[] {
  return steps.length <= MOST_ROUNDS ? steps : [...steps.slice(0, MOST_ROUNDS - 1), ...steps.slice(-1)];
}

function omitted(steps: readonly PlanStep[], shown: readonly PlanStep[]): string {
  return `${count(steps.length - shown.length, 'round')} before the last one left out; -o json has all of them.`;
}

interface Column {
  readonly title: string;
  readonly cells: readonly string[];
}

function planColumns(plan: PlanExplanation, steps: readonly PlanStep[]): readonly Column[] {
  const { clusters } = plan;
  const column = (title: string, cell: (cluster: PlannedCluster) => bigint | string | undefined, last = ''): Column => {
    return { title, cells: [...clusters.map((cluster) => `${cell(cluster) ?? '-'}`), last] };
  };
  const isAnywhere = (has: (cluster: PlannedCluster) => boolean, made: Column): Column[] =>
    clusters.some(has) ? [made] : [];
  return [
    column('cluster', ({ cluster }) => plainText(cluster), 'not placed'),
    column('weight', ({ entry, weight }) => (entry === undefined ? '-' : weight)),
    column('min', ({ entry, minReplicas }) => (entry === undefined ? '-' : minReplicas)),
    column('max', ({ maxReplicas }) => maxReplicas),
    ...isAnywhere(
      ({ current }) => current !== undefined,
      column('running', ({ current }) => current),
    ),
    ...isAnywhere(
      ({ capacity }) => capacity !== undefined,
      column('capacity', ({ capacity }) => capacity),
    ),
    ...stepColumns(plan, steps),
    ...isAnywhere(
      ({ overflow }) => overflow !== 0n,
      column('overflow', ({ overflow }) => overflow),
    ),
    column('replicas', ({ replicas }) => replicas),
  ];
}

function stepColumns({ clusters, steps }: PlanExplanation, shown: readonly PlanStep[]): readonly Column[] {
  let round = 0n;
  const numbered = steps.map((step) => {
    const first = round + 1n;
    if (step.type === 'round') round += step.rounds;
    return { step, title: step.type === 'round' ? roundTitle(first, round) : TITLES[step.type] };
  });
  const isIdle = (step: PlanStep): boolean =>
    step.type === 'running' && clusters.every(({ current }) => current === undefined);
  return numbered
    .filter(({ step }) => shown.includes(step) && !isIdle(step))
    .map(({ step, title }): Column => {
      const planned = new Map(step.clusters.map((cluster) => [cluster.name, cluster.planned]));
      return { title, cells: [...clusters.map(({ cluster }) => `${planned.get(cluster) ?? '-'}`), `${step.left}`] };
    });
}

const TITLES = { minimums: 'minimum', running: 'kept' } as const;

function roundTitle(first: bigint, last: bigint): string {
  return first === last ? `round ${first}` : `rounds ${first}-${last}`;
}

/** One table, or several under each other that begin with the names, where one would be too wide. */
function formatTables(columns: readonly Column[], width: Columns, style: Style): readonly string[] {
  const [names, ...numbers] = columns;
  if (names === undefined) return [];
  const tables: Column[][] = [];
  for (const column of numbers) {
    const last = tables.at(-1);
    if (last === undefined || widthOf([names, ...last, column]) > (width ?? Number.POSITIVE_INFINITY))
      tables.push([column]);
    else last.push(column);
  }
  return tables.flatMap((table, index) => [...(index === 0 ? [] : ['']), ...formatColumns([names, ...table], style)]);
}

const INDENT = 2;

function widthOf(columns: readonly Column[]): number {
  const widths = columns.map(({ title, cells }) => Math.max(title.length, ...cells.map((cell) => cell.length)));
  return INDENT + widths.reduce((sum, width) => sum + width, 0) + 2 * (columns.length - 1);
}

function formatColumns(columns: readonly Column[], style: Style): readonly string[] {
  const rows = (columns[0]?.cells ?? []).map((_, row) => columns.map(({ cells }) => cells[row] ?? ''));
  const [head = '', ...body] = formatTable(
    columns.map(({ title }) => title),
    // What is left is told where it changes: below the steps.
    rows.filter((row, index) => index < rows.length - 1 || row.slice(1).some((cell) => cell !== '')),
    1,
  );
  const indent = ' '.repeat(INDENT);
  return [style.faint(indent + head), ...body.map((line) => indent + line)];
}
