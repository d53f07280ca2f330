import { describe, expect, it } from 'vitest';
import { EMPTY_TREE } from '../../git/index.ts';
import { observedAs } from '../../reconcile/fleet-observations.ts';
import { workloadKey } from '../../render/index.ts';
import { formatObserved, formatPass, formatSeen, parseObserved, parsePass, parseSeen } from './shared-texts.ts';

const WEB = workloadKey('Deployment', 'shop', 'web');
const COUNTS = { specReplicas: 5n, readyReplicas: 4n, runningAndReadyPods: 4n, unschedulablePods: 1n };

describe('what daemons leave for each other', () => {
  it('is read as it was written, of what is seen', () => {
    const seen = { isReady: true, workloads: new Map([[WEB, { ...COUNTS, isSettled: false, recheckInMs: 500 }]]) };
    expect(parseSeen(formatSeen(seen))).toEqual(seen);
    expect(parseSeen(formatSeen({}))).toEqual({});
    const pass = { commit: 'c1', state: 'Failed' } as const;
    expect(parsePass(formatPass(pass))).toEqual(pass);
  });

  it('is read as it was written, of what is decided, and shares what is the same as before', () => {
    const one = { ready: true, workloads: new Map([[WEB, COUNTS]]) };
    const nothing = { observations: { clusters: new Map() }, files: new Map(), tree: EMPTY_TREE };
    const decided = observedAs(
      {
        clusters: new Map([
          ['a', one],
          ['B.c', { ready: false, workloads: new Map() }],
        ]),
      },
      nothing,
    );
    const read = parseObserved(formatObserved(decided));
    expect(read?.tree).toBe(decided.tree);
    expect(read?.files).toEqual(decided.files);
    expect(read?.observations.clusters.get('a')?.workloads.get(WEB)).toEqual(COUNTS);
    expect(read?.observations.clusters.get('B.c')?.ready).toBe(false);
    const again = observedAs(
      {
        clusters: new Map([
          ['a', one],
          ['B.c', { ready: true, workloads: new Map() }],
        ]),
      },
      decided,
    );
    const next = parseObserved(formatObserved(again), read);
    expect(next?.observations.clusters.get('a')).toBe(read?.observations.clusters.get('a'));
    expect(next?.observations.clusters.get('B.c')?.ready).toBe(true);
  });

  it.each(['', 'null', '[]', '{}', '{"tree":1,"files":[]}', '{"tree":"x","files":[["../x","y"]]}', '{"workloads":7}'])(
    'makes nothing of %j',
    (text) => {
      expect(parsePass(text)).toBeUndefined();
      expect(parseSeen(text)?.workloads).toBeUndefined();
      expect(parseObserved(text)?.files.size ?? 0).toBe(0);
    },
  );
});
