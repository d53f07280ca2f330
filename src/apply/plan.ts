import { isKeptLive, isSuspended } from '../api/index.ts';
import { type JsonObject, type ObjectId, objectIdKey } from '../core/index.ts';
import {
  addedFields,
  countIgnored,
  coversManifest,
  type FieldSet,
  type FormerManagers,
  findIgnored,
  foreignFields,
  hasField,
  type IgnoredCount,
  type IgnoredField,
  isRuleFor,
  type ManagedPath,
  ownEntry,
  withoutFields,
} from '../drift/index.ts';
import type { Desired } from './desired.ts';
import { withReplicas } from './desired.ts';
import { groupKindText } from './inventory.ts';
import { KEPT_LIVE } from './kept-live.ts';
import { isOwned, type Live } from './live.ts';
import { fieldsHash, keptHash } from './managed-fields.ts';
import {
  APPLIED_ANNOTATION,
  APPLIED_MARK,
  APPLYSET_ID_LABEL,
  FIELDS_ANNOTATION,
  KEPT_ANNOTATION,
  MANAGED_LABEL,
  PART_OF_LABEL,
} from './names.ts';
import type { PlanInput } from './plan-input.ts';
import { type Deletion, type PrunePlan, planPrune, type Release } from './plan-prune.ts';
import type { ObjectResult, PropagationStatus } from './types.ts';

/**
 * Why an object is written. `missing`: it is not there. `adopted`: it is there and was never ours. `changed`: something else is wanted than was
 * applied last. `drifted`: the same is wanted, and somebody changed it there.
 */
export type ApplyReason = 'missing' | 'adopted' | 'changed' | 'drifted';

export interface ApplyOperation {
  readonly type: 'apply';
  readonly reason: ApplyReason;
  readonly desired: Desired;
  readonly hash: string;
  /** What stands in its place. Absent: it is created. */
  readonly live?: Live;
  /** Fields of the manifest that rules leave to others, so that they are not among what is applied. */
  readonly ignored: readonly IgnoredField[];
  /** How many of them differ there, by rule. */
  readonly hidden: readonly IgnoredCount[];
}

export type PlannedObject = ApplyOperation | { readonly type: 'result'; readonly result: ObjectResult };

/** What a pass does to one member, as data: `objects` in apply order, then `deletions` and `releases` in theirs. */
export interface ClusterPlan extends PrunePlan {
  readonly objects: readonly PlannedObject[];
}

export type { Deletion, PlanInput, Release };

/** Decides everything that a pass does to one member. Pure. */
export function planCluster(input: PlanInput): ClusterPlan {
  const doomed = doomedNamespaces(input);
  const objects = input.desired.map((desired) => planObject(desired, input, doomed));
  return { objects, ...planPrune(input) };
}

function planObject(original: Desired, input: PlanInput, doomed: ReadonlySet<string>): PlannedObject {
  const { id, liveId } = original;
  const skip = (status: PropagationStatus, message: string): PlannedObject => ({
    type: 'result',
    result: { ...resultOf(original), action: 'skipped', status, message },
  });
  if (isSuspended(id, input.suspend)) return skip('Suspended', 'gitfed.yaml suspends it.');
  if (isKeptLive(liveId, input.keepLive ?? [])) return skip('KeptLive', KEPT_LIVE);
  if (isInventory(liveId, input.parent)) {
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
  if (doomed.has(liveId.namespace)) {
    return skip('WaitingForRemoval', 'Its namespace is being deleted; it is applied again when that is gone.');
  }
  const whole = freezeReplicas(original, live, input);
  if (whole === undefined) {
    const message = `Its replicas are not moved here while ${input.hold} is in error.`;
    return skip('PruneHeld', message);
  }
  if (live === undefined) {
    const hash = input.appliedHash(whole);
    return { type: 'apply', reason: 'missing', desired: whole, hash, ignored: [], hidden: [] };
  }
  // With frozen replicas it is another one in each pass.
  if (whole !== original) return comparePlaced(whole, live, input);
  return input.memo.planned(whole, live.object, input.rules, () => comparePlaced(whole, live, input));
}

/** What is to be done about an object that is there and may be written. */
function comparePlaced(whole: Desired, live: Live, input: PlanInput): PlannedObject {
  const ignored = ignoredFields(whole, live, input);
  const desired = ignored.length === 0 ? whole : withoutIgnored(whole, ignored);
  const hash = input.appliedHash(desired);
  const known = ignored.length === 0 ? [hash] : [hash, input.appliedHash(whole)];
  const reason = whyApplied({ desired, ignored }, live, known, input);
  const hidden = countIgnored(ignored, whole.manifest, live.object as unknown as JsonObject);
  if (reason === undefined) {
    return { type: 'result', result: { ...resultOf(desired), action: 'unchanged', status: '', ...hiddenPart(hidden) } };
  }
  return { type: 'apply', reason, desired, hash, live, ignored, hidden };
}

/** The Secret, and the Lease beside it. */
function isInventory({ group, kind, namespace, name }: ObjectId, parent: ObjectId): boolean {
  if (name !== parent.name || namespace !== parent.namespace) return false;
  return (group === '' && kind === 'Secret') || (group === 'coordination.k8s.io' && kind === 'Lease');
}

/** For a result: nothing where nothing is hidden. */
export function hiddenPart(hidden: readonly IgnoredCount[]): Pick<ObjectResult, 'ignored'> {
  return hidden.length === 0 ? {} : { ignored: hidden };
}

function ignoredFields(desired: Desired, { object }: Live, input: PlanInput): readonly IgnoredField[] {
  const rules = input.ignoreDifferences.flatMap((rule, index) =>
    isRuleFor(rule, desired.id, input.cluster) ? [{ index, rule }] : [],
  );
  return rules.length === 0 ? [] : findIgnored(desired.manifest, rules, object.metadata.managedFields ?? []);
}

function withoutIgnored(desired: Desired, ignored: readonly IgnoredField[]): Desired {
  return {
    ...desired,
    manifest: withoutFields(
      desired.manifest,
      ignored.map(({ path }) => path),
    ),
  };
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
  if (Object.hasOwn(labels, APPLYSET_ID_LABEL)) {
    return ['InventoryConflict', 'It is the inventory of another repository or tool, and is left to it.'];
  }
  const label = labels[PART_OF_LABEL];
  // Our label on what we did not write was copied with the rest of an object.
  const owner = label === input.inventoryId && !isOwned(live, label) ? undefined : label;
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

/** Those that are being deleted, with everything in them. */
function doomedNamespaces({ desired, live }: PlanInput): ReadonlySet<string> {
  const names = new Set(desired.map(({ liveId }) => liveId.namespace));
  const isDoomed = (name: string): boolean => {
    const key = objectIdKey({ group: '', kind: 'Namespace', namespace: '', name });
    return live.objects.get(key)?.object.metadata.deletionTimestamp !== undefined;
  };
  return new Set([...names].filter((name) => name !== '' && isDoomed(name)));
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

/** Few objects have the annotation that remembers the set of our fields, and only for them its hash is needed. */
function isComplete(set: FieldSet, manifest: JsonObject, recorded: string | undefined): boolean {
  return recorded === undefined ? coversManifest(set, manifest) : recorded === fieldsHash(set);
}

/** `undefined`: nothing was changed since it was applied, neither what we want, nor a field that was ours, nor did people add one. */
function whyApplied(
  { desired, ignored }: Pick<ApplyOperation, 'desired' | 'ignored'>,
  { object }: Live,
  hashes: readonly string[],
  { formerManagers, inventoryId }: PlanInput,
): ApplyReason | undefined {
  const { manifest, apiVersion } = desired;
  const { annotations = {}, labels = {}, managedFields = [] } = object.metadata;
  const set = ownEntry(managedFields, apiVersion)?.fieldsV1;
  if (labels[PART_OF_LABEL] !== inventoryId && (set === undefined || annotations[APPLIED_ANNOTATION] === undefined)) {
    return 'adopted';
  }
  if (!hashes.includes(annotations[APPLIED_ANNOTATION] ?? '')) return 'changed';
  if (set === undefined || !isComplete(set, manifest, annotations[FIELDS_ANNOTATION])) return 'drifted';
  // Fields were made ours, and the apply that was to follow did not come.
  if (!hasField(set, APPLIED_MARK)) return 'changed';
  const foreign = foreignFields(managedFields, manifest, formerManagers, leftFields({ desired, ignored }));
  if (foreign.length === 0) return undefined;
  const added = addedFields(foreign, managedFields, manifest);
  return added.length === 0 || annotations[KEPT_ANNOTATION] === keptHash(added) ? undefined : 'drifted';
}

/** Fields of an object that are left to others. */
export function leftFields({ desired, ignored }: Pick<ApplyOperation, 'desired' | 'ignored'>): readonly ManagedPath[] {
  return [...desired.handedOver, ...ignored.map(({ managedPath }) => managedPath)];
}

/** Whether somebody changed an object that is to be written, as far as its metadata tells. */
export function mayHaveDrifted(operation: ApplyOperation, managers: FormerManagers): boolean {
  const { reason, desired, live } = operation;
  if (reason === 'drifted') return true;
  if (reason !== 'changed' || live === undefined) return false;
  const { managedFields = [] } = live.object.metadata;
  const foreign = foreignFields(managedFields, desired.manifest, managers, leftFields(operation));
  if (addedFields(foreign, managedFields, desired.manifest).length > 0) return true;
  const anybody = { index: 0, rule: { jsonPointers: [], managers: ['*'] } };
  return findIgnored(desired.manifest, [anybody], managedFields).length > 0;
}
