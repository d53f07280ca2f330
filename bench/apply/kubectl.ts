import { resolve } from 'node:path';
import { ensureGoBinary } from '../../test/controlplane/go-binary.ts';

const SOURCES = resolve(import.meta.dirname, '..', 'kubectl');

/** The path of kubectl, which is built once. */
export async function ensureKubectl(): Promise<string> {
  const notice = 'building kubectl to compare with; the first time takes about a minute';
  const found = await ensureGoBinary({ name: 'kubectl', directory: SOURCES, notice });
  if (found === undefined) throw new Error('kubectl is built with Go 1.26 or newer, which is not installed');
  return found;
}
