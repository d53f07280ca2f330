import { describe, expect, it } from 'vitest';
import { AgreedCommit } from './agreed-commit.ts';

const FIRST = '1'.repeat(40);
const SECOND = '2'.repeat(64);

function agreed(): { readonly commit: AgreedCommit; readonly told: string[]; readonly others: string[] } {
  const told: string[] = [];
  const others: string[] = [];
  const commit = new AgreedCommit(
    (id) => told.push(id),
    (id) => others.push(id),
  );
  return { commit, told, others };
}

describe('AgreedCommit', () => {
  it('is not known before somebody decided', () => {
    expect(agreed().commit.commit).toBeUndefined();
  });

  it('is what this process decided, which it tells, or what it heard', () => {
    const { commit, told, others } = agreed();
    commit.decide(FIRST);
    expect({ now: commit.commit, told, others }).toEqual({ now: FIRST, told: [FIRST], others: [] });
    commit.hear(SECOND);
    expect({ now: commit.commit, told, others }).toEqual({ now: SECOND, told: [FIRST], others: [SECOND] });
  });

  it('is no news twice', () => {
    const { commit, others } = agreed();
    commit.hear(FIRST);
    commit.hear(FIRST);
    expect(others).toEqual([FIRST]);
  });

  it.each(['', 'main', '--upload-pack=x', FIRST.slice(1), `${FIRST}\n`])('is never %j', (text) => {
    const { commit, others } = agreed();
    commit.hear(text);
    expect({ now: commit.commit, others }).toEqual({ now: undefined, others: [] });
  });
});
