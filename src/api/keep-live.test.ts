import { describe, expect, it } from 'vitest';
import { isKeptLive } from './keep-live.ts';

const DB = { group: '', kind: 'Secret', namespace: 'shop', name: 'db' };

describe('An object', () => {
  it.each([
    ['that a rule names is kept', [DB], true],
    ['is kept by a rule that leaves something out', [{ kind: 'Secret', namespace: 'shop' }], true],
    ['is kept by the second of two rules', [{ ...DB, name: 'other' }, DB], true],
    ['is kept by a rule that says nothing', [{}], true],
    ['of another name is not kept', [{ ...DB, name: 'other' }], false],
    ['of another group is not kept', [{ ...DB, group: 'example.com' }], false],
    ['of another namespace is not kept', [{ kind: 'Secret', namespace: 'bank' }], false],
    ['is not kept without rules', [], false],
  ])('%s', (_, rules, kept) => {
    expect(isKeptLive(DB, rules)).toBe(kept);
  });
});
