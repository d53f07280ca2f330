import { describe, expect, it } from 'vitest';
import type { ClusterResult, ObjectResult } from '../apply/types.ts';
import type { JsonObject } from '../core/index.ts';
import type { SyncResult } from '../reconcile/types.ts';
import { changeSetToJson } from './change-json.ts';
import { formatChangeSet } from './change-text.ts';
import { liveChanges } from './live-changes.ts';
import { createStyle } from './style.ts';

const ID = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' };

function resultOf(
  objects: Readonly<Record<string, readonly ObjectResult[]>>,
  prune?: NonNullable<ClusterResult['prune']>,
): SyncResult {
  const clusters = Object.entries(objects).map(([cluster, list]): ClusterResult => {
    return { cluster, state: 'Synced', objects: list, ...(prune === undefined ? {} : { prune }) };
  });
  const status = { branch: 'gitfed/status' };
  return { mode: 'inspect', commit: '', inventory: 'shop', clusters, findings: [], status, ok: true };
}

function differing(live: number): ObjectResult {
  const before: JsonObject = { spec: { paused: true, replicas: live } };
  return {
    id: ID,
    federated: 'FederatedDeployment/shop/web',
    action: 'configured',
    status: '',
    drift: [{ type: 'changed', path: ['spec', 'replicas'], desired: 0, live }],
    preview: { before, after: { spec: { paused: true, replicas: 0 } } },
  };
}

describe('what a sync would change in the members', () => {
  it('is folded, outliers first, with its risks', () => {
    const changes = liveChanges(resultOf({ a: [differing(2)], b: [differing(2)], c: [differing(5)] }));
    expect(formatChangeSet(changes, createStyle(false)).split('\n')).toEqual([
      '~ Deployment.apps/shop/web changed in 3 clusters: a, b, c',
      '    ! replicas go to zero in 3 clusters: a, b, c',
      '    .spec.replicas',
      '      5 → 0  in c',
      '      2 → 0  same in 2 clusters: a, b',
      '',
      '1 object in 3 clusters: 3 changed.',
      '1 risk:',
      '  ! Deployment.apps/shop/web: replicas go to zero in 3 clusters: a, b, c',
      '',
    ]);
  });

  it('has operations where the whole objects are known, folded as they are equal', () => {
    const { preview: _, ...unknown } = differing(1);
    const changes = liveChanges(resultOf({ a: [differing(2)], b: [differing(5)], c: [unknown] }));
    const [change] = changeSetToJson(changes).changes as readonly JsonObject[];
    expect(change?.patches).toEqual([
      { clusters: ['a', 'b'], operations: [{ op: 'replace', path: '/spec/replicas', value: 0 }] },
    ]);
  });

  it('may be refused, or make an object anew: the annotation is not known here', () => {
    const object: ObjectResult = {
      ...differing(2),
      drift: [{ type: 'changed', path: ['spec', 'selector', 'matchLabels', 'app'], desired: 'a', live: 'b' }],
    };
    expect(liveChanges(resultOf({ a: [object] })).objects[0]?.risks).toEqual([
      {
        code: 'ImmutableField',
        field: '.spec.selector',
        message: 'is immutable, and the change is refused, or with gitfed.io/recreate the object is made anew',
        clusters: ['a'],
      },
    ]);
  });

  it('is told where the guard holds the deletions back', () => {
    const prune = { status: 'PruneBlocked', count: 20, message: 'Not passed on.' } as const;
    expect(liveChanges(resultOf({ a: [] }, prune)).risks).toEqual([
      {
        code: 'ManyDeletions',
        message: '20 objects would go, more than the guard lets pass, so that a sync deletes nothing',
        clusters: ['a'],
      },
    ]);
  });
});
