import { compareText } from '../core/index.ts';
import type { ClusterLoss, ClusterReplicas, WorkloadLoss, WorkloadOutcome } from '../render/what-if-types.ts';
import { plainText } from './plain-text.ts';
import type { Style } from './style.ts';
import { formatTable } from './table.ts';
import {
  copiesText,
  groupWorkloads,
  LOSS_TITLES,
  type LossGroup,
  lossRows,
  summarise,
  WORKLOAD_TITLES,
  whyNotMore,
  workloadCells,
  worstFirst,
} from './what-if-fold.ts';
import { isBad, type WhatIfView } from './what-if-json.ts';
import { count, list } from './wording.ts';

const MOST_WORST = 10;
const MOST_MOVES = 8;

/** The losses for people: the worst first, and what is the same said once. */
export function formatWhatIf({ losses, isEach }: WhatIfView, style: Style): string {
  const blocks = isEach ? eachBlocks(losses, style) : losses.flatMap((loss) => lossBlocks(loss, style));
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function lossBlocks(loss: ClusterLoss, style: Style): readonly (readonly string[])[] {
  const groups = groupWorkloads(loss.workloads);
  return [
    [...readyLines(loss), paintSummary(loss, style)],
    groups.length === 0 ? [] : paintTable(groups, style),
    groups.flatMap((group) => detailLines(group)),
    goneLines(loss),
  ];
}

function readyLines({ notReady }: ClusterLoss): readonly string[] {
  return notReady.length === 0 ? [] : [`Observed not to be ready already: ${list(notReady)}.`];
}

function paintSummary(loss: ClusterLoss, style: Style): string {
  const text = summarise(loss);
  return isBad(loss) ? style.error(text) : text;
}

function paintTable(groups: readonly LossGroup[], style: Style): readonly string[] {
  const rows = groups.map(({ first, objects }) => [
    objects.length === 1 ? list(objects) : count(objects.length, 'workload'),
    ...workloadCells(first),
  ]);
  const [title = '', ...lines] = formatTable(['workload', ...WORKLOAD_TITLES], rows, 2);
  return [title, ...lines.map((line, index) => paintOutcome(line, groups[index]?.first.outcome, style))];
}

function paintOutcome(line: string, outcome: WorkloadOutcome | undefined, style: Style): string {
  if (outcome === 'NoSecondHome' || outcome === 'Short') return style.error(line);
  return outcome === 'Reduced' ? style.warning(line) : line;
}

/** Which replicas go where, and why not all of them. Nothing where the table says it all. */
function detailLines(group: LossGroup): readonly string[] {
  const { first, objects } = group;
  const lines = [...moveLines(first), ...missingLines(first)].map((line) => `  ${line}`);
  if (objects.length === 1) return lines.length === 0 ? [] : [list(objects), ...lines];
  return [`${count(objects.length, 'workload')}: ${list(objects)}`, ...lines];
}

function moveLines({ clusters }: WorkloadLoss): readonly string[] {
  const others = clusters.filter(({ isLost }) => !isLost);
  if (others.length === 0) return [];
  const shown = others.length <= MOST_MOVES ? others : others.toSorted(compareMoves).slice(0, MOST_MOVES - 1);
  const moves = shown.map(({ cluster, before, after }) => `${plainText(cluster)} ${before} -> ${after}`).join(', ');
  return [shown.length === others.length ? moves : `${moves} and ${others.length - shown.length} more clusters`];
}

/** The largest first. */
function compareMoves(a: ClusterReplicas, b: ClusterReplicas): number {
  return (
    Math.abs(Number(b.after - b.before)) - Math.abs(Number(a.after - a.before)) || compareText(a.cluster, b.cluster)
  );
}

function missingLines(workload: WorkloadLoss): readonly string[] {
  const { replicas, missing, waiting } = workload;
  if (replicas !== 'Planned' || missing === 0n) return [];
  const why = whyNotMore(workload);
  const written = waiting > 0n ? [`${waiting} of them written where there is no room, until there is`] : [];
  const reasons = [...written, ...(why === '' ? [] : [why])];
  return [`${missing} missing${reasons.length === 0 ? '' : `: ${reasons.join('; ')}`}`];
}

function goneLines({ gone, copies }: ClusterLoss): readonly string[] {
  const lines =
    gone.length === 0
      ? []
      : ['Other objects that are nowhere any more:', ...gone.map((name) => `  ${plainText(name)}`)];
  if (copies === 0) return lines;
  return [...lines, copiesText(copies)];
}

function eachBlocks(losses: readonly ClusterLoss[], style: Style): readonly (readonly string[])[] {
  if (losses.length === 0) return [['No cluster is ready: there is none to lose.']];
  const sorted = worstFirst(losses);
  const folded = lossRows(sorted);
  const rows = folded.map(({ clusters, cells }) => [list(clusters), ...cells]);
  const [title = '', ...lines] = formatTable(LOSS_TITLES, rows, 1);
  return [
    [title, ...lines.map((line, index) => (folded[index]?.losses.some(isBad) === true ? style.error(line) : line))],
    worstLines('No second home:', sorted, (loss) =>
      loss.workloads.filter(({ outcome }) => outcome === 'NoSecondHome').map(({ object }) => object),
    ),
    worstLines('Planned replicas without a place:', sorted, (loss) =>
      loss.workloads
        .filter(({ outcome }) => outcome === 'Short')
        .map((workload) => `${workload.object} misses ${workload.missing} of ${workload.before}`),
    ),
  ];
}

/** By what it is, the clusters whose loss does it. */
function worstLines(
  title: string,
  losses: readonly ClusterLoss[],
  of: (loss: ClusterLoss) => readonly string[],
): readonly string[] {
  const cases = losses.flatMap((loss) => of(loss).map((text) => ({ text, lost: loss.lost })));
  const byText = [...Map.groupBy(cases, ({ text }) => text)];
  if (byText.length === 0) return [];
  const shown = byText.slice(0, MOST_WORST).map(([text, same]) => {
    return `  ${plainText(text)}  without ${list(same.flatMap(({ lost }) => lost))}`;
  });
  const more = byText.length - shown.length;
  return [title, ...shown, ...(more > 0 ? [`  and ${more} more`] : [])];
}
