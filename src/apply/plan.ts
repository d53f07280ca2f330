import { objectIdKey } from '../core/index.ts';
import { coversManifest } from '../drift/index.ts';
import type { Desired } from './desired.ts';
import { withReplicas } from './desired.ts';
import { groupKindText } from './inventory.ts';
import type { Live } from './live.ts';
import { fieldsHash, ourEntry } from './managed-fields.ts';
import { APPLIED_ANNOTATION, FIELDS_ANNOTATION, MANAGED_LABEL, PART_OF_LABEL } from './names.ts';
import { isSuspended, type PlanInput } from './plan-input.ts';
import { type Deletion, type PrunePlan, planPrune, type Release } from './plan-prune.ts';
import type { ObjectResult, PropagationStatus } from './types.ts';

export interface ApplyOperation {
  readonly type: 'apply';
  readonly desired: Desired;
  readonly hash: string;
  /** What stands in its place. Absent: it is created. */
  readonly live?: Live;
}

export type PlannedObject = ApplyOperation | { readonly type: 'result'; readonly result: ObjectResult };

/** What a pass does to one member, as data: `objects` in apply order, then `deletions` and `releases` in theirs. */
export interface ClusterPlan extends PrunePlan {
  readonly objects: readonly PlannedObject[];
}

export type { Deletion, PlanInput, Release };

/** Decides everything that a pass does to one member. Pure. */
export function planCluster(input: PlanInput): ClusterPlan {
  const objects = input.desired.map((desired) => planObject(desired, input));
  return { objects, ...planPrune(input) };
}

function planObject(original: Desired, input: PlanInput): PlannedObject {
  const { id, liveId } = original;
  const skip = (status: PropagationStatus, message: string): PlannedObject => ({
    type: 'result',
    result: { ...resultOf(original), action: 'skipped', status, message },
  });
  if (isSuspended(id, input.suspend)) return skip('Suspended', 'gitfed.yaml suspends it.');
  if (objectIdKey(liveId) === objectIdKey(input.parent)) {
    return skip('InventoryConflict', 'This is the inventory of gitfed itself, which a repository cannot write.');
  }
  if (input.live.failedKinds.has(groupKindText(liveId))) {
    return skip(
      'RetrievalFailed',
      'Objects of its kind cannot be read here, so that it is neither applied nor deleted.',
    );
  }
  const live = input.live.objects.get(objectIdKey(liveId));
  const refusal = live === undefined ? undefined : refuse(live, original, input);
  if (refusal !== undefined) return skip(...refusal);
  if (isInsideDoomedNamespace(original, input)) {
    return skip('WaitingForRemoval', 'Its namespace is being deleted; it is applied again when that is gone.');
  }
  const desired = freezeReplicas(original, live, input);
  if (desired === undefined) {
    const message = `Its replicas are not moved here while ${input.hold} is in error.`;
    return skip('PruneHeld', message);
  }
  const hash = input.appliedHash(desired);
  if (live !== undefined && isUnchanged(desired, live, hash)) {
    return { type: 'result', result: { ...resultOf(desired), action: 'unchanged', status: '' } };
  }
  return { type: 'apply', desired, hash, ...(live === undefined ? {} : { live }) };
}

export function resultOf({
  id,
  federated,
  scheduledReplicas,
}: Desired): Pick<ObjectResult, 'id' | 'federated' | 'scheduledReplicas'> {
  return { id, federated, ...(scheduledReplicas === undefined ? {} : { scheduledReplicas }) };
}

/** Why what stands in the place of an object is not written. */
function refuse(live: Live, { id }: Desired, input: PlanInput): readonly [PropagationStatus, string] | undefined {
  const { labels = {}, deletionTimestamp } = live.object.metadata;
  if (labels[MANAGED_LABEL] === 'false') {
    return ['ManagedLabelFalse', `It has the label ${MANAGED_LABEL}: "false" there, and is left alone.`];
  }
  const owner = labels[PART_OF_LABEL];
  if (owner !== undefined && owner !== input.inventoryId) {
    return id.group === '' && id.kind === 'Namespace'
      ? ['NamespaceShared', 'It belongs to another inventory and is left to it; what is in it is applied.']
      : ['InventoryConflict', 'It belongs to another inventory and is left to it.'];
  }
  if (deletionTimestamp !== undefined) {
    return ['WaitingForRemoval', 'It is being deleted; it is applied again when it is gone.'];
  }
  if (owner === undefined && !input.adoptResources) {
    return ['AlreadyExists', 'It is there already, and the KubeFedConfig has adoptResources: Disabled.'];
  }
  return undefined;
}

function isInsideDoomedNamespace({ liveId }: Desired, { live }: PlanInput): boolean {
  if (liveId.namespace === '') return false;
  const key = objectIdKey({ group: '', kind: 'Namespace', namespace: '', name: liveId.namespace });
  return live.objects.get(key)?.object.metadata.deletionTimestamp !== undefined;
}

/**
 * While something hides objects or clusters, planned replicas stay as they are: a plan over half of the fleet would move them.
 *
 * @returns `undefined` for a workload that the plan would move here from another member.
 */
function freezeReplicas(desired: Desired, live: Live | undefined, input: PlanInput): Desired | undefined {
  if (input.hold === undefined || desired.scheduledReplicas === undefined) return desired;
  if (live !== undefined) return withReplicas(desired, live.object.spec?.replicas);
  return input.isRecordedElsewhere(desired.id) ? undefined : desired;
}

/** Nothing was changed since it was applied: neither what we want, nor a field that was ours. */
function isUnchanged({ manifest, apiVersion }: Desired, { object }: Live, hash: string): boolean {
  const { annotations = {} } = object.metadata;
  if (annotations[APPLIED_ANNOTATION] !== hash) return false;
  const set = ourEntry(object.metadata, apiVersion)?.fieldsV1;
  if (set === undefined) return false;
  return annotations[FIELDS_ANNOTATION] === fieldsHash(set) || coversManifest(set, manifest);
}
