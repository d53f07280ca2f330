import type { ClusterOverride, FederatedObject, OverrideOperation } from '../api/index.ts';
import { compareText } from '../core/index.ts';
import { toJsonInteger } from './integers.ts';

/** The only path that KubeFed recognises as a number of replicas, compared literally. */
export const REPLICAS_PATH = '/spec/replicas';

/** An entry that planning added has no place in the file. */
const NO_INDEX = -1;

/**
 * Writes a schedule into a federated object as KubeFed does: its clusters become the placement, and each gets a `/spec/replicas` override,
 * in place of one that is there (whose `op` stays), else at the end of its list. The selector stays and has no effect any more.
 *
 * Pure: returns another object.
 */
export function withSchedule(
  object: FederatedObject,
  overrides: readonly ClusterOverride[],
  replicas: ReadonlyMap<string, bigint>,
): FederatedObject {
  const selector = object.placement.ok ? object.placement.value : {};
  const clusters = [...replicas.keys()].sort(compareText);
  return {
    ...object,
    placement: { ok: true, value: { ...selector, clusters } },
    overrides: {
      ok: true,
      value: isUpToDate(overrides, replicas) ? overrides : rewrite(overrides, replicas, clusters),
    },
  };
}

/** KubeFed compares whole numbers only: an override of 2.7 stays where 2 are planned. */
function isUpToDate(overrides: readonly ClusterOverride[], replicas: ReadonlyMap<string, bigint>): boolean {
  const items = overrides.flatMap(({ clusterName, operations }) =>
    operations.filter(({ path }) => path === REPLICAS_PATH).map(({ value }) => ({ clusterName, value })),
  );
  return (
    items.length === replicas.size &&
    items.every(({ clusterName, value }) => {
      const planned = replicas.get(clusterName);
      return planned !== undefined && wholePart(value) === planned;
    })
  );
}

function wholePart(value: OverrideOperation['value']): bigint | undefined {
  if (typeof value === 'bigint') return value;
  return typeof value === 'number' && Number.isFinite(value) ? BigInt(Math.trunc(value)) : undefined;
}

function rewrite(
  overrides: readonly ClusterOverride[],
  replicas: ReadonlyMap<string, bigint>,
  clusters: readonly string[],
): readonly ClusterOverride[] {
  const named = new Set(overrides.map(({ clusterName }) => clusterName));
  const kept = overrides.map((entry): ClusterOverride => {
    const planned = replicas.get(entry.clusterName);
    const operations =
      planned === undefined
        ? entry.operations.filter(({ path }) => path !== REPLICAS_PATH)
        : setReplicas(entry.operations, planned);
    return { ...entry, operations };
  });
  // One list for each number, so that clusters with the same one are known to be alike.
  const setting = new Map<bigint, readonly OverrideOperation[]>();
  const added = clusters
    .filter((name) => !named.has(name))
    .map((clusterName): ClusterOverride => {
      const planned = replicas.get(clusterName) ?? 0n;
      const operations = setting.get(planned) ?? setReplicas([], planned);
      setting.set(planned, operations);
      return { clusterName, operations, index: NO_INDEX };
    });
  return [...kept, ...added];
}

function setReplicas(operations: readonly OverrideOperation[], planned: bigint): readonly OverrideOperation[] {
  const value = toJsonInteger(planned);
  const isPlanned = ({ path }: OverrideOperation): boolean => path === REPLICAS_PATH;
  if (!operations.some(isPlanned)) {
    return [...operations, { op: 'replace', path: REPLICAS_PATH, value, hasValue: true }];
  }
  return operations.map((operation) => (isPlanned(operation) ? { ...operation, value, hasValue: true } : operation));
}
