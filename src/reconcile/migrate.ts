import { buildModel, isIgnoredNamespace, isKeptLive, type Model, suspendedBy } from '../api/index.ts';
import type { ObjectResult, SyncEvent } from '../apply/index.ts';
import { compareText, objectIdKey } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { readFolder } from '../git/index.ts';
import type { ChangeSet } from '../report/change-set.ts';
import { liveChanges } from '../report/live-changes.ts';
import { count, list } from '../report/wording.ts';
import { type Clock, SYSTEM_CLOCK } from './clock.ts';
import { withoutOwnership } from './content-drift.ts';
import { decryptSnapshot } from './decrypted-snapshot.ts';
import { openCluster, type SourceCluster } from './federate-cluster.ts';
import {
  type ControllerPlace,
  type ControllerState,
  lockRenewer,
  readController,
  startController,
  stopController,
} from './kubefed-controller.ts';
import { type HostFederated, type HostObject, type HostState, readHost, setFinalizer } from './kubefed-host.ts';
import { changedByReturn } from './migrate-return.ts';
import { sync } from './sync.ts';
import type { SyncOptions, SyncResult } from './types.ts';

/** The way from KubeFed to gitfed, in this order. */
export const STEPS = ['check', 'stop', 'take-over', 'verify', 'release'] as const;
export type Step = (typeof STEPS)[number];

const [, ...WALKED] = STEPS;

/** Who reaches what. */
export interface MigrateOptions
  extends Pick<
    SyncOptions,
    'credentialsDir' | 'kubeconfig' | 'ageKeyFile' | 'requestTimeoutMs' | 'signal' | 'onEvent'
  > {
  /** The repository, or a folder in it that is read as one. Absolute. */
  readonly folder: string;
  /** KubeFed's host: a context of these kubeconfigs. Default: the current one. */
  readonly host: { readonly kubeconfigs: readonly string[]; readonly context?: string | undefined };
  /** Default: the system namespace of the repository. */
  readonly namespace?: string | undefined;
  /** The Deployment of KubeFed's controller manager; `none`: it runs elsewhere, and was stopped there. */
  readonly controller: string;
  /** How long its end is waited for. */
  readonly stopTimeoutMs: number;
  /** Objects of KubeFed that the repository does not have may stay behind, applied and without anybody who keeps them. */
  readonly allowMissing: boolean;
  /** Members that are not reached do not stand in the way: what is there is taken over by the pass that reaches them. */
  readonly allowUnreached: boolean;
  /** Of a rollback: KubeFed may undo what git has changed since. */
  readonly allowChanges: boolean;
  readonly clock?: Clock;
  readonly onStep?: (step: Step) => void;
}

/** What stands in the way, or has to be known. */
export interface Remark {
  readonly type: 'obstacle' | 'note';
  /** A sentence or more. */
  readonly text: string;
}

export interface StepReport {
  readonly step: Step;
  /** `pending`: it was not its turn. */
  readonly state: 'done' | 'pending' | 'blocked';
  readonly remarks: readonly Remark[];
  /** What a pass would change in the members, where that stands in the way. */
  readonly changes?: ChangeSet;
}

export interface MigrateResult {
  /** In the order of {@link STEPS}. */
  readonly steps: readonly StepReport[];
  /** Nothing stands in the way of what was asked for. */
  readonly ok: boolean;
}

/** A KubeFed and the repository that takes its place. */
interface Migration {
  readonly options: MigrateOptions;
  readonly host: SourceCluster;
  readonly place: ControllerPlace;
  readonly model: Model;
  readonly clock: Clock;
  /** Who held the locks of KubeFed's controller when they were looked at first. */
  readonly locks: Map<string, string>;
}

/**
 * Says how far the way from KubeFed to a repository is walked, and whether the next step can be done. Nothing is changed anywhere.
 *
 * @throws {GitfedError} `USAGE`, `GIT`, `CONFIG` or `CLUSTER` where that cannot be found out.
 */
export async function checkMigration(options: MigrateOptions): Promise<MigrateResult> {
  return await withMigration(options, async (migration) => {
    const found = await survey(migration);
    return resultOf([found.check, ...found.rest]);
  });
}

/**
 * Walks the way up to a step: KubeFed's controller is stopped, the members' objects are taken over and looked at, and KubeFed's finalizers are
 * released. A step that is done already is not done again; the first obstacle ends it.
 *
 * @throws {GitfedError} as {@link checkMigration}.
 */
export async function cutOver(options: MigrateOptions, until: Step): Promise<MigrateResult> {
  return await withMigration(options, async (migration) => {
    const last = STEPS.indexOf(until);
    options.onStep?.('check');
    const { check, rest, state, reached } = await survey(migration);
    const steps: StepReport[] = [check];
    const walk: Record<(typeof WALKED)[number], () => Promise<StepReport>> = {
      stop: () => stop(migration),
      'take-over': () => takeOver(migration, reached),
      verify: () => verify(migration),
      release: () => release(migration, state, reached),
    };
    for (const step of WALKED) {
      const isBlocked = steps.some((one) => one.state === 'blocked');
      if (isBlocked || STEPS.indexOf(step) > last) {
        const known = rest.find((one) => one.step === step);
        steps.push({ step, state: known?.state === 'done' ? 'done' : 'pending', remarks: [] });
        continue;
      }
      options.onStep?.(step);
      steps.push(await walk[step]());
    }
    return resultOf(steps);
  });
}

/**
 * Goes back to KubeFed: its finalizers are there again, and its controller runs as before. What is in the members stays as it is; KubeFed takes
 * it for its own.
 *
 * @returns what was done, a sentence each.
 * @throws {GitfedError} `USAGE` while gitfed is not suspended: two would write to the members.
 */
export async function rollBack(options: MigrateOptions): Promise<readonly string[]> {
  return await withMigration(options, async (migration) => {
    const { host, place, model } = migration;
    if (!model.configuration.suspend.all) {
      throw new GitfedError(
        'USAGE',
        'Pause gitfed first, so that it and KubeFed do not write at the same time: set suspend: true in gitfed.yaml, commit and push it, and wait until gitfed status says so. Nothing was changed.',
      );
    }
    await refuseChanges(migration);
    const state = await readState(migration);
    const done: string[] = [];
    let held = 0;
    for (const object of objectsOf(state)) {
      if (object.isDeleting || !isHeldByKubeFed(object, migration)) continue;
      if (await setFinalizer(host, object, true)) held += 1;
    }
    if (held > 0) done.push(`${count(held, 'object')} of KubeFed got its finalizer back.`);
    const replicas = place.name === 'none' ? undefined : await startController(host, place);
    if (replicas !== undefined) {
      done.push(`Deployment/${place.namespace}/${place.name} is at ${count(replicas, 'replica')} again.`);
    }
    if (place.name === 'none') done.push('Start the controller of KubeFed where it runs.');
    return done;
  });
}

/** KubeFed brings the members to what its host says: what git has changed since would be undone there. */
async function refuseChanges({ model, options, place }: Migration): Promise<void> {
  if (options.allowChanges) return;
  const changed = await changedByReturn(model, { ...options, namespace: place.namespace });
  if (changed.length === 0) return;
  throw new GitfedError(
    'USAGE',
    `KubeFed would undo what git has changed since it was stopped: ${list(changed)}. Nothing was changed. Bring its objects on the host to the same, or go back all the same with --allow-changes.`,
  );
}

async function withMigration<T>(options: MigrateOptions, work: (migration: Migration) => Promise<T>): Promise<T> {
  const { folder, clock = SYSTEM_CLOCK } = options;
  // What a pass would apply: what is not committed yet counts for nothing.
  const model = buildModel(await decryptSnapshot(await readFolder(folder, 'HEAD'), options.ageKeyFile));
  const host = await openCluster({ kind: 'context', ...options.host }, model, options);
  const namespace = options.namespace ?? model.systemNamespace;
  try {
    return await work({
      options,
      host,
      model,
      clock,
      place: { namespace, name: options.controller },
      locks: new Map(),
    });
  } finally {
    host.client.close();
  }
}

interface Survey {
  readonly check: StepReport;
  /** Of the other steps, as they are now. */
  readonly rest: readonly StepReport[];
  readonly state: HostState;
  /** Members that were compared. */
  readonly reached: readonly string[];
}

async function survey(migration: Migration): Promise<Survey> {
  const { model } = migration;
  const state = await readState(migration);
  const controller = await controllerOf(migration);
  const { inspected, changes, remarks } = await compareMembers(migration);
  const own = [...suspended(model), ...controllerRemarks(migration, controller), ...hostRemarks(migration, state)];
  const check = judged('check', [...own, ...remarks], changes);
  const isStopped = controller === undefined || isAtRest(controller);
  const reached = inspected.clusters.filter((one) => one.state !== 'NotReady').map(({ cluster }) => cluster);
  const isTaken = isStopped && reached.length > 0 && isOurs(inspected);
  const isReleased = objectsOf(state).every(({ finalizers }) => finalizers.length === 0);
  const stateOf = (isDone: boolean): StepReport['state'] => (isDone ? 'done' : 'pending');
  const rest: readonly StepReport[] = [
    { step: 'stop', state: stateOf(isStopped), remarks: [] },
    { step: 'take-over', state: stateOf(isTaken), remarks: [] },
    { step: 'verify', state: stateOf(isTaken && check.state === 'done'), remarks: [] },
    { step: 'release', state: stateOf(isReleased), remarks: [] },
  ];
  return { check, rest, state, reached };
}

async function stop({ host, place, options, clock }: Migration): Promise<StepReport> {
  const { stopTimeoutMs: timeoutMs, signal } = options;
  await stopController(host, place, { timeoutMs, clock, signal });
  return { step: 'stop', state: 'done', remarks: [] };
}

/** Nothing is deleted by it, whatever the inventory of a member says. */
async function takeOver(migration: Migration, reached: readonly string[]): Promise<StepReport> {
  const blocked = await stillStopped(migration);
  if (blocked !== undefined) return { step: 'take-over', state: 'blocked', remarks: [blocked] };
  // Only what was compared: somebody may have changed the others meanwhile.
  const result = await sync({ ...passOptions(migration), mode: 'apply', prune: false, clusters: reached });
  return judged('take-over', memberRemarks(result, migration));
}

async function verify(migration: Migration): Promise<StepReport> {
  const blocked = await stillStopped(migration);
  const { inspected, changes, remarks } = await compareMembers(migration);
  const first = blocked === undefined ? [] : [blocked];
  const last = isOurs(inspected) ? [] : [obstacle('Not everything is taken over yet. Run it again.')];
  return judged('verify', [...first, ...remarks, ...last], changes);
}

async function release(migration: Migration, state: HostState, reached: readonly string[]): Promise<StepReport> {
  const blocked =
    reached.length === 0
      ? obstacle('No member was reached, so that nothing was taken over.')
      : await stillStopped(migration);
  if (blocked !== undefined) return { step: 'release', state: 'blocked', remarks: [blocked] };
  let released = 0;
  for (const object of objectsOf(state)) {
    migration.options.signal?.throwIfAborted();
    if (await setFinalizer(migration.host, object, false)) released += 1;
  }
  const text =
    released === 0
      ? 'No object of KubeFed has a finalizer of it.'
      : `${count(released, 'object')} of KubeFed no longer has its finalizer: when they are deleted, nothing happens in the members.`;
  return { step: 'release', state: 'done', remarks: [{ type: 'note', text }] };
}

/** Somebody, or what installed KubeFed, may have started it again. */
async function stillStopped(migration: Migration): Promise<Remark | undefined> {
  const { namespace, name } = migration.place;
  const controller = await controllerOf(migration);
  if (controller === undefined || isAtRest(controller)) {
    const holder = await lockRenewer(migration.host, namespace, migration.locks);
    if (holder === undefined) return undefined;
    return obstacle(
      `A controller of KubeFed works again: ${holder} renews its lock. Stop it where it runs, and run this again.`,
    );
  }
  return obstacle(
    `Deployment/${namespace}/${name} of KubeFed's host runs again. Stop what starts it, such as Helm, Flux or Argo CD, and run this again.`,
  );
}

function isAtRest({ replicas, pods }: ControllerState): boolean {
  return replicas === 0 && pods.length === 0;
}

async function controllerOf({ host, place }: Migration): Promise<ControllerState | undefined> {
  return place.name === 'none' ? undefined : await readController(host, place);
}

async function readState({ host, place, model }: Migration): Promise<HostState> {
  return await readHost(host, { namespace: place.namespace, isNamespaced: model.kubeFedConfig.scope === 'Namespaced' });
}

function objectsOf({ federated, typeConfigs }: HostState): readonly HostObject[] {
  return [...federated, ...typeConfigs];
}

/** KubeFed gives no finalizer to objects of a type that it does not propagate, nor to namespaces of the system. */
function isHeldByKubeFed(object: HostObject, { place }: Migration): boolean {
  if (!('target' in object)) return true;
  const { isPropagated, target } = object as HostFederated;
  const isNamespace = target.group === '' && target.kind === 'Namespace';
  return isPropagated && !(isNamespace && isIgnoredNamespace(target.name, place.namespace));
}

function passOptions({ options }: Migration): SyncOptions {
  const { folder, credentialsDir, kubeconfig, ageKeyFile, requestTimeoutMs, signal, onEvent } = options;
  return {
    source: folder,
    ...(credentialsDir === undefined ? {} : { credentialsDir }),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(ageKeyFile === undefined ? {} : { ageKeyFile }),
    ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
    ...(signal === undefined ? {} : { signal }),
    ...(onEvent === undefined ? {} : { onEvent: (event: SyncEvent) => onEvent(event) }),
  };
}

interface Comparison {
  readonly inspected: SyncResult;
  /** What a pass would change, but for who owns it. */
  readonly changes: ChangeSet;
  readonly remarks: readonly Remark[];
}

async function compareMembers(migration: Migration): Promise<Comparison> {
  const inspected = await sync({ ...passOptions(migration), mode: 'inspect' });
  const changes = liveChanges({ ...inspected, clusters: withoutOwnership(inspected.clusters) });
  return { inspected, changes, remarks: [...memberRemarks(inspected, migration), ...changeRemarks(changes)] };
}

function judged(step: Step, remarks: readonly Remark[], changes?: ChangeSet): StepReport {
  const isBlocked = remarks.some(({ type }) => type === 'obstacle');
  return {
    step,
    state: isBlocked ? 'blocked' : 'done',
    remarks,
    ...(changes === undefined || changes.objects.length === 0 ? {} : { changes }),
  };
}

/** Nothing that it wants was never applied by us. */
function isOurs({ clusters }: SyncResult): boolean {
  return clusters.every(
    ({ state, objects }) => state === 'NotReady' || objects.every(({ pending }) => pending === undefined),
  );
}

function obstacle(text: string): Remark {
  return { type: 'obstacle', text };
}

function suspended(model: Model): readonly Remark[] {
  const by = suspendedBy(model);
  if (by === undefined) return [];
  const what = by === 'gitfed.yaml' ? 'suspend: true in gitfed.yaml' : by;
  return [
    obstacle(`Everything is suspended by ${what}, so that nothing would be taken over. Take it out, and commit.`),
  ];
}

function controllerRemarks({ place, options }: Migration, controller: ControllerState | undefined): readonly Remark[] {
  if (controller !== undefined || options.controller === 'none') return [];
  return [
    obstacle(
      `There is no Deployment/${place.namespace}/${place.name} on the host. Name KubeFed's controller manager with --controller; if it runs elsewhere, stop it there and use --controller none.`,
    ),
  ];
}

function hostRemarks({ model, options }: Migration, state: HostState): readonly Remark[] {
  const remarks: Remark[] = [];
  const deleting = objectsOf(state).filter(({ isDeleting }) => isDeleting);
  if (deleting.length > 0) {
    remarks.push(
      obstacle(
        `On the host somebody has deleted ${list(deleting.map(({ label }) => label))}, and KubeFed is not done with it: let KubeFed finish, or take its finalizer away and decide what becomes of its objects in the members.`,
      ),
    );
  }
  if (state.undefinedTypes.length > 0) {
    remarks.push({
      type: 'note',
      text: `The host does not serve the federated kind of ${list(state.undefinedTypes)}: there is nothing of it to take over.`,
    });
  }
  const known = new Set(model.objects.map(({ target }) => objectIdKey(target)));
  const { keepLive } = model.configuration;
  const missing = state.federated
    .filter(({ target }) => !known.has(objectIdKey(target)) && !isKeptLive(target, keepLive))
    .map(({ label }) => label)
    .sort(compareText);
  if (missing.length > 0) {
    const what = `The repository does not have ${list(missing)} of the host: what KubeFed applied for it stays in the members, and nobody keeps it.`;
    remarks.push(
      options.allowMissing
        ? { type: 'note', text: what }
        : obstacle(`${what} Import it, or go on without it with --allow-missing.`),
    );
  }
  return remarks;
}

/** What keeps an object as it is, there as here: KubeFed could not do it either. */
const HELD: ReadonlySet<string> = new Set(['ApplyOverridesFailed', 'ComputeResourceFailed']);
const FINE: ReadonlySet<string> = new Set(['', 'Leftover', 'KeptLive', ...HELD]);

function memberRemarks(
  { clusters, ok, held }: SyncResult,
  { model, options }: Pick<Migration, 'model' | 'options'>,
): readonly Remark[] {
  const remarks: Remark[] = [];
  const hold = model.holds[0];
  if (hold !== undefined) {
    remarks.push(
      obstacle(`${hold.file}:${hold.line} is in error, which holds back others too: gitfed validate says why.`),
    );
  }
  for (const { cluster, message } of clusters.filter(({ state }) => state === 'NotReady')) {
    const why = `${cluster}: ${message ?? 'it is not reached.'}`;
    const later = 'What is there is taken over by the first pass that reaches it.';
    if (options.allowUnreached) remarks.push({ type: 'note', text: `${why} ${later}` });
    else remarks.push(obstacle(`${why} Wait for it, or go on without it with --allow-unreached.`));
  }
  for (const { cluster, state, message, objects } of clusters) {
    if (state === 'NotReady') continue;
    const failed = objects.filter(({ status }) => !FINE.has(status));
    if (state === 'Suspended' || (state === 'Failed' && failed.length === 0 && message !== undefined)) {
      remarks.push(obstacle(`${cluster}: ${message ?? 'it is suspended in gitfed.yaml.'}`));
    }
    remarks.push(...failed.slice(0, MOST_FAILURES).map((one) => obstacle(failureText(cluster, one))));
    if (failed.length > MOST_FAILURES) {
      remarks.push(obstacle(`${cluster}: ${count(failed.length - MOST_FAILURES, 'further object')} failed.`));
    }
  }
  const kept = clusters.flatMap(({ objects }) => objects).filter(({ status }) => HELD.has(status));
  if (kept.length > 0) {
    const names = list([...new Set(kept.map(({ federated = '' }) => federated))]);
    remarks.push({ type: 'note', text: `What is in error stays as it is in the members: ${names}.` });
  }
  if (held !== undefined) remarks.push(obstacle('A gate of gitfed.yaml holds the commit: gitfed sync says which.'));
  if (remarks.length === 0 && !ok)
    remarks.push({ type: 'note', text: 'The repository has findings: gitfed validate.' });
  return remarks;
}

function failureText(cluster: string, { federated, id, status, message }: ObjectResult): string {
  const object = federated ?? [id.kind, id.namespace, id.name].filter((part) => part !== '').join('/');
  return `${cluster}: ${object}: ${[status, message ?? ''].filter((part) => part !== '').join('. ')}`;
}

const MOST_FAILURES = 5;

function changeRemarks({ objects }: ChangeSet): readonly Remark[] {
  if (objects.length === 0) return [];
  return [
    obstacle(
      `The repository and the members are not the same: ${count(objects.length, 'object')} would change. Import again, or bring the repository to what runs; gitfed diff --live shows it.`,
    ),
  ];
}

function resultOf(steps: readonly StepReport[]): MigrateResult {
  return { steps, ok: steps.every(({ state }) => state !== 'blocked') };
}
