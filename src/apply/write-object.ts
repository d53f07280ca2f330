import { setTimeout as sleep } from 'node:timers/promises';
import { BUILTIN_KINDS } from '../api/builtin-kinds.generated.ts';
import {
  type ApiAccess,
  type ApiError,
  type Discovery,
  isApiError,
  type LiveObject,
  type ObjectSource,
  type ServedResource,
} from '../cluster/index.ts';
import { formatJsonPointer, isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';
import {
  addedFields,
  claimedFields,
  coversManifest,
  emptiedFields,
  FIELD_MANAGER,
  type ForeignFields,
  type FormerManagers,
  foreignFields,
  givenBack,
  type ManagedFieldsEntry,
  mayEmptyFields,
  ownEntry,
  transferredFields,
  withClaimed,
  withoutEmptied,
} from '../drift/index.ts';
import { type Desired, hasReplicas, withAnnotations, withMetadata, writeAnnotations } from './desired.ts';
import { groupKindText } from './inventory.ts';
import { fieldsHash, isFreeForm, keptHash } from './managed-fields.ts';
import { APPLIED_ANNOTATION, APPLIED_MARK, FIELDS_ANNOTATION, KEPT_ANNOTATION, PRUNE_ANNOTATION } from './names.ts';
import { type Applied, ObjectAccess, type ObjectChange } from './object-access.ts';
import { type Observed, observe, type Watchlist } from './observe.ts';
import { type ApplyOperation, hiddenPart, leftFields, resultOf } from './plan.ts';
import type { Removals } from './removals.ts';
import { failureMessage, failureStatus } from './statuses.ts';
import type { ObjectResult } from './types.ts';

/** How objects are written in one pass over one member. */
export interface WriteContext {
  readonly client: ApiAccess;
  /** Hears of what is written. */
  readonly objects: ObjectSource;
  readonly formerManagers: FormerManagers;
  /** The server is asked what it would do, and does nothing. */
  readonly dryRun: boolean;
  /** What of the written objects is to be told. */
  readonly watchlist: Watchlist;
  /** Namespaces that the same pass makes: in a dry run they are not there. */
  readonly newNamespaces: ReadonlySet<string>;
  /** Whether one more object may be deleted to be made anew; counts it. */
  readonly mayRecreate: () => boolean;
  /** Hears of what is deleted to be made anew. */
  readonly removals: Removals;
  /** Throws when nothing more may be written. */
  readonly check: () => void;
}

/** What is not part of every write of an object. */
export interface WriteOptions {
  /** Its kind was defined in this pass: it is announced a moment before it is served. */
  readonly isKindNew: boolean;
  /** Annotations that go with the write, and cause none. */
  readonly annotations?: Readonly<Record<string, string>>;
}

const REMOVAL_ATTEMPTS = 120;
const REMOVAL_INTERVAL_MS = 250;
const INVALID = 422;
/** Names of Services are the shortest: 63 characters in all. */
const LONGEST_CHECKED_NAME = 50;

/** Writes one object by server-side apply. What goes wrong with it is its result; only a pass that was stopped throws. */
export async function applyObject(
  context: WriteContext,
  discovery: Discovery,
  operation: ApplyOperation,
  options: WriteOptions,
): Promise<ObjectResult> {
  const { desired, live } = operation;
  const verb = live === undefined ? 'create' : 'update';
  const about = { ...resultOf(desired), ...hiddenPart(operation.hidden) };
  const resource = discovery.find(desired.liveId.group, desired.liveId.kind, desired.version);
  if (resource === undefined) {
    if (context.dryRun && options.isKindNew) return { ...about, action: 'created', status: '', message: UNCHECKED };
    const status = verb === 'create' ? 'CreationFailed' : 'UpdateFailed';
    const message = `The cluster does not serve ${desired.apiVersion} ${desired.liveId.kind}: its CustomResourceDefinition is missing there, or the version is another one.`;
    return { ...about, action: 'skipped', status, message };
  }
  try {
    const writer = new ObjectWriter(context, resource, operation);
    const written = await writer.write(options);
    if (!context.dryRun && written.action !== 'skipped') context.removals.delete(desired.liveId);
    const { remoteStatus, ...seen } = writer.observed;
    // Another version shows another status than the one that is listed from then on.
    const isAsListed = discovery.find(resource.group, resource.kind)?.version === resource.version;
    const collected = isAsListed && remoteStatus !== undefined ? { remoteStatus } : {};
    return { ...about, status: '', ...seen, ...collected, ...written };
  } catch (error) {
    if (!isApiError(error) || error.failure === 'Aborted') throw error;
    if (context.dryRun && error.isNotFound && context.newNamespaces.has(desired.liveId.namespace)) {
      return { ...about, action: 'created', status: '', message: UNCHECKED };
    }
    const message = failureMessage(error, live === undefined ? desired.creation : desired.manifest);
    const advice = error.isImmutable && live !== undefined ? ` ${immutableAdvice(desired)}` : '';
    const status = failureStatus(error, context.removals.has(desired.liveId) ? 'create' : verb);
    return { ...about, action: 'skipped', status, message: `${message}${advice}` };
  }
}

const UNCHECKED = 'The server cannot check it before its namespace or its kind is there.';
const RECREATE_ADVICE =
  'This cannot be changed on an object that exists: change it back, or annotate the federated object with gitfed.io/recreate: "true" to have it deleted and made anew.';

/** What a person can do about a field that cannot be changed. */
function immutableAdvice({ mayRecreate, isRecreatable }: Desired): string {
  if (mayRecreate) return 'This cannot be changed on an object that exists.';
  return isRecreatable ? RECREATE_ADVICE : 'This cannot be changed on an object that exists: change it back.';
}

const BUILTIN = new Set(BUILTIN_KINDS.map(([group, , kind]) => `${group}/${kind}`));

function withoutOwnUpdates(entries: readonly ManagedFieldsEntry[]): readonly ManagedFieldsEntry[] | undefined {
  const kept = entries.filter(
    ({ manager, operation, subresource = '' }) =>
      manager !== FIELD_MANAGER || operation !== 'Update' || subresource !== '',
  );
  return kept.length === entries.length ? undefined : kept;
}

function hasValue(object: JsonObject, path: readonly string[]): boolean {
  let value: JsonValue | undefined = object;
  for (const key of path) value = isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value !== undefined;
}

const KEPT = 'Fields that another tool had put there cannot be removed, and stay.';
const NOT_NOW =
  'It would have to be deleted and made anew, and nothing is deleted in this pass, or too much already was: see --prune and the guard.';

const REPLACED =
  'It was deleted there, or another one was put in its place, after it was looked at. The next pass looks again.';

/** So API servers answer where another object has the name; where none has it, they answer 409. */
function isAboutUid({ status, paths }: ApiError): boolean {
  return status === INVALID && paths.includes('metadata.uid');
}

/** An answer that it is gone, or another one, may be to a request that was sent twice. */
function isRefusal(error: ApiError): boolean {
  return error.failure === 'Status' && error.status < 500 && !error.isNotFound && !error.isConflict;
}

type Written = Pick<ObjectResult, 'action' | 'message'> & Partial<Pick<ObjectResult, 'status'>>;

interface Refused {
  readonly sent: JsonObject;
  /** The managed fields before some became ours. */
  readonly before: readonly ManagedFieldsEntry[] | undefined;
  readonly options: WriteOptions;
}

class ObjectWriter {
  readonly #context: WriteContext;
  readonly #operation: ApplyOperation;
  readonly #object: ObjectAccess;
  readonly #isCustom: boolean;
  readonly #resource: ServedResource;
  /** As the server last returned it. */
  #applied: LiveObject | undefined;

  constructor(context: WriteContext, resource: ServedResource, operation: ApplyOperation) {
    this.#context = context;
    this.#operation = operation;
    this.#object = new ObjectAccess(context, resource, operation.desired.liveId, context.dryRun);
    this.#resource = resource;
    this.#isCustom = !BUILTIN.has(`${resource.group}/${resource.kind}`);
  }

  /** How the object is after it was written. */
  get observed(): Observed {
    if (this.#applied === undefined || this.#context.dryRun) return {};
    return observe(this.#applied, this.#resource, this.#context.watchlist);
  }

  async write(options: WriteOptions): Promise<Written> {
    const { desired, live } = this.#operation;
    if (live === undefined) return await this.#applyAndRecord(this.#sent(desired.creation, options), options);
    try {
      return await this.#update(live.object, options);
    } catch (error) {
      // What we deleted ourselves, nobody else did.
      if (!this.#context.removals.has(desired.liveId) && (await this.#isReplaced(error, live.object)))
        return { action: 'skipped', status: 'UpdateFailed', message: REPLACED };
      throw error;
    }
  }

  async #update(seen: LiveObject, options: WriteOptions): Promise<Written> {
    const { uid } = seen.metadata;
    const manifest = this.#sent(this.#operation.desired.manifest, options);
    // What is sent may be less than a whole object: with its uid it never makes one.
    const sent = uid === undefined ? manifest : withMetadata(manifest, { uid });
    const before = this.#context.dryRun ? undefined : await this.#transfer(seen);
    if ((await this.#empty(seen)) && this.#context.dryRun) return { action: 'configured' };
    try {
      return await this.#applyAndRecord(sent, options);
    } catch (error) {
      if (!isApiError(error) || error.status !== INVALID || isAboutUid(error)) throw error;
      return await this.#afterRefusal(error, { sent, before, options });
    }
  }

  /** Whether it failed because the object that was seen is not there any more. Reading it again tells those who watch as well. */
  async #isReplaced(error: unknown, { metadata: { uid } }: LiveObject): Promise<boolean> {
    if (!isApiError(error) || uid === undefined) return false;
    if (!error.isNotFound && !error.isConflict && !isAboutUid(error)) return false;
    const current = await this.#object.read().catch(() => 'unknown' as const);
    return current !== 'unknown' && current?.metadata.uid !== uid;
  }

  async #afterRefusal(error: ApiError, { sent, before, options }: Refused): Promise<Written> {
    let refusal: unknown = error;
    if (!this.#context.dryRun) {
      const claimed = await this.#applyWithClaims(error, { sent, options }).catch((again: unknown) => {
        refusal = again;
        return undefined;
      });
      if (claimed !== undefined) return claimed;
    }
    if (before !== undefined) {
      // Some of what became ours cannot be left out: it goes back to who had it, and stays.
      await this.#patchManagedFields(await this.#readAgain(), (current) => givenBack(current, before));
      const retried = await this.#applyKeeping(sent, options).catch((again: unknown) => {
        refusal = again;
        return undefined;
      });
      if (retried !== undefined) return retried;
    }
    return await this.#recreate(refusal, options);
  }

  /** Fields that nobody owns and that do not go together with the change are made ours, so that leaving them out removes them. */
  async #applyWithClaims(error: ApiError, { sent, options }: Omit<Refused, 'before'>): Promise<Written | undefined> {
    const seen = await this.#readAgain();
    const entries = seen.metadata.managedFields ?? [];
    const claimed = claimedFields(error.paths, sent, entries);
    if (withClaimed(entries, claimed) === undefined) return undefined;
    await this.#patchManagedFields(seen, (current) => withClaimed(current, claimed));
    try {
      return await this.#applyAndRecord(sent, options);
    } catch (again) {
      await this.#patchManagedFields(await this.#readAgain(), (current) => givenBack(current, entries));
      throw again;
    }
  }

  /** Applies, and remembers which fields of others stay. */
  async #applyKeeping(sent: JsonObject, options: WriteOptions): Promise<Written> {
    await this.#applyAndRecord(sent, options);
    const { managedFields = [] } = (await this.#readAgain()).metadata;
    const kept = { [KEPT_ANNOTATION]: keptHash(this.#addedTo(managedFields)) };
    await this.#applyAndRecord(withAnnotations(sent, kept), options);
    return { action: 'configured', message: KEPT };
  }

  #addedTo(entries: readonly ManagedFieldsEntry[]): readonly ForeignFields[] {
    const { manifest } = this.#operation.desired;
    return addedFields(this.#foreignTo(entries), entries, manifest);
  }

  #foreignTo(entries: readonly ManagedFieldsEntry[]): readonly ForeignFields[] {
    const { manifest } = this.#operation.desired;
    return foreignFields(entries, manifest, this.#context.formerManagers, leftFields(this.#operation));
  }

  async #apply(sent: JsonObject, isKindNew = false): Promise<Applied> {
    const { dryRun, watchlist } = this.#context;
    const isWhole = !dryRun && watchlist.kinds.has(groupKindText(this.#resource));
    const applied = await this.#object.apply(sent, { isKindNew, isWhole });
    this.#applied = applied.object;
    return applied;
  }

  #sent(body: JsonObject, { annotations = {} }: WriteOptions): JsonObject {
    const { desired, hash } = this.#operation;
    return withAnnotations(body, { ...writeAnnotations(desired), [APPLIED_ANNOTATION]: hash, ...annotations });
  }

  async #applyAndRecord(sent: JsonObject, { isKindNew }: WriteOptions): Promise<Written> {
    const { desired, live } = this.#operation;
    const { metadata, isNew } = await this.#apply(sent, isKindNew);
    const recorded = ownEntry(metadata.managedFields ?? [], desired.apiVersion)?.fieldsV1;
    const isTold = recorded === undefined || (coversManifest(recorded, desired.manifest) && !isFreeForm(recorded));
    if (!this.#context.dryRun && !isTold) {
      // The server records other fields than were applied: remember which, so that the next pass can tell that they are all there.
      await this.#apply(withAnnotations(sent, { [FIELDS_ANNOTATION]: fieldsHash(recorded) }));
    }
    if (isNew) return { action: 'created' };
    const isSame = metadata.resourceVersion === live?.object.metadata.resourceVersion && !this.#context.dryRun;
    return { action: isSame ? 'unchanged' : 'configured' };
  }

  /**
   * Makes fields of former managers ours, so that what the manifest does not have of them disappears, and gives up fields of ours that the
   * manifest leaves to the cluster: leaving them out while they are ours would send them through the server's default.
   *
   * @returns the managed fields as they were, where something became ours.
   */
  async #transfer(seen: LiveObject): Promise<readonly ManagedFieldsEntry[] | undefined> {
    const { desired } = this.#operation;
    let before: readonly ManagedFieldsEntry[] | undefined;
    await this.#patchManagedFields(seen, (entries) => {
      const foreign = this.#foreignTo(entries);
      before = foreign.length === 0 ? undefined : entries;
      const handedOver = leftFields(this.#operation);
      return transferredFields(entries, desired.apiVersion, foreign, { handedOver, mark: APPLIED_MARK });
    });
    return before;
  }

  /**
   * Empties what server-side apply would make `null` of, in custom resources: the types of others read that as empty.
   *
   * @returns whether anything had to be emptied. In a dry run it is not, and then an apply would be refused.
   */
  async #empty(seen: LiveObject): Promise<boolean> {
    const { manifest, apiVersion } = this.#operation.desired;
    if (!this.#isCustom || !mayEmptyFields(seen.metadata.managedFields ?? [], manifest)) return false;
    const current = await this.#object.read(true);
    if (current === undefined) return false;
    let isEmptied = false;
    const change = (object: LiveObject): ObjectChange | undefined => {
      const { managedFields = [] } = object.metadata;
      const emptied = emptiedFields(managedFields, manifest, apiVersion).filter(({ path }) =>
        hasValue(object as unknown as JsonObject, path),
      );
      isEmptied = emptied.length > 0;
      if (!isEmptied) return undefined;
      const values = emptied.map(({ path, value }) => ({ path: formatJsonPointer(path), value }));
      return { managedFields: withoutEmptied(managedFields, emptied, apiVersion), values };
    };
    await this.#object.change(current, change, { whole: true });
    if (isEmptied && !this.#context.dryRun) {
      // The server takes what was emptied for a change of ours beside our apply, which nothing would ever take back.
      await this.#patchManagedFields(await this.#readAgain(), withoutOwnUpdates);
    }
    return isEmptied;
  }

  async #patchManagedFields(
    seen: LiveObject,
    change: (entries: readonly ManagedFieldsEntry[]) => readonly ManagedFieldsEntry[] | undefined,
  ): Promise<void> {
    await this.#object.change(seen, ({ metadata: { managedFields = [] } }) => {
      const changed = change(managedFields);
      return changed && { managedFields: changed };
    });
  }

  async #readAgain(): Promise<LiveObject> {
    return (await this.#object.read()) ?? { metadata: {} };
  }

  /** Lets the server check the new object under another name: one that it refuses must not cost the old one. */
  async #checkCreation(reason: unknown, options: WriteOptions): Promise<void> {
    const { liveId, creation } = this.#operation.desired;
    const name = `${liveId.name.slice(0, LONGEST_CHECKED_NAME)}-recreated`;
    const manifest = this.#sent(withMetadata(creation, { name }), options);
    await this.#object
      .tryout(name)
      .apply(manifest)
      .catch((refusal: unknown) => {
        if (!isApiError(refusal)) throw refusal;
        throw refusal.failure === 'Status' && !refusal.isImmutable ? refusal : reason;
      });
  }

  /** Deletes exactly what was seen, waits until it is gone, and makes it anew: where the federated object and the pass allow it. */
  async #recreate(reason: unknown, options: WriteOptions): Promise<Written> {
    const { desired, live, reason: why } = this.#operation;
    const { uid, annotations = {} } = live?.object.metadata ?? {};
    const isAllowed = desired.mayRecreate && why !== 'adopted' && annotations[PRUNE_ANNOTATION] !== 'false';
    if (!isApiError(reason) || !reason.isImmutable || !isAllowed || uid === undefined) throw reason;
    await this.#checkCreation(reason, options);
    if (!this.#context.mayRecreate()) return { action: 'skipped', status: 'PruneHeld', message: NOT_NOW };
    if (this.#context.dryRun) return { action: 'configured', message: 'It would be deleted and made anew.' };
    const creation = await this.#creationWithLiveReplicas();
    this.#context.check();
    await this.#remove(uid);
    for (let attempt = 1; attempt <= REMOVAL_ATTEMPTS; attempt += 1) {
      const left = await this.#object.read();
      this.#context.check();
      if (left === undefined || left.metadata.uid !== uid) {
        await this.#apply(this.#sent(creation, options));
        return { action: 'configured', message: 'It was deleted and made anew.' };
      }
      await sleep(REMOVAL_INTERVAL_MS);
    }
    return {
      action: 'skipped',
      status: 'WaitingForRemoval',
      message: 'It is being deleted, and made anew when it is gone.',
    };
  }

  /** Before the server has answered, nobody knows whether it did it: only its own refusal says that it did not. */
  async #remove(uid: string): Promise<void> {
    const { removals } = this.#context;
    const { liveId } = this.#operation.desired;
    removals.add(liveId);
    try {
      await this.#object.delete(uid);
    } catch (error) {
      if (isApiError(error) && isRefusal(error)) removals.delete(liveId);
      throw error;
    }
  }

  /** The number of replicas that the cluster keeps is kept over a recreation too. */
  async #creationWithLiveReplicas(): Promise<JsonObject> {
    const { creation, manifest } = this.#operation.desired;
    if (!hasReplicas(creation) || hasReplicas(manifest)) return creation;
    const live = await this.#object.read(true);
    const replicas = live?.spec?.replicas;
    const spec = isJsonObject(creation.spec) ? creation.spec : {};
    return replicas === undefined ? creation : { ...creation, spec: { ...spec, replicas } };
  }
}
