import type { Model } from '../api/index.ts';
import { type ApiClient, type Discovery, discover, isApiError } from '../cluster/index.ts';
import { type ObjectId, objectIdKey } from '../core/index.ts';
import type { ClusterRendering } from '../render/index.ts';
import { definedKind, waitForDefinitions } from './definitions.ts';
import { deleteObject, releaseObject } from './delete-object.ts';
import { type Desired, desiredObject, type PreparedManifests } from './desired.ts';
import { appliedHash } from './digest.ts';
import {
  groupKindText,
  type Inventory,
  type InventoryIdentity,
  inventoryId,
  parentName,
  readInventory,
} from './inventory.ts';
import { InventoryKeeper } from './inventory-keeper.ts';
import { createLimit, type Limit } from './limit.ts';
import { findAllOurs, type LiveState, readLive } from './live.ts';
import { DELETE_NAMESPACE_ANNOTATION } from './names.ts';
import { hasForeignContent } from './namespace-content.ts';
import { type ApplyOperation, type ClusterPlan, type Deletion, type PlanInput, planCluster, resultOf } from './plan.ts';
import { isFailure } from './statuses.ts';
import type { ClusterResult, ObjectResult } from './types.ts';
import { applyObject } from './write-object.ts';

/** One pass over one member. */
export interface LaneInput {
  readonly client: ApiClient;
  readonly model: Model;
  readonly rendering: ClusterRendering;
  readonly identity: InventoryIdentity;
  /** The source commit. */
  readonly commit: string;
  readonly prune: boolean;
  readonly allowDeletions?: number;
  /** Whether a commit after `since` and up to the source commit lets every deletion through. */
  readonly isAllowedSince: (since: string | undefined) => Promise<boolean>;
  /** Whether the status branch records this workload in another member. */
  readonly isRecordedElsewhere: (id: ObjectId) => boolean;
  /** What is to be said of objects in error that keep their last applied state here, by `objectIdKey`. */
  readonly held: ReadonlyMap<string, HeldObject>;
  readonly prepared: PreparedManifests;
  readonly signal?: AbortSignal;
  readonly onObject: (result: ObjectResult) => void;
}

/** An object in error. */
export interface HeldObject {
  readonly result: ObjectResult;
  /** It should be in this cluster for sure; otherwise it is told of where it is. */
  readonly isPlaced: boolean;
}

export type LaneResult = Pick<ClusterResult, 'state' | 'objects' | 'message' | 'prune'>;

/**
 * Brings one member to what was rendered for it: reads, plans, applies, prunes. What goes wrong with an object or a kind is in the result.
 *
 * @throws {ApiError} when the member stops answering, or its inventory cannot be read or written.
 */
export async function runLane(input: LaneInput): Promise<LaneResult> {
  const state = await readInventory(input.client, input.identity);
  if (state.kind === 'refused') return refuseAll(input, state.message);
  return await new Lane(input, state.kind === 'known' ? state.inventory : undefined).run();
}

function refuseAll({ rendering, identity, onObject }: LaneInput, message: string): LaneResult {
  const objects = desiredObjects(rendering, inventoryId(identity), new WeakMap()).map((desired): ObjectResult => {
    const { id, federated } = desired;
    return {
      id,
      federated,
      action: 'skipped',
      status: 'InventoryConflict',
      message: 'Nothing is written here: see above.',
    };
  });
  for (const result of objects) onObject(result);
  return { state: 'Failed', message, objects };
}

function desiredObjects(
  { objects, cluster }: ClusterRendering,
  id: string,
  prepared: PreparedManifests,
): readonly Desired[] {
  return objects.map((rendered) => desiredObject(rendered, cluster, id, prepared));
}

class Lane {
  readonly #input: LaneInput;
  readonly #before: Inventory | undefined;
  readonly #id: string;
  readonly #desired: readonly Desired[];
  readonly #limit: Limit = createLimit();
  readonly #results: ObjectResult[] = [];
  readonly #keeper: InventoryKeeper;

  constructor(input: LaneInput, inventory: Inventory | undefined) {
    this.#input = input;
    this.#before = inventory;
    this.#keeper = new InventoryKeeper(input.client, input.identity, inventory);
    this.#id = inventoryId(input.identity);
    this.#desired = desiredObjects(input.rendering, this.#id, input.prepared);
  }

  async run(): Promise<LaneResult> {
    const discovery = await discover(this.#input.client);
    const live = await this.#read(discovery);
    const plan = await this.#plan(live);
    const places = this.#desired.map(({ liveId }) => liveId);
    if (hasWrites(plan)) await this.#keeper.widen([...places, ...plan.owned.map(({ id }) => id)]);
    const problem = await this.#write(plan, live, discovery);
    const isInOrder = problem === undefined && plan.prune === undefined && !this.#results.some(isFailure);
    return {
      state: isInOrder ? 'Synced' : 'Failed',
      objects: this.#results,
      ...(problem === undefined ? {} : { message: problem }),
      ...(plan.prune === undefined ? {} : { prune: plan.prune }),
    };
  }

  /** @returns why it broke off, if it did: what was done until then is in the results. */
  async #write(plan: ClusterPlan, live: LiveState, discovery: Discovery): Promise<string | undefined> {
    try {
      await this.#apply(plan, discovery);
      for (const result of this.#heldHere(live)) this.#report(result);
      const failedDeletions = await this.#prune(plan, discovery);
      if (hasWrites(plan))
        await this.#keeper.narrow(this.#left(plan), this.#doneCommit(plan, failedDeletions), live.failedKinds);
      return undefined;
    } catch (error) {
      if (!isApiError(error) || error.failure === 'Aborted') throw error;
      const known = new Set(this.#results.map(({ id }) => objectIdKey(id)));
      for (const desired of this.#desired) {
        if (known.has(objectIdKey(desired.id))) continue;
        const message = 'Its cluster was lost before it was its turn.';
        this.#report({ ...resultOf(desired), action: 'skipped', status: 'ClusterNotReady', message });
      }
      const undone = [...plan.deletions, ...plan.releases].map(({ live: { id } }): ObjectResult => {
        const message = 'Its cluster was lost before it was its turn.';
        return { id, action: 'skipped', status: 'DeletionTimedOut', message };
      });
      for (const result of [...plan.kept, ...undone]) if (!known.has(objectIdKey(result.id))) this.#report(result);
      return `The pass broke off here: ${error.message}.`;
    }
  }

  #report(result: ObjectResult): void {
    this.#results.push(result);
    this.#input.onObject(result);
  }

  async #read(discovery: Discovery): Promise<LiveState> {
    const { client, model, rendering, identity } = this.#input;
    const isNamespaced = model.kubeFedConfig.scope === 'Namespaced';
    const options = {
      client,
      discovery,
      limit: this.#limit,
      inventoryId: this.#id,
      ...(isNamespaced ? { onlyNamespace: identity.namespace } : {}),
    };
    // Labelled objects without an inventory tell that it was lost: they have to be found to be remembered.
    const stray = this.#before === undefined ? await findAllOurs(options) : [];
    const groupKinds = new Set([
      ...this.#desired.map(({ liveId }) => groupKindText(liveId)),
      ...rendering.held.map(groupKindText),
      ...(this.#before?.groupKinds ?? []),
      ...stray.map(({ id }) => groupKindText(id)),
    ]);
    const frozen = model.holds.length === 0 ? [] : this.#desired.filter((one) => one.scheduledReplicas !== undefined);
    const wholeKinds = new Set(frozen.map(({ liveId }) => groupKindText(liveId)));
    return await readLive({ ...options, groupKinds, wholeKinds, desired: this.#desired });
  }

  async #plan(live: LiveState): Promise<ClusterPlan> {
    const { model, rendering, identity, prune, allowDeletions, isRecordedElsewhere } = this.#input;
    const hold = model.holds[0];
    const federated = new Set([
      ...model.objects.map(({ target }) => objectIdKey(target)),
      ...model.heldTargets.map(({ target }) => objectIdKey(target)),
    ]);
    const input: PlanInput = {
      desired: this.#desired,
      held: rendering.held,
      live,
      inventoryId: this.#id,
      parent: { group: '', kind: 'Secret', namespace: identity.namespace, name: parentName(identity) },
      hadInventory: this.#before !== undefined,
      appliedHash: ({ manifest }) => appliedHash(manifest, this.#keeper.key),
      adoptResources: model.kubeFedConfig.adoptResources,
      suspend: model.configuration.suspend,
      maxDeletions: model.configuration.prune.maxDeletions,
      prune,
      isGuardLifted: false,
      isModelEmpty: model.objects.length === 0 && model.heldTargets.length === 0,
      isFederated: (id) => federated.has(objectIdKey(id)),
      isRecordedElsewhere,
      ...(allowDeletions === undefined ? {} : { allowDeletions }),
      ...(hold === undefined ? {} : { hold: `${hold.file === '' ? 'the repository' : `${hold.file}:${hold.line}`}` }),
    };
    const plan = planCluster(input);
    if (plan.prune?.status !== 'PruneBlocked') return plan;
    const isAllowed = await this.#input.isAllowedSince(this.#before?.commit);
    return isAllowed ? planCluster({ ...input, isGuardLifted: true }) : plan;
  }

  async #apply({ objects }: ClusterPlan, first: Discovery): Promise<void> {
    let discovery = first;
    const newKinds = new Set<string>();
    const desired = new Map(this.#desired.map((one, index) => [objects[index], one]));
    const tiers = Map.groupBy(objects, (planned) => tierOf(desired.get(planned)));
    for (const tier of tiers.values()) {
      const results = await Promise.all(
        tier.map(async (planned) => {
          if (planned.type === 'result') return planned.result;
          const isKindNew = newKinds.has(groupKindText(planned.desired.liveId));
          return await this.#limit(() => applyObject(this.#input.client, discovery, planned, isKindNew));
        }),
      );
      for (const result of results) this.#report(result);
      const written = tier.flatMap((planned, index) =>
        planned.type === 'apply' && results[index]?.status === '' ? [planned] : [],
      );
      discovery = await this.#awaitDefinitions(written, discovery, newKinds);
    }
  }

  async #awaitDefinitions(
    written: readonly ApplyOperation[],
    discovery: Discovery,
    newKinds: Set<string>,
  ): Promise<Discovery> {
    const definitions = written.map(({ desired }) => desired).filter((one) => definedKind(one) !== undefined);
    if (definitions.length === 0) return discovery;
    for (const definition of definitions) {
      const kind = definedKind(definition);
      if (kind !== undefined) newKinds.add(groupKindText(kind));
    }
    return await waitForDefinitions(this.#input.client, definitions, discovery, this.#input.signal);
  }

  /** Objects in error are told of where they are, or should be. */
  #heldHere({ objects }: LiveState): readonly ObjectResult[] {
    return [...this.#input.held].flatMap(([key, { result, isPlaced }]) =>
      isPlaced || objects.has(key) ? [result] : [],
    );
  }

  /** What of ours is, or may be, in the member now. */
  #left({ owned }: ClusterPlan): readonly ObjectId[] {
    const gone = new Set(
      this.#results
        .filter(({ action, status, released }) => released === true || (action === 'deleted' && status === ''))
        .map(({ id }) => objectIdKey(id)),
    );
    const left = owned.filter(({ id }) => !gone.has(objectIdKey(id)));
    return [...this.#desired.map(({ liveId }) => liveId), ...left.map(({ id }) => id)];
  }

  /** The commit counts as applied when no deletion is owed: a trailer of it is not used up before. */
  #doneCommit({ prune }: ClusterPlan, failedDeletions: boolean): string | undefined {
    return prune === undefined && !failedDeletions ? this.#input.commit : this.#before?.commit;
  }

  /** @returns whether something could not be deleted. */
  async #prune(plan: ClusterPlan, discovery: Discovery): Promise<boolean> {
    const { client } = this.#input;
    for (const result of plan.kept) this.#report(result);
    const released = await Promise.all(plan.releases.map((one) => this.#limit(() => releaseObject(client, one))));
    const results: ObjectResult[] = [...released];
    for (const tier of Map.groupBy(plan.deletions, ({ tier }) => tier).values()) {
      results.push(...(await Promise.all(tier.map((deletion) => this.#delete(deletion, plan, discovery)))));
    }
    for (const result of results) this.#report(result);
    return results.some(isFailure);
  }

  async #delete(deletion: Deletion, { owned }: ClusterPlan, discovery: Discovery): Promise<ObjectResult> {
    const { client } = this.#input;
    const { id, object } = deletion.live;
    const isNamespace = id.group === '' && id.kind === 'Namespace';
    const mayHoldOthers = isNamespace && object.metadata.annotations?.[DELETE_NAMESPACE_ANNOTATION] !== 'true';
    if (mayHoldOthers) {
      const ours = new Set(owned.flatMap((live) => live.object.metadata.uid ?? []));
      if (await hasForeignContent(id.name, ours, { client, discovery, limit: this.#limit })) {
        const message = `It is not deleted, because it holds objects that are not ours. Annotate the FederatedNamespace with ${DELETE_NAMESPACE_ANNOTATION}: "true" before removing it, or remove them.`;
        return { id, action: 'skipped', status: 'NamespaceNotEmpty', message };
      }
    }
    return await this.#limit(() => deleteObject(client, deletion));
  }
}

function hasWrites({ objects, deletions, releases }: ClusterPlan): boolean {
  return deletions.length + releases.length > 0 || objects.some(({ type }) => type === 'apply');
}

function tierOf(desired: Desired | undefined): string {
  return desired === undefined ? '' : `${desired.wave}/${desired.rank}`;
}
