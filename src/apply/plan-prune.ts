import { isKeptLive, isSuspended } from '../api/index.ts';
import { compareObjectIds, compareText, INITIAL_NAMESPACES, type ObjectId, objectIdKey } from '../core/index.ts';
import { applyRank, WAVE_ANNOTATION } from '../render/index.ts';
import { groupKindText } from './inventory.ts';
import { KEPT_LIVE } from './kept-live.ts';
import { isOwned, type Live } from './live.ts';
import { APPLYSET_ID_LABEL, MANAGED_LABEL, ORPHAN_ANNOTATION, PRUNE_ANNOTATION } from './names.ts';
import type { PlanInput } from './plan-input.ts';
import type { ClusterResult, ObjectResult, PropagationStatus } from './types.ts';

/** An object that is to go, as it was seen. */
export interface Deletion {
  readonly live: Live;
  /** Deletions of a higher tier come first. */
  readonly tier: string;
  /** Its whole federated object is gone: `kubefed.io/deleteoption` counts. */
  readonly isFederationGone: boolean;
}

/** An object that stays and is not ours any more. */
export interface Release {
  readonly live: Live;
}

export interface PrunePlan {
  /** In the order of deleting. */
  readonly deletions: readonly Deletion[];
  readonly releases: readonly Release[];
  /** Of objects that are left as they are: held, kept, or already on their way out. */
  readonly kept: readonly ObjectResult[];
  readonly prune?: NonNullable<ClusterResult['prune']>;
  /** Everything that carries our label. */
  readonly owned: readonly Live[];
}

/** Namespaces that no pass deletes, whatever a repository says. */
const ETERNAL_NAMESPACES: ReadonlySet<string> = new Set(INITIAL_NAMESPACES);

const OURS_STAYS = 'It is not deleted, because objects in it stay.';

/** Decides what leaves a member. Pure. */
export function planPrune(input: PlanInput): PrunePlan {
  const owned = [...input.live.objects.values()].filter((live) => isOwned(live, input.inventoryId));
  const wanted = wantedObjects(input);
  const surplus = owned.filter((live) => !wanted.has(live)).sort(compareForPrune);
  const kept: ObjectResult[] = [];
  const deletions: Deletion[] = [];
  const releases: Release[] = [];
  for (const live of surplus) {
    const reason = whyKept(live, wanted, input);
    const isFederationGone = !input.isFederated(live.id);
    if (reason !== undefined) kept.push(skipped(live, ...reason));
    else if (
      input.releasesAll ||
      (isFederationGone && live.object.metadata.annotations?.[ORPHAN_ANNOTATION] === 'true')
    )
      releases.push({ live });
    else deletions.push({ live, tier: tierOf(live), isFederationGone });
  }
  const remaining = kept.filter(({ status }) => status !== 'WaitingForRemoval');
  const staying = new Set([
    ...remaining.map(({ id }) => id.namespace),
    ...releases.map(({ live }) => live.id.namespace),
  ]);
  const doomed = deletions.filter(({ live }) => !(isNamespace(live.id) && staying.has(live.id.name)));
  const isDoomed = new Set(doomed);
  const saved = deletions.filter((deletion) => !isDoomed.has(deletion));
  const all = [...kept, ...saved.map(({ live }) => skipped(live, 'NamespaceNotEmpty', OURS_STAYS))];
  const prune = guard(input, { deletions: doomed, releases, owned });
  if (prune === undefined) return { deletions: doomed, releases, kept: all, owned };
  const blocked = [...doomed, ...releases].map(({ live }) => skipped(live, prune.status, prune.message));
  return { deletions: [], releases: [], kept: [...all, ...blocked], owned, prune };
}

/** What is of ours and stays: desired or held by name, or the same object under another name of its kind. */
function wantedObjects({ desired, held, live }: PlanInput): ReadonlySet<Live> {
  const keys = new Set([
    ...desired.flatMap(({ id, liveId }) => [objectIdKey(id), objectIdKey(liveId)]),
    ...held.map(objectIdKey),
  ]);
  const named = new Set([...live.objects].filter(([key]) => keys.has(key)).map(([, one]) => one));
  const uids = new Set([...named].flatMap(({ object }) => object.metadata.uid ?? []));
  return new Set([...live.objects.values()].filter((one) => named.has(one) || uids.has(one.object.metadata.uid ?? '')));
}

function whyKept(
  { id, object }: Live,
  wanted: ReadonlySet<Live>,
  input: PlanInput,
): readonly [PropagationStatus, string] | undefined {
  const { labels = {}, annotations = {}, deletionTimestamp, uid, resourceVersion } = object.metadata;
  if (deletionTimestamp !== undefined) return ['WaitingForRemoval', 'It is being deleted.'];
  if (!input.prune) return ['', 'It is not deleted, because of --prune=false.'];
  if (input.isReturning(id))
    return ['', 'Its cluster is back, and is to be stable before it takes part again: what runs there stays.'];
  if (isSuspended(id, input.suspend)) return ['Suspended', 'gitfed.yaml suspends it.'];
  if (isKeptLive(id, input.keepLive ?? [])) return ['KeptLive', KEPT_LIVE];
  if (input.live.failedKinds.has(groupKindText(id))) {
    return ['RetrievalFailed', 'Objects of its kind cannot be read here, so that it is not deleted.'];
  }
  if (Object.hasOwn(labels, APPLYSET_ID_LABEL)) return ['KeptByAnnotation', 'It is the inventory of somebody.'];
  // What was not seen exactly cannot be deleted exactly.
  if (uid === undefined || resourceVersion === undefined)
    return ['RetrievalFailed', 'It could not be read completely.'];
  // Nothing that protects it from being deleted is against leaving it.
  if (input.releasesAll) return undefined;
  if (annotations[PRUNE_ANNOTATION] === 'false') return ['KeptByAnnotation', `${PRUNE_ANNOTATION} is "false".`];
  if (labels[MANAGED_LABEL] === 'false')
    return ['KeptByAnnotation', `It has the label ${MANAGED_LABEL}: "false" there.`];
  if (isNamespace(id)) return whyNamespaceKept(id.name, wanted, input);
  return undefined;
}

function whyNamespaceKept(
  name: string,
  wanted: ReadonlySet<Live>,
  { parent }: PlanInput,
): readonly [PropagationStatus, string] | undefined {
  if (name === parent.namespace || ETERNAL_NAMESPACES.has(name)) {
    return ['KeptByAnnotation', 'This namespace is never deleted.'];
  }
  if ([...wanted].some(({ id }) => id.namespace === name)) {
    return ['NamespaceNotEmpty', 'It is not deleted, because objects in it are still wanted.'];
  }
  return undefined;
}

/** Why nothing is deleted here in this pass, if so. */
function guard(
  input: PlanInput,
  { deletions, releases, owned }: Pick<PrunePlan, 'deletions' | 'releases' | 'owned'>,
): PrunePlan['prune'] {
  if (deletions.length + releases.length === 0) return undefined;
  const count = countDeleted(deletions, owned);
  if (input.hold !== undefined) {
    return { status: 'PruneHeld', count, message: `Nothing is deleted while ${input.hold} is in error.` };
  }
  if (!input.hadInventory) {
    const message = 'The inventory was missing here and is made anew: nothing is deleted in this pass.';
    return { status: 'PruneHeld', count, message };
  }
  const { maxDeletions, allowDeletions, isGuardLifted } = input;
  const isAllowed = isGuardLifted || (allowDeletions !== undefined && count <= allowDeletions);
  if (isAllowed) return undefined;
  const wayOut = `If this is meant, use --allow-deletions ${count}, or a commit with the trailer "Gitfed-Allow: maxDeletions".`;
  if (input.isModelEmpty) {
    const message = `The repository has no federated object, and objects of it are here: ${owned.length}. ${wayOut}`;
    return { status: 'PruneBlocked', count, message };
  }
  if (count <= maxDeletions.count || count * 100 <= owned.length * maxDeletions.percent) return undefined;
  const limit = `${maxDeletions.count} and ${maxDeletions.percent} %`;
  const message = `${count} of ${owned.length} objects would be deleted, which is more than ${limit} (prune.maxDeletions). ${wayOut}`;
  return { status: 'PruneBlocked', count, message };
}

/** With a Namespace goes everything in it. */
function countDeleted(deletions: readonly Deletion[], owned: readonly Live[]): number {
  const namespaces = new Set(deletions.filter(({ live }) => isNamespace(live.id)).map(({ live }) => live.id.name));
  const gone = new Set(deletions.map(({ live }) => live));
  return owned.filter((live) => gone.has(live) || namespaces.has(live.id.namespace)).length;
}

function isNamespace({ group, kind }: ObjectId): boolean {
  return group === '' && kind === 'Namespace';
}

function skipped({ id }: Live, status: PropagationStatus, message: string): ObjectResult {
  return { id, action: 'skipped', status, message };
}

function waveOf({ object }: Live): number {
  const text = object.metadata.annotations?.[WAVE_ANNOTATION] ?? '0';
  return /^[+-]?\d{1,9}$/.test(text) ? Number(text) : 0;
}

function tierOf(live: Live): string {
  return `${waveOf(live)}/${applyRank(live.id, live.resource.scope)}`;
}

/** The reverse of the apply order. */
function compareForPrune(a: Live, b: Live): number {
  return (
    waveOf(b) - waveOf(a) ||
    applyRank(b.id, b.resource.scope) - applyRank(a.id, a.resource.scope) ||
    compareObjectIds(b.id, a.id) ||
    compareText(a.object.metadata.uid ?? '', b.object.metadata.uid ?? '')
  );
}
