import { expect, it } from 'vitest';
import { isSameWorkload, type SeenWorkload } from './seen.ts';

const SEEN: SeenWorkload = {
  specReplicas: 3n,
  readyReplicas: 2n,
  runningAndReadyPods: 2n,
  unschedulablePods: 1n,
  isSettled: true,
};

it.each<[string, Partial<SeenWorkload>, boolean]>([
  ['equal numbers are the same', {}, true],
  ['another time to look again is the same', { recheckInMs: 500 }, true],
  ['another number of replicas is not', { specReplicas: 4n }, false],
  ['another number of ready replicas is not', { readyReplicas: 3n }, false],
  ['another number of running pods is not', { runningAndReadyPods: 1n }, false],
  ['another number of unschedulable pods is not', { unschedulablePods: 0n }, false],
  ['one that is to be waited for is not', { isSettled: false }, false],
])('of a workload that is seen twice, %s', (_, change, expected) => {
  const other = { ...SEEN, ...change };
  expect([isSameWorkload(SEEN, other), isSameWorkload(other, SEEN)]).toEqual([expected, expected]);
});
