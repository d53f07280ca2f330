import type { Limit } from './limit.ts';

/**
 * Runs writes within a limit. It ends when none of them is at work any more, so that nothing is written after the Lease was given back. The
 * first that throws keeps those from beginning that have not begun.
 *
 * @returns what each returned, in order.
 * @throws what the first one threw.
 */
export async function runWrites<T>(limit: Limit, writes: readonly (() => Promise<T>)[]): Promise<readonly T[]> {
  let failure: { readonly error: unknown } | undefined;
  const work = async (write: () => Promise<T>): Promise<T> => {
    if (failure !== undefined) throw failure.error;
    try {
      return await write();
    } catch (error) {
      failure ??= { error };
      throw error;
    }
  };
  const ended = await Promise.allSettled(writes.map((write) => limit(() => work(write))));
  const broken = ended.find((one) => one.status === 'rejected');
  if (broken !== undefined) throw failure === undefined ? broken.reason : failure.error;
  return ended.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}
