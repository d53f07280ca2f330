import { describe, expect, it } from 'vitest';
import { type ObjectId, objectIdKey } from '../core/index.ts';
import type { Live } from './live.ts';
import { Removals } from './removals.ts';
import type { ObjectResult } from './types.ts';

const id: ObjectId = { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'map' };
const WANTED = { id, federated: 'FederatedConfigMap/shop/map' };

/** Whether it counts as removed by us after these results. */
function isRemovedAfter(...results: readonly Omit<ObjectResult, 'id'>[]): boolean {
  const removals = new Removals();
  for (const result of results) removals.told({ id, ...result }, id);
  return removals.has(id);
}

function seen(deletionTimestamp?: string): ReadonlyMap<string, Live> {
  const metadata = deletionTimestamp === undefined ? {} : { deletionTimestamp };
  const resource = {
    group: '',
    version: 'v1',
    kind: 'ConfigMap',
    plural: 'configmaps',
    scope: 'Namespaced',
    verbs: new Set(['list']),
  } as const;
  return new Map([[objectIdKey(id), { id, resource, object: { metadata } }]]);
}

describe('what a pass removed', () => {
  it.each<[string, Omit<ObjectResult, 'id'>]>([
    ['was deleted', { action: 'deleted', status: '' }],
    ['is being deleted', { action: 'deleted', status: 'WaitingForRemoval' }],
    ['may have been deleted', { action: 'skipped', status: 'DeletionTimedOut' }],
  ])('is what %s, until it is there again', (_title, result) => {
    expect(isRemovedAfter(result)).toBe(true);
    expect(isRemovedAfter(result, { ...WANTED, action: 'skipped', status: 'RetrievalFailed' })).toBe(true);
    expect(isRemovedAfter(result, { ...WANTED, action: 'created', status: '' })).toBe(false);
  });

  it('is not what somebody else deleted', () => {
    expect(isRemovedAfter({ ...WANTED, action: 'skipped', status: 'Drifted', wasDeleted: true })).toBe(false);
    expect(isRemovedAfter({ action: 'skipped', status: 'DeletionFailed' })).toBe(false);
  });

  it('says so in the results of what is wanted, and in no other', () => {
    const removals = new Removals();
    const failed = { ...WANTED, action: 'skipped', status: 'CreationFailed' } as const;
    expect(removals.told(failed, id)).toBe(failed);
    removals.add(id);
    expect(removals.told(failed, id)).toEqual({ ...failed, wasRemoved: true });
    const leaving = { id, action: 'deleted', status: 'WaitingForRemoval' } as const;
    expect(removals.told(leaving, id)).toBe(leaving);
  });

  it('is not what is seen there, unless that goes away', () => {
    const removals = new Removals();
    removals.add(id);
    removals.see(new Map());
    removals.see(seen('2026-01-01T00:00:00Z'));
    expect(removals.has(id)).toBe(true);
    removals.see(seen());
    expect(removals.has(id)).toBe(false);
  });

  it('is remembered of the last ten thousand objects', () => {
    const removals = new Removals();
    for (let index = 0; index <= 10_000; index += 1) removals.add({ ...id, name: `map-${index}` });
    expect([0, 1, 10_000].map((index) => removals.has({ ...id, name: `map-${index}` }))).toEqual([false, true, true]);
  });
});
