import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiClient, type Discovery, discover, isApiError } from '../cluster/index.ts';
import { isJsonObject } from '../core/index.ts';
import type { Desired } from './desired.ts';

const INTERVAL_MS = 150;
const TIMEOUT_MS = 30_000;

/** The kind that a CustomResourceDefinition defines. */
export function definedKind({ id, manifest }: Desired): { readonly group: string; readonly kind: string } | undefined {
  if (id.group !== 'apiextensions.k8s.io' || id.kind !== 'CustomResourceDefinition') return undefined;
  const { spec } = manifest;
  if (!isJsonObject(spec) || !isJsonObject(spec.names)) return undefined;
  const { group } = spec;
  const { kind } = spec.names;
  return typeof group === 'string' && typeof kind === 'string' ? { group, kind } : undefined;
}

/**
 * Waits until definitions that were just written are Established and their kinds are served, or for 30 seconds. What is not there then
 * fails object by object.
 */
export async function waitForDefinitions(
  client: ApiClient,
  definitions: readonly Desired[],
  discovery: Discovery,
  signal: AbortSignal | undefined,
): Promise<Discovery> {
  const deadline = performance.now() + TIMEOUT_MS;
  let current = discovery;
  const pending = new Set(definitions);
  while (pending.size > 0 && performance.now() < deadline) {
    for (const definition of pending) {
      if (await isEstablished(client, definition)) pending.delete(definition);
    }
    if (pending.size > 0) await pause(signal);
  }
  const kinds = definitions.filter((one) => !pending.has(one)).flatMap((one) => definedKind(one) ?? []);
  while (performance.now() < deadline) {
    current = await discover(client);
    if (kinds.every(({ group, kind }) => current.find(group, kind) !== undefined)) break;
    await pause(signal);
  }
  return current;
}

async function pause(signal: AbortSignal | undefined): Promise<void> {
  await sleep(INTERVAL_MS, undefined, signal === undefined ? {} : { signal });
}

interface RawDefinition {
  readonly status?: { readonly conditions?: readonly { readonly type?: string; readonly status?: string }[] };
}

async function isEstablished(client: ApiClient, { liveId, apiVersion }: Desired): Promise<boolean> {
  const path = `/apis/${apiVersion}/customresourcedefinitions/${encodeURIComponent(liveId.name)}`;
  try {
    const { status } = (await client.json({ method: 'GET', path })) as RawDefinition;
    return (status?.conditions ?? []).some((one) => one.type === 'Established' && one.status === 'True');
  } catch (error) {
    if (!isApiError(error) || error.failure === 'Aborted' || client.isDead) throw error;
    return false;
  }
}
