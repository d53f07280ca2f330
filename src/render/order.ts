import { type FederatedObject, type Scope, waveOf } from '../api/index.ts';
import { compareObjectIds, type ObjectId } from '../core/index.ts';

/**
 * Apply order, a total one: wave, then rank of the kind, then group, kind, namespace and name of the target.
 * Ranks: namespaces and CustomResourceDefinitions; other cluster-scoped objects; RBAC; configuration; workloads; the rest.
 */
export function sortForApply(objects: readonly FederatedObject[]): readonly FederatedObject[] {
  return objects
    .map(applyStep)
    .sort(compareSteps)
    .map(({ object }) => object);
}

/** An object, and what its place in the order is made of. */
export interface ApplyStep {
  readonly object: FederatedObject;
  readonly wave: number;
  readonly rank: number;
}

export function applyStep(object: FederatedObject): ApplyStep {
  return { object, wave: waveOf(object) ?? 0, rank: rankOf(object) };
}

export function compareSteps(a: ApplyStep, b: ApplyStep): number {
  return a.wave - b.wave || a.rank - b.rank || compareObjectIds(a.object.target, b.object.target);
}

const RANK = { definitions: 0, clusterScoped: 1, access: 2, configuration: 3, workloads: 4, rest: 5 } as const;

const CORE_RANKS: ReadonlyMap<string, number> = new Map([
  ['Namespace', RANK.definitions],
  ['ServiceAccount', RANK.access],
  ['ConfigMap', RANK.configuration],
  ['LimitRange', RANK.configuration],
  ['PersistentVolumeClaim', RANK.configuration],
  ['ResourceQuota', RANK.configuration],
  ['Secret', RANK.configuration],
  ['Pod', RANK.workloads],
  ['ReplicationController', RANK.workloads],
]);

const GROUP_RANKS: ReadonlyMap<string, number> = new Map([
  ['rbac.authorization.k8s.io', RANK.access],
  ['apps', RANK.workloads],
  ['batch', RANK.workloads],
]);

function rankOf({ type, target }: FederatedObject): number {
  return applyRank(target, type.target.scope);
}

/** The rank of a kind in {@link sortForApply}: lower ones are applied first and pruned last. Objects of one rank and wave wait for none of it. */
export function applyRank({ group, kind }: Pick<ObjectId, 'group' | 'kind'>, scope: Scope): number {
  if (group === 'apiextensions.k8s.io' && kind === 'CustomResourceDefinition') return RANK.definitions;
  if (group === '' && kind === 'Namespace') return RANK.definitions;
  if (scope === 'Cluster') return RANK.clusterScoped;
  return (group === '' ? CORE_RANKS.get(kind) : GROUP_RANKS.get(group)) ?? RANK.rest;
}
