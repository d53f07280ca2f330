import { GitfedError } from '../errors.ts';
import type { Rendering } from '../render/types.ts';

/**
 * The part of a rendering that is about some clusters. Findings stay: they are about the repository.
 *
 * @throws {GitfedError} `USAGE` where one of them is not registered.
 */
export function selectClusters(rendering: Rendering, names: readonly string[]): Rendering {
  const known = rendering.clusters.map(({ cluster }) => cluster);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new GitfedError(
      'USAGE',
      `no cluster "${unknown}" is registered; registered are ${known.join(', ') || 'none'}`,
    );
  }
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
