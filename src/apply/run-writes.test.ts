import pLimit from 'p-limit';
import { expect, it } from 'vitest';
import { runWrites } from './run-writes.ts';

it('has what each write returned, in order', async () => {
  const later = Promise.withResolvers<number>();
  const all = runWrites(pLimit(2), [() => later.promise, async () => 2, async () => 3]);
  later.resolve(1);
  expect(await all).toEqual([1, 2, 3]);
});

it('ends after the first failure, once nothing is at work any more, and begins nothing after it', async () => {
  const slow = Promise.withResolvers<string>();
  const begun: string[] = [];
  const write = (name: string, result: () => Promise<string>) => () => {
    begun.push(name);
    return result();
  };
  let hasEnded = false;
  const all = runWrites(pLimit(2), [
    write('slow', () => slow.promise),
    write('failing', async () => {
      throw new Error('lost');
    }),
    write('never', async () => 'never'),
  ]).finally(() => {
    hasEnded = true;
  });
  const failed = expect(all).rejects.toThrow('lost');
  await new Promise(setImmediate);
  expect([hasEnded, begun]).toEqual([false, ['slow', 'failing']]);
  slow.resolve('done');
  await failed;
  expect(begun).toEqual(['slow', 'failing']);
});
