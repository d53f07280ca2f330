import { plainText } from './plain-text.ts';

/** `1 cluster`, `37 clusters`; for a plural that is not the word and an s, name it. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}

/** Names for people: all of them while there are few, else the first and how many more. */
export function list(names: readonly string[], most = 6): string {
  const safe = names.map(plainText);
  if (safe.length <= most) return safe.join(', ');
  return `${safe.slice(0, most - 1).join(', ')} and ${safe.length - most + 1} more`;
}
