import { describe, expect, it } from 'vitest';
import { createSyncProgress } from './sync-progress.ts';

function watch(isTTY: boolean) {
  const written: string[] = [];
  const progress = createSyncProgress({
    isTTY,
    write: async (text) => {
      written.push(text);
    },
  });
  const id = { group: '', kind: 'ConfigMap', namespace: 'a', name: 'b' };
  progress.show({ type: 'clusterStarted', cluster: 'eu\u001b-1', objects: 2 });
  progress.show({ type: 'object', cluster: 'eu\u001b-1', result: { id, action: 'created', status: '' } });
  progress.clear();
  return written;
}

describe('the progress of a pass', () => {
  it('is one line on a terminal, which is gone in the end', () => {
    expect(watch(true)).toEqual(['\r\u001b[2Keu\\u{1b}-1 0/2', '\r\u001b[2Keu\\u{1b}-1 1/2', '\r\u001b[2K']);
  });

  it('is not written where nobody watches', () => {
    expect(watch(false)).toEqual([]);
  });
});
