import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiAccess, type Discovery, isApiError } from '../cluster/index.ts';
import { isJsonObject, type JsonObject } from '../core/index.ts';
import type { Desired } from './desired.ts';

const INTERVAL_MS = 150;
const TIMEOUT_MS = 30_000;

/** What was true before a change stands in the conditions until the cluster has looked at it. */
const REFUSALS = 5;

/** A CustomResourceDefinition as an object that is to be applied. */
type Definition = Pick<Desired, 'id' | 'liveId' | 'apiVersion' | 'manifest'>;

/** The kind that a CustomResourceDefinition defines. */
export function definedKind({
  id,
  manifest,
}: Pick<Desired, 'id' | 'manifest'>): { readonly group: string; readonly kind: string } | undefined {
  if (id.group !== 'apiextensions.k8s.io' || id.kind !== 'CustomResourceDefinition') return undefined;
  const { spec } = manifest;
  if (!isJsonObject(spec) || !isJsonObject(spec.names)) return undefined;
  const { group } = spec;
  const { kind } = spec.names;
  return typeof group === 'string' && typeof kind === 'string' ? { group, kind } : undefined;
}

/** Whether a member serves all versions of what a definition defines, under its own plural name. */
export function isServed(discovery: Discovery, definition: Definition): boolean {
  const defined = definedKind(definition);
  const { spec } = definition.manifest;
  if (defined === undefined || !isJsonObject(spec) || !isJsonObject(spec.names)) return false;
  const { plural } = spec.names;
  const versions = (Array.isArray(spec.versions) ? (spec.versions as readonly JsonObject[]) : [])
    .filter((version) => isJsonObject(version) && version.served === true)
    .map(({ name }) => String(name));
  return [undefined, ...versions].every(
    (version) => discovery.find(defined.group, defined.kind, version)?.plural === plural,
  );
}

interface DefinitionWait {
  readonly refresh: () => Promise<Discovery>;
  readonly signal: AbortSignal | undefined;
}

export interface Establishment<D extends Definition = Desired> {
  /** What the member serves now. */
  readonly discovery: Discovery;
  /** The definitions whose kind is not there as they say, each with a sentence why. */
  readonly failed: ReadonlyMap<D, string>;
}

/**
 * Waits until each definition is Established, or refused, or 30 seconds are over; then until the kinds of those that are Established are
 * served. One that is refused holds back no other.
 *
 * @throws {ApiError} when the member is not reached any more.
 */
export async function establishDefinitions<D extends Definition>(
  client: ApiAccess,
  definitions: readonly D[],
  { refresh, signal }: DefinitionWait,
): Promise<Establishment<D>> {
  const waits = definitions.map(async (definition) => ({
    definition,
    reason: await waitUntilSettled(client, definition, signal),
  }));
  const settled = await Promise.all(waits);
  const established = settled.filter(({ reason }) => reason === undefined);
  const discovery = await refreshUntil(
    (current) => established.every(({ definition }) => isServed(current, definition)),
    { refresh, signal },
  );
  const failed = settled.flatMap(({ definition, reason }) =>
    reason === undefined ? [] : [[definition, reason] as const],
  );
  return { discovery, failed: new Map(failed) };
}

const NAMES_TAKEN =
  'The cluster does not accept its names: another CustomResourceDefinition of the group has one of them (kind, listKind, plural, singular, shortNames). Change spec.names, or delete the other definition.';
const NOT_ESTABLISHED = `It was not Established within ${TIMEOUT_MS / 1000} seconds: look at its status.conditions in the cluster.`;

/** @returns why its kind is not there; `undefined` when it is Established. */
async function waitUntilSettled(
  client: ApiAccess,
  definition: Definition,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const deadline = performance.now() + TIMEOUT_MS;
  for (let refusals = 0; performance.now() < deadline; ) {
    const state = await stateOf(client, definition);
    if (state === 'Established') return undefined;
    refusals = state === 'NamesTaken' ? refusals + 1 : 0;
    if (refusals >= REFUSALS) return NAMES_TAKEN;
    await pause(signal);
  }
  return NOT_ESTABLISHED;
}

async function refreshUntil(
  isEnough: (discovery: Discovery) => boolean,
  { refresh, signal }: DefinitionWait,
): Promise<Discovery> {
  const deadline = performance.now() + TIMEOUT_MS;
  for (;;) {
    const discovery = await refresh();
    if (isEnough(discovery) || performance.now() >= deadline) return discovery;
    await pause(signal);
  }
}

async function pause(signal: AbortSignal | undefined): Promise<void> {
  await sleep(INTERVAL_MS, undefined, signal === undefined ? {} : { signal });
}

interface RawDefinition {
  readonly status?: { readonly conditions?: readonly { readonly type?: string; readonly status?: string }[] };
}

async function stateOf(
  client: ApiAccess,
  { liveId, apiVersion }: Definition,
): Promise<'Established' | 'NamesTaken' | 'Pending'> {
  const path = `/apis/${apiVersion}/customresourcedefinitions/${encodeURIComponent(liveId.name)}`;
  try {
    const { status } = (await client.json({ method: 'GET', path })) as RawDefinition;
    const conditions = status?.conditions ?? [];
    const has = (type: string, value: string): boolean =>
      conditions.some((one) => one.type === type && one.status === value);
    // One that was Established keeps its old names when the cluster does not accept new ones.
    if (has('NamesAccepted', 'False')) return 'NamesTaken';
    return has('Established', 'True') ? 'Established' : 'Pending';
  } catch (error) {
    if (!isApiError(error) || error.failure === 'Aborted' || client.isDead) throw error;
    return 'Pending';
  }
}
