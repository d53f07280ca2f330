import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { APPLY_CASES } from './contract-apply.ts';
import type { ContractCase } from './contract-case.ts';
import { DEFINITION_CASES } from './contract-definitions.ts';
import { DELETION_CASES } from './contract-deletion.ts';
import { DIFFERENCE_CASES } from './contract-differences.ts';
import { DISCOVERY_CASES } from './contract-discovery.ts';
import { LIST_CASES } from './contract-lists.ts';
import { OBJECT_CASES } from './contract-objects.ts';
import { WRITE_CASES } from './contract-writes.ts';

/** What API servers were asked, and the sandbox is asked too. */
export const CONTRACT: readonly ContractCase[] = [
  ...DISCOVERY_CASES,
  ...OBJECT_CASES,
  ...WRITE_CASES,
  ...APPLY_CASES,
  ...LIST_CASES,
  ...DELETION_CASES,
  ...DEFINITION_CASES,
  ...DIFFERENCE_CASES,
];

/** What API servers answered, by title. `RECORD_CONTRACT=1 vitest run --project cluster test/cluster/contract.test.ts` writes it. */
export const ANSWERS_FILE = resolve(import.meta.dirname, 'testdata/contract-answers.json');

export function readAnswers(): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(ANSWERS_FILE, 'utf8'));
}

/** As it stands in the file. */
export function recorded(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer));
}
