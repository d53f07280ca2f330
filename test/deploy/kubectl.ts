import path from 'node:path';
import { ensureGoBinary } from '../controlplane/go-binary.ts';

/** The kubectl that `bench/` measures against, built once; `undefined` where there is no Go to build it. */
export async function ensureKubectl(): Promise<string | undefined> {
  const directory = path.resolve(import.meta.dirname, '../../bench/kubectl');
  const notice = 'building kubectl for the tests; the first time takes about a minute';
  return await ensureGoBinary({ name: 'kubectl', directory, notice });
}
