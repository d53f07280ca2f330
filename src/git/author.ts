import { GitfedError } from '../errors.ts';
import type { Author } from './write-commit.ts';

/**
 * Reads `Name <mail>`.
 *
 * @param option what the text was given as, for people.
 * @throws {GitfedError} `USAGE` for anything else.
 */
export function parseAuthor(text: string, option: string): Author {
  const found = /^\s*(?<name>[^<>\p{Cc}]*[^<>\s\p{Cc}])\s*<(?<email>[^<>\s\p{Cc}]+)>\s*$/u.exec(text)?.groups;
  if (found?.name === undefined || found.email === undefined)
    throw new GitfedError('USAGE', `${option} must be of the form 'Name <mail>', not ${JSON.stringify(text)}`);
  return { name: found.name, email: found.email };
}
