import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { MODES, readInputs } from '../../src/action/inputs.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/core/index.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const EXAMPLES = join(ROOT, 'examples/workflows');

function read(file: string): JsonObject {
  // As GitHub reads it, for which `on` is a word.
  const value = load(readFileSync(file, 'utf8')) as JsonValue;
  if (!isJsonObject(value)) throw new Error(`${file} is no YAML mapping`);
  return value;
}

function mapping(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

const action = read(join(ROOT, 'action.yml'));
const inputs = mapping(action['inputs']);
const outputs = mapping(action['outputs']);
const sources = readdirSync(join(ROOT, 'src/action'))
  .filter((name) => !name.endsWith('.test.ts'))
  .map((name) => readFileSync(join(ROOT, 'src/action', name), 'utf8'))
  .join('\n');

describe('action.yml', () => {
  it('runs the bundle that is there', () => {
    expect(action['runs']).toEqual({ using: 'node24', main: 'dist/action/index.js' });
    expect(existsSync(join(ROOT, 'dist/action/index.js'))).toBe(true);
  });

  it('has the inputs that are read, and no others', () => {
    const asked = new Set<string>();
    const defaults = (name: string): string => {
      asked.add(name);
      return '';
    };
    readInputs(defaults, { workspace: '/checkout', temporary: '/tmp' });
    expect(Object.keys(inputs).toSorted()).toEqual([...asked].toSorted());
  });

  it('has the outputs that are set, and no others', () => {
    const set = [...sources.matchAll(/setOutput\('(?<name>[^']+)'/g)].map(({ groups }) => groups?.['name'] ?? '');
    expect(Object.keys(outputs).toSorted()).toEqual([...new Set(set)].toSorted());
  });

  it.each([...Object.entries(inputs), ...Object.entries(outputs)])(
    '%s is in kebab-case and has whole sentences',
    (name, value) => {
      expect(name).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
      expect(mapping(value)['description']).toMatch(/^[A-Z].*\.$/s);
    },
  );

  it('gives defaults that mean the same as none', () => {
    const given = (name: string): string =>
      String(mapping(inputs[name])['default'] ?? '').replace(/^\$\{\{.*\}\}$/, '');
    const places = { workspace: '/checkout', temporary: '/tmp' };
    expect(readInputs(given, places)).toEqual(readInputs(() => '', places));
  });
});

describe('the example workflows', () => {
  const files = readdirSync(EXAMPLES);

  it('show every mode but validate', () => {
    const used = files.flatMap((file) => steps(file).map((step) => mapping(step['with'])['mode'] ?? 'preview'));
    expect([...new Set(used)].toSorted()).toEqual(MODES.filter((mode) => mode !== 'validate').toSorted());
  });

  it.each(files)('%s is a workflow with few rights, and uses inputs and outputs that exist', (file) => {
    const workflow = read(join(EXAMPLES, file));
    expect(Object.keys(workflow)).toEqual(expect.arrayContaining(['name', 'on', 'permissions', 'jobs']));
    const text = readFileSync(join(EXAMPLES, file), 'utf8');
    for (const step of steps(file)) {
      for (const name of Object.keys(mapping(step['with']))) expect(Object.keys(inputs)).toContain(name);
    }
    for (const { groups } of text.matchAll(/steps\.gitfed\.outputs\.(?<name>[\w-]+)/g)) {
      expect(Object.keys(outputs)).toContain(groups?.['name']);
    }
    // What a stranger may write never becomes part of a script.
    expect(text).not.toMatch(/run:.*\$\{\{/);
  });

  function steps(file: string): readonly JsonObject[] {
    const jobs = Object.values(mapping(read(join(EXAMPLES, file))['jobs'])).map(mapping);
    const all = jobs.flatMap((job) =>
      Array.isArray(job['steps']) ? job['steps'].map((step: JsonValue) => mapping(step)) : [],
    );
    return all.filter((step) => String(step['uses'] ?? '').startsWith('gitfed/gitfed@'));
  }
});
