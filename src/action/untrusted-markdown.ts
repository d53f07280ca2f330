/** Seen by nobody, and no part of a mention, a link or a tag. */
const BREAK = '\u200b';
const TAGS = new Set(['<details>', '<details open>', '</details>', '<summary>', '</summary>', '<code>', '</code>']);

/**
 * Markdown that anybody may have written, without what reaches out of it: mentions, references, links, images, comments and any HTML
 * but the tags of a report. The same is done inside of code: where that begins and ends is the writer's to say.
 */
export function disarmMarkdown(text: string): string {
  return (
    text
      .replaceAll('\r\n', '\n')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed.
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
      .replace(/<[A-Za-z/!?][^<>]*>?/g, (tag) => (TAGS.has(tag) ? tag : `<${BREAK}${tag.slice(1)}`))
      // Text of HTML is searched for mentions and references after its entities became characters.
      .replace(/&(?=[A-Za-z]|#x|#0*(?:35|64);)/gi, `&${BREAK}`)
      .replace(/@(?![\s@]|$)/g, `@${BREAK}`)
      .replace(/(?<!&)#(?=\d)|#(?=\d+(?![\d;]))/g, `#${BREAK}`)
      .replace(/(?<prefix>GH)-(?=\d)/gi, `$<prefix>${BREAK}-`)
      .replaceAll('://', `:${BREAK}//`)
      .replace(/(?<prefix>www)\./gi, `$<prefix>${BREAK}.`)
      .replace(/\](?=[([:])/g, `]${BREAK}`)
  );
}
