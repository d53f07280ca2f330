import { setTimeout as sleep } from 'node:timers/promises';
import { isApiError, listObjects } from '../cluster/index.ts';
import { isJsonObject, type JsonObject, objectIdKey } from '../core/index.ts';
import { healthOf, type ObjectHealth } from '../drift/index.ts';
import type { WriteRun } from './apply-objects.ts';
import type { Desired } from './desired.ts';
import { groupKindText, inventoryId } from './inventory.ts';
import { PART_OF_LABEL } from './names.ts';
import type { PlannedObject } from './plan.ts';
import type { ObjectResult } from './types.ts';

const INTERVAL_MS = 1_000;

interface WaitOptions extends WriteRun {
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
}

/**
 * Waits until every object that is in order is ready too, one has failed for good, or the time is over. What is not ready then is
 * `NotHealthy`.
 */
export async function waitForHealth(
  results: readonly ObjectResult[],
  wave: readonly { readonly planned: PlannedObject; readonly desired: Desired | undefined }[],
  options: WaitOptions,
): Promise<readonly ObjectResult[]> {
  const applied = new Set(results.filter(({ status }) => status === '').map(({ id }) => objectIdKey(id)));
  const desired = wave.flatMap((one) => one.desired ?? []).filter(({ id }) => applied.has(objectIdKey(id)));
  for (;;) {
    options.check();
    const health = await readHealthOf(desired, options);
    const states = desired.map(({ id, liveId }) => [objectIdKey(id), health.get(objectIdKey(liveId)) ?? GONE] as const);
    const open = states.filter(([, { status }]) => status !== 'Current');
    const isOver = performance.now() + INTERVAL_MS > options.deadline;
    if (open.length === 0 || isOver || open.some(([, { status }]) => status === 'Failed')) {
      return withHealth(results, new Map(states), isOver);
    }
    const { signal } = options.input;
    await sleep(INTERVAL_MS, undefined, signal === undefined ? {} : { signal });
  }
}

const GONE: ObjectHealth = { status: 'NotFound', message: 'It is not there.', summary: 'It is not there.' };

function withHealth(
  results: readonly ObjectResult[],
  states: ReadonlyMap<string, ObjectHealth>,
  isOver: boolean,
): readonly ObjectResult[] {
  return results.map((told) => {
    const health = states.get(objectIdKey(told.id));
    if (health === undefined) return told;
    const result = { ...told, health };
    if (health.status === 'Current') return result;
    const why = isOver ? 'It did not become ready in time' : 'It is not ready';
    return { ...result, status: 'NotHealthy', message: `${why}: ${health.message}` };
  });
}

/** One list of whole objects for each kind and namespace; a list that fails is tried again with the next round. */
async function readHealthOf(
  desired: readonly Desired[],
  { input, context, limit, discovery }: WaitOptions,
): Promise<ReadonlyMap<string, ObjectHealth>> {
  const labelSelector = `${PART_OF_LABEL}=${inventoryId(input.identity)}`;
  const places = Map.groupBy(desired, ({ liveId }) => `${groupKindText(liveId)}\n${liveId.namespace}`);
  const lists = [...places.values()].map(async (group) => {
    const first = group[0];
    if (first === undefined) return [];
    const { liveId, version } = first;
    const resource = discovery.find(liveId.group, liveId.kind, version) ?? discovery.find(liveId.group, liveId.kind);
    if (resource === undefined) return [];
    const namespace = liveId.namespace === '' ? {} : { namespace: liveId.namespace };
    try {
      const items = await limit(() =>
        listObjects(context.client, resource, { labelSelector, whole: true, ...namespace }),
      );
      return items.map((item) => {
        const id = { ...liveId, name: item.metadata.name ?? '' };
        const object = { apiVersion: first.apiVersion, kind: liveId.kind, ...(item as unknown as JsonObject) };
        return [objectIdKey(id), healthOf(isJsonObject(object) ? object : {})] as const;
      });
    } catch (error) {
      if (!isApiError(error) || error.failure === 'Aborted' || context.client.isDead) throw error;
      return [];
    }
  });
  return new Map((await Promise.all(lists)).flat());
}
