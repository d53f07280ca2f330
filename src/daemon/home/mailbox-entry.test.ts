import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MailboxEntry, packEntry, unpackEntry } from './mailbox-entry.ts';

const ENTRY: MailboxEntry = { key: 'cluster/eu-1', writer: 'a1', texts: new Map([['status', 'all is well']]) };

describe('an entry of the mailbox', () => {
  it('is the same after it was packed and unpacked, in however many pieces', async () => {
    const texts = fc.uniqueArray(fc.tuple(fc.string(), fc.string()), { selector: ([name]) => name });
    await fc.assert(
      fc.asyncProperty(fc.string(), texts, fc.integer({ min: 1, max: 200 }), async (key, pairs, mostBytes) => {
        const entry = { key, writer: 'a1', texts: new Map(pairs) };
        const packed = await packEntry(entry, mostBytes);
        for (const piece of packed.pieces) expect(Buffer.from(piece, 'base64').length).toBeLessThanOrEqual(mostBytes);
        const unpacked = await unpackEntry(packed);
        expect({ ...unpacked, texts: Object.fromEntries(unpacked?.texts ?? []) }).toEqual({
          ...entry,
          texts: Object.fromEntries(pairs),
        });
      }),
      { numRuns: 50 },
    );
  });

  it('has the same digest whatever the order of its texts, and another one for another writer', async () => {
    const digest = async (entry: MailboxEntry) => (await packEntry(entry)).digest;
    const both = [
      ['seen', '1'],
      ['status', '2'],
    ] as const;
    expect(await digest({ ...ENTRY, texts: new Map(both) })).toBe(
      await digest({ ...ENTRY, texts: new Map(both.toReversed()) }),
    );
    expect(await digest({ ...ENTRY, writer: 'b1' })).not.toBe(await digest(ENTRY));
  });

  it('is none while pieces of another one are among it', async () => {
    const [old, fresh] = [await packEntry(ENTRY, 40), await packEntry({ ...ENTRY, writer: 'b1' }, 40)];
    const pieces = [...fresh.pieces.slice(0, 1), ...old.pieces.slice(1)];
    expect(await unpackEntry({ digest: fresh.digest, pieces })).toBeUndefined();
    expect(await unpackEntry({ digest: fresh.digest, pieces: fresh.pieces.slice(0, -1) })).toBeUndefined();
  });

  it.for([
    ['whose writer is no member', { ...ENTRY, writer: '../a' }],
    ['without a writer', { ...ENTRY, writer: '' }],
  ])('is none %s', async ([, entry]) => {
    expect(await unpackEntry(await packEntry(entry as MailboxEntry))).toBeUndefined();
  });

  it('keeps a name like __proto__ as data', async () => {
    const texts = new Map([['__proto__', 'x']]);
    expect((await unpackEntry(await packEntry({ ...ENTRY, texts })))?.texts).toEqual(texts);
  });
});
