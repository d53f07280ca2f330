import { describe, expect, it } from 'vitest';
import { TakenElsewhere } from './taken-elsewhere.ts';

const FIRST = '1'.repeat(40);
const SECOND = '2'.repeat(64);

function heard(...texts: readonly string[]): { readonly taken: TakenElsewhere; readonly news: readonly string[] } {
  const news: string[] = [];
  const taken = new TakenElsewhere((commit) => news.push(commit));
  for (const text of texts) taken.hear(text);
  return { taken, news };
}

describe('TakenElsewhere', () => {
  it('knows every commit that it heard of, each of which is news once', () => {
    const { taken, news } = heard(FIRST, SECOND, FIRST);
    expect([FIRST, SECOND].map((commit) => taken.has(commit))).toEqual([true, true]);
    expect(news).toEqual([FIRST, SECOND]);
  });

  it('forgets the oldest of many', () => {
    const commits = Array.from({ length: 20 }, (_, index) => index.toString(16).padStart(40, '0'));
    const { taken } = heard(...commits);
    expect(commits.filter((commit) => !taken.has(commit))).toEqual(commits.slice(0, 4));
  });

  it.each(['', 'main', '--upload-pack=x', FIRST.slice(1), `${FIRST}\n`])('hears nothing in %j', (text) => {
    const { taken, news } = heard(text);
    expect({ has: taken.has(text), news }).toEqual({ has: false, news: [] });
  });
});
