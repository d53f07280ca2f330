import type { Finding } from '../core/index.ts';

/** The findings of a state, told apart by whether the state before had them. In their own order. */
export interface ComparedFindings {
  readonly fresh: readonly Finding[];
  readonly old: readonly Finding[];
}

/**
 * Which findings a change brought. A finding stays the same where lines move, and where its object goes to another file; of several that are
 * alike, as many are old as there were before.
 */
export function compareFindingsOf(before: readonly Finding[], after: readonly Finding[]): ComparedFindings {
  const known = new Map<string, number>();
  for (const finding of before) known.set(keyOf(finding), (known.get(keyOf(finding)) ?? 0) + 1);
  const fresh: Finding[] = [];
  const old: Finding[] = [];
  for (const finding of after) {
    const left = known.get(keyOf(finding)) ?? 0;
    known.set(keyOf(finding), left - 1);
    (left > 0 ? old : fresh).push(finding);
  }
  return { fresh, old };
}

function keyOf({ code, file, object, cluster, message }: Finding): string {
  // A message may name the line of another object.
  const text = message.replaceAll(/:\d+(?::\d+)?/g, '');
  return JSON.stringify([code, object ?? file, cluster ?? '', text]);
}
