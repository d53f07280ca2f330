import type { JsonObject } from '../core/index.ts';
import type { AcceptResult } from '../reconcile/accept-types.ts';
import { formatFileDiff } from './file-diff.ts';
import { createStyle } from './style.ts';

/** What `gitfed drift accept -o json` prints; see `docs/cli.md`. */
export function acceptedToJson({ commit, object, accepted, notAccepted, edit, written }: AcceptResult): JsonObject {
  return {
    commit,
    object,
    written,
    ...(edit === undefined ? {} : { file: edit.file }),
    accepted: accepted.map(({ path, clusters, others, into, value, place }) => ({
      path,
      clusters,
      ...(others.length === 0 ? {} : { others }),
      into,
      ...(value === undefined ? {} : { value }),
      file: place.file,
      line: place.line,
      column: place.column,
    })),
    notAccepted: notAccepted.map(({ path, clusters, reason }) => ({
      ...(path === undefined ? {} : { path }),
      clusters,
      reason,
    })),
    ...(edit === undefined ? {} : { diff: formatFileDiff(edit, createStyle(false), edit.context) }),
  };
}
