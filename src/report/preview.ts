import { inlineCode } from './markdown-text.ts';
import { previewAnnotations } from './preview-annotations.ts';
import { changeBlocks } from './preview-entries.ts';
import { fixedHeader, previewHeader, WHOLE_HEADER } from './preview-header.ts';
import { previewToJson } from './preview-json.ts';
import { fillParts, joinLines, type Measure } from './preview-parts.ts';
import { previewSections } from './preview-sections.ts';
import { statBlocks } from './preview-stat.ts';
import type { Preview, PreviewInput } from './preview-types.ts';

/** GitHub takes 65,536; a marker or a greeting of others has its place too. */
const COMMENT = 65_000;
const COMMENTS = 5;
const SUMMARY = 1_048_576;
const ANNOTATIONS = 10;

/** The report of a change: what it does to every cluster, in every form that somebody reads it in. Pure; each form is made when it is asked for. */
export function createPreview(input: PreviewInput): Preview {
  const blocks = once(() => [
    ...(input.stat === true ? statBlocks(input.changes) : changeBlocks(input.changes)),
    ...previewSections(input),
  ]);
  const fill = (size: number, parts: number, measure: Measure): readonly string[] =>
    fillParts(previewHeader(input, fixedHeader(size)), blocks(), completeReport(input), { size, parts, measure });
  return {
    comment: ({ characters = COMMENT, parts = COMMENTS } = {}) => fill(characters, parts, (line) => line.length + 1),
    summary: (bytes = SUMMARY) => fill(bytes, 1, (line) => Buffer.byteLength(line) + 1)[0] ?? '',
    markdown: () =>
      joinLines([...previewHeader(input, WHOLE_HEADER), ...blocks().flatMap((block) => block.complete())]),
    json: () => previewToJson(input),
    annotations: (most = ANNOTATIONS) => previewAnnotations(input, most),
  };
}

function completeReport({ completeReport: where, completeReportUrl: url }: PreviewInput): string {
  if (where === undefined) return 'The complete report: `gitfed diff -o markdown`.';
  if (url === undefined || !/^https?:\/\/[^\s<>()[\]]+$/.test(url))
    return `The complete report is ${inlineCode(where)}.`;
  return `The complete report is ${inlineCode(where)}: <${url}>.`;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
