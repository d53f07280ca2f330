import type { ClusterLoss, LimitCode, WorkloadLoss, WorkloadOutcome } from '../render/what-if-types.ts';
import { count, list } from './wording.ts';

/** Workloads with which the same happens. */
export interface LossGroup {
  readonly first: WorkloadLoss;
  readonly objects: readonly string[];
}

/** Puts workloads together that lose the same number in the same clusters and get the same elsewhere; the order stays. */
export function groupWorkloads(workloads: readonly WorkloadLoss[]): readonly LossGroup[] {
  const groups = Map.groupBy(workloads, whatHappens);
  return [...groups.values()].flatMap((same): LossGroup[] => {
    const [first] = same;
    return first === undefined ? [] : [{ first, objects: same.map(({ object }) => object) }];
  });
}

function whatHappens({ replicas, outcome, before, homes, clusters, limits, missing, waiting }: WorkloadLoss): string {
  const numbers = clusters.map((one) => [one.cluster, `${one.before}`, `${one.after}`]);
  const reasons = limits.map(({ cluster, code, limit }) => [cluster, code, `${limit}`]);
  return JSON.stringify([replicas, outcome, `${before}`, homes, numbers, `${missing}`, `${waiting}`, reasons]);
}

/** The numbers of one line: what the loss of a cluster comes to. */
export interface LossTotals {
  readonly workloads: number;
  readonly noSecondHome: number;
  readonly lost: bigint;
  readonly gained: bigint;
  /** Planned replicas that do not run any more. */
  readonly missing: bigint;
  /** Replicas that nobody plans elsewhere. */
  readonly notPlanned: bigint;
}

/** Adds up a loss. */
function totalsOf({ workloads }: ClusterLoss): LossTotals {
  const sum = (number: (workload: WorkloadLoss) => bigint): bigint =>
    workloads.reduce((total, workload) => total + number(workload), 0n);
  return {
    workloads: workloads.length,
    noSecondHome: workloads.filter(({ outcome }) => outcome === 'NoSecondHome').length,
    lost: sum(({ lost }) => lost),
    gained: sum(({ gained }) => gained),
    missing: sum(({ replicas, missing }) => (replicas === 'Planned' ? missing : 0n)),
    notPlanned: sum(({ replicas, missing }) => (replicas === 'Planned' ? 0n : missing)),
  };
}

/** The columns of {@link lossRows}, of which the first has the clusters. */
export const LOSS_TITLES = [
  ...['lost', 'workloads', 'replicas', 'moved', 'missing'],
  ...['not planned', 'no second home', 'other objects gone'],
] as const;

/** Losses that come to the same. */
export interface LossRow {
  readonly losses: readonly ClusterLoss[];
  readonly clusters: readonly string[];
  readonly cells: readonly string[];
}

/** Puts losses together that come to the same; the order stays. */
export function lossRows(losses: readonly ClusterLoss[]): readonly LossRow[] {
  const rows = losses.map((loss) => ({ loss, cells: lossCells(loss) }));
  return [...Map.groupBy(rows, ({ cells }) => cells.join('\n')).values()].flatMap((same): LossRow[] => {
    const [first] = same;
    if (first === undefined) return [];
    const losses = same.map(({ loss }) => loss);
    return [{ losses, clusters: losses.flatMap(({ lost }) => lost), cells: first.cells }];
  });
}

function lossCells(loss: ClusterLoss): readonly string[] {
  const { workloads, lost, gained, missing, notPlanned, noSecondHome } = totalsOf(loss);
  return [workloads, lost, gained, missing, notPlanned, noSecondHome, loss.gone.length].map(String);
}

/** The same losses, the worst first. */
export function worstFirst(losses: readonly ClusterLoss[]): readonly ClusterLoss[] {
  const totals = losses.map((loss) => [loss, totalsOf(loss)] as const);
  return totals.sort(compareTotals).map(([loss]) => loss);
}

type LossWithTotals = readonly [loss: ClusterLoss, totals: LossTotals];

function compareTotals([a, left]: LossWithTotals, [b, right]: LossWithTotals): number {
  return (
    right.noSecondHome - left.noSecondHome ||
    Number(right.missing - left.missing) ||
    Number(right.notPlanned - left.notPlanned) ||
    b.gone.length - a.gone.length ||
    Number(right.lost - left.lost)
  );
}

/** The columns of {@link workloadCells}, after that of the workloads. */
export const WORKLOAD_TITLES = ['outcome', 'before', 'lost', 'moved', 'missing', 'clusters left'] as const;

const OUTCOMES: Readonly<Record<WorkloadOutcome, string>> = {
  NoSecondHome: 'no second home',
  Short: 'no place for all',
  Reduced: 'fewer replicas',
  Moved: 'moves',
};

/** What happens with a workload, and its numbers: `-` where there is none. */
export function workloadCells(workload: WorkloadLoss): readonly string[] {
  const { replicas, outcome, before, lost, gained, missing, homes } = workload;
  if (replicas === 'Unknown') {
    return [outcome === 'Reduced' ? 'runs elsewhere too' : OUTCOMES[outcome], '-', '-', '-', '-', `${homes}`];
  }
  const moved = replicas === 'Planned' ? `${gained}` : '-';
  return [OUTCOMES[outcome], `${before}`, `${lost}`, moved, `${missing}`, `${homes}`];
}

/** How many objects lose one of several copies. */
export function copiesText(copies: number): string {
  return `${count(copies, 'other object')} ${copies === 1 ? 'loses a copy and is' : 'lose a copy and are'} elsewhere too.`;
}

const LIMITS: Readonly<Record<LimitCode, string>> = {
  Capacity: 'at capacity',
  Maximum: 'at maxReplicas',
  Suspended: 'suspended',
  InError: 'in error there',
  NamespaceNotPlaced: 'the namespace is not placed there',
  OutsideIntersection: 'outside the intersection of the selectors',
  NoWeight: 'no weight',
};

/** Why no more replicas run in the clusters that are left; nothing where no reason is known. @param name shows a name. */
export function whyNotMore({ limits }: WorkloadLoss, names: (clusters: readonly string[]) => string = list): string {
  const reasons = Map.groupBy(limits, ({ code, limit }) =>
    limit === undefined ? LIMITS[code] : `${LIMITS[code]} ${limit}`,
  );
  return [...reasons].map(([reason, same]) => `${names(same.map(({ cluster }) => cluster))} ${reason}`).join('; ');
}

/** What is to be said of a loss in one sentence. @param names shows names. */
export function summarise(loss: ClusterLoss, names: (clusters: readonly string[]) => string = list): string {
  const { lost, left, gone } = loss;
  const { noSecondHome, missing, notPlanned, lost: replicas } = totalsOf(loss);
  const nothing = noSecondHome === 0 && missing === 0n;
  const parts = [
    ...(noSecondHome > 0
      ? [`${count(noSecondHome, 'workload')} ${noSecondHome === 1 ? 'has' : 'have'} no second home`]
      : []),
    ...(missing > 0n
      ? [`${replicasText(missing)} planned by preferences ${missing === 1n ? 'finds' : 'find'} no place`]
      : []),
    ...(nothing
      ? [replicas === 0n ? 'no replica is lost' : 'every workload goes on, and planned replicas find a place']
      : []),
    ...(notPlanned > 0n && replicas > 0n
      ? [`${replicasText(notPlanned)} of fixed numbers ${notPlanned === 1n ? 'is' : 'are'} lost`]
      : []),
    ...(gone.length > 0
      ? [`${count(gone.length, 'other object')} ${gone.length === 1 ? 'is' : 'are'} nowhere any more`]
      : []),
  ];
  const rest = left.length === 1 ? '1 ready cluster is left' : `${left.length} ready clusters are left`;
  return `Without ${names(lost)}: ${rest}; ${parts.join('; ')}.`;
}

function replicasText(number: bigint): string {
  return `${number} ${number === 1n ? 'replica' : 'replicas'}`;
}
