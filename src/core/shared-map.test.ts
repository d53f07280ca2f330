import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SharedMap } from './shared-map.ts';

const key = fc.oneof(fc.constantFrom('a', 'b', '__proto__', ''), fc.string({ maxLength: 3 }));
const change = fc.tuple(key, fc.option(fc.integer(), { nil: undefined }));

describe('SharedMap', () => {
  it('is what a Map is after the same changes, and its copies leave it alone', () => {
    fc.assert(
      fc.property(fc.array(fc.array(change)), (batches) => {
        const versions: [SharedMap<number>, Map<string, number>][] = [[SharedMap.of<number>(), new Map()]];
        for (const batch of batches) {
          const [shared, plain] = versions[versions.length - 1] ?? [SharedMap.of<number>(), new Map<string, number>()];
          const next = new Map(plain);
          for (const [name, value] of batch) value === undefined ? next.delete(name) : next.set(name, value);
          versions.push([shared.with(batch), next]);
        }
        for (const [shared, plain] of versions) {
          expect(new Map(shared)).toEqual(plain);
          expect([new Set(shared.keys()), shared.size]).toEqual([new Set(plain.keys()), plain.size]);
          expect([...shared.values()].sort()).toEqual([...plain.values()].sort());
          for (const name of plain.keys())
            expect([shared.get(name), shared.has(name)]).toEqual([plain.get(name), true]);
          expect([shared.get('not there'), shared.has('not there')]).toEqual([undefined, false]);
        }
        for (const [index, [shared, plain]] of versions.entries()) {
          const [before, plainBefore] = versions[index - 1] ?? [shared, plain];
          for (const other of [before, plainBefore]) {
            const found = new Set<string>();
            SharedMap.addChangedKeys<number>(other, shared, found);
            const all = new Set([...plainBefore.keys(), ...plain.keys()]);
            expect(found).toEqual(new Set([...all].filter((name) => plainBefore.get(name) !== plain.get(name))));
          }
        }
      }),
    );
  });

  it('is the same map where nothing changes', () => {
    const map = SharedMap.of([['a', 1]]);
    expect(
      map.with([
        ['a', 1],
        ['b', undefined],
      ]),
    ).toBe(map);
    expect(SharedMap.of(map)).toBe(map);
  });
});
