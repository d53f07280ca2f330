import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { GENERATED_FILE, generateKinds } from '../../scripts/generate-kinds.ts';
import { BUILTIN_KINDS, BUILTIN_KINDS_SOURCE } from './builtin-kinds.generated.ts';

it('is what scripts/generate-kinds.ts writes for the installed client', () => {
  expect(readFileSync(GENERATED_FILE, 'utf8')).toBe(generateKinds());
});

it('names the release that it was read from', () => {
  expect(BUILTIN_KINDS_SOURCE).toMatch(/^@kubernetes\/client-node@\d+\.\d+\.\d+$/);
});

it('has no kind twice in one group', () => {
  const keys = BUILTIN_KINDS.map(([group, , kind]) => `${group}/${kind}`);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys).toEqual(keys.toSorted());
});
