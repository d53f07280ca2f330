import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { ownerOf } from './rendezvous.ts';
import { holderIn, mayBegin, type ToldView } from './shares.ts';

// Of three, eu-1 is a's and eu-2 is b's; without b, eu-2 is a's too.
const EU_1 = { cluster: 'eu-1' };
const EU_2 = { cluster: 'eu-2' };
const ALL = ['a', 'b', 'c'];

function told(id: string, view: readonly string[]): ToldView {
  return { id, view };
}

describe('whose something is in a view', () => {
  test.for([
    ['nobody leads where nobody is', [], 'leadership', undefined],
    ['the oldest leads', ALL, 'leadership', 'a'],
    ['nobody has a cluster where nobody is', [], EU_1, undefined],
    ['clusters are shared', ALL, EU_2, 'b'],
    ['clusters of one that left are shared among the others', ['a', 'c'], EU_2, 'a'],
  ] as const)('%s', ([, view, item, holder]) => {
    expect(holderIn(view, item)).toBe(holder);
  });

  it('is the same when it is asked for again, and in each view by itself', () => {
    const ids = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 5 }), { maxLength: 5 });
    const clusters = fc.array(fc.string({ maxLength: 5 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(ids, { minLength: 1, maxLength: 4 }), clusters, (views, names) => {
        for (const cluster of [...names, ...names]) {
          for (const view of views) expect(holderIn(view, { cluster })).toBe(ownerOf(cluster, view));
        }
      }),
    );
  });
});

describe('a member may begin', () => {
  test.for([
    ['with what its view gives it', told('b', ALL), [told('a', ALL), told('c', ALL)], EU_2, true],
    ['with nothing that its view gives to another', told('b', ALL), [], EU_1, false],
    ['with nothing that another still goes by', told('b', ALL), [told('a', ['a', 'c'])], EU_2, false],
    ['beside one that has told nothing yet', told('b', ALL), [told('c', [])], EU_2, true],
    ['to lead, where it is the oldest', told('a', ALL), [told('b', ALL)], 'leadership', true],
    ['to lead, only when nobody else does', told('a', ALL), [told('b', ['b'])], 'leadership', false],
  ] as const)('%s', ([, self, others, item, expected]) => {
    expect(mayBegin(self, others, item)).toBe(expected);
  });
});
