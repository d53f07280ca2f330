import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ownerOf } from './rendezvous.ts';

const members = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 8 });
const clusters = fc.uniqueArray(fc.string({ maxLength: 20 }), { minLength: 1, maxLength: 40 });

describe('rendezvous hashing', () => {
  test('gives nothing to nobody, and everything to the only one', () => {
    expect(ownerOf('eu-1', [])).toBeUndefined();
    expect(ownerOf('eu-1', ['a'])).toBe('a');
  });

  test.for([
    ['eu-1', 'a'],
    ['eu-2', 'b'],
    ['eu-3', 'c'],
    ['us-1', 'a'],
    ['us-2', 'a'],
    ['us-3', 'b'],
  ] as const)('gives %s to %s of three, today and in years', ([cluster, owner]) => {
    expect(ownerOf(cluster, ['a', 'b', 'c'])).toBe(owner);
  });

  test('does not ask in which order the members are named', () => {
    fc.assert(
      fc.property(members, clusters, (all, names) => {
        for (const name of names) expect(ownerOf(name, all.toReversed())).toBe(ownerOf(name, all));
      }),
    );
  });

  test('moves the clusters of a member that leaves, and no other', () => {
    fc.assert(
      fc.property(members, clusters, fc.nat(), (all, names, pick) => {
        const left = all[pick % all.length];
        const rest = all.filter((one) => one !== left);
        for (const name of names) {
          const before = ownerOf(name, all);
          if (before !== left) expect(ownerOf(name, rest)).toBe(before);
        }
      }),
    );
  });

  test('moves clusters to a member that joins, and between no others', () => {
    fc.assert(
      fc.property(members, clusters, fc.string({ minLength: 13, maxLength: 13 }), (all, names, joined) => {
        for (const name of names) {
          expect([ownerOf(name, all), joined]).toContain(ownerOf(name, [...all, joined]));
        }
      }),
    );
  });

  test.for([2, 3, 5, 10])('spreads 1,000 clusters evenly over %i members', (count) => {
    const all = Array.from({ length: count }, (_, index) => `member-${index}`);
    const names = Array.from({ length: 1000 }, (_, index) => `cluster-${index}`);
    const held = Map.groupBy(names, (name) => ownerOf(name, all));
    for (const member of all) {
      const share = held.get(member)?.length ?? 0;
      expect(share).toBeGreaterThan((0.7 * 1000) / count);
      expect(share).toBeLessThan((1.3 * 1000) / count);
    }
  });
});
