import type { ChangeSet } from './change-set.ts';
import { statRows } from './change-stat.ts';
import { inlineCode } from './markdown-text.ts';
import type { PreviewBlock } from './preview-blocks.ts';

/** A line for each object, and no fields. */
export function statBlocks(changes: ChangeSet): readonly PreviewBlock[] {
  return statRows(changes).map(({ sign, name, rest }): PreviewBlock => {
    const full = [`- ${inlineCode(sign)} ${inlineCode(name)}: ${rest}`];
    return { full, complete: () => full, brief: [], objects: 1, deletions: sign === '-' ? 1 : 0, hasFields: false };
  });
}
