import { isKeptLive, type KeepRule } from '../api/index.ts';
import { directSource, isApiError } from '../cluster/index.ts';
import { compareObjectIds, objectIdKey } from '../core/index.ts';
import { listLabelled, type ReadOptions } from './live.ts';
import { MANAGED_LABEL, PART_OF_LABEL } from './names.ts';
import type { ObjectResult } from './types.ts';

export const KEPT_LIVE = 'gitfed.yaml keeps it here as it is (keepLive).';

/**
 * Objects that KubeFed applied and that the configuration keeps as they are. One list for each kind that it names; what may not be listed is left
 * out, since nothing is done about it either way.
 *
 * @throws {ApiError} when the server is gone.
 */
export async function findKeptLive(
  read: Omit<ReadOptions, 'groupKinds' | 'desired'>,
  rules: readonly KeepRule[],
): Promise<readonly ObjectResult[]> {
  const { client, discovery } = read;
  const named = discovery.resources.filter(({ group, kind, verbs }) => {
    return verbs.has('list') && rules.some((rule) => rule.kind === kind && (rule.group ?? group) === group);
  });
  // Where it may not list everywhere.
  const namespaces = new Set(rules.flatMap(({ namespace = '' }) => (namespace === '' ? [] : [namespace])));
  const lists = named.map(async (resource) => {
    try {
      const selector = `${MANAGED_LABEL}=true,!${PART_OF_LABEL}`;
      return await listLabelled({ ...read, objects: directSource(client), namespaces }, resource, selector);
    } catch (error) {
      if (!isApiError(error) || error.failure === 'Aborted' || client.isDead) throw error;
      return [];
    }
  });
  const found = (await Promise.all(lists)).flat().filter(({ id }) => isKeptLive(id, rules));
  const byKey = new Map(found.map(({ id }) => [objectIdKey(id), id]));
  return [...byKey.values()]
    .sort(compareObjectIds)
    .map((id) => ({ id, action: 'skipped', status: 'KeptLive', message: KEPT_LIVE }));
}
