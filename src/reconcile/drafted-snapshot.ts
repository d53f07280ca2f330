import type { RepositorySnapshot } from '../api/index.ts';
import { compareText } from '../core/index.ts';

/** A repository that is not written yet, as gitfed would read it. Pure. */
export function snapshotOf(files: readonly { readonly file: string; readonly text: string }[]): RepositorySnapshot {
  const entries = files
    .filter(({ file }) => /\.ya?ml$/.test(file))
    .map(({ file, text }) => ({ kind: 'file' as const, path: file, content: new TextEncoder().encode(text) }))
    .toSorted((a, b) => compareText(a.path, b.path));
  const configuration = entries.find(({ path }) => path === 'gitfed.yaml');
  return {
    entries: entries.filter((entry) => entry !== configuration),
    ...(configuration === undefined ? {} : { configuration }),
    complete: true,
  };
}
