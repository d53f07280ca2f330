import type { ClusterLoss } from '../render/what-if-types.ts';
import { names, takeLines } from './markdown-lines.ts';
import { inlineCode } from './markdown-text.ts';
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
import type { WhatIfView } from './what-if-json.ts';
import { count } from './wording.ts';

const MOST_ROWS = 20;

/** The losses as GitHub's Markdown: a table of what each does, and the workloads that have no second home. */
export function formatWhatIfMarkdown(view: WhatIfView): string {
  return `### What if a cluster is lost\n\n${whatIfSection(view, Number.POSITIVE_INFINITY).join('\n')}\n`;
}

/** The same without a title. @param most rows of a table. */
export function whatIfSection(
  { losses, isEach, leftOut, keptLive, holds }: WhatIfView,
  most = MOST_ROWS,
): readonly string[] {
  const blocks = [
    ...(isEach ? eachBlocks(losses, most) : losses.flatMap((loss) => lossBlocks(loss, most))),
    noteLines({ leftOut, keptLive, holds }),
  ];
  return blocks.filter((lines) => lines.length > 0).flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]));
}

function noteLines({
  leftOut,
  keptLive,
  holds,
}: Pick<WhatIfView, 'leftOut' | 'keptLive' | 'holds'>): readonly string[] {
  return [
    ...(leftOut === 0 ? [] : [`- Nothing is said of ${count(leftOut, 'object')} in error or switched off.`]),
    ...(keptLive === 0 ? [] : [`- Nothing is said of ${count(keptLive, 'object')} kept live (keepLive).`]),
    ...holds.map(({ file, line }) => `- No planned replica moves until ${inlineCode(`${file}:${line}`)} is corrected.`),
  ];
}

function eachBlocks(losses: readonly ClusterLoss[], most: number): readonly (readonly string[])[] {
  if (losses.length === 0) return [['No cluster is ready: there is none to lose.']];
  const rows = lossRows(worstFirst(losses)).map(({ clusters, cells }) => [names(clusters), ...cells]);
  return [table(LOSS_TITLES, rows, most), homelessLines(losses, most), shortLines(losses, most)];
}

function homelessLines(losses: readonly ClusterLoss[], most: number): readonly string[] {
  const cases = losses.flatMap(({ lost, workloads }) =>
    workloads
      .filter(({ outcome }) => outcome === 'NoSecondHome')
      .map(({ object }) => ({ text: inlineCode(object), lost })),
  );
  return caseLines('Workloads that have no second home:', cases, most);
}

function shortLines(losses: readonly ClusterLoss[], most: number): readonly string[] {
  const cases = losses.flatMap(({ lost, workloads }) =>
    workloads
      .filter(({ outcome }) => outcome === 'Short')
      .map(({ object, missing, before }) => ({ text: `${inlineCode(object)} misses ${missing} of ${before}`, lost })),
  );
  return caseLines('Planned replicas without a place:', cases, most);
}

function caseLines(
  title: string,
  cases: readonly { readonly text: string; readonly lost: readonly string[] }[],
  most: number,
): readonly string[] {
  const lines = [...Map.groupBy(cases, ({ text }) => text)].map(([text, same]) => {
    return `- ${text} without ${names(same.flatMap(({ lost }) => lost))}`;
  });
  return lines.length === 0 ? [] : [title, '', ...cut(lines, most, (left) => `- and ${left} more`)];
}

function lossBlocks(loss: ClusterLoss, most: number): readonly (readonly string[])[] {
  const groups = groupWorkloads(loss.workloads);
  const title = `**${summarise(loss, names)}**`;
  const rows = groups.map(({ first, objects }) => [names(objects), ...workloadCells(first)]);
  const titles = ['workload', ...WORKLOAD_TITLES];
  const gone = loss.gone.map((name) => `- ${inlineCode(name)}`);
  return [
    [title],
    groups.length === 0 ? [] : table(titles, rows, most),
    cut(groups.flatMap(detailLines), most, (left) => `- and ${left} more`),
    gone.length === 0
      ? []
      : ['Other objects that are nowhere any more:', '', ...cut(gone, most, (left) => `- and ${left} more`)],
    loss.copies === 0 ? [] : [copiesText(loss.copies)],
  ];
}

/** Which replicas go where, and why not all of them. */
function detailLines({ first, objects }: LossGroup): readonly string[] {
  const moves = first.clusters
    .filter(({ isLost }) => !isLost)
    .map(({ cluster, before, after }) => {
      return `${inlineCode(cluster)} ${before} → ${after}`;
    });
  const why =
    first.replicas === 'Planned' && first.missing > 0n ? whyNotMore(first, (clusters) => names(clusters)) : '';
  const parts = [
    ...(moves.length === 0 ? [] : [moves.slice(0, MOST_ROWS).join(', ') + more(moves.length - MOST_ROWS)]),
    ...(why === '' ? [] : [`${first.missing} missing: ${why}`]),
  ];
  return parts.length === 0 ? [] : [`- ${names(objects)}: ${parts.join('; ')}`];
}

function more(left: number): string {
  return left > 0 ? ` and ${count(left, 'more cluster')}` : '';
}

function table(titles: readonly string[], rows: readonly (readonly string[])[], most: number): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const align = titles.map((_, index) => (index === 0 ? '---' : '--:'));
  return [line(titles), `|${align.join('|')}|`, ...cut(rows.map(line), most, (left) => `| and ${left} more |`)];
}

function cut(lines: readonly string[], most: number, rest: (left: number) => string): readonly string[] {
  const { shown, left } = takeLines(lines, Number.POSITIVE_INFINITY, most);
  return [...shown, ...(left === 0 ? [] : [rest(left)])];
}
