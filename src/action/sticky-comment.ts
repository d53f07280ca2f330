import type { Comment } from './github-api.ts';

/** GitHub refuses a body with more characters. */
export const COMMENT_LIMIT = 65_536;

/** What is to be done with the comments of a pull request, in this order. */
export interface CommentPlan {
  readonly updated: readonly { readonly id: number; readonly body: string }[];
  readonly created: readonly string[];
  /** Too many of ours. */
  readonly removed: readonly number[];
}

/** The first line of the issue that tells of drift. */
export function issueMarker(path: string): string {
  return `<!-- gitfed:drift:${encodePath(path)} -->`;
}

const MARKER = /^<!-- gitfed:preview:(?<path>\S*) part \d+\/\d+ -->(?:\r?\n|$)/;

/** The first line of each comment of ours, which nobody sees, and by which it is found again. */
export function commentMarker(path: string, part: number, parts: number): string {
  return `<!-- gitfed:preview:${encodePath(path)} part ${part}/${parts} -->`;
}

/** Characters that the marker takes of a body. */
export function markerLength(path: string): number {
  return commentMarker(path, 999, 999).length + 1;
}

/** Nothing of it ends an HTML comment. */
function encodePath(path: string): string {
  const encoded = path === '' ? '.' : encodeURIComponent(path).replaceAll('%2F', '/');
  return encoded.replaceAll('-', '%2D');
}

/** Whether a comment is a part of the report of this path. Anybody may write the marker: only its author tells whose it is. */
export function isOurs({ author, body }: Comment, path: string, login: string): boolean {
  if (author?.toLowerCase() !== login.toLowerCase()) return false;
  return MARKER.exec(body)?.groups?.['path'] === encodePath(path);
}

/**
 * How the comments of ours become these parts. The first part goes into the oldest comment, so that the order is kept whatever
 * somebody deleted. What is there already is left alone. Pure.
 */
export function planComments(ours: readonly Comment[], parts: readonly string[]): CommentPlan {
  const old = ours.toSorted((a, b) => a.id - b.id);
  const updated = old.flatMap(({ id, body }, index) => {
    const part = parts[index];
    return part === undefined || isSameBody(part, body) ? [] : [{ id, body: part }];
  });
  return { updated, created: parts.slice(old.length), removed: old.slice(parts.length).map(({ id }) => id) };
}

/** GitHub stores bodies with its own ends of lines, and without what is blank at their end. */
export function isSameBody(a: string, b: string): boolean {
  const normal = (text: string): string => text.replaceAll('\r\n', '\n').trimEnd();
  return normal(a) === normal(b);
}
