import { compareText } from '../core/index.ts';
import { RISK_FLAGS } from './change-phrases.ts';
import type { RiskCode } from './change-risks.ts';
import type { ChangeSet } from './change-set.ts';
import { allRisks, type ChangeTotals } from './change-wording.ts';
import type { ReplicaTotals } from './replica-totals.ts';

/** What happens in one cluster, or in each of several where the same happens. */
export interface ClusterRow extends ChangeTotals {
  readonly clusters: readonly string[];
  readonly replicas?: ReplicaTotals;
  /** The most severe first. */
  readonly risks: readonly RiskCode[];
}

/** By what happens, over all clusters in which something does: the fewest clusters first, and of those the most deletions. */
export function clusterRows(changes: ChangeSet): readonly ClusterRow[] {
  const rows = [...rowsByCluster(changes)].map(([cluster, row]) => ({ cluster, row, key: JSON.stringify(row) }));
  const equal = Map.groupBy(rows, ({ key }) => key);
  return [...equal.values()]
    .flatMap((same): readonly ClusterRow[] => {
      const [first] = same;
      return first === undefined
        ? []
        : [{ ...first.row, clusters: same.map(({ cluster }) => cluster).sort(compareText) }];
    })
    .sort(compareRows);
}

function compareRows(a: ClusterRow, b: ClusterRow): number {
  return (
    a.clusters.length - b.clusters.length ||
    b.deleted - a.deleted ||
    b.risks.length - a.risks.length ||
    compareText(a.clusters[0] ?? '', b.clusters[0] ?? '')
  );
}

function rowsByCluster(changes: ChangeSet): ReadonlyMap<string, Omit<ClusterRow, 'clusters'>> {
  const totals = new Map<string, Record<'created' | 'changed' | 'deleted', number>>();
  for (const { type, clusters } of changes.objects) {
    for (const cluster of clusters) {
      const numbers = totals.get(cluster) ?? { created: 0, changed: 0, deleted: 0 };
      numbers[type] += 1;
      totals.set(cluster, numbers);
    }
  }
  const risks = new Map<string, Set<RiskCode>>();
  for (const { code, clusters } of allRisks(changes)) {
    for (const cluster of clusters) {
      const codes = risks.get(cluster) ?? new Set();
      risks.set(cluster, codes);
      codes.add(code);
    }
  }
  const names = [...new Set([...totals.keys(), ...risks.keys()])].sort(compareText);
  return new Map(
    names.map((name) => {
      const replicas = changes.replicas?.get(name);
      const codes = risks.get(name);
      return [
        name,
        {
          ...(totals.get(name) ?? { created: 0, changed: 0, deleted: 0 }),
          ...(replicas === undefined ? {} : { replicas }),
          risks: [...RISK_FLAGS.keys()].filter((code) => codes?.has(code)),
        },
      ];
    }),
  );
}

/** All clusters in which something changes, together; absent where replicas are not known. */
export function totalReplicas({ replicas }: ChangeSet): ReplicaTotals | undefined {
  if (replicas === undefined) return undefined;
  let [before, after] = [0, 0];
  for (const row of replicas.values()) {
    before += row.before;
    after += row.after;
  }
  return { before, after };
}
