import { describe, expect, it } from 'vitest';
import type { ClusterResult } from '../apply/index.ts';
import { AppliedRevisions } from './applied-revisions.ts';

function revisions() {
  const told: string[] = [];
  const applied = new AppliedRevisions((event) => {
    if (event.type === 'revisionApplied') told.push(event.commit);
  });
  const end = (commit: string, cluster: string, state: ClusterResult['state']): void =>
    applied.end(commit, { cluster, state, objects: [] });
  return { applied, told, end };
}

describe('a revision is applied', () => {
  it('when every cluster has ended its first pass with it', () => {
    const { applied, told, end } = revisions();
    applied.begin('one', 0, ['a', 'b']);
    end('one', 'a', 'Synced');
    end('one', 'a', 'Synced');
    end('before', 'b', 'Synced');
    expect([told, applied.isAwaited]).toEqual([[], true]);
    end('one', 'b', 'Failed');
    end('one', 'b', 'Synced');
    expect([told, applied.isAwaited]).toEqual([['one'], false]);
  });

  it('without waiting for a cluster that was lost before, until it is back', () => {
    const { applied, told, end } = revisions();
    applied.begin('one', 0, ['a', 'b']);
    end('one', 'a', 'NotReady');
    end('one', 'b', 'Synced');
    applied.begin('two', 0, ['a', 'b']);
    end('two', 'b', 'Synced');
    expect(told).toEqual(['one', 'two']);
    end('two', 'a', 'Synced');
    applied.begin('three', 0, ['a', 'b']);
    end('three', 'b', 'Synced');
    expect(told).toEqual(['one', 'two']);
    end('three', 'a', 'Synced');
    expect(told).toEqual(['one', 'two', 'three']);
  });

  it('without waiting for one that was lost in a pass of the revision before', () => {
    const { applied, told, end } = revisions();
    applied.begin('one', 0, ['a', 'b']);
    applied.begin('two', 0, ['a', 'b']);
    end('two', 'b', 'Synced');
    end('one', 'a', 'NotReady');
    expect(told).toEqual(['two']);
    applied.leave('a');
    applied.begin('three', 0, ['a']);
    expect(told).toEqual(['two']);
  });

  it('at once where there is nobody to wait for', () => {
    const { applied, told } = revisions();
    applied.begin('one', 0, []);
    expect(told).toEqual(['one']);
  });
});
