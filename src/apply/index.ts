/**
 * The only code that decides to write to a member: inventory, plan, apply, prune.
 * Must not know where the manifests came from, which other members there are, or how results are shown.
 * Returns the result of one pass over one member; plans are values, made before anything is written.
 */
export {
  adoptionDrift,
  wantedObject,
  whyRefused,
  withoutPossibleDefaults,
  withoutServerDefaults,
} from './adoption.ts';
export type { Desired, PreparedManifests } from './desired.ts';
export { type InventoryIdentity, inventoryId, parentName } from './inventory.ts';
export { runLane } from './lane.ts';
export type { HeldObject, LaneInput, LaneMode, LaneResult } from './lane-input.ts';
export { type MemberInventory, readMemberInventory } from './member.ts';
export { MANAGED_LABEL, PART_OF_LABEL } from './names.ts';
export { PlanMemo } from './plan-memo.ts';
export { failureMessage, isFailure } from './statuses.ts';
export type * from './types.ts';
