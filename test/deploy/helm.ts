import path from 'node:path';
import { ensureGoBinary } from '../controlplane/go-binary.ts';

/** The path of helm, which is built once; `undefined` where there is no Go to build it. */
export async function ensureHelm(): Promise<string | undefined> {
  const notice = 'building helm for the tests; the first time takes about three minutes';
  return await ensureGoBinary({ name: 'helm', directory: path.join(import.meta.dirname, 'helm'), notice });
}
