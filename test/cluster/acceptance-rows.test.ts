import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ACCEPTANCE_KINDS } from './acceptance-kinds.ts';
import { ACCEPTANCE_ROWS, ENABLED_KINDS } from './acceptance-rows.ts';

const FOLDER = import.meta.dirname;
const SELF = path.basename(import.meta.filename);

/** A test by its title, plain or for a table of cases; skipped ones and those that are expected to fail do not count. */
const TEST = /^ *test(?:\.for\([^;]*?\))?\(\s*(['`])(?<title>(?:\\.|(?!\1).)+)\1/gms;

function titlesIn(file: string): readonly string[] {
  const text = readFileSync(path.join(FOLDER, file), 'utf8');
  return [...text.matchAll(TEST)].map(({ groups }) => (groups?.title ?? '').replace(/\\(.)/g, '$1'));
}

const files = readdirSync(FOLDER).filter((file) => file.endsWith('.test.ts') && file !== SELF);
const acceptance = files.filter((file) => file.startsWith('acceptance-')).flatMap(titlesIn);
const named = ACCEPTANCE_ROWS.flatMap(({ tests }) => tests);

describe('the acceptance table', () => {
  const known = files.flatMap(titlesIn);

  for (const { row, tests } of ACCEPTANCE_ROWS) {
    test(`has a test for: ${row}`, () => {
      expect(tests).not.toEqual([]);
      expect(tests.filter((title) => known.filter((one) => one === title).length !== 1)).toEqual([]);
    });
  }

  test('has a row for every acceptance test', () => {
    expect(acceptance.length).toBeGreaterThan(20);
    expect(acceptance.filter((title) => !named.includes(title))).toEqual([]);
  });

  test('has every enabled kind, and no row twice', () => {
    expect(ACCEPTANCE_KINDS.map(({ kind }) => kind)).toEqual(ENABLED_KINDS);
    expect(new Set(ACCEPTANCE_ROWS.map(({ row }) => row)).size).toBe(ACCEPTANCE_ROWS.length);
  });

  test('counts every test that the files register', () => {
    for (const file of files.filter((one) => one.startsWith('acceptance-'))) {
      const text = readFileSync(path.join(FOLDER, file), 'utf8');
      // However it is written: a title that the pattern misses, or a test that does not run, shows here.
      const registered = text.match(/\b(?:test|it)(?:\.(?!override|beforeAll)\w+)*\(/g) ?? [];
      expect([file, titlesIn(file).length]).toEqual([file, registered.length]);
    }
  });
});
