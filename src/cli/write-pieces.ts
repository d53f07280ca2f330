import type { Output } from './io.ts';

/** Characters that are written at once: few writes, and little memory. Above 128 KiB a text is a large object, which is collected much later. */
const BATCH = 1 << 16;

/** Writes many small pieces of text in large ones, no faster than they are read. */
export async function writePieces(pieces: Iterable<string>, output: Output): Promise<void> {
  let batch = '';
  for (const piece of pieces) {
    batch += piece;
    if (batch.length < BATCH) continue;
    await output.write(batch);
    batch = '';
  }
  if (batch !== '') await output.write(batch);
}
