import { setTimeout as sleep } from 'node:timers/promises';
import { isFailure, type LaneMode, type LaneResult, type ObjectResult, parentName, runLane } from '../apply/index.ts';
import { readInventory } from '../apply/inventory.ts';
import { createLimit } from '../apply/limit.ts';
import { findForeignContent } from '../apply/namespace-content.ts';
import { discover, isApiError } from '../cluster/index.ts';
import { formatObjectId, type JsonObject } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { count } from '../report/wording.ts';
import { asMemberError, type OpenMember } from './join-member.ts';
import { deleteLive, readLive } from './join-objects.ts';
import type { PlannedStep, UnjoinOptions } from './join-options.ts';
import type { Membership } from './join-repository.ts';

/** What an unjoin does about the objects that were applied in a member. */
export interface AppliedObjects {
  readonly steps: readonly PlannedStep[];
  readonly notes: readonly string[];
  /** @returns sentences about what stays. */
  run(): Promise<readonly string[]>;
}

/**
 * Plans what becomes of the objects in the inventory of a member, as a pass would over a repository that places nothing there: by the same
 * plan, with its guard.
 *
 * @throws {GitfedError} `CLUSTER` where nothing may be deleted, or the member does not answer.
 */
export async function planApplied(
  member: OpenMember,
  membership: Membership,
  options: UnjoinOptions,
): Promise<AppliedObjects> {
  const { identity } = membership;
  const none: AppliedObjects = { steps: [], notes: [], run: async () => [] };
  if (identity === undefined) return none;
  const state = await readInventory(member.client, identity);
  if (state.kind === 'missing') return none;
  if (state.kind === 'refused') return { ...none, notes: [`${member.name}: ${state.message}`] };
  const where = member.name;
  const inventory = `Secret ${identity.namespace}/${parentName(identity)}`;
  if (options.applied === 'keep') {
    const note = 'the inventory, and all objects in it: see --remove-applied and --release-applied';
    return { ...none, steps: [{ where, what: inventory, action: 'keep', note }] };
  }
  const tried = await pass(member, membership, { options, mode: 'dryRun' });
  if (tried.prune !== undefined) {
    throw new GitfedError('CLUSTER', `${where}: ${tried.prune.message} Nothing was removed.`);
  }
  if (tried.message !== undefined) {
    throw new GitfedError('CLUSTER', `${where}: ${tried.message} Nothing was removed.`);
  }
  const gone = tried.objects.filter(isGone);
  return {
    steps: [...stepsOf(where, gone, options), { where, what: inventory, action: 'delete', note: 'once it is empty' }],
    notes: tried.objects.filter((result) => !isGone(result)).map((result) => stays(where, result)),
    run: async () => {
      const done = await passUntilGone(member, membership, options);
      const left = done.objects.filter((result) => !isGone(result));
      if (done.prune !== undefined || done.message !== undefined) {
        return [`${where}: ${done.prune?.message ?? done.message ?? ''}`];
      }
      if (left.length === 0) await removeInventory(member, membership);
      return left.filter((result) => isLeaving(result) || isFailure(result)).map((result) => stays(where, result));
    },
  };
}

const WAIT_MS = 30_000;
const PAUSE_MS = 500;

/** Namespaces take a while to go, and so does what has finalizers. */
async function passUntilGone(member: OpenMember, membership: Membership, options: UnjoinOptions): Promise<LaneResult> {
  const { removalWaitMs = WAIT_MS, signal } = options;
  const end = performance.now() + removalWaitMs;
  for (;;) {
    const result = await pass(member, membership, { options, mode: 'apply' });
    if (!result.objects.some(isLeaving) || performance.now() >= end) return result;
    await sleep(PAUSE_MS, undefined, signal === undefined ? {} : { signal });
  }
}

function isLeaving({ status }: ObjectResult): boolean {
  return status === 'WaitingForRemoval';
}

function isGone({ action, status, released }: ObjectResult): boolean {
  return released === true || (action === 'deleted' && status === '');
}

function stays(where: string, { id, message = 'it is kept.' }: ObjectResult): string {
  return `${where}: ${formatObjectId(id)} stays: ${message}`;
}

/** A line for each kind: there may be thousands. */
function stepsOf(where: string, gone: readonly ObjectResult[], { applied }: UnjoinOptions): readonly PlannedStep[] {
  const kinds = Map.groupBy(gone, ({ id }) => (id.group === '' ? id.kind : `${id.kind}.${id.group}`));
  return [...kinds].map(([kind, objects]) => ({
    where,
    what: `${count(objects.length, 'object')} of kind ${kind}`,
    action: applied === 'release' ? ('release' as const) : ('delete' as const),
    ...(applied === 'release' ? { note: 'left there without our labels' } : {}),
  }));
}

async function pass(
  { client, name }: OpenMember,
  { model, identity, repository }: Membership,
  { options, mode }: { readonly options: UnjoinOptions; readonly mode: LaneMode },
): Promise<LaneResult> {
  if (identity === undefined) throw new TypeError('there is an inventory');
  const { cluster, allowDeletions, signal } = options;
  const others = model.clusters.map((one) => one.name).filter((one) => one !== cluster);
  const discovery = await discover(client);
  try {
    return await runLane({
      client,
      discovery: { isRemembered: false, get: async () => discovery, refresh: () => discover(client) },
      model: repository.state.model,
      rendering: { cluster, objects: [], held: [] },
      identity: { ...identity, member: { name: cluster, others } },
      // It is recorded as applied when nothing is left: then the record goes, too.
      commit: '',
      mode,
      prune: true,
      releasesAll: options.applied === 'release',
      isAllowedSince: async () => false,
      guardBefore: async () => undefined,
      isRecordedElsewhere: () => false,
      isReturning: () => false,
      isRecordedHere: () => false,
      held: new Map(),
      prepared: new WeakMap(),
      lease: {},
      now: Math.floor(Date.now() / 1000),
      onObject: () => undefined,
      ...(allowDeletions === undefined ? {} : { allowDeletions }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    throw asMemberError({ name }, error, 'what was applied cannot be removed', 'Run it again to go on.');
  }
}

/** Secret and Lease of an inventory that has nothing any more. */
async function removeInventory({ client }: OpenMember, { identity }: Membership): Promise<void> {
  if (identity === undefined) return;
  const metadata = { name: parentName(identity), namespace: identity.namespace };
  const manifests: readonly JsonObject[] = [
    { apiVersion: 'v1', kind: 'Secret', metadata },
    { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata },
  ];
  for (const manifest of manifests) {
    const live = await readLive(client, manifest);
    if (live !== undefined) await deleteLive(client, manifest, live);
  }
}

/** Whether nothing is known to be in a namespace but these uids, and what a cluster puts into each. */
export async function isNamespaceEmpty(
  { client }: OpenMember,
  namespace: string,
  ours: ReadonlySet<string>,
): Promise<boolean> {
  try {
    const discovery = await discover(client);
    return (await findForeignContent(namespace, ours, { client, discovery, limit: createLimit() })) === undefined;
  } catch (error) {
    if (!isApiError(error) || error.failure !== 'Status') throw error;
    return false;
  }
}
