import type { ChangeSet } from '../../src/report/change-set.ts';
import { createPreview } from '../../src/report/preview.ts';
import type { Preview, PreviewInput } from '../../src/report/preview-types.ts';

/** The report of a change set between two commits without findings. */
export function previewOf(changes: ChangeSet, input: Partial<PreviewInput> = {}): Preview {
  const sides = { from: { name: 'main (1f3a)' }, to: { name: 'topic (2b4c)' } };
  return createPreview({ ...sides, changes, baseFindings: [], headFindings: [], ...input });
}

/** All of it in Markdown. */
export function markdownOf(changes: ChangeSet, input: Partial<PreviewInput> = {}): string {
  return previewOf(changes, input).markdown();
}
