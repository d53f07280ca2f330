import { changeSetToJson } from './change-json.ts';
import { formatChangeMarkdown } from './change-markdown.ts';
import type { Preview, PreviewInput } from './preview-types.ts';

/** The report of a change: what it does to every cluster, in every form that somebody reads it in. Pure; each form is made when it is asked for. */
export function createPreview(input: PreviewInput): Preview {
  const { changes, from, to, notes = [] } = input;
  const markdown = (limit: number): string =>
    formatChangeMarkdown(changes, { from: from.name, to: to.name, notes, limit });
  return {
    comment: ({ characters = 65_000 } = {}) => [markdown(characters)],
    summary: (bytes = 1_048_576) => markdown(bytes / 4),
    markdown: () => markdown(Number.POSITIVE_INFINITY),
    json: () => ({ from: from.name, to: to.name, ...changeSetToJson(changes) }),
    annotations: () => [],
  };
}
