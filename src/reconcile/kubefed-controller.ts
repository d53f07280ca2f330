import { listWhole, readWhole, type ServedResource } from '../cluster/index.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { askCluster } from './ask-cluster.ts';
import type { Clock } from './clock.ts';
import type { SourceCluster } from './federate-cluster.ts';
import { listIn, mappingIn, metadataOf, textIn } from './import-objects.ts';
import { type HostObject, patchObject } from './kubefed-host.ts';

/** KubeFed's controller manager on its host. */
export interface ControllerState {
  /** How many are wanted. */
  readonly replicas: number;
  /** Pods that are there still, whatever is wanted. */
  readonly pods: readonly string[];
  /** How many were wanted before it was stopped by us. */
  readonly before?: number;
}

/** Where it is. */
export interface ControllerPlace {
  readonly namespace: string;
  /** Of its Deployment. */
  readonly name: string;
}

const BEFORE = 'gitfed.io/replicas-before-migration';
const LOCK = 'kubefed-controller-manager';
const LEADER = 'control-plane.alpha.kubernetes.io/leader';
const POLL_MS = 500;

/** @returns `undefined` where there is no such Deployment. @throws {GitfedError} `CLUSTER` */
export async function readController(
  host: SourceCluster,
  place: ControllerPlace,
): Promise<ControllerState | undefined> {
  const found = await readDeployment(host, place);
  if (found === undefined) return undefined;
  const spec = mappingIn(found, 'spec');
  const before = textIn(mappingIn(metadataOf(found), 'annotations'), BEFORE);
  return {
    replicas: typeof spec['replicas'] === 'number' ? spec['replicas'] : 1,
    pods: await podsOf(host, place.namespace, mappingIn(spec, 'selector')),
    ...(/^\d{1,9}$/.test(before) ? { before: Number(before) } : {}),
  };
}

async function readDeployment(host: SourceCluster, place: ControllerPlace): Promise<JsonObject | undefined> {
  return await askCluster(
    `${host.name}: ${labelOf(place)} cannot be read`,
    () => readWhole(host.client, served(host, 'apps', 'Deployment'), place),
    NOTHING_CHANGED,
  );
}

async function podsOf(host: SourceCluster, namespace: string, selector: JsonObject): Promise<readonly string[]> {
  const pods = await askCluster(
    `${host.name}: the Pods in ${namespace} cannot be listed`,
    () => listWhole(host.client, served(host, '', 'Pod'), namespace, selectorText(selector)),
    NOTHING_CHANGED,
  );
  return pods.flatMap((pod) => {
    // What has ended stays there for people to look at.
    const isOver = ['Succeeded', 'Failed'].includes(textIn(mappingIn(pod, 'status'), 'phase'));
    return isOver ? [] : [textIn(metadataOf(pod), 'name')];
  });
}

/** As a list takes it. */
function selectorText(selector: JsonObject): string {
  return [
    ...Object.entries(mappingIn(selector, 'matchLabels')).map(([key, value]) => `${key}=${String(value)}`),
    ...listIn(selector, 'matchExpressions')
      .filter(isJsonObject)
      .map((expression) => {
        const { key, operator } = expression;
        const list = listIn(expression, 'values').map(String).join(',');
        if (operator === 'Exists') return String(key);
        if (operator === 'DoesNotExist') return `!${String(key)}`;
        return `${String(key)} ${operator === 'NotIn' ? 'notin' : 'in'} (${list})`;
      }),
  ].join(',');
}

const NOTHING_CHANGED = 'Nothing was changed.';

/**
 * Ends it, and waits until nothing of it works any more: its pods are gone, and nobody renews its lock.
 *
 * @throws {GitfedError} `CLUSTER` where it goes on after `timeoutMs`: nothing else is changed then.
 */
export async function stopController(
  host: SourceCluster,
  place: ControllerPlace,
  options: { readonly timeoutMs: number; readonly clock: Clock; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const state = await readController(host, place);
  if (state !== undefined && state.replicas > 0) {
    const patch = { metadata: { annotations: { [BEFORE]: String(state.replicas) } }, spec: { replicas: 0 } };
    await patchObject(host, deploymentOf(host, place), patch);
  }
  const deadline = options.clock.elapsed() + options.timeoutMs;
  for (;;) {
    const left = (await readController(host, place))?.pods ?? [];
    if (left.length === 0) break;
    const why = `these Pods of it are there still: ${left.join(', ')}`;
    await waitOn(options, deadline, `${host.name}: ${labelOf(place)} does not stop: ${why}.`);
  }
  await waitForLock(host, place, { ...options, deadline });
}

/** As many as before, or `fallback` where that is not known. @throws {GitfedError} `CLUSTER` */
export async function startController(host: SourceCluster, place: ControllerPlace): Promise<number | undefined> {
  const state = await readController(host, place);
  if (state === undefined || (state.replicas > 0 && state.before === undefined)) return undefined;
  const replicas = state.replicas > 0 ? state.replicas : (state.before ?? 1);
  await patchObject(host, deploymentOf(host, place), {
    metadata: { annotations: { [BEFORE]: null } },
    spec: { replicas },
  });
  return replicas;
}

/** Whoever leads renews its lock: a controller that runs elsewhere is found by it. */
async function waitForLock(
  host: SourceCluster,
  place: ControllerPlace,
  options: {
    readonly clock: Clock;
    readonly deadline: number;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const { clock } = options;
  const start = clock.elapsed();
  const last = new Map<string, { readonly text: string; readonly since: number }>();
  for (;;) {
    const locks = await readLocks(host, place.namespace);
    for (const { kind, text } of locks) {
      if (last.get(kind)?.text !== text) last.set(kind, { text, since: clock.elapsed() });
    }
    const renewed = locks.find(({ kind, seconds }) => clock.elapsed() - (last.get(kind)?.since ?? 0) <= seconds * 1000);
    if (renewed === undefined) return;
    const who = `${renewed.holder} renews the lock ${place.namespace}/${LOCK}`;
    // Until then it may be the last word of one that is gone.
    const deadline = Math.max(options.deadline, start + renewed.seconds * 1000 + POLL_MS * 2);
    await waitOn(
      options,
      deadline,
      `${host.name}: a controller of KubeFed works still: ${who}. Stop it where it runs.`,
    );
  }
}

/** Who renewed a lock since it was looked at last; `undefined`: nobody did. @param known by kind, what was there then. */
export async function lockRenewer(
  host: SourceCluster,
  namespace: string,
  known: Map<string, string>,
): Promise<string | undefined> {
  const locks = await readLocks(host, namespace);
  const isFirst = known.size === 0;
  const renewed = isFirst ? undefined : locks.find(({ kind, text }) => known.get(kind) !== text);
  for (const { kind, text } of locks) known.set(kind, text);
  return renewed?.holder;
}

interface Lock {
  readonly kind: string;
  readonly holder: string;
  /** Another one after each renewal. */
  readonly text: string;
  readonly seconds: number;
}

const LOCK_SECONDS = 15;

/** Those that somebody holds: a host may have one of an earlier kind still. */
async function readLocks(host: SourceCluster, namespace: string): Promise<readonly Lock[]> {
  const found: Lock[] = [];
  for (const kind of ['ConfigMap', 'Endpoints']) {
    const object = await askCluster(
      `${host.name}: the lock of KubeFed's controller cannot be read`,
      () => readWhole(host.client, served(host, '', kind), { namespace, name: LOCK }),
      NOTHING_CHANGED,
    );
    const text = textIn(mappingIn(metadataOf(object ?? {}), 'annotations'), LEADER);
    const lock = parseLock(kind, text);
    if (lock !== undefined && lock.holder !== '') found.push(lock);
  }
  return found;
}

function parseLock(kind: string, text: string): Lock | undefined {
  let value: JsonValue;
  try {
    value = parseJson(text);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const { leaseDurationSeconds } = value;
  return {
    kind,
    holder: textIn(value, 'holderIdentity'),
    text,
    seconds: typeof leaseDurationSeconds === 'number' ? leaseDurationSeconds : LOCK_SECONDS,
  };
}

async function waitOn(
  { clock, signal }: { readonly clock: Clock; readonly signal?: AbortSignal | undefined },
  deadline: number,
  message: string,
): Promise<void> {
  if (clock.elapsed() >= deadline) {
    throw new GitfedError(
      'CLUSTER',
      `${message} Nothing else was changed. Run it again, or go back with gitfed migrate rollback.`,
    );
  }
  signal?.throwIfAborted();
  await new Promise<void>((resolve) => {
    clock.schedule(POLL_MS, resolve);
  });
}

function served({ discovery, name }: SourceCluster, group: string, kind: string): ServedResource {
  const resource = discovery.find(group, kind);
  if (resource !== undefined) return resource;
  throw new GitfedError('CLUSTER', `${name} does not serve ${kind}. ${NOTHING_CHANGED}`);
}

function labelOf({ namespace, name }: ControllerPlace): string {
  return `Deployment/${namespace}/${name}`;
}

function deploymentOf(
  host: SourceCluster,
  place: ControllerPlace,
): Pick<HostObject, 'resource' | 'namespace' | 'name' | 'label'> {
  return { resource: served(host, 'apps', 'Deployment'), ...place, label: labelOf(place) };
}
