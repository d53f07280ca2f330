import { federatedObjectName, type Model } from '../api/index.ts';
import type { HeldObject, PropagationStatus } from '../apply/index.ts';
import { type Finding, objectIdKey } from '../core/index.ts';
import type { Rendering } from '../render/index.ts';

const OVERRIDES: ReadonlySet<Finding['code']> = new Set([
  'OverrideFailed',
  'InvalidOverride',
  'InvalidOverridePath',
  'DuplicateClusterOverride',
  'DuplicateOverridePath',
]);

/** What is to be said of objects in error that keep their last applied state in a cluster, by `objectIdKey` of the target. */
export function heldObjects(
  model: Model,
  { findings, clusters }: Rendering,
  cluster: string,
): ReadonlyMap<string, HeldObject> {
  const held = clusters.find((one) => one.cluster === cluster)?.held ?? [];
  if (held.length === 0) return new Map();
  const names = new Map([
    ...model.objects
      .filter(({ type }) => type.propagation === 'Enabled')
      .map((object) => [objectIdKey(object.target), federatedObjectName(object)] as const),
    ...model.heldTargets.map(({ target, object }) => [objectIdKey(target), object] as const),
  ]);
  const errors = Map.groupBy(
    findings.filter((one) => one.severity === 'error' && (one.cluster === undefined || one.cluster === cluster)),
    ({ object = '' }) => object,
  );
  return new Map(
    held.flatMap((id) => {
      const federated = names.get(objectIdKey(id));
      if (federated === undefined) return [];
      const own = errors.get(federated) ?? [];
      const status: PropagationStatus = own.some(({ code }) => OVERRIDES.has(code))
        ? 'ApplyOverridesFailed'
        : 'ComputeResourceFailed';
      const message = 'It keeps its last applied state until the errors in its file are mended.';
      const result = { id, federated, action: 'skipped' as const, status, message };
      return [[objectIdKey(id), { result, isPlaced: own.some((one) => one.cluster === cluster) }] as const];
    }),
  );
}
