import { describe, expect, it } from 'vitest';
import { Concurrency, type Observation } from './concurrency.ts';

const QUICK: Observation = { begin: 0, end: 10, outcome: 'answered', isFull: true, capacity: 100 };

/** So many answers of a kind, one after the other, each of so many milliseconds. */
type Part = [count: number, answer: Partial<Observation> & { ms?: number }];

/** A clock that every answer moves on, and what the limit is after each. */
function limitAfter(...parts: Part[]): number {
  const concurrency = new Concurrency();
  let now = 0;
  for (const [count, { ms = 10, ...part }] of parts) {
    for (let index = 0; index < count; index += 1) {
      concurrency.observe({ ...QUICK, begin: now, end: now + ms, ...part });
      now += ms;
    }
  }
  return concurrency.limit;
}

describe('the requests that may run at once', () => {
  it.each<[string, number, Part[]]>([
    ['are 16 at first', 16, []],
    ['are the same before a window of good answers is full', 16, [[15, {}]]],
    ['are one more after a window of good answers', 17, [[16, {}]]],
    ['need one more answer for each further one', 18, [[16 + 17, {}]]],
    ['are 64 at most', 64, [[10_000, {}]]],
    ['are no more than the connection takes', 20, [[10_000, { capacity: 20 }]]],
    ['are no more than the connection turns out to take', 5, [[1, { capacity: 5 }]]],
    [
      'are no more than the one stream that the connection takes',
      1,
      [
        [9, { capacity: 1 }],
        [9, { capacity: 1, outcome: 'busy' }],
      ],
    ],
    ['are not more where fewer run than may', 16, [[1_000, { isFull: false }]]],
    ['are half after 429', 8, [[1, { outcome: 'busy' }]]],
    ['are half after an answer that did not come in time', 8, [[1, { outcome: 'late', ms: 15_000 }]]],
    ['are halved again by 429 to a request that was sent after that', 4, [[2, { outcome: 'busy' }]]],
    ['are halved once by all those that were on their way', 8, [[16, { outcome: 'busy', begin: 0, end: 5 }]]],
    ['are 2 at least', 2, [[100, { outcome: 'busy' }]]],
    [
      'begin a new window after they were halved',
      8,
      [
        [15, {}],
        [1, { outcome: 'busy' }],
        [7, {}],
      ],
    ],
    [
      'grow again after they were halved',
      9,
      [
        [15, {}],
        [1, { outcome: 'busy' }],
        [8, {}],
      ],
    ],
    [
      'are half after an answer of more than 2 s and of 4 times the usual',
      8,
      [
        [9, {}],
        [1, { ms: 2_001 }],
      ],
    ],
    [
      'are the same after an answer of 2 s',
      16,
      [
        [9, {}],
        [1, { ms: 2_000 }],
      ],
    ],
    ['are half where the first answers are slow', 8, [[1, { ms: 3_000 }]]],
    ['are not halved again by a server that is always slow', 8, [[7, { ms: 3_000 }]]],
    ['grow with a server that is always slow', 10, [[1 + 8 + 9, { ms: 3_000 }]]],
    [
      'are half when what was usual becomes slow',
      8,
      [
        [100, { isFull: false, ms: 600 }],
        [1, { ms: 2_500 }],
      ],
    ],
    [
      'are the same when what is usual becomes a little slower',
      16,
      [
        [100, { isFull: false, ms: 600 }],
        [1, { ms: 2_300 }],
      ],
    ],
  ])('%s', (_what, limit, parts) => {
    expect(limitAfter(...parts)).toBe(limit);
  });
});
