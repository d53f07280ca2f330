import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { GENERATED_FILE, generateFindingHelp } from '../../scripts/generate-finding-help.ts';
import { FINDING_HELP } from './finding-help.generated.ts';

it('is what scripts/generate-finding-help.ts writes of docs/findings.md', () => {
  expect(readFileSync(GENERATED_FILE, 'utf8')).toBe(generateFindingHelp());
});

it.each(Object.entries(FINDING_HELP))('says of %s in sentences what it means and how it is mended', (_code, help) => {
  expect(help.meaning).toMatch(/^[A-Z`][^[\]]*\.$/);
  expect(help.remedy).toMatch(/^[A-Z`].*\.$/);
});
