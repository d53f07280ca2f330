import { GitfedError } from '../errors.ts';
import type { Rendering } from '../render/types.ts';

/**
 * The part of a rendering that is about some clusters. Findings stay: they are about the repository.
 *
 * @throws {GitfedError} `USAGE` where one of them is not registered.
 */
export function selectClusters(rendering: Rendering, names: readonly string[]): Rendering {
  requireClusters([rendering], names);
  return only(rendering, names);
}

/**
 * As {@link selectClusters}, of the two sides of a comparison: a cluster that joins or leaves is in one of them only.
 *
 * @throws {GitfedError} `USAGE` where one of them is registered on neither side.
 */
export function selectClustersOfBoth(
  before: Rendering,
  after: Rendering,
  names: readonly string[],
): readonly [before: Rendering, after: Rendering] {
  requireClusters([before, after], names);
  return [only(before, names), only(after, names)];
}

function requireClusters(renderings: readonly Rendering[], names: readonly string[]): void {
  const known = [...new Set(renderings.flatMap(({ clusters }) => clusters.map(({ cluster }) => cluster)))];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new GitfedError(
      'USAGE',
      `no cluster "${unknown}" is registered; registered are ${known.join(', ') || 'none'}`,
    );
  }
}

function only(rendering: Rendering, names: readonly string[]): Rendering {
  const chosen = new Set(names);
  const plans = [...rendering.replicas].map(([object, plan]): [string, ReadonlyMap<string, bigint>] => [
    object,
    new Map([...plan].filter(([cluster]) => chosen.has(cluster))),
  ]);
  return {
    clusters: rendering.clusters.filter(({ cluster }) => chosen.has(cluster)),
    replicas: new Map(plans.filter(([, plan]) => plan.size > 0)),
    findings: rendering.findings,
  };
}
