import { describe, expect, it } from 'vitest';
import { syntheticSource } from '../../test/helpers/status-writers.ts';
import type { ClusterResult, ObjectResult } from '../apply/index.ts';
import { statusSubject } from './status-subject.ts';

const READY = 'status: {conditions: [{type: Ready, status: "True"}]}\n';
const AWAY = 'status: {conditions: [{type: Offline, status: "True"}]}\n';

function synced(cluster: string, objects: readonly ObjectResult[] = []): ClusterResult {
  return { cluster, state: 'Synced', objects };
}

function offline(cluster: string): ClusterResult {
  return { cluster, state: 'NotReady', health: 'Offline', objects: [] };
}

function web(parts: Partial<ObjectResult>): ObjectResult {
  const id = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' };
  return { id, action: 'unchanged', status: '', ...parts };
}

const failed = web({ action: 'skipped', status: 'UpdateFailed' });
const drift = [{ type: 'changed', path: ['data', 'a'], live: 'hunter2', desired: 'hunter3' }] as const;
const corrected = web({ action: 'configured', drift });
const reported = web({ action: 'skipped', status: 'Drifted', drift });

describe('the subject of a status commit', () => {
  it.each<[string, readonly ClusterResult[], Readonly<Record<string, string>>]>([
    ['all 2 clusters in order at 1a2b3c4d', [synced('a'), synced('b')], {}],
    ['a in order at 1a2b3c4d', [synced('a')], {}],
    ['computed anew at 1a2b3c4d', [], {}],
    ['a in order, b suspended at 1a2b3c4d', [synced('a'), { ...synced('b'), state: 'Suspended' }], {}],
    ['a offline', [offline('a'), synced('b')], { a: READY }],
    ['a offline', [offline('a')], {}],
    ['b in order, a still away at 1a2b3c4d', [offline('a'), synced('b')], { a: AWAY }],
    ['a back', [synced('a'), synced('b')], { a: AWAY, b: READY }],
    ['Deployment.apps/shop/web out of order in a', [{ ...synced('a', [failed]), state: 'Failed' }], {}],
    [
      'Deployment.apps/shop/web out of order in 4 clusters',
      ['a', 'b', 'c', 'd'].map((name) => ({ ...synced(name, [failed]), state: 'Failed' })),
      {},
    ],
    ['drift corrected in a; drift in b', [synced('a', [corrected]), synced('b', [reported])], {}],
    [
      'deletions held back in a',
      [{ ...synced('a'), state: 'Failed', prune: { status: 'PruneBlocked', count: 11, message: '' } }],
      {},
    ],
    ['a with problems', [{ ...synced('a'), state: 'Failed' }], {}],
    ['a with problems', [{ ...synced('a'), state: 'Failed', health: 'Unknown' }], { a: AWAY }],
  ])('is "%s"', (subject, results, before) => {
    const previous = new Map(Object.entries(before).map(([name, text]) => [`clusters/${name}.yaml`, text]));
    const source = syntheticSource(`1a2b3c4d${'0'.repeat(32)}`);
    expect(statusSubject({ source, results, previous })).toBe(subject);
  });
});
