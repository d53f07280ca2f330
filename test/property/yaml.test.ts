import fc from 'fast-check';
import { CORE_SCHEMA, load, YAML11_SCHEMA } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import {
  formatYaml,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJson,
  readYaml,
  stringifyJson,
} from '../../src/core/index.ts';
import { YamlCheck } from '../yamlcheck/yamlcheck.ts';

const limits = { documentNodes: 1_000_000, depth: 200 };

/** Strings that some reader takes for something else. */
const NASTY = [
  '',
  ' ',
  'y',
  'No',
  'ON',
  'off',
  'TRUE',
  'null',
  'Null',
  '~',
  '<<',
  '=',
  '1:30',
  '190:20:30',
  '0644',
  '0o17',
  '0x1F',
  '0b11',
  '1_000',
  '1e3',
  '1e400',
  '.5',
  '5.',
  '+.inf',
  '.NaN',
  '-',
  '- a',
  '?',
  '? a',
  ':',
  'a: b',
  'a:',
  'a #b',
  '#a',
  '---',
  '...',
  '--- a',
  '%a',
  '@a',
  '`a',
  '!a',
  '&a',
  '*a',
  '|',
  '>',
  '{',
  '}',
  '[',
  ']',
  ',',
  '"',
  "'",
  '\\',
  '\t',
  'a\tb',
  'a\n',
  '\na',
  'a\nb',
  'a\n\n',
  ' a\nb',
  'a\n b',
  '\ta\nb',
  'a\n\tb',
  'a\n \nb',
  'a\r\nb',
  '\u0000',
  '\u0007',
  '\u0085',
  '\u00a0',
  '\u2028',
  '\u2029',
  '\ufeff',
  '\ufffe',
  '😀',
  '\u00e9',
  'a\u0085b\nc',
  '2001-01-01',
  '2001-12-14 21:59:43.10 -5',
  '12345678901234567890123',
  '__proto__',
  'constructor',
  'http://example.com:80/a?b=c#d',
  'echo "$HOME" # hi\nexit 1\n',
  'a \nb',
  'a\n---\nb',
  'a\n...\n',
];

const text = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: 'binary' }).map((value) => value.toWellFormed()),
  fc.string({
    unit: fc.constantFrom(
      'a',
      'B',
      '0',
      '_',
      '.',
      ' ',
      '\n',
      ':',
      '#',
      '-',
      '"',
      "'",
      '\\',
      '\t',
      'é',
      '{',
      '}',
      ',',
      '&',
      '*',
    ),
  }),
);
const number = fc.oneof(
  fc.integer(),
  fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n })
    .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value)),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
/**
 * JSON.parse of V8 confuses keys in a text like `{"\\u0000":0,"\\n":1}` once this process has made an object with the keys U+0000 and backslash: it
 * takes the backslash of the escape for the whole key. The answers of the Go program have to get through it, so no key ends with one.
 */
const key = text.map((value) => (value.endsWith('\\') ? `${value}.` : value));
const { value: anyValue } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'json' },
    fc.constant(null),
    fc.boolean(),
    number,
    text,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries) as JsonObject),
  ),
}));
const manifest = fc
  .array(fc.tuple(key, anyValue), { maxLength: 5 })
  .map((entries): JsonObject => Object.fromEntries(entries));

/** One spelling for each value: keys sorted, numbers by their digits. */
function canonical(value: JsonValue): string {
  return stringifyJson(sorted(value));
}

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, sorted(item)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

describe('what gitfed writes', () => {
  it('is read back by gitfed as the same object', () => {
    fc.assert(
      fc.property(manifest, (object) => {
        const [result, ...rest] = readYaml('m.yaml', formatYaml(object), limits);
        expect(rest).toEqual([]);
        if (result?.ok !== true) throw new Error(JSON.stringify(result));
        expect(canonical(result.document.value)).toBe(canonical(object));
      }),
      { numRuns: 2000 },
    );
  });

  it('is read back by YAML 1.2 and YAML 1.1 readers as the same strings', () => {
    const strings = fc
      .array(fc.tuple(text, fc.oneof(text, fc.integer(), fc.boolean())), { maxLength: 5 })
      .map((entries): JsonObject => Object.fromEntries(entries));
    fc.assert(
      fc.property(strings, (object) => {
        for (const schema of [CORE_SCHEMA, YAML11_SCHEMA]) {
          expect(canonical(load(formatYaml(object), { schema }) as JsonValue)).toBe(canonical(object));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('is the same for the same object, whatever the order of its keys', () => {
    fc.assert(
      fc.property(manifest, (object) => {
        const reversed = Object.fromEntries(Object.entries(object).toReversed());
        expect(formatYaml(reversed)).toBe(formatYaml(object));
      }),
    );
  });
});

describe('what gitfed writes, read by sigs.k8s.io/yaml', async () => {
  const check = await YamlCheck.start();

  it.skipIf(check === undefined)('is the same object', { timeout: 120_000 }, async () => {
    if (check === undefined) return;
    await fc.assert(
      fc.asyncProperty(manifest, async (object) => {
        const answer = await check.toJson(formatYaml(object), { strict: true });
        if ('error' in answer) throw new Error(`${answer.error}\n${formatYaml(object)}`);
        expect(canonical(parseJson(answer.json))).toBe(canonical(object));
      }),
      { numRuns: 3000 },
    );
    await check.close();
  });
});

/** Plain scalars whose meaning is a matter of the reader. */
const WORDS = [
  ...[
    'yes',
    'No',
    'on',
    'true',
    'tRUE',
    'Y',
    'n',
    'OFF',
    'null',
    'nULL',
    '~',
    '<<',
    '=',
    '.inf',
    '.NaN',
    'NaN',
    'inf',
    'Infinity',
  ],
  ...[
    '0644',
    '0o17',
    '0o8',
    '08',
    '-08',
    '0x1F',
    '0X1f',
    '0xG',
    '-0xff',
    '0b11',
    '0b2',
    '-0b1',
    '1_000',
    '1__0',
    '0x_1',
    '_1',
    '-0',
    '+1',
    '+-1',
  ],
  ...[
    '1e3',
    '1E5',
    '1e05',
    '1e',
    '1e+',
    'e3',
    '1e400',
    '1e-400',
    '.5',
    '5.',
    '+.5',
    '-.5',
    '.5e3',
    '5.e3',
    '1.2.3',
    '..',
    '1,000',
    '2.5e-324',
    '1.10',
  ],
  ...[
    '9223372036854775807',
    '9223372036854775808',
    '-9223372036854775808',
    '-9223372036854775809',
    '18446744073709551615',
    '18446744073709551616',
  ],
  ...[
    '0xffffffffffffffff',
    '07777777777777777777777',
    '123456789012345678901.5',
    '12345678.125',
    '1:30',
    '2001-01-01',
    '2001-12-14 21:59:43.10 -5',
  ],
  ...[
    '!!str 123',
    '!!int "0644"',
    '!!float 3',
    '!!bool "yes"',
    '!!null ""',
    '!!binary aGk=',
    '!!int x',
    '!own 1',
    '"\\x41"',
    '"\\/"',
    "'it''s'",
    'a b',
    'a#b',
  ],
];

/** A document that starts with a brace is JSON for kubectl, where `\\/` is legal; the library alone takes it for YAML. */
function isForTheLibrary(text: string): boolean {
  return !(text.startsWith('{') && text.includes('\\/'));
}

describe('what kubectl reads', async () => {
  const check = await YamlCheck.start();

  it.skipIf(check === undefined)(
    'gitfed reads the same, and refuses what kubectl refuses',
    { timeout: 120_000 },
    async () => {
      if (check === undefined) return;
      const word = fc.constantFrom(...WORDS);
      const source = fc.oneof(
        fc.tuple(word, word).map(([a, b]) => `k: ${a}\nl:\n- ${b}\n`),
        fc.tuple(word, word).map(([a, b]) => `${a}: v\nk:\n  ${b}: w\n`),
        fc.tuple(word, word).map(([a, b]) => `k: [${a}, ${b}]\nl: {f: ${a}}\n`),
        fc.tuple(word, word).map(([a, b]) => `a: &x {p: ${a}}\nb:\n  <<: *x\n  q: ${b}\n`),
        fc.tuple(word, word).map(([a, b]) => `{"a": ${a}, "b": [${b}]}\n`),
        fc.tuple(word, word).map(([a, b]) => `k: ${a}\n  ${b}\nl: "${a}"\n`),
      );
      await fc.assert(
        fc.asyncProperty(source.filter(isForTheLibrary), async (text) => {
          const answer = await check.toJson(text, { strict: true });
          const [result] = readYaml('k.yaml', text, limits);
          if ('error' in answer) expect(result?.ok, answer.error).toBe(false);
          else
            expect(canonical(result?.ok === true ? result.document.value : 'refused')).toBe(
              canonical(parseJson(answer.json)),
            );
        }),
        { numRuns: 5000 },
      );
      await check.close();
    },
  );
});

describe('whatever a file holds', () => {
  it('is read without an exception, and positions can be asked for', () => {
    const unit = fc.constantFrom(
      'a',
      ':',
      ' ',
      '\n',
      '-',
      '{',
      '}',
      '[',
      ']',
      '&',
      '*',
      '!',
      '"',
      "'",
      '|',
      '>',
      '#',
      '?',
      ',',
      '\t',
      '%',
      '<<: ',
      '---\n',
      '0',
      '.',
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 60 }), (source) => {
        for (const result of readYaml('any.yaml', source, limits)) {
          const { line, column } = result.ok ? result.document.locate(['a', 0]) : result.error.position;
          expect(line).toBeGreaterThan(0);
          expect(column).toBeGreaterThan(0);
        }
      }),
      { numRuns: 5000 },
    );
  });
});
