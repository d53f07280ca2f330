import type { ClusterResult } from '../apply/index.ts';
import type { HeldRevision } from '../report/held-revision.ts';
import { type StatusMemo, statusTree } from '../report/status-tree.ts';
import type { FleetObservations } from './fleet-observations.ts';
import type { Pass } from './read-pass.ts';
import type { StatusFiles } from './status-files.ts';

/** A source commit, and how the files of the status branch follow from it. */
export interface StatusSource {
  readonly commit: string;
  /** How many clusters it registers. */
  readonly clusters: number;
  /**
   * The files that the branch should have, made of those that it has and of new results. Without results: what is computed, anew. Pure.
   */
  readonly compute: (previous: StatusFiles, results: readonly ClusterResult[], now: Date) => StatusFiles;
  /** What the plan was made from: it is written with whatever the commit says of the plan. Default: what the branch has stays. */
  readonly observed?: FleetObservations;
  /** Of two sources of one writer, the one with the higher number counts. Default 0: the one that came last. */
  readonly generation?: number;
  /** A newer source commit that is knowingly gone back from. */
  readonly replaces?: string;
}

/** What came before a source, and what is remembered of the tree that was made last. */
interface StatusSourceOptions extends Pick<StatusSource, 'generation' | 'replaces' | 'observed'> {
  readonly memo?: StatusMemo;
  /** The newer commit that waits for somebody's word. */
  readonly held?: HeldRevision;
  /** Clusters that seem to be lost, and so many of them that the observer is what is lost. */
  readonly suspect?: readonly string[];
}

/** What a pass says of its commit. */
export function statusSource(
  {
    model,
    rendering,
    commit,
    subject,
    identity,
  }: Pick<Pass, 'model' | 'rendering' | 'commit' | 'subject' | 'identity'>,
  { memo, held, suspect, ...rest }: StatusSourceOptions = {},
): StatusSource {
  const compute: StatusSource['compute'] = (previous, results, time) => {
    const now = time.toISOString().replace(/\.\d+Z$/, 'Z');
    const computed = roundsOf(results).reduce<StatusFiles>(
      (files, round) =>
        statusTree({
          model,
          rendering,
          commit,
          subject,
          inventory: identity.name,
          results: round,
          now,
          previous: files,
          ...(held === undefined ? {} : { held }),
          ...(suspect === undefined ? {} : { suspect }),
          ...(memo === undefined ? {} : { memo }),
        }),
      previous,
    );
    return rest.observed === undefined ? computed : new Map([...computed, ...rest.observed.files]);
  };
  return { commit, clusters: model.clusters.length, compute, ...rest };
}

/** Results of one cluster after the other: what the first told is there when the second is told. At least one round. */
function roundsOf(results: readonly ClusterResult[]): readonly (readonly ClusterResult[])[] {
  const byCluster = [...Map.groupBy(results, ({ cluster }) => cluster).values()];
  const count = Math.max(1, ...byCluster.map(({ length }) => length));
  return Array.from({ length: count }, (_, round) => byCluster.flatMap((all) => all.slice(round, round + 1)));
}
