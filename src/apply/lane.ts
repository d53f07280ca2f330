import type { CountAndPercent } from '../api/index.ts';
import {
  type ApiAccess,
  type Discovery,
  directSource,
  guardWrites,
  isApiError,
  type ObjectSource,
} from '../cluster/index.ts';
import { compareText, type ObjectId, objectIdKey } from '../core/index.ts';
import type { ClusterRendering } from '../render/index.ts';
import { applyObjects } from './apply-objects.ts';
import { type Desired, desiredObject, type PreparedManifests } from './desired.ts';
import { appliedHash } from './digest.ts';
import { inspectPlan } from './inspect.ts';
import {
  createNamespace,
  findInventory,
  groupKindText,
  type Inventory,
  type InventoryState,
  inventoryId,
  parentName,
  parseGroupKind,
  readInventory,
} from './inventory.ts';
import { InventoryKeeper } from './inventory-keeper.ts';
import { findKeptLive } from './kept-live.ts';
import type { LaneInput, LaneResult } from './lane-input.ts';
import { acquireLease, createLeaseHolder, type HeldLease, LeaseLostError } from './lease.ts';
import { createLimit, type Limit } from './limit.ts';
import { findAllOurs, type LiveState, type ReadOptions, readLive } from './live.ts';
import { NOTHING_TO_OBSERVE, type Observed, observeAll, type Watchlist, watchlistOf, withObserved } from './observe.ts';
import { type ClusterPlan, type PlanInput, planCluster, resultOf } from './plan.ts';
import { PlanMemo } from './plan-memo.ts';
import { failedPlaces, postponeDeletions, pruneObjects } from './prune-objects.ts';
import { isFailure } from './statuses.ts';
import type { ObjectResult } from './types.ts';
import type { WriteContext } from './write-object.ts';

/**
 * Brings one member to what was rendered for it: reads, plans, applies, prunes. What goes wrong with an object or a kind is in the result.
 *
 * @throws {ApiError} when the member stops answering, or its inventory cannot be read or written.
 */
export async function runLane(input: LaneInput): Promise<LaneResult> {
  const { client, identity, objects } = input;
  const state =
    objects === undefined ? await readInventory(client, identity) : await findInventory(client, identity, objects);
  const pass = await Pass.read(input, state, objects);
  if (input.mode !== 'apply' || !pass.hasWrites) return await pass.run(undefined);
  const lease = await lockMember(input);
  if (lease.kind === 'taken') return pass.refuse('ClusterLocked', `Another gitfed writes to it: ${lease.holder}.`);
  try {
    const now = await readInventory(client, identity);
    // Whoever wrote between our look and the Lease may have changed anything, and not everything of it may have been heard of yet.
    const current = lease.lease.waited || !isSameInventory(state, now) ? await Pass.read(input, now) : pass;
    return await current.run(lease.lease);
  } finally {
    await lease.lease.release();
  }
}

async function lockMember(input: LaneInput): ReturnType<typeof acquireLease> {
  const { client, identity, signal } = input;
  const { member, ...lease } = input.lease;
  const options = {
    client,
    namespace: identity.namespace,
    name: parentName(identity),
    holder: { ...(await createLeaseHolder()), ...(member === undefined ? {} : { member }) },
    ...lease,
    ...(signal === undefined ? {} : { signal }),
  };
  try {
    return await acquireLease(options);
  } catch (error) {
    if (!isApiError(error) || !error.isNotFound) throw error;
  }
  await createNamespace(client, identity.namespace);
  return await acquireLease(options);
}

function isSameInventory(a: InventoryState, b: InventoryState): boolean {
  if (a.kind !== 'known' || b.kind !== 'known') return a.kind === b.kind;
  return a.inventory.uid === b.inventory.uid && a.inventory.resourceVersion === b.inventory.resourceVersion;
}

function desiredObjects(
  { objects, cluster }: ClusterRendering,
  id: string,
  { prepared, memo }: { readonly prepared: PreparedManifests; readonly memo: PlanMemo },
): readonly Desired[] {
  const context = `${cluster}\n${id}`;
  return objects.map((rendered) =>
    memo.desired(rendered, context, () => desiredObject(rendered, cluster, id, prepared)),
  );
}

function isServed(discovery: Discovery, text: string): boolean {
  const { group, kind } = parseGroupKind(text);
  return discovery.find(group, kind) !== undefined;
}

/** What was read of a member, and what is to be done to it. */
class Pass {
  readonly #input: LaneInput;
  /** For all that writes: it ends with the Lease of this pass, while others use the client of the member. */
  readonly #writer: ApiAccess;
  #lease: HeldLease | undefined;
  readonly #source: ObjectSource;
  readonly #memo: PlanMemo;
  readonly #before: Inventory | undefined;
  readonly #desired: readonly Desired[];
  readonly #limit: Limit;
  readonly #keeper: InventoryKeeper;
  readonly #refusal: string | undefined;
  #discovery: Discovery | undefined;
  readonly #watchlist: Watchlist;
  #live: LiveState = { objects: new Map(), failedKinds: new Set() };
  #observed: ReadonlyMap<string, Observed> = new Map();
  readonly #liveIds: ReadonlyMap<string, ObjectId>;
  #plan: ClusterPlan | undefined;
  readonly #results: ObjectResult[] = [];
  #keptLive: readonly ObjectResult[] = [];

  /** @param objects default: the member is asked. */
  static async read(input: LaneInput, state: InventoryState, objects?: ObjectSource): Promise<Pass> {
    const pass = new Pass(input, state, objects ?? directSource(input.client));
    if (state.kind !== 'refused') await pass.#read();
    return pass;
  }

  private constructor(input: LaneInput, state: InventoryState, source: ObjectSource) {
    this.#input = input;
    this.#source = source;
    const { client, objects = directSource(client) } = input;
    this.#writer = guardWrites(client, () => this.#lease?.check());
    this.#before = state.kind === 'known' ? state.inventory : undefined;
    this.#refusal = state.kind === 'refused' ? state.message : undefined;
    this.#keeper = new InventoryKeeper({ client: this.#writer, objects }, input.identity, this.#before);
    this.#memo = input.memo ?? new PlanMemo();
    const known = { prepared: input.prepared, memo: this.#memo };
    this.#desired = desiredObjects(input.rendering, inventoryId(input.identity), known);
    this.#limit = createLimit();
    // Only a pass that applies is told of on the status branch.
    this.#watchlist = input.mode === 'apply' ? watchlistOf(this.#desired, input.model) : NOTHING_TO_OBSERVE;
    this.#liveIds = new Map(this.#desired.map(({ id, liveId }) => [objectIdKey(id), liveId]));
  }

  get hasWrites(): boolean {
    const plan = this.#plan;
    if (plan === undefined) return false;
    return plan.deletions.length + plan.releases.length > 0 || plan.objects.some(({ type }) => type === 'apply');
  }

  /** Nothing is written here: every object is told so. */
  refuse(status: 'InventoryConflict' | 'ClusterLocked', message: string): LaneResult {
    for (const { id, federated } of this.#desired) {
      this.#report({ id, federated, action: 'skipped', status, message: 'Nothing is written here: see above.' });
    }
    return { state: 'Failed', message, objects: this.#results };
  }

  /** @param lease absent where nothing is written. */
  async run(lease: HeldLease | undefined): Promise<LaneResult> {
    const plan = this.#plan;
    const discovery = this.#discovery;
    if (plan === undefined || discovery === undefined) return this.refuse('InventoryConflict', this.#refusal ?? '');
    this.#lease = lease;
    const problem =
      this.#input.mode === 'inspect' ? await this.#inspect(plan, discovery) : await this.#write(plan, discovery);
    this.#reportKept();
    const message = problem ?? this.#unreadKinds();
    const isInOrder = message === undefined && plan.prune === undefined && !this.#results.some(isFailure);
    return {
      state: isInOrder ? 'Synced' : 'Failed',
      objects: this.#results,
      ...(message === undefined ? {} : { message }),
      ...(plan.prune === undefined ? {} : { prune: plan.prune }),
    };
  }

  /** What cannot be listed may hold what should be deleted: nobody can say that this cluster is in order. */
  #unreadKinds(): string | undefined {
    const kinds = [...this.#live.failedKinds].sort(compareText);
    if (kinds.length === 0) return undefined;
    const names = kinds.length > 5 ? `${kinds.slice(0, 5).join(', ')} and ${kinds.length - 5} more` : kinds.join(', ');
    return `Objects of these kinds cannot be listed here, and are neither applied nor deleted: ${names}.`;
  }

  async #inspect(plan: ClusterPlan, discovery: Discovery): Promise<undefined> {
    const { client, model, now } = this.#input;
    const options = { client, formerManagers: model.configuration.fieldManagers, limit: this.#limit, now };
    const results = await inspectPlan(plan, { ...options, read: this.#readOptions(discovery), kinds: this.#kinds() });
    const kept = new Set(this.#keptLive.map(({ id }) => objectIdKey(id)));
    const told = results.filter(({ id, status }) => status !== 'Leftover' || !kept.has(objectIdKey(id)));
    for (const result of [...told, ...this.#heldHere()]) this.#report(result);
  }

  /** What is kept as it is and is in nobody's inventory. */
  #reportKept(): void {
    const known = new Set(this.#results.map(({ id }) => objectIdKey(id)));
    for (const result of this.#keptLive) if (!known.has(objectIdKey(result.id))) this.#report(result);
  }

  /** @returns why it broke off, if it did: what was done until then is in the results. @throws {ApiError} of the inventory, ahead of all. */
  async #write(plan: ClusterPlan, discovery: Discovery): Promise<string | undefined> {
    const input = this.#input;
    const isApplied = input.mode === 'apply' && this.hasWrites;
    const report = (result: ObjectResult): void => this.#report(result);
    const check = (): void => this.#lease?.check();
    const context = this.#writeContext(check);
    let isWide = false;
    try {
      if (isApplied) await this.#keeper.widen([...this.#places(), ...plan.owned.map(({ id }) => id)]);
      isWide = true;
      const run = { input, context, discovery, limit: this.#limit, desired: this.#desired, report, check };
      const { discovery: served, isStopped } = await applyObjects(plan, run);
      for (const result of this.#heldHere()) this.#report(result);
      // What is new may be needed by what is to go: it goes when that is ready.
      const failedDeletions = isStopped
        ? postponeDeletions(plan, report)
        : await pruneObjects(plan, { ...run, discovery: served, failed: failedPlaces(this.#results) });
      check();
      if (isApplied) {
        await this.#keeper.narrow(this.#left(plan), this.#doneCommit(plan, failedDeletions), this.#live.failedKinds);
      }
      return undefined;
    } catch (error) {
      const isLost = error instanceof LeaseLostError;
      if (!isLost && (!isWide || !isApiError(error) || error.failure === 'Aborted')) throw error;
      this.#tellUndone(plan, isLost ? 'ClusterLocked' : 'ClusterNotReady');
      return `The pass broke off here: ${error.message}.`;
    }
  }

  #tellUndone(plan: ClusterPlan, status: 'ClusterLocked' | 'ClusterNotReady'): void {
    const known = new Set(this.#results.map(({ id }) => objectIdKey(id)));
    const message = 'Its cluster was lost before it was its turn.';
    for (const desired of this.#desired) {
      if (!known.has(objectIdKey(desired.id)))
        this.#report({ ...resultOf(desired), action: 'skipped', status, message });
    }
    const undone = [...plan.deletions, ...plan.releases].map(({ live: { id } }): ObjectResult => {
      return { id, action: 'skipped', status: 'DeletionTimedOut', message };
    });
    for (const result of [...plan.kept, ...undone]) if (!known.has(objectIdKey(result.id))) this.#report(result);
  }

  #writeContext(check: () => void): WriteContext {
    const { client, model, mode, prune, allowDeletions } = this.#input;
    const { maxDeletions } = model.configuration.prune;
    // What holds back deletions holds these back too, and no more of them than the guard would let pass.
    const most =
      prune && model.holds.length === 0 && this.#before !== undefined ? (allowDeletions ?? maxDeletions.count) : 0;
    let recreated = 0;
    const namespaces = this.#desired.filter(({ liveId }) => liveId.group === '' && liveId.kind === 'Namespace');
    return {
      client: this.#writer,
      objects: this.#input.objects ?? directSource(client),
      formerManagers: model.configuration.fieldManagers,
      dryRun: mode === 'dryRun',
      watchlist: this.#watchlist,
      newNamespaces: new Set(namespaces.map(({ liveId }) => liveId.name)),
      removals: this.#memo.removals,
      mayRecreate: () => {
        recreated += 1;
        return recreated <= most;
      },
      check,
    };
  }

  #report(told: ObjectResult): void {
    const liveId = this.#liveIds.get(objectIdKey(told.id)) ?? told.id;
    const seen = withObserved(told, liveId, this.#observed);
    const result = this.#input.mode === 'apply' ? this.#memo.removals.told(seen, liveId) : seen;
    this.#results.push(result);
    this.#input.onObject(result);
  }

  async #read(): Promise<void> {
    const { discovery: source } = this.#input;
    const discovery = await source.get();
    const isDoubtful = source.isRemembered && [...this.#kinds()].some((text) => !isServed(discovery, text));
    await this.#readAs(isDoubtful ? await source.refresh() : discovery);
    // Kinds that cannot be listed may be gone: what was remembered is not what is served now.
    if (source.isRemembered && !isDoubtful && this.#live.failedKinds.size > 0)
      await this.#readAs(await source.refresh());
    this.#plan = await this.#makePlan();
  }

  async #readAs(discovery: Discovery): Promise<void> {
    const options = this.#readOptions(discovery);
    // Labelled objects without an inventory tell that it was lost: they have to be found to be remembered.
    const stray = this.#before === undefined ? await findAllOurs(options) : [];
    const groupKinds = new Set([...this.#kinds(), ...stray.map(({ id }) => groupKindText(id))]);
    this.#discovery = discovery;
    const [live, keptLive] = await Promise.all([
      readLive({ ...options, groupKinds, desired: this.#desired }),
      findKeptLive(options, this.#input.model.configuration.keepLive),
    ]);
    this.#keptLive = keptLive;
    const seen = observeAll(live, this.#watchlist, { planned: this.#plannedKinds(), memo: this.#memo });
    this.#live = seen.live;
    this.#memo.removals.see(seen.live.objects);
    if (this.#input.mode === 'apply') this.#observed = seen.observed;
  }

  /** Kinds of what should be here, or was. */
  #kinds(): ReadonlySet<string> {
    return new Set([
      ...this.#desired.map(({ liveId }) => groupKindText(liveId)),
      ...this.#input.rendering.held.map(groupKindText),
      ...(this.#before?.groupKinds ?? []),
    ]);
  }

  #readOptions(discovery: Discovery): Omit<ReadOptions, 'groupKinds' | 'desired'> {
    const { client, model, identity, observedKinds = [] } = this.#input;
    return {
      client,
      objects: this.#source,
      discovery,
      limit: this.#limit,
      inventoryId: inventoryId(identity),
      wholeKinds: new Set([...this.#plannedKinds(), ...this.#watchlist.kinds, ...observedKinds]),
      ignoreDifferences: model.configuration.ignoreDifferences,
      namespaces: new Set([
        ...this.#desired.flatMap(({ liveId }) => (liveId.namespace === '' ? [] : [liveId.namespace])),
        ...(this.#before?.namespaces ?? []),
      ]),
      ...(model.kubeFedConfig.scope === 'Namespaced' ? { onlyNamespace: identity.namespace } : {}),
    };
  }

  /** Kinds of which the plan needs more than the metadata: numbers of replicas that must not move, and fields that rules leave to others. */
  #plannedKinds(): ReadonlySet<string> {
    const { holds, configuration } = this.#input.model;
    const rules = configuration.ignoreDifferences.filter(({ jsonPointers }) => jsonPointers.length > 0);
    const whole = this.#desired.filter(({ id, scheduledReplicas }) => {
      const isIgnored = rules.some(
        ({ group, kind }) => (group === undefined || group === id.group) && (kind === undefined || kind === id.kind),
      );
      return isIgnored || (holds.length > 0 && scheduledReplicas !== undefined);
    });
    return new Set(whole.map(({ liveId }) => groupKindText(liveId)));
  }

  async #makePlan(): Promise<ClusterPlan> {
    const {
      model,
      rendering,
      identity,
      prune,
      releasesAll = false,
      allowDeletions,
      isRecordedElsewhere,
      isReturning,
    } = this.#input;
    const hold = model.holds[0];
    const federated = new Set([
      ...model.objects.map(({ target }) => objectIdKey(target)),
      ...model.heldTargets.map(({ target }) => objectIdKey(target)),
    ]);
    const input: PlanInput = {
      cluster: rendering.cluster,
      desired: this.#desired,
      held: rendering.held,
      live: this.#live,
      inventoryId: inventoryId(identity),
      parent: { group: '', kind: 'Secret', namespace: identity.namespace, name: parentName(identity) },
      hadInventory: this.#before !== undefined,
      appliedHash: ({ manifest }) => appliedHash(manifest, this.#keeper.key),
      formerManagers: model.configuration.fieldManagers,
      ignoreDifferences: model.configuration.ignoreDifferences,
      adoptResources: model.kubeFedConfig.adoptResources,
      suspend: model.configuration.suspend,
      keepLive: model.configuration.keepLive,
      maxDeletions: model.configuration.prune.maxDeletions,
      prune,
      releasesAll,
      isGuardLifted: false,
      isModelEmpty: model.objects.length === 0 && model.heldTargets.length === 0,
      isFederated: (id) => federated.has(objectIdKey(id)),
      isRecordedElsewhere,
      isReturning,
      memo: this.#memo,
      rules: this.#rules(),
      ...(allowDeletions === undefined ? {} : { allowDeletions }),
      ...(hold === undefined ? {} : { hold: `${hold.file === '' ? 'the repository' : `${hold.file}:${hold.line}`}` }),
    };
    const plan = await this.#withFormerGuard(planCluster(input), input);
    if (plan.prune?.status !== 'PruneBlocked') return plan;
    const isAllowed = await this.#input.isAllowedSince(this.#before?.commit);
    return isAllowed ? planCluster({ ...input, isGuardLifted: true }) : plan;
  }

  /** No commit opens the guard for its own deletions: what the last applied one lets through counts too. */
  async #withFormerGuard(plan: ClusterPlan, input: PlanInput): Promise<ClusterPlan> {
    if (plan.deletions.length + plan.releases.length === 0) return plan;
    const former = await this.#input.guardBefore(this.#before?.commit);
    const { maxDeletions: now } = input;
    if (former === undefined || (former.count >= now.count && former.percent >= now.percent)) return plan;
    return planCluster({ ...input, maxDeletions: stricterGuard(now, former) });
  }

  /** Holds the key by its hash alone. */
  #rules(): string {
    const { model, rendering, identity } = this.#input;
    const { fieldManagers, ignoreDifferences } = model.configuration;
    const key = appliedHash({}, this.#keeper.key);
    return JSON.stringify([rendering.cluster, inventoryId(identity), key, fieldManagers, ignoreDifferences]);
  }

  #places(): readonly Desired['liveId'][] {
    return this.#desired.map(({ liveId }) => liveId);
  }

  /** Objects in error are told of where they are, or should be. */
  #heldHere(): readonly ObjectResult[] {
    return [...this.#input.held].flatMap(([key, { result, isPlaced }]) =>
      isPlaced || this.#live.objects.has(key) ? [result] : [],
    );
  }

  /** What of ours is, or may be, in the member now. */
  #left({ owned }: ClusterPlan): readonly Desired['liveId'][] {
    const gone = new Set(
      this.#results
        .filter(({ action, status, released }) => released === true || (action === 'deleted' && status === ''))
        .map(({ id }) => objectIdKey(id)),
    );
    return [...this.#places(), ...owned.filter(({ id }) => !gone.has(objectIdKey(id))).map(({ id }) => id)];
  }

  /** The commit counts as applied when no deletion is owed: a trailer of it is not used up before. */
  #doneCommit({ prune }: ClusterPlan, failedDeletions: boolean): string | undefined {
    const isDone = prune === undefined && !failedDeletions && this.#live.failedKinds.size === 0;
    return isDone ? this.#input.commit : this.#before?.commit;
  }
}

function stricterGuard(a: CountAndPercent, b: CountAndPercent): CountAndPercent {
  return { count: Math.min(a.count, b.count), percent: Math.min(a.percent, b.percent) };
}
